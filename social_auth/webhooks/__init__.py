"""Telling the platform of events by signed HTTP, as Standard Webhooks 1.0 describes: at least once, for three days."""
