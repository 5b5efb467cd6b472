"""The form of a line of the log, by `LOG_FORMAT`, with the ids of its request and task.

A line of JSON has `time`, `level`, `logger` and `event`, the ids, and what its code gave it as `extra` under one of
the names in `FIELDS`. Other extras may be whole objects, which nobody has looked through for secrets.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from typing import Any

import structlog
from structlog.typing import EventDict

from edu_platform.lib import trace_ids
from edu_platform.logs import took_ms, without_secrets

TEXT, JSON = "text", "json"
FIELDS = (
    *("method", "path", "view", "status", "ms"),  # of a request
    *("action", "result", "code", "cloud_request_id"),  # of a call to the cloud
)
# How lines of text name the ids, which are more often read than searched for.
NAMES_IN_TEXT = {"request_id": "request", "task_id": "task", "user_id": "user"}
# What would begin another line, or steer a terminal.
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


class TextFormatter(logging.Formatter):
    """`2026-03-02 08:00:01,234 INFO replays.tasks [request 1a2b3c4d, user 12]: what happened`"""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s%(ids)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        ids = trace_ids.current()
        named = [f"{name} {ids[key]}" for key, name in NAMES_IN_TEXT.items() if key in ids]
        record.ids = f" [{', '.join(named)}]" if named else ""
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- its name there
        """The line alone; a trace that follows it has lines of its own."""
        return CONTROL.sub(_escaped, super().formatMessage(record))


def _escaped(control: re.Match[str]) -> str:
    return control[0].encode("unicode_escape").decode()


def json_formatter() -> structlog.stdlib.ProcessorFormatter:
    """One line of JSON for each record, whichever library it comes from."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_describe],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _hide_secrets,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )


def formatter(log_format: str) -> logging.Formatter:
    return json_formatter() if log_format == JSON else TextFormatter()


def logging_for(log_format: str) -> dict[str, Any]:
    """Django's `LOGGING`: everything to the console, from INFO up."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"refusals": {"()": "edu_platform.logs.RefusalsWithoutTraces"}},
        "formatters": {
            "line": {"()": "edu_platform.log_formats.formatter", "log_format": log_format}
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["refusals"],
            }
        },
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            # At DEBUG the vendor's client prints whole answers, tickets among them.
            "tencentcloud_sdk_common": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
            # These two repeat addresses of robots, which are secrets.
            "apprise": {"level": "CRITICAL", "propagate": False},
            "urllib3.connection": {"level": "ERROR"},
        },
    }


def pass_structlog_to_logging() -> None:
    """Have what libraries say through structlog become records like all others."""
    structlog.configure(
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.render_to_log_kwargs,
        ],
    )


def _describe(_logger: Any, _method: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    described: dict[str, Any] = {
        "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(
            timespec="milliseconds"
        ),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": event["event"],
        **trace_ids.current(),
        **_of_refused_request(record),
        **{name: getattr(record, name) for name in FIELDS if hasattr(record, name)},
        "_record": record,
        "_from_structlog": False,
    }
    if record.exc_info and record.exc_info[0] is not None:
        described["exception"] = logging.Formatter().formatException(record.exc_info)
    if record.stack_info:
        described["stack"] = record.stack_info
    return described


def _of_refused_request(record: logging.LogRecord) -> dict[str, Any]:
    """Return what Django's own lines about a request carry as objects."""
    request = getattr(record, "request", None)
    status = getattr(record, "status_code", None)
    if request is None or status is None:
        return {}
    return {
        "method": getattr(request, "method", None),
        "path": getattr(request, "path", None),
        "status": status,
        "ms": took_ms(request),
    }


def _hide_secrets(_logger: Any, _method: str, event: EventDict) -> EventDict:
    return {
        key: without_secrets(value) if isinstance(value, str) else value
        for key, value in event.items()
    }
