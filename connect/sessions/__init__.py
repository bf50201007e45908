"""Sessions with a user column, by which the sessions of a closed account are found and deleted at once."""
