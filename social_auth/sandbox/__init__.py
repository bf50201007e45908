"""The seven providers on one port, for development and tests. Production cannot start it."""
