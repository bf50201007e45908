"""Handing work to the background: after the commit, by id, as a hint. The database knows what is to be done."""

from typing import Any

from django.db import transaction


def enqueue(task: Any, *, queue: str, **arguments: Any) -> None:
    """Send the task once the transaction has committed. A dead broker costs time, not the work: a sweep finds it."""
    # robust: the request has succeeded by then, and must not fail for a hint that was lost (Django logs it)
    transaction.on_commit(lambda: task.apply_async(kwargs=arguments, queue=queue, retry=False), robust=True)
