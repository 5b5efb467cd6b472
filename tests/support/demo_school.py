"""Views of the demo school that tests look at, and the Monday morning that most of them begin with."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db.models import Exists, OuterRef
from django.test import Client
from django.utils import timezone

from accounts.models import Notice, User
from edu_platform.demo import open_lessons, past_weeks
from edu_platform.demo.roster import DEMO_CLASS_GROUP, DEMO_TEACHER
from edu_platform.demo.timetable import term_starts_around
from schedule.enums import LessonState
from schedule.models import Lesson, Occupation, Substitution, Term
from schedule.week_grid import monday_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_MORNING = dt.datetime(2026, 3, 2, 8, 20, 31, tzinfo=SHANGHAI)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def leave_out_the_past(monkeypatch: pytest.MonkeyPatch, *, weeks: int = 0) -> None:
    """Let the demo plan so many past weeks of school: all of them have tests of their own."""
    monkeypatch.setattr(past_weeks, "HISTORY_WEEKS", weeks)


def demo_lessons() -> list[Lesson]:
    """The two that move, and those of them that became history."""
    titles = [open_lessons.RUNNING_TITLE, open_lessons.COMING_TITLE]
    return list(Lesson.objects.filter(title__in=titles).order_by("starts_at"))


def lesson_at(moment: dt.datetime) -> Lesson:
    return Lesson.objects.get(
        teacher__username=DEMO_TEACHER,
        state=LessonState.PUBLISHED,
        starts_at__lte=moment,
        ends_at__gt=moment,
    )


def overlaps_of_people() -> list[Occupation]:
    taken = Occupation.objects.filter(is_active=True).exclude(person=None)
    others = taken.filter(
        person=OuterRef("person"),
        starts_at__lt=OuterRef("ends_at"),
        ends_at__gt=OuterRef("starts_at"),
    )
    return list(taken.filter(Exists(others.exclude(pk=OuterRef("pk")))))


def two_weeks_are_changed(moment: dt.datetime) -> None:
    """In this week and the next, one lesson was moved, and on each day somebody stands in for a teacher."""
    changed = Lesson.objects.exclude(moved_at=None, teacher_changed_at=None).order_by("starts_at")
    this_week = monday_of(moment.date())
    for monday in (this_week, this_week + 7 * DAY):
        of_week = [each for each in changed if monday_of(planned_day(each)) == monday]
        moved = [lesson for lesson in of_week if lesson.moved_at is not None]
        substitutions = Substitution.objects.filter(lesson__in=of_week).select_related("lesson")
        days = {planned_day(substitution.lesson) for substitution in substitutions}
        assert len(moved) == 1
        assert days == {monday + number * DAY for number in range(5)}
    for lesson in changed:
        assert lesson.moved_from is None or monday_of(
            timezone.localdate(lesson.moved_from)
        ) == monday_of(planned_day(lesson))
        assert lesson.changes.latest("pk").action.reason
    assert overlaps_of_people() == []


def planned_day(lesson: Lesson) -> dt.date:
    return timezone.localdate(lesson.starts_at)


def teacher_has_a_class_now_and_one_in_ten_minutes(client: Client, moment: dt.datetime) -> None:
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
    assert next(bell.ends for bell in term.bell_times.all()) == dt.time(8, 50)
    assert {weeks for (weeks,) in term.weekly_lessons.values_list("weeks")} == {"", "odd", "even"}
    assert not Notice.objects.exists()


def titles_of_running_classes(client: Client) -> list[str]:
    """Return what the week's page shows the demo's teacher as running."""
    client.force_login(User.objects.get(username=DEMO_TEACHER))
    answer = client.get("/schedule/")
    assert answer.status_code == 200
    cards = [card for day in answer.context["week"].days for card in day.cards]
    return [card.title for card in cards if card.is_running]
