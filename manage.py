#!/usr/bin/env python
"""Django's command line. In development it brings its own PostgreSQL and Redis up for as long as it runs."""

import logging
import os
import sys

from config.embedded import development_services


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config.postgresql.absence import told_in_one_line

    if sys.argv[1:2] == ["doctor"]:
        tell_what_keeps_the_settings_from_loading(as_json="--json" in sys.argv)
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # the command says it, once
    with development_services(), told_in_one_line(f"manage.py {' '.join(sys.argv[1:2])}"):
        execute_from_command_line(sys.argv)


def tell_what_keeps_the_settings_from_loading(*, as_json: bool) -> None:
    """Exit with all that the doctor can tell then; it can look at the rest once that is put right."""
    from config import findings
    from config.variables import judged

    found = list(judged(os.environ))
    if findings.code_of(found) == findings.CODES[findings.ERROR]:
        print(findings.as_json(found) if as_json else "\n".join(map(str, found)))
        sys.exit(findings.code_of(found))


if __name__ == "__main__":
    main()
