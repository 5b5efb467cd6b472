"""Of rows that are due, one at which something unexpected goes wrong holds up none of the others.

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

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases("leases, and what a fault of the database leaves behind"),
]


@pytest.fixture
def cloud(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> LocalCloud:
    make_quick(monkeypatch, read_timeout_s=5)
    settings.MEDIA_ROOT = str(tmp_path)
    settings.SENDS_MAIL = True
    return local_cloud


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
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
