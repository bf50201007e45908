"""`manage.py doctor`: everything that a deployment leans on, looked at once, and a line about each."""
