"""One line an event: JSON in production, plain text in development. Lines of libraries pass the same formatter."""

import logging.config
from typing import Any

import structlog
import structlog.tracebacks

from config.outage_lines import OutageLines

# Without local variables: they hold tokens and passwords.
TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))


SHARED: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
AS_JSON: list[structlog.types.Processor] = [TRACEBACKS, structlog.processors.JSONRenderer()]
AS_TEXT: list[structlog.types.Processor] = [
    structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
]


def logging_config(*, level: str, as_json: bool) -> dict[str, Any]:
    """Configure structlog and the standard library together, and return the latter's configuration."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    rendering = AS_JSON if as_json else AS_TEXT
    config = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
            }
        },
        "filters": {"outages": {"()": OutageLines}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["outages"]}},
        "root": {"handlers": ["stderr"], "level": level},
        # Its lines hold request targets, its warnings about headers too, and provider APIs carry tokens there.
        "loggers": {
            "urllib3": {"level": "ERROR"},
            "requests": {"level": "INFO"},
            "django.request": {"level": "ERROR"},
        },
    }
    logging.config.dictConfig(config)
    return config
