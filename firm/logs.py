"""What does a log line look like? One JSON object of facts; never a secret, a token or a file's content."""

import re
from typing import Any

import structlog

#: Links to calendars and to clients carry their secret in the path, which whoever answers or refuses them logs.
SECRET_IN_PATH = re.compile(r"(/(?:suscripciones|enlace)/)[^\s\"'?\\]+")


def strike_out_secrets(_logger: Any, _name: str, line: str) -> str:
    """A finished line without what opens something to whoever reads it."""
    return SECRET_IN_PATH.sub(r"\1…", line)


def logging_config() -> dict[str, Any]:
    """Settings for :mod:`logging`: every line, ours or a library's, leaves as one JSON object on standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                    strike_out_secrets,
                ],
                "foreign_pre_chain": shared,
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django.server": {"level": "WARNING"},
            "django": {"handlers": [], "propagate": True},
            # It names the paths of requests that fail, by handlers of its own unless it is told otherwise.
            "gunicorn.error": {"handlers": [], "propagate": True},
            "gunicorn.access": {"handlers": [], "propagate": True},
        },
    }
