from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import Config

from edu_platform.web_server_log import WebServerLog


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / ".env"
    monkeypatch.setenv("ENV_FILE", str(file))
    return file


@pytest.fixture(autouse=True)
def _handlers_of_pytest() -> Iterator[None]:
    """It adds its own to these loggers, and each of them serves all tests."""
    loggers = map(logging.getLogger, ("gunicorn.error", "gunicorn.access"))
    formatters = {each: each.formatter for logger in loggers for each in logger.handlers}
    yield
    for handler, formatter in formatters.items():
        handler.setFormatter(formatter)


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_web_server_writes_as_all_others_do(dotenv: Path, capfd: Any, log_format: str):
    dotenv.write_text(f"LOG_FORMAT={log_format}\n")
    log = WebServerLog(Config())

    log.error("WORKER TIMEOUT (pid:%s) at /schedule/feeds/s3cr3t.ics", 17)

    said = capfd.readouterr().err
    assert "s3cr3t" not in said
    if log_format == "json":
        line = json.loads(said)
        assert (line["logger"], line["level"]) == ("gunicorn.error", "error")
        assert line["event"] == "WORKER TIMEOUT (pid:17) at /schedule/feeds/***"
    else:
        assert "[ERROR] WORKER TIMEOUT (pid:17)" in said


def test_environment_of_the_processes_to_come_stays_as_it_was(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("LOG_FORMAT", raising=False)
    dotenv.write_text("LOG_FORMAT=json\nOTHER_OF_FILE=1\n")

    WebServerLog(Config())

    assert "OTHER_OF_FILE" not in os.environ
