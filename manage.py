#!/usr/bin/env python
"""Django's command line. In development it brings its own PostgreSQL and Redis up for as long as it runs."""

import os
import sys

from config.embedded import development_services


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    with development_services():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
