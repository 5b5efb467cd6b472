"""The rows of a lesson's people: what each counts, written where it differs."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db.models import F

from accounts.models import ClassroomIdentity
from attendance.counting.facts import Facts
from attendance.counting.roster import Expected
from attendance.formulas import Held, Sum, judge, moment_of, presence
from attendance.models import LessonAttendance, PersonAttendance
from attendance.rules import AttendanceRules
from edu_platform.lib.batches import in_batches, update_rows
from edu_platform.lib.periods import Period
from schedule.hooks import watched_so_far
from schedule.models import Room

# What counting writes; corrections and what was watched are written elsewhere.
COUNTED_FIELDS = (
    "role",
    "class_group_id",
    "classroom_user_ids",
    "seconds",
    "first_in_at",
    "last_out_at",
    "has_own_times",
    "exceeds_class",
    "is_late",
    "left_early",
    "state",
)


def save_people(
    row: LessonAttendance,
    roster: Collection[Expected] | None,
    rooms: Collection[Room],
    facts: Facts,
    held: Held,
) -> tuple[list[PersonAttendance], bool]:
    """Count the people of a locked lesson; return them, and whether any row had to be written.

    `roster` None: it is frozen, so that those with a row keep it. What was counted of somebody who is erased outlives
    what it was counted from.
    """
    counted = row.people.annotate(erasing_since=F("person__erasing_since"))
    of_erased = [person for person in counted if vars(person)["erasing_since"] is not None]
    rows = {person.person_id: person for person in counted if person not in of_erased}
    before = {person.pk: _counted_values(person) for person in rows.values()}
    expected = [one.person_id for one in roster or ()]
    user_ids = _user_ids({*rows, *expected}, rooms)
    people = rows
    if roster is not None:
        erased = {person.person_id for person in of_erased}
        roster = [one for one in roster if one.person_id not in erased]
        there = {*facts.stays, *facts.sums}
        came = {person_id for person_id, ids in user_ids.items() if ids & there}
        roster = [one for one in roster if not one.is_closed or one.person_id in came]
        people = _following(row, rows, roster)
    for person in people.values():
        ids = {*person.classroom_user_ids, *user_ids[person.person_id]}
        person.classroom_user_ids = sorted(ids)
        _judge(row, person, facts, held)
    has_changed = _write(row, list(people.values()), before)
    return [*people.values(), *of_erased], has_changed


def _following(
    row: LessonAttendance, rows: Mapping[int, PersonAttendance], roster: Iterable[Expected]
) -> dict[int, PersonAttendance]:
    """Return the people who are expected now, and those of before whose state somebody has corrected."""
    people = {key: person for key, person in rows.items() if person.is_corrected}
    for expected in roster:
        person = rows.get(expected.person_id)
        if person is None:
            person = PersonAttendance(attendance=row, person_id=expected.person_id)
        person.role, person.class_group_id = expected.role, expected.class_group_id
        people[expected.person_id] = person
    return people


def _user_ids(people: Collection[int], rooms: Iterable[Room]) -> defaultdict[int, set[str]]:
    """Return the ids of these people in the applications of the rooms; one query."""
    applications = {room.sdk_app_id for room in rooms}
    identities = ClassroomIdentity.objects.filter(user__in=people, sdk_app_id__in=applications)
    user_ids: defaultdict[int, set[str]] = defaultdict(set)
    columns = ("user", "classroom_user_id", "earlier_user_ids")
    for person_id, user_id, earlier in identities.values_list(*columns):
        user_ids[person_id].update({user_id, *earlier} - {""})
    return user_ids


def _judge(row: LessonAttendance, person: PersonAttendance, facts: Facts, held: Held) -> None:
    ids = person.classroom_user_ids
    stays = [stay for user_id in ids for stay in facts.stays.get(user_id, ())]
    sums = [record for user_id in ids for record in facts.sums.get(user_id, ())]
    judge_person(person, stays, sums, held, row.rules if row.is_final else None)


def judge_person(
    person: PersonAttendance,
    stays: Iterable[Period],
    sums: Sequence[Sum],
    held: Held,
    rules: AttendanceRules | None,
) -> None:
    """Set what a lesson counts for a person; `rules` None: it is provisional, and has no states."""
    present = presence(stays, sums, held)
    person.seconds = present.seconds
    person.first_in_at = _optional_moment(present.first_in_s)
    person.last_out_at = _optional_moment(present.last_out_s)
    person.has_own_times, person.exceeds_class = present.has_own_times, present.exceeds_class
    person.state, person.is_late, person.left_early = "", False, False
    if rules is not None:
        person.state, person.is_late, person.left_early = judge(present, held, rules)


def _optional_moment(seconds: int | None) -> dt.datetime | None:
    return None if seconds is None else moment_of(seconds)


def _add_watched(row: LessonAttendance, new: Collection[PersonAttendance]) -> None:
    """Add what these people watched before they had a row; of what they watch from now on a hook tells."""
    seconds = watched_so_far(row.pk, {person.person_id for person in new}) if new else {}
    for person in new:
        person.watched_s = seconds.get(person.person_id, 0)


def _counted_values(person: PersonAttendance) -> tuple[object, ...]:
    return tuple(getattr(person, name) for name in COUNTED_FIELDS)


def _write(
    row: LessonAttendance,
    people: Collection[PersonAttendance],
    before: Mapping[int, tuple[object, ...]],
) -> bool:
    """Write what differs of rows that were read as `before`, by their keys; return whether anything did."""
    new = [person for person in people if person.pk not in before]
    _add_watched(row, new)
    changed = [
        person
        for person in people
        if _counted_values(person) != before.get(person.pk, _counted_values(person))
    ]
    gone = before.keys() - {person.pk for person in people}
    rows = PersonAttendance.objects.all()
    rows.bulk_create(new)
    update_rows(changed, COUNTED_FIELDS)
    for batch in in_batches(gone):
        rows.filter(attendance=row, pk__in=batch).delete()
    return bool(new or changed or gone)
