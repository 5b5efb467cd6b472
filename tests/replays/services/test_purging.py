"""The part of the replays to be deleted that is gone, above the list of those deleted."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.progress import Portion
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay
from replays.services.purge import purging
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory
from tests.support.pages import main

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
SENTENCE = "1 of 3 replays deleted for good today. A worker deletes the others."


def trashed(due_at: dt.datetime | None, **columns: object) -> Replay:
    return ReplayFactory.create(
        state=ReplayState.DELETED,
        reason=ReplayReason.TRASHED,
        purge={"due_at": due_at, "has_begun": due_at is None},
        **columns,
    )


@pytest.fixture
def _trash() -> None:
    trashed(NOW - HOUR)
    trashed(NOW - 2 * HOUR)
    trashed(None, purged_at=NOW - HOUR)
    # One is of yesterday, one of tomorrow.
    trashed(None, purged_at=NOW - 24 * HOUR)
    trashed(NOW + 24 * HOUR)


@pytest.mark.usefixtures("_trash")
def test_stands_above_those_deleted(signed_in: SignedIn, planner: User, teacher: User):
    with time_machine.travel(NOW, tick=False):
        office: Client = signed_in(planner, "en")
        assert SENTENCE in main(office.get("/replays/?state=deleted")).text
        assert "deleted for good today" not in main(office.get("/replays/")).text
        of_teacher = main(signed_in(teacher, "en").get("/replays/?state=deleted"))
        assert "deleted for good today" not in of_teacher.text


@pytest.mark.usefixtures("_trash")
def test_says_nothing_when_all_are_gone():
    assert purging(NOW) == Portion(1, 3)

    Replay.objects.filter(purge__due_at__lte=NOW).update(purged_at=NOW)

    assert purging(NOW) is None


def test_counts_what_the_cloud_has_not_deleted_though_it_was_told_to():
    replay = trashed(NOW + HOUR)
    replay.purge.has_begun = True
    replay.purge.save()

    assert purging(timezone.now()) == Portion(0, 1)
