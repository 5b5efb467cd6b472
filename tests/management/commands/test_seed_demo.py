"""The demo school: refused beside a real cloud, the same however often, and always with a class now."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from edu_platform.demo import open_lessons
from edu_platform.demo.roster import DEMO_TEACHER
from edu_platform.demo.school import fill_school
from edu_platform.demo.timetable import week_of_term
from edu_platform.management.commands.seed_demo import is_on_loopback
from replays.models import Replay
from schedule.enums import DayKind
from schedule.models import Lesson, PlannedLesson, Term
from tests.factories.schedule import TermFactory
from tests.support.demo_school import (
    DAY,
    MINUTE,
    MONDAY_MORNING,
    SHANGHAI,
    demo_lessons,
    leave_out_the_past,
    lesson_at,
    overlaps_of_people,
    teacher_has_a_class_now_and_one_in_ten_minutes,
    two_weeks_are_changed,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china", "no_past"),
    pytest.mark.only_on_sqlite("as the demo runs"),
]

# For Monday morning see tests/demo/test_school.py.
ODD_MOMENTS = (
    dt.datetime(2026, 3, 1, 23, 0, tzinfo=SHANGHAI),  # a Sunday
    dt.datetime(2026, 3, 1, 23, 55, 59, tzinfo=SHANGHAI),
    dt.datetime(2026, 3, 2, 0, 5, tzinfo=SHANGHAI),
    dt.datetime(2026, 3, 2, 0, 0, tzinfo=SHANGHAI),
)


@pytest.fixture
def no_past(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_the_past(monkeypatch)


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
    said = output.getvalue().splitlines()
    links = [line for line in said if line.startswith("link: ")]
    lines = [line for line in said if line not in links]
    assert [link.split("/")[3] for link in links] == ["family", "guest"]
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


# On Monday see tests/demo/test_school.py, on Sunday the test below. On Wednesday and Thursday the open
# lessons stand where the lesson is that is changed on other days, so another one is.
@pytest.mark.parametrize("moment", [MONDAY_MORNING + day * DAY for day in (2, 3)], ids=str)
def test_each_week_has_a_lesson_that_was_moved_and_one_with_another_teacher(
    moment: dt.datetime,
) -> None:
    fill_school(at=moment)

    two_weeks_are_changed(moment)


@pytest.mark.parametrize("moment", ODD_MOMENTS, ids=str)
def test_school_begun_around_midnight_is_as_by_day(client: Client, moment: dt.datetime) -> None:
    fill_school(at=moment)

    two_weeks_are_changed(moment)
    teacher_has_a_class_now_and_one_in_ten_minutes(client, moment)


def test_night_before_a_year_is_of_a_term_with_the_holidays_of_the_nation(client: Client) -> None:
    moment = dt.datetime(2025, 12, 31, 23, 52, tzinfo=SHANGHAI)

    fill_school(at=moment)

    teacher_has_a_class_now_and_one_in_ten_minutes(client, moment)
    (term,) = Term.objects.all()
    assert term.days.get(date=dt.date(2025, 10, 1)).kind == DayKind.HOLIDAY


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


def test_regular_lesson_yields_comes_back_and_is_followed_by_the_running_one() -> None:
    fill_school(at=MONDAY_MORNING - dt.timedelta(hours=12))  # Sunday evening
    first = Lesson.objects.get(
        teacher__username=DEMO_TEACHER, starts_at=MONDAY_MORNING.replace(minute=10, second=0)
    )
    fill_school(at=MONDAY_MORNING - 25 * MINUTE)
    first.refresh_from_db()
    assert first.cancel_reason == open_lessons.YIELD_REASON
    fill_school(at=MONDAY_MORNING - dt.timedelta(hours=3))
    first.refresh_from_db()
    assert first.is_published
    assert first.cancel_reason == ""
    assert overlaps_of_people() == []

    moment = MONDAY_MORNING.replace(minute=55)  # it ended at 08:50
    fill_school(at=moment)
    assert lesson_at(moment).starts_at == MONDAY_MORNING.replace(minute=50, second=0)
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


def test_term_of_planners_on_those_days_stays_the_only_one() -> None:
    own = TermFactory.create(first_monday=dt.date(2026, 2, 23), weeks=10)

    fill_school(at=MONDAY_MORNING)

    assert [*Term.objects.all()] == [own]
    assert not PlannedLesson.objects.exists()
