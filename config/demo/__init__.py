"""The demonstration: a whole election night, played through the front door of a running system."""
