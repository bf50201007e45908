"""The groups of calls, in the order of the document, and its introduction."""

from pathlib import Path

SIGN_IN = "Sign in"
GROUPS = [
    {"name": SIGN_IN, "description": "Sign people up and in, by password or by a provider; keep the session alive."},
    {"name": "Connect", "description": "Connect a creator's account by what the provider's SDK gave the app."},
    {"name": "Networks", "description": "What is connected or submitted: its status, its numbers, its end."},
    {"name": "Pages, walls, channels", "description": "What creators submit beside their networks."},
    {"name": "Events", "description": "What happened, for apps to catch up with; webhooks tell the platform the same."},
    {"name": "Account", "description": "A person's own data: all of it, and its end."},
    {"name": "For providers", "description": "Where providers tell us of removed access. No app calls these."},
]
TO_THE_PLATFORM = {"name": "Webhooks", "description": "What is sent to the platform's own endpoints."}
"""Must be a group of its own: in another one, generators would overwrite that group's calls with it."""
INTRODUCTION = Path(__file__).with_name("introduction.md").read_text()
