"""Decide whether staff are led to the first hour: from an empty installation on, until lessons are published."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django.db.models import Exists, QuerySet, Subquery

from accounts.enums import Role
from accounts.models import SchoolSettings, User
from accounts.services.school import begin_first_hour, put_first_hour_away
from edu_platform.lib.statements import Statement
from edu_platform.start.steps import open_steps, steps_of
from schedule.enums import LessonState
from schedule.models import Lesson, Term


class Beginning(NamedTuple):
    """Say how far an installation is at its beginning."""

    has_teacher: bool
    has_lesson: bool
    has_term: bool
    has_published: bool
    began_at: dt.datetime | None
    put_away_at: dt.datetime | None

    @property
    def is_empty(self) -> bool:
        return not (self.has_teacher or self.has_lesson or self.has_term)


def leads_to_start(user: User, at: dt.datetime) -> bool:
    """Tell whether the person's start page is the first hour; one query, and for others than staff none.

    The first of them who comes to an empty installation begins it: from then on it goes by what was done since,
    and not by whether there is a teacher by now.
    """
    if not user.is_staff:
        return False
    beginning = Beginning(*_BEGINNING.rows(user_id=user.pk)[0])
    if beginning.put_away_at is not None or beginning.has_published:
        return False
    if beginning.began_at is None:
        if not beginning.is_empty:
            return False
        begin_first_hour(at)
    return True


def end_first_hour(at: dt.datetime) -> None:
    """Put it away once nothing of it is left, so that pages need not look for what is."""
    school = SchoolSettings.load()
    if school.is_in_first_hour and not open_steps(steps_of(school, None, at)):
        put_first_hour_away(at)


def _beginning(user_id: int) -> QuerySet[User, tuple[Any, ...]]:
    school = SchoolSettings.objects.filter(pk=1)
    published = Lesson.objects.filter(state=LessonState.PUBLISHED)
    return User.objects.filter(pk=user_id).values_list(
        Exists(User.objects.active().with_role(Role.TEACHER)),
        Exists(Lesson.objects.all()),
        Exists(Term.objects.all()),
        Exists(published),
        Subquery(school.values("start_began_at")),
        Subquery(school.values("start_put_away_at")),
    )


_BEGINNING = Statement(_beginning)
