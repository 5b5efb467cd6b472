"""The demo school: refused beside a real cloud, the same however often, and always with a class now."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Notice, User
from edu_platform.demo import open_lessons
from edu_platform.demo.people import DEMO_CLASS_GROUP, DEMO_TEACHER
from edu_platform.demo.school import fill_school
from edu_platform.demo.timetable import term_starts_around, week_of_term
from edu_platform.management.commands.seed_demo import is_on_loopback
from replays.models import Replay
from schedule.enums import DayKind
from schedule.models import Lesson, PlannedLesson, Term
from schedule.week_grid import monday_of
from tests.factories.schedule import TermFactory
from tests.support.demo_school import (
    DAY,
    MINUTE,
    MONDAY_MORNING,
    SHANGHAI,
    demo_lessons,
    lesson_at,
    overlaps_of_people,
    two_weeks_are_changed,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),
    pytest.mark.only_on_sqlite("as the demo runs"),
]

ODD_MOMENTS = (
    MONDAY_MORNING,
    dt.datetime(2026, 3, 1, 23, 0, tzinfo=SHANGHAI),  # a Sunday
    dt.datetime(2026, 3, 1, 23, 55, 59, tzinfo=SHANGHAI),
    dt.datetime(2026, 3, 2, 0, 5, tzinfo=SHANGHAI),
    dt.datetime(2026, 3, 2, 0, 0, tzinfo=SHANGHAI),
    dt.datetime(2026, 12, 31, 23, 52, tzinfo=SHANGHAI),
)


@pytest.mark.parametrize(
    "endpoint",
    ["https://lcic.tencentcloudapi.com", "http://10.0.0.5:8100", "http://127.0.0.1.example.com"],
)
def test_seed_demo_refused_beside_a_cloud_elsewhere(settings: Any, endpoint: str) -> None:
    settings.LCIC_ENDPOINT = endpoint
    with pytest.raises(CommandError, match="LCIC_ENDPOINT"):
        call_command("seed_demo", stdout=io.StringIO())
    assert not User.objects.exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_seed_demo_is_made_beside_a_cloud_on_this_machine(host: str) -> None:
    assert is_on_loopback(f"http://{host}:8100")


def test_school_is_filled_without_a_past_when_no_local_cloud_answers_and_people_can_sign_in(
    settings: Any, client: Client
) -> None:
    settings.LCIC_ENDPOINT = "http://127.0.0.1:9"
    output, complaint = io.StringIO(), io.StringIO()
    call_command("seed_demo", stdout=output, stderr=complaint)

    assert "127.0.0.1" in complaint.getvalue()
    assert not Replay.objects.filter(
        planned_end__lt=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    ).exists()
    lines = output.getvalue().splitlines()
    assert [line.split(" ", 3)[3] for line in lines] == [
        "teacher",
        "student of the running class",
        "student of another",
        "supervisor",
        "planner",
        "administrator",
    ]
    for line in lines:
        head, username, password, _role = line.split(" ", 3)
        assert head == "sign-in:"
        answer = client.post("/accounts/login/", {"login": username, "password": password})
        assert (answer.status_code, answer["Location"]) == (302, "/")
        client.logout()


# On Monday see tests/demo/test_school.py. On Wednesday and Thursday the open lessons stand where the lesson is that
# is changed on other days, so another one is.
@pytest.mark.parametrize("moment", [MONDAY_MORNING + day * DAY for day in (2, 3, 6)], ids=str)
def test_each_week_has_a_lesson_that_was_moved_and_one_with_another_teacher(
    moment: dt.datetime,
) -> None:
    fill_school(at=moment)

    two_weeks_are_changed(moment)


@pytest.mark.parametrize("moment", ODD_MOMENTS, ids=str)
def test_demo_teacher_has_a_class_now_and_one_in_ten_minutes(
    client: Client, moment: dt.datetime
) -> None:
    fill_school(at=moment)
    running, coming = lesson_at(moment), lesson_at(moment + 10 * MINUTE)
    assert timezone.localdate(running.starts_at) == timezone.localdate(moment)
    assert running.ends_at == coming.starts_at
    assert 9 * MINUTE < coming.starts_at - moment <= 10 * MINUTE
    assert [group.name for group in running.class_groups.all()] == [DEMO_CLASS_GROUP]
    assert [group.name for group in coming.class_groups.all()] == [DEMO_CLASS_GROUP]
    assert overlaps_of_people() == []
    its_term_is_the_one_that_holds_today(timezone.localdate(moment))
    with time_machine.travel(moment, tick=False):
        assert titles_of_running_classes(client) == [open_lessons.RUNNING_TITLE]


def its_term_is_the_one_that_holds_today(today: dt.date) -> None:
    first_monday, next_one = term_starts_around(monday_of(today))
    term = Term.objects.holding(today).get()
    assert (term.first_monday, term.last_day + DAY) == (first_monday, next_one)
    assert next(bell.ends for bell in term.bell_times.all()) == dt.time(8, 45)
    assert {weeks for (weeks,) in term.patterns.values_list("weeks")} == {"", "odd", "even"}
    assert not Notice.objects.exists()


def titles_of_running_classes(client: Client) -> list[str]:
    """What the week's page shows the demo's teacher as running."""
    client.force_login(User.objects.get(username=DEMO_TEACHER))
    answer = client.get("/schedule/")
    assert answer.status_code == 200
    cards = [card for day in answer.context["week"].days for card in day.cards]
    return [card.title for card in cards if card.is_running]


def test_demo_lessons_move_forward_over_days() -> None:
    """Started at all hours of two days: the same two lessons, and nothing else is lost."""
    start = MONDAY_MORNING - dt.timedelta(hours=8)
    for step in range(9):
        moment = start + step * dt.timedelta(hours=5, minutes=7)
        fill_school(at=moment)
        assert lesson_at(moment).title == open_lessons.RUNNING_TITLE
        assert lesson_at(moment + 10 * MINUTE).title == open_lessons.COMING_TITLE
    assert len(demo_lessons()) == 2
    assert overlaps_of_people() == []
    yielding = Lesson.objects.filter(cancel_reason=open_lessons.YIELD_REASON, ends_at__gt=moment)
    assert all(lesson.starts_at < moment + 70 * MINUTE for lesson in yielding)


def test_regular_lesson_yields_and_comes_back() -> None:
    fill_school(at=MONDAY_MORNING - dt.timedelta(hours=12))  # Sunday evening
    at_eight = Lesson.objects.get(
        teacher__username=DEMO_TEACHER, starts_at=MONDAY_MORNING.replace(minute=0, second=0)
    )
    fill_school(at=MONDAY_MORNING - 25 * MINUTE)
    at_eight.refresh_from_db()
    assert at_eight.cancel_reason == open_lessons.YIELD_REASON
    fill_school(at=MONDAY_MORNING - dt.timedelta(hours=3))
    at_eight.refresh_from_db()
    assert at_eight.is_published
    assert at_eight.cancel_reason == ""
    assert overlaps_of_people() == []


def test_running_lesson_begins_after_a_class_just_finished() -> None:
    fill_school(at=MONDAY_MORNING - dt.timedelta(hours=12))
    moment = MONDAY_MORNING.replace(minute=50)  # the regular lesson ended at 08:45
    fill_school(at=moment)
    assert lesson_at(moment).starts_at == MONDAY_MORNING.replace(minute=45, second=0)
    assert overlaps_of_people() == []


@pytest.mark.parametrize(
    ("monday", "week"),
    [
        (dt.date(2026, 8, 31), 1),
        (dt.date(2026, 9, 7), 2),
        (dt.date(2026, 2, 16), 1),
        (dt.date(2026, 1, 5), 19),
    ],
)
def test_week_of_term_counts_from_its_first_day(monday: dt.date, week: int) -> None:
    assert week_of_term(monday) == week


# --- Its term -------------------------------------------------------------------------------------


def test_term_of_the_demo_has_the_holidays_of_the_nation() -> None:
    fill_school(at=dt.datetime(2025, 9, 8, 9, 0, tzinfo=SHANGHAI))

    (term,) = Term.objects.all()
    assert term.days.get(date=dt.date(2025, 10, 1)).kind == DayKind.HOLIDAY


def test_term_of_planners_on_those_days_stays_the_only_one() -> None:
    own = TermFactory.create(first_monday=dt.date(2026, 2, 23), weeks=10)

    fill_school(at=MONDAY_MORNING)

    assert [*Term.objects.all()] == [own]
    assert not PlannedLesson.objects.exists()
