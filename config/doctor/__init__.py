"""`manage.py doctor`: checks everything that a deployment depends on, and prints a line about each."""
