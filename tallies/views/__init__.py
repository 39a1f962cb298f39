"""Pages of stations and of commissions. Each parses, checks the place, calls one service, and no more."""
