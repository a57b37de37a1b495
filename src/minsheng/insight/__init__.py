"""Reads with the clerk and only suggests: a person confirms, and what was chosen is kept."""
