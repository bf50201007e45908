"""What profile URLs of each network look like: a module for each, and the rules in which they are written."""
