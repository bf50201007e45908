"""The judges: a file for each SDK, a process of its own in `.venv-judges`. They import nothing of the service."""
