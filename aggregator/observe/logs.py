"""Structured logs on stderr: for a person on a terminal, as JSON lines for anything else."""

import functools
import logging
import sys
from typing import Any

from ..model import Failure, PollReport


class _Log:
    """structlog's logger. Loaded with the first line: most commands have none to write."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_logger(), name)


log: Any = _Log()


@functools.cache
def _logger() -> Any:
    import structlog

    return structlog.get_logger("aggregator")


def set_up_logs(form: str = "auto", *, quiet: bool = False) -> None:
    """Log to stderr. `form`: text (or debug), json, or auto (text on a terminal)."""
    import structlog

    text = form in ("text", "debug") or (form == "auto" and sys.stderr.isatty())
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
        if text
        else structlog.processors.JSONRenderer()
    )
    level = logging.WARNING if quiet else logging.INFO
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            *([] if text else [structlog.processors.dict_tracebacks]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Libraries that speak through the standard library are heard when something is wrong.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    # A tick that is skipped because the last one still runs is no news.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def log_poll(report: PollReport) -> None:
    """One line for one poll."""
    fields: dict[str, Any] = {
        "source": report.source,
        "outcome": report.outcome,
        "status": report.status,
        "new": report.new_articles,
        "changed": report.changed_articles,
        "bytes": report.bytes,
        "seconds": round(report.seconds, 3),
        "next": report.next_poll_at.isoformat() if report.next_poll_at else "never",
    }
    if report.notes:
        fields["notes"] = "; ".join(report.notes)
    if isinstance(report.failure, Failure):
        failure = report.failure
        fields |= {"kind": failure.kind.value, "phase": failure.phase, "detail": failure.detail}
        log.warning("poll", **fields)
    elif report.held_articles:
        log.warning("poll", held=report.held_articles, **fields)
    else:
        log.info("poll", **fields)
