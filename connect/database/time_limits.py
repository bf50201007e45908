from contextlib import AbstractContextManager
from typing import Any, cast

from django.db import connection


def without_statement_timeout() -> AbstractContextManager[None]:
    """Let statements of this thread take as long as they need, as reading a big table does; for commands only."""
    return cast(AbstractContextManager[None], cast(Any, connection).without_statement_timeout())
