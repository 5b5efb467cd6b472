"""Unexcused absences that have become final: class teachers hear of each once, at the hour of the school's choice."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Notice, SchoolSettings, User
from accounts.services.notices import notify
from attendance.absences.notices import ABSENCES_NOTICE
from attendance.enums import AttendanceStage, AttendanceState
from attendance.models import PersonAttendance
from edu_platform.lib.due import Rules, each
from edu_platform.lib.natural_keys import in_order
from edu_platform.lib.text import OMITTED
from schedule.models import ClassGroup, Membership

# What became final longer ago is news to nobody: so after a long pause, or when old lessons are collected.
NEWS_FOR = dt.timedelta(days=14)
# So many students are named, each with so many lessons; more are counted.
NAMED = 3
# Nobody outside is asked: the limit keeps a run from being stopped half way.
RULES = Rules(name="absences of class groups", limit_s=120.0)


def tell_absences(at: dt.datetime) -> int:
    """Tell the class teachers of each class group, at most once a day; return of how many class groups.

    Safe to repeat, and to break off: a class group's notices and the marks of its absences are written together.
    """
    if timezone.localtime(at).hour < SchoolSettings.load().absences_told_at_hour:
        return 0
    told = 0

    def tell(class_group: ClassGroup) -> None:
        nonlocal told
        told += _tell(class_group, at)

    each(RULES, _to_tell(at), tell, at)
    return told


def _untold(at: dt.datetime) -> QuerySet[PersonAttendance]:
    """Select the absences that nobody has excused, and of which nobody was told."""
    return PersonAttendance.objects.of_students().filter(
        attendance__stage=AttendanceStage.FINAL,
        attendance__became_final_at__gt=at - NEWS_FOR,
        attendance__became_final_at__lte=at,
        state=AttendanceState.ABSENT,
        corrected_state="",
        absence_told_at=None,
        class_group__isnull=False,
    )


def _to_tell(at: dt.datetime) -> list[ClassGroup]:
    """Return the class groups that have absences of which nobody was told."""
    keys = set(_untold(at).values_list("class_group", flat=True))
    return list(ClassGroup.objects.active().filter(pk__in=keys).order_by("pk"))


@transaction.atomic
def _tell(class_group: ClassGroup, at: dt.datetime) -> bool:
    """Tell the class teachers of one class group; without one, its absences wait for who becomes it."""
    teachers = _class_teachers(class_group, timezone.localdate(at))
    if not teachers:
        return False
    rows = _untold(at).filter(class_group=class_group).order_by("pk")
    locked = list(
        rows.select_for_update(of=("self",), no_key=True).select_related(
            "person", "attendance__lesson__course"
        )
    )
    cause = f"{ABSENCES_NOTICE}:{class_group.code}:{timezone.localdate(at)}"
    # Asked only now: another worker may have told, or somebody corrected, meanwhile.
    if not locked or Notice.objects.filter(user__in=teachers, cause=cause).exists():
        return False
    are_new = [
        notify(
            user=teacher,
            kind=ABSENCES_NOTICE,
            arguments=_arguments(class_group, locked),
            address=_address(class_group, locked),
            cause=cause,
            at=at,
        )
        for teacher in teachers
    ]
    if not any(are_new):
        return False  # another worker has just told other absences: these are told tomorrow
    PersonAttendance.objects.filter(pk__in=[row.pk for row in locked]).update(absence_told_at=at)
    return True


def _class_teachers(class_group: ClassGroup, day: dt.date) -> list[User]:
    memberships = Membership.objects.of_class_teachers().on(day=day).filter(class_group=class_group)
    people = User.objects.with_role(Role.TEACHER).filter(pk__in=memberships.values("user"))
    return list(people.order_by("pk"))


def _arguments(class_group: ClassGroup, rows: Sequence[PersonAttendance]) -> dict[str, object]:
    by_person: defaultdict[int, list[PersonAttendance]] = defaultdict(list)
    for row in rows:
        by_person[row.person_id].append(row)
    people = in_order(absences[0].person for absences in by_person.values())
    return {
        "class_group": class_group.name,
        "count": len(rows),
        "people": [_named(person, by_person[person.pk]) for person in people[:NAMED]],
        "more": max(len(people) - NAMED, 0),
    }


def _named(person: User, absences: Sequence[PersonAttendance]) -> list[str]:
    """Return a person's name, and the lessons in which they were absent."""
    by_time = sorted(absences, key=lambda row: row.attendance.lesson.starts_at)
    lessons = [_lesson_text(row) for row in by_time[:NAMED]]
    if len(by_time) > NAMED:
        lessons.append(OMITTED)
    return [person.display_name, "、".join(lessons)]


def _lesson_text(row: PersonAttendance) -> str:
    lesson = row.attendance.lesson
    local = timezone.localtime(lesson.starts_at)
    return f"{lesson.course.name} {local:%m-%d %H:%M}"


def _address(class_group: ClassGroup, rows: Sequence[PersonAttendance]) -> str:
    """Return the page of the lesson, where it is one; else that of the class group."""
    codes = {row.attendance.lesson.code for row in rows}
    if len(codes) == 1:
        return reverse("attendance:lesson", args=[codes.pop()])
    return reverse("attendance:class_group", args=[class_group.code])
