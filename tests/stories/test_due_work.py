"""A due row at which something unexpected goes wrong holds up none of the others.

Work that is due stands in the database, and a loop does one row after the other. Whatever a row brings
up, at every run, the rows behind it are done all the same, the log has the trace, and the row itself is
tried again later.
"""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.utils import timezone

from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick
from tests.support.duework import CASES
from tests.support.duework.case import FAULT, DueCase

pytestmark = pytest.mark.django_db

# One of each kind of loop: their leases and transactions are the same, and with them what a database can
# do to one; `tests/lib/test_due.py` has the rest.
ON_BOTH_DATABASES = {
    "callbacks",
    "courseware to be handed in",
    "people that the cloud does not know, of whom one spoils the batch",
    "replays to be told of",
    "rooms to be made ahead",
}
on_both = pytest.mark.both_databases("leases, and what a fault leaves of a transaction")


def cases() -> list[Any]:
    """All of them, each with where it runs."""
    assert {case.name for case in CASES} >= ON_BOTH_DATABASES
    return [
        pytest.param(case, id=case.name, marks=[on_both] if case.name in ON_BOTH_DATABASES else [])
        for case in CASES
    ]


@pytest.fixture
def cloud(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> LocalCloud:
    make_quick(monkeypatch, read_timeout_s=5)
    settings.MEDIA_ROOT = str(tmp_path)
    settings.SENDS_MAIL = True
    return local_cloud


@pytest.mark.parametrize("case", cases())
def test_odd_row_holds_up_no_other_and_is_tried_again(
    case: DueCase,
    cloud: LocalCloud,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    odd, sound = case.make(cloud)
    assert (case.is_done(odd), case.is_done(sound)) == (False, False)
    with monkeypatch.context() as patch:
        case.break_at(odd, patch)

        case.run()

        assert (case.is_done(odd), case.is_done(sound)) == (False, True)
    assert any(record.exc_info and FAULT in str(record.exc_info[1]) for record in caplog.records)

    with time_machine.travel(timezone.now() + case.later):
        case.run()

    assert case.is_done(odd)
