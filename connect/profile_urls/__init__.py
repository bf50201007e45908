"""What profile URLs of each network look like: a module for each network; `rules.py` has the language they are in."""
