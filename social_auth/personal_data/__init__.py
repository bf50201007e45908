"""What we hold of a person: told as one file, and gone when they want it gone."""
