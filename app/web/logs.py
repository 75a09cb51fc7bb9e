"""Log format: readable in development, one JSON object per line in production."""

import logging

import structlog

from app.settings import Settings
from app.web.bounded_logs import Bounded


def configure(settings: Settings) -> None:
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    renderers: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if settings.is_development
        else [structlog.processors.format_exc_info, Bounded(), structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *renderers,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    # Tortoise logs every value of every statement, strawberry the text of failed documents.
    for name in ("tortoise", "tortoise.db_client", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("strawberry").setLevel(logging.CRITICAL)
