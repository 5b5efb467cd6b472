"""Notes on the tiles of Today: who is in the classes of now, and what is wrong there; one query for all of them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, TextField
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Action, may
from attendance.enums import AlarmKind
from attendance.models import Alarm, RoomPresence
from attendance.now.tiles import ALARMING, inside_in_words
from attendance.presence.board import open_board
from attendance.presence.saving import is_teaching, without_supervisors
from attendance.state_words import head_count
from edu_platform.lib.aggregates import cells_in, lines_of
from edu_platform.lib.formatting import StateWords
from edu_platform.lib.statements import Statement
from schedule.access import general_relations
from schedule.enums import CloudStatus
from schedule.hooks import PageLink
from schedule.models import Lesson, Membership, Room
from schedule.school_day_hooks import TileNote


def board_link(user: User) -> PageLink | None:
    """Lead from Today to the board, for those who see that."""
    if not may(Action.SEE_RUNNING_CLASSES, general_relations(user)):
        return None
    return PageLink(reverse("attendance:now"), _("Classes of this hour"))


def notes_of_now(lesson_ids: Collection[int], at: dt.datetime) -> dict[int, TileNote]:
    """Return what is known of these classes; asking counts as looking at them, as on the board."""
    open_board()
    notes = {}
    for row in _FACTS.rows(lesson_ids=sorted(lesson_ids)):
        note = _note_of(*row[1:], at=at)
        if note.head_count or note.marks:
            notes[row[0]] = note
    return notes


def _note_of(
    starts_at: dt.datetime,
    teacher_id: int,
    status: int | None,
    members: str | None,
    alarms: str | None,
    assistants: str | None,
    students: str | None,
    *,
    at: dt.datetime,
) -> TileNote:
    marks = [
        StateWords("!", str(AlarmKind(kind).label), ALARMING) for _raised, kind in cells_in(alarms)
    ]
    count = words = ""
    if members is not None and status == CloudStatus.RUNNING:
        present = json.loads(members)
        teaching = {teacher_id, *(pk for (pk,) in cells_in(assistants))}
        expected, inside = _students(cells_in(students), teaching, present, starts_at)
        count, words = head_count(inside, expected), inside_in_words(inside, expected)
        is_told = AlarmKind.TEACHER_MISSING in [kind for _raised, kind in cells_in(alarms)]
        if not is_teaching(present) and starts_at <= at and not is_told:
            marks.insert(0, StateWords("!", _("No teacher"), ALARMING))
    return TileNote(count, words, tuple(marks), needs_look=bool(marks))


def _students(
    memberships: Iterable[tuple[Any, ...]],
    teaching: Collection[int],
    present: Iterable[tuple[Any, ...]],
    starts_at: dt.datetime,
) -> tuple[int, int]:
    """Return how many students the roster of the lesson's day has, and how many of them are inside."""
    day = timezone.localdate(starts_at).isoformat()
    present_ids = {user_id for user_id, _role, _nickname in without_supervisors(present)}
    expected, inside = set(), set()
    for person_id, user_id, earlier_ids, since, until in memberships:
        if person_id in teaching or not (since or day) <= day <= (until or day):
            continue
        expected.add(person_id)
        if not present_ids.isdisjoint({user_id, *json.loads(earlier_ids or "[]")}):
            inside.add(person_id)
    return len(expected), len(inside)


def _facts(lesson_ids: list[int]) -> QuerySet[Lesson, Any]:
    of_lesson = {"lesson": OuterRef("pk")}
    room = Room.objects.current().filter(**of_lesson).order_by()
    looks = RoomPresence.objects.filter(
        room__lesson=OuterRef("pk"), room__is_current=True, looked_at__isnull=False
    ).order_by()
    students = Membership.objects.of_students().filter(
        class_group__lessons=OuterRef("pk"), user__is_active=True
    )
    identity = "user__classroom_identities"
    columns = ("user", f"{identity}__classroom_user_id")
    earlier_ids = Cast(f"{identity}__earlier_user_ids", TextField())
    annotated = Lesson.objects.filter(pk__in=lesson_ids).annotate(
        room_status=Subquery(room.values("cloud_status")[:1]),
        people=Subquery(looks.annotate(text=Cast("members", TextField())).values("text")[:1]),
        open_alarms=lines_of(
            Alarm.objects.open().filter(**of_lesson), "raised_at", "kind", of="lesson"
        ),
        assisting=lines_of(
            Lesson.assistants.through.objects.filter(**of_lesson), "user", of="lesson"
        ),
        attending=lines_of(
            students, *columns, earlier_ids, "from_date", "to_date", of="class_group__lessons"
        ),
    )
    return annotated.values_list(
        *("pk", "starts_at", "teacher", "room_status"),
        *("people", "open_alarms", "assisting", "attending"),
    )


_FACTS: Statement[tuple[Any, ...]] = Statement(_facts)
