"""How a judge is handed its jobs: a line of JSON in, a line of JSON out, until there are no more."""

import json
import logging
import sys
import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from judges.sdks.network import lead_to_sandbox

Given = dict[str, Any]
"""What a job is about: the app's keys, and fresh credentials of one account."""
Values = dict[str, Any]
"""What the SDK read. `raised` is for people: it is compared with nothing."""


def serve(packages: list[str], jobs: dict[str, Callable[[Given], Values]]) -> None:
    """Say which versions these are and which jobs can be done, then do what is asked for."""
    lead_to_sandbox()
    warnings.simplefilter("ignore")
    logging.disable()
    answers, sys.stdout = sys.stdout, sys.stderr  # what an SDK prints is no answer
    print(json.dumps([[f"{name} {version(name)}" for name in packages], list(jobs)]), file=answers, flush=True)
    for line in sys.stdin:
        job, given = json.loads(line)
        try:
            values = jobs[job](given)
        except Exception as error:
            first = str(error).partition("\n")[0]
            values = {"failed": f"{type(error).__name__}: {first}"[:300]}
        print(json.dumps(values, default=str), file=answers, flush=True)
