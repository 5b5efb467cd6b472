"""Replays that are late, and those that cannot be deleted: how many, since when, their pages, the button."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay
from replays.not_in_order import deletions_not_in_order, late_not_in_order
from replays.search.filters import RESISTING_AFTER
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import LessonFactory
from tests.support.not_in_order import listed, mended, told
from tests.support.pages import main, read, table_of
from tests.support.today import figures_of

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def ended(ago: dt.timedelta, **fields: Any) -> Replay:
    """A replay that is being made of a class whose planned end was so long ago."""
    ends_at = timezone.now() - ago
    lesson = LessonFactory.create(starts_at=ends_at - HOUR, ends_at=ends_at)
    fields.setdefault("state", ReplayState.PROCESSING)
    return ReplayFactory.create(lesson=lesson, **fields)


class TestLate:
    def test_they_are_counted_and_lead_to_their_page(
        self, office: Client, django_assert_num_queries: Any
    ):
        oldest = ended(3 * HOUR)
        ended(2 * HOUR)
        ended(HOUR / 60)

        with translation.override("en"), django_assert_num_queries(1):
            (found,) = late_not_in_order(timezone.now())

        assert (found.sentence, found.address) == (
            "2 replays are late or failed.",
            "/replays/late/",
        )
        assert found.since == oldest.planned_end
        _head, *rows = table_of(read(office.get(found.address).content))
        assert len(rows) == 2

    def test_today_has_their_number_as_a_figure(self, office: Client):
        figures = []
        for _ in range(3):
            page = main(office.get("/schedule/today/"))
            figures.append(figures_of(page)["Late replays"])
            ended(2 * HOUR)

        assert figures == [0, 1, 2]
        assert page.all("a", "figure")[-1].attrs["href"] == "/replays/late/"

    def test_without_any_nothing_is_told(self):
        ended(HOUR / 60)

        assert told(late_not_in_order) == []

    def test_button_has_workers_check_those_that_are_still_checked(self):
        later = timezone.now() + HOUR
        late = ended(2 * HOUR, due_at=later)
        given_up = ended(2 * HOUR, state=ReplayState.FAILED)
        fine = ended(HOUR / 60, due_at=later)

        assert mended(late_not_in_order) == "A check of 1 replay begins."

        for replay in (late, given_up, fine):
            replay.refresh_from_db()
        assert late.due_at is not None
        assert late.due_at <= timezone.now()
        assert (given_up.due_at, fine.due_at) == (None, later)

    def test_button_says_when_none_is_checked_any_more(self):
        ended(2 * HOUR, state=ReplayState.FAILED)

        assert mended(late_not_in_order).startswith("None of them is checked any more")


class TestDeletions:
    def resisting(self, since: dt.datetime, **purge: Any) -> Replay:
        purge = {"due_at": since, "has_begun": True, "unreachable_since": since, **purge}
        return ReplayFactory.create(
            state=ReplayState.DELETED,
            reason=ReplayReason.TRASHED,
            deleted_at=since,
            purge=purge,
        )

    def test_those_that_are_still_there_after_a_day(self, office: Client):
        since = timezone.now() - RESISTING_AFTER
        self.resisting(since)
        self.resisting(timezone.now())

        (found,) = told(deletions_not_in_order)

        assert found.sentence == "1 deleted replay could not be removed for a day."
        assert found.since == since
        assert listed(office, found) == 1

    def test_a_refusal_of_today_is_none_nor_is_one_that_is_over(self):
        self.resisting(timezone.now() - RESISTING_AFTER / 2)
        self.resisting(timezone.now() - 2 * RESISTING_AFTER, due_at=None)

        assert told(deletions_not_in_order) == []
