"""How staff come in: by password and second factor, through the admin."""
