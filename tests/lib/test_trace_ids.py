from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from edu_platform.lib import trace_ids
from edu_platform.lib.error_pages import new_reference
from edu_platform.lib.queueing import _in_background
from tests.classroom.conftest import wait_for_sender


@pytest.fixture(autouse=True)
def _nothing_before() -> None:
    trace_ids.end_request()


def test_other_thread_works_for_the_request_that_was_there_when_it_was_asked():
    trace_ids.begin_request("first-one")
    work = trace_ids.in_this_context(trace_ids.request_id)
    trace_ids.begin_request("another-one")

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(work).result() == "first-one"
        assert pool.submit(trace_ids.request_id).result() == ""


def test_what_is_sent_in_the_background_knows_who_caused_it():
    seen: list[str] = []
    for request_id in ("first-one", "another-one"):
        trace_ids.begin_request(request_id)
        _in_background(lambda: seen.append(trace_ids.request_id()))
    trace_ids.end_request()

    wait_for_sender()

    assert seen == ["first-one", "another-one"]


def test_case_is_called_as_its_request():
    trace_ids.begin_request("1a2b3c4d")

    assert new_reference() == "1a2b3c4d"


def test_case_outside_of_requests_has_a_number_too():
    assert new_reference() != new_reference() != ""
