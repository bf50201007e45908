"""The staff's sign-in through the admin: by password and second factor."""
