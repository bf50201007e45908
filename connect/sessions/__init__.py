"""Sessions that know whose they are: those of an account that is closed are deleted, not waited for."""
