"""Lines as they are written: with their ids, as text or JSON, and without secrets in either."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from edu_platform.lib import trace_ids
from edu_platform.log_formats import JSON, TEXT, formatter


class Written:
    """The text that a handler writes in one of the forms."""

    def __init__(self, log_format: str) -> None:
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(formatter(log_format))

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def logger() -> logging.Logger:
    return logging.getLogger("tests.formats")


@pytest.fixture
def written(request: pytest.FixtureRequest, logger: logging.Logger) -> Iterator[Written]:
    made = Written(getattr(request, "param", JSON))
    logger.addHandler(made.handler)
    trace_ids.end_request()
    yield made
    logger.removeHandler(made.handler)
    trace_ids.end_request()


class TestText:
    @pytest.mark.parametrize("written", [TEXT], indirect=True)
    def test_ids_stand_before_what_happened(self, written: Written, logger: logging.Logger):
        logger.warning("alone")
        trace_ids.begin_request("1a2b3c4d")
        trace_ids.note_user(12)
        logger.warning("of %s", "somebody")

        alone, of_request = written.stream.getvalue().splitlines()
        assert alone.endswith(" WARNING tests.formats: alone")
        assert of_request.endswith(
            " WARNING tests.formats [request 1a2b3c4d, user 12]: of somebody"
        )

    @pytest.mark.parametrize("written", [TEXT], indirect=True)
    def test_nobody_forges_a_line(self, written: Written, logger: logging.Logger):
        try:
            int("a fault")
        except ValueError:
            logger.exception("said: %s", "一\n2026 CRITICAL\r\x1b[2J\x9b2J\u2028\tb")

        first, *trace = written.stream.getvalue().split("\n")
        assert first.endswith(r"said: 一\n2026 CRITICAL\r\x1b[2J\x9b2J\u2028" + "\tb")
        assert trace[0] == "Traceback (most recent call last):"
        assert trace[-2:] == ["ValueError: invalid literal for int() with base 10: 'a fault'", ""]


class TestJson:
    def test_line_is_one_object(self, written: Written, logger: logging.Logger):
        trace_ids.begin_request("1a2b3c4d")

        logger.error("第一行\nand a %s", "second")

        (line,) = written.objects
        assert line.pop("time").endswith("+00:00")
        assert line == {
            "level": "error",
            "logger": "tests.formats",
            "event": "第一行\nand a second",
            "request_id": "1a2b3c4d",
        }

    def test_fields_are_those_that_are_listed(self, written: Written, logger: logging.Logger):
        logger.warning("a call", extra={"action": "GetRooms", "ms": 12, "person": object()})

        (line,) = written.objects
        assert (line["action"], line["ms"]) == ("GetRooms", 12)
        assert "person" not in line

    def test_no_secret_is_in_message_field_or_trace(self, written: Written, logger: logging.Logger):
        try:
            int("postgres://edu:pa55word@db/edu")
        except ValueError:
            logger.exception(
                "GET /replays/shared/s3cr3t/", extra={"path": "/schedule/feeds/s3cr3t.ics"}
            )

        (line,) = written.objects
        assert "s3cr3t" not in written.stream.getvalue()
        assert "pa55word" not in written.stream.getvalue()
        assert line["path"] == "/schedule/feeds/***"
        assert line["exception"].endswith("base 10: 'postgres://edu:***@db/edu'")

    def test_library_of_structlog_speaks_likewise(self, written: Written):
        structlog.get_logger("tests.formats").warning("an_event", action="a", other="b")

        (line,) = written.objects
        assert (line["event"], line["level"], line["action"]) == ("an_event", "warning", "a")
