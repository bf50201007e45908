"""Paths as logs, traces and the audit may have them: Celery's processes need this before Django is set up."""

import re

SECRET_PATH = re.compile(r"^(/connect/)(?!callback/)[^/]+")
"""A path in which a link's secret stands."""


def told_path(path: str) -> str:
    """The path without what is secret in it: whoever has a connect link may use it."""
    return SECRET_PATH.sub(r"\1…", path)
