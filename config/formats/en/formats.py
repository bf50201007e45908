"""Dates as ISO 8601 writes them, which sort as text."""

DATETIME_FORMAT = "Y-m-d H:i"
DATE_FORMAT = "Y-m-d"
