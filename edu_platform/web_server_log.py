"""The web server's own lines, in the form of all others: it says when a process hangs or was killed."""

from __future__ import annotations

import os
from typing import Any

from gunicorn import glogging

from edu_platform import env
from edu_platform.log_formats import JSON, TEXT, json_formatter


class WebServerLog(glogging.Logger):
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)  # type: ignore[no-untyped-call] # it has no types
        if _log_format() == JSON:
            for logger in (self.error_log, self.access_log):
                for handler in logger.handlers:
                    handler.setFormatter(json_formatter())


def _log_format() -> str:
    """Read before the settings are, by the process that starts all others: its environment stays as it was."""
    before = dict(os.environ)
    try:
        env.read_dotenv(env.dotenv_path())
        return env.choice("LOG_FORMAT", TEXT, (TEXT, JSON))
    finally:
        os.environ.clear()
        os.environ.update(before)
