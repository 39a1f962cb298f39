"""The public site as files that any web server hands out: pages of one published result in three languages."""
