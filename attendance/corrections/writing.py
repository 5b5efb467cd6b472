"""Corrections of attendance, with their history and who hears of them.

Nobody else writes them but the demo, in bulk: its past has hundreds, of which nobody hears.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import translation

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from accounts.services import audit
from attendance.access import SeenLesson
from attendance.corrections.notices import tell_corrected
from attendance.corrections.rules import correctable_rows, is_open
from attendance.counting.lessons import sum_students
from attendance.models import Correction, LessonAttendance, PersonAttendance
from attendance.state_words import state_label
from edu_platform.lib.batches import update_rows
from edu_platform.lib.versions import require_as_shown
from schedule.models import Lesson

CORRECTED_FIELDS = ("corrected_state", "corrected_at", "corrected_by_id", "correction_reason")


class Closed(Exception):
    """The person does not correct this lesson, or does no more."""


class NothingToCorrect(Exception):
    """The class is not over, or was not held."""


class NotOnRoster(Exception):
    """Nobody of these usernames is on the roster."""

    def __init__(self, usernames: Collection[str]) -> None:
        super().__init__(", ".join(usernames))
        self.usernames = usernames


class NotTheirs(Exception):
    """Somebody else corrects these people."""

    def __init__(self, people: Sequence[User]) -> None:
        super().__init__(", ".join(person.username for person in people))
        self.people = people


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A correction of people that somebody wants; an empty state: what the times say counts again."""

    usernames: Collection[str]
    state: str
    reason: str
    # The version that their page showed; empty: they are taken at their word.
    known: str = ""


def require_open(seen: SeenLesson, at: dt.datetime) -> None:
    """Let pass who may correct the lesson at this moment.

    Raises:
        Closed: they may not.
    """
    if not is_open(seen, at):
        raise Closed


@transaction.atomic
def correct(seen: SeenLesson, wanted: Wanted, *, by: User, at: dt.datetime) -> list[User]:
    """Correct the states of people of a lesson; return those for whom anything changed.

    A state that the times say by themselves ends a correction, whose history stays.

    Raises:
        Closed, NothingToCorrect, NotOnRoster, NotTheirs: as they say.
        NotAsShown: the attendance is another one than the page showed.
    """
    require_open(seen, at)
    rows = LessonAttendance.objects.select_for_update(of=("self",), no_key=True)
    row = rows.filter(pk=seen.lesson.pk).first()
    if row is None or not row.has_states:
        raise NothingToCorrect
    people = list(_locked(row))
    chosen = _chosen(people, wanted.usernames)
    theirs = {person.pk for person in correctable_rows(by, seen, chosen)}
    if foreign := [person.person for person in chosen if person.pk not in theirs]:
        raise NotTheirs(foreign)
    require_as_shown(row, wanted.known, str(row.version))
    changed = [person for person in chosen if _is_another(person, wanted)]
    if changed:
        row.version += 1
        history = _save(changed, row, wanted, by=by, at=at)
        sum_students(row, people)
        row.save(update_fields=["version", "students", "attended"])
        _record(history, seen.lesson)
        tell_corrected(history, seen.lesson)
    return [person.person for person in changed]


def _locked(row: LessonAttendance) -> Iterable[PersonAttendance]:
    people = row.people.select_related("person").order_by("pk")
    return people.select_for_update(of=("self",), no_key=True)


def _chosen(
    people: Iterable[PersonAttendance], usernames: Collection[str]
) -> list[PersonAttendance]:
    by_name = {person.person.username: person for person in people}
    if unknown := [name for name in usernames if name not in by_name]:
        raise NotOnRoster(unknown)
    return [by_name[name] for name in dict.fromkeys(usernames)]


def _is_another(person: PersonAttendance, wanted: Wanted) -> bool:
    """Tell whether the wanted state, or the reason for it, is not what stands there already."""
    if _ends_correction(person, wanted):
        return person.is_corrected
    before = person.corrected_state, person.correction_reason
    return before != (wanted.state, wanted.reason)


def _ends_correction(person: PersonAttendance, wanted: Wanted) -> bool:
    return wanted.state in {"", person.state}


def _save(
    changed: Sequence[PersonAttendance],
    row: LessonAttendance,
    wanted: Wanted,
    *,
    by: User,
    at: dt.datetime,
) -> list[Correction]:
    history = []
    for person in changed:
        before = person.shown_state
        ends = _ends_correction(person, wanted)
        person.corrected_state = "" if ends else wanted.state
        person.corrected_at = None if ends else at
        person.corrected_by = None if ends else by
        person.correction_reason = "" if ends else wanted.reason
        history.append(
            Correction(
                person_attendance=person,
                at=at,
                by=by,
                before=before,
                state=wanted.state,
                version=row.version,
                reason=wanted.reason,
            )
        )
    update_rows(changed, CORRECTED_FIELDS)
    return Correction.objects.bulk_create(history)


def _record(history: Iterable[Correction], lesson: Lesson) -> None:
    """Write an entry of the audit log for each person, in the language of the school."""
    entries: list[AuditEntry] = []
    with translation.override(settings.LANGUAGE_CODE):
        for correction in history:
            person = correction.person_attendance
            states = (correction.before, correction.state or person.state)
            audit.record_row(
                AuditKind.ATTENDANCE_CORRECTED,
                lesson,
                by=correction.by,
                changes=" → ".join(map(state_label, states)),
                person=person.person,
                into=entries,
            )
    audit.write(entries)
