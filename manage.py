#!/usr/bin/env python
"""Django's command line. In development it brings its own PostgreSQL and Redis up for as long as it runs."""

import logging
import os
import sys

from config.embedded import development_services


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config.postgresql.absence import exit_if_database_is_away

    if sys.argv[1:2] == ["doctor"]:
        exit_if_settings_cannot_load(as_json="--json" in sys.argv)
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # exit_if_database_is_away says it, once
    with development_services(), exit_if_database_is_away(f"manage.py {' '.join(sys.argv[1:2])}"):
        execute_from_command_line(sys.argv)


def exit_if_settings_cannot_load(*, as_json: bool) -> None:
    """Print what is wrong with the variables and exit: the doctor cannot check anything else before that is fixed."""
    from config import findings
    from config.variables import problems_of

    problems = list(problems_of(os.environ))
    if findings.code_of(problems) == findings.CODES[findings.ERROR]:
        print(findings.as_json(problems) if as_json else "\n".join(map(str, problems)))
        sys.exit(findings.code_of(problems))


if __name__ == "__main__":
    main()
