"""Administrators hear of failed callbacks: once a day, with the count, and never of none."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Notice, User
from accounts.services.failed_callbacks import tell_of_failed_callbacks
from classroom.enums import EventState
from classroom.models import CallbackEvent
from tests.factories.accounts import UserFactory
from tests.factories.classroom import CallbackEventFactory
from tests.support.pages import read
from tests.support.threads import all_at_once

NOON = dt.datetime(2026, 9, 7, 4, tzinfo=dt.UTC)  # in Shanghai
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china", "administrator", "superuser", "planner", "teacher"),
]


def given_up(at: dt.datetime) -> CallbackEvent:
    return CallbackEventFactory.create(
        state=EventState.DEAD, received_at=at, last_error="no answer"
    )


def told() -> list[tuple[str, str]]:
    """Return who was told how many, oldest first."""
    notices = Notice.objects.order_by("created_at", "user__username")
    return [(notice.user.username, notice.arguments["count"]) for notice in notices]


def test_every_administrator_is_told_how_many_failed() -> None:
    given_up(NOON - HOUR)
    CallbackEventFactory.create(last_error="no answer", attempts=1)
    CallbackEventFactory.create()

    assert tell_of_failed_callbacks(NOON) == 2

    assert told() == [("administrator", "2"), ("superuser", "2")]


def test_nobody_is_told_when_nothing_failed() -> None:
    CallbackEventFactory.create()
    CallbackEventFactory.create(state=EventState.PROCESSED)

    assert tell_of_failed_callbacks(NOON) == 0

    assert told() == []


def test_a_day_of_the_school_has_one_notice() -> None:
    given_up(NOON - HOUR)
    tell_of_failed_callbacks(NOON)
    given_up(NOON + HOUR)

    for hours in (1, 6, 11):
        tell_of_failed_callbacks(NOON + hours * HOUR)
    assert len(told()) == 2

    # Midnight in the school. What failed after yesterday's notice is told, and nothing twice.
    tell_of_failed_callbacks(NOON + 12 * HOUR)
    assert told()[2:] == [("administrator", "1"), ("superuser", "1")]
    tell_of_failed_callbacks(NOON + 2 * DAY)
    assert len(told()) == 4


def test_old_failures_are_no_news() -> None:
    given_up(NOON - 30 * DAY)

    assert tell_of_failed_callbacks(NOON) == 0


def test_who_has_left_is_not_told() -> None:
    UserFactory.create(username="left", roles=[Role.ADMINISTRATOR], is_active=False)
    given_up(NOON - HOUR)

    tell_of_failed_callbacks(NOON)

    assert {name for name, _count in told()} == {"administrator", "superuser"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases("several write the same notice at once")
def test_two_workers_tell_once() -> None:
    given_up(NOON - HOUR)

    all_at_once(tell_of_failed_callbacks, [NOON, NOON])

    assert told() == [("administrator", "1"), ("superuser", "1")]


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Callbacks of the cloud that failed: 1."), ("zh-hans", "有 1 条云端回调处理失败")],
)
def test_notice_leads_to_the_callbacks(administrator: User, language: str, words: str) -> None:
    given_up(timezone.now() - HOUR)
    tell_of_failed_callbacks(timezone.now())
    client = Client()
    client.force_login(administrator)
    client.cookies["django_language"] = language

    (row,) = read(client.get("/accounts/notices/").content).all("li", "notice-row")
    answer = client.post(row.one("form").attrs["action"])

    assert words in row.text
    assert answer["Location"] == "/admin/classroom/callbackevent/?trouble=failed"
    assert client.get(answer["Location"]).context["cl"].result_count == 1
