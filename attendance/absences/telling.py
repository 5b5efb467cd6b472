"""Unexcused absences that have become final: class teachers hear of each once, at the hour of the school's choice."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Notice, SchoolSettings, User
from accounts.services.notices import notify
from attendance.absences.notices import ABSENCES_NOTICE
from attendance.enums import AttendanceStage, AttendanceState
from attendance.models import PersonAttendance
from edu_platform.lib.batches import in_batches
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
    notice_count = 0

    def tell(some: _ToTell) -> None:
        nonlocal notice_count
        notice_count += _tell(some, at)

    each(RULES, _to_tell(at), tell, at)
    return notice_count


def _untold(at: dt.datetime) -> QuerySet[PersonAttendance]:
    """Select the absences that nobody has excused, and of which nobody was told."""
    return PersonAttendance.objects.of_students().filter(
        Q(state=AttendanceState.ABSENT, corrected_state="")
        | Q(corrected_state=AttendanceState.ABSENT),
        attendance__stage=AttendanceStage.FINAL,
        attendance__became_final_at__gt=at - NEWS_FOR,
        attendance__became_final_at__lte=at,
        absence_told_at=None,
    )


@dataclass(frozen=True, slots=True)
class _ToTell:
    """The absences that class teachers of one class group have not heard of, by their keys."""

    class_group: ClassGroup
    teachers: Sequence[User]
    absences: list[int]


def _to_tell(at: dt.datetime) -> list[_ToTell]:
    """Return the untold absences by class group; those that have no class teacher to hear wait for one."""
    teachers = _class_teachers(timezone.localdate(at))
    without_teacher = _untold(at).exclude(class_group__in=list(teachers))
    others = _other_class_groups(without_teacher, teachers)
    by_group: defaultdict[int, list[int]] = defaultdict(list)
    for pk, class_group in _untold(at).values_list("pk", "class_group"):
        key = others.get(pk, class_group)
        if key in teachers:
            by_group[key].append(pk)
    class_groups = ClassGroup.objects.filter(pk__in=by_group).order_by("pk")
    return [_ToTell(group, teachers[group.pk], by_group[group.pk]) for group in class_groups]


def _other_class_groups(
    absences: QuerySet[PersonAttendance], class_groups: Collection[int]
) -> dict[int, int]:
    """Return through which of these class groups students were in their lessons too, by absence; two queries."""
    theirs = (
        Membership.objects.of_students()
        .filter(user__in=absences.values("person"), class_group__in=list(class_groups))
        .annotate(in_lesson=F("class_group__lessons"))
        .filter(in_lesson__in=absences.values("attendance"))
        .order_by("class_group__name_key", "class_group")
    )
    memberships: defaultdict[tuple[int, int], list[Membership]] = defaultdict(list)
    for membership in theirs:
        lesson_id: int = membership.in_lesson  # type: ignore[attr-defined] # annotated above
        memberships[lesson_id, membership.user_id].append(membership)
    others: dict[int, int] = {}
    for row in absences.select_related("attendance__lesson"):
        day = timezone.localdate(row.attendance.lesson.starts_at)
        for membership in memberships[row.attendance_id, row.person_id]:
            if membership.covers(day):
                others.setdefault(row.pk, membership.class_group_id)
    return others


@transaction.atomic
def _tell(some: _ToTell, at: dt.datetime) -> bool:
    """Tell the class teachers of one class group, unless they have heard of absences today."""
    class_group = some.class_group
    locked = _locked(some.absences, at)
    cause = f"{ABSENCES_NOTICE}:{class_group.code}:{timezone.localdate(at)}"
    # Asked only now: another worker may have told, or somebody corrected, meanwhile.
    if not locked or Notice.objects.filter(user__in=some.teachers, cause=cause).exists():
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
        for teacher in some.teachers
    ]
    if not any(are_new):
        return False  # another worker has just told other absences: these are told tomorrow
    for keys in in_batches(row.pk for row in locked):
        PersonAttendance.objects.filter(pk__in=keys).update(absence_told_at=at)
    return True


def _locked(absences: Iterable[int], at: dt.datetime) -> list[PersonAttendance]:
    """Lock those of these absences that are still untold."""
    locked: list[PersonAttendance] = []
    for keys in in_batches(absences):
        rows = _untold(at).filter(pk__in=keys).order_by("pk")
        rows = rows.select_related("person", "attendance__lesson__course")
        locked += rows.select_for_update(of=("self",), no_key=True)
    return locked


def _class_teachers(day: dt.date) -> dict[int, list[User]]:
    """Return the class teachers of that day, by class group."""
    memberships = Membership.objects.of_class_teachers().on(day=day)
    people = User.objects.with_role(Role.TEACHER)
    teachers: defaultdict[int, list[User]] = defaultdict(list)
    of_active = memberships.filter(user__in=people, class_group__archived_at=None)
    for membership in of_active.select_related("user").order_by("user"):
        teachers[membership.class_group_id].append(membership.user)
    return dict(teachers)


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


def _named(person: User, absences: Sequence[PersonAttendance]) -> tuple[str, list[str]]:
    """Return a person's name, and the lessons in which they were absent."""
    by_time = sorted(absences, key=lambda row: row.attendance.lesson.starts_at)
    lessons = [_lesson_text(row) for row in by_time[:NAMED]]
    if len(by_time) > NAMED:
        lessons.append(OMITTED)
    return person.display_name, lessons


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
