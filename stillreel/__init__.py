"""A still becomes a reel: bought once, checked, archived with the record of how it came to be."""

__version__ = "0.1.0"
