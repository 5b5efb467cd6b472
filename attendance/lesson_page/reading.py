"""Read what the page of a lesson's attendance shows: people, what each counts, and what the cloud told of them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Action, may
from attendance.access import SeenLesson
from attendance.corrections.rules import closes_at, correctable_rows, corrects, is_open
from attendance.enums import AttendanceState, RosterRole
from attendance.lengths import length_text
from attendance.lesson_page.cloud_facts import CloudFacts, Uninvited, UserInRoom, moments_of
from attendance.lesson_page.guests import GuestLine, guest_lines, guests_among
from attendance.lesson_page.presence_bars import WIDTH, Bar, PresenceBars
from attendance.lesson_page.stage_text import StageText, stage_text_of
from attendance.models import Correction, LessonAttendance, PersonAttendance
from attendance.state_words import state_label, state_name, state_words_of
from edu_platform.lib.formatting import StateWords, listed
from schedule.consents.reading import students_without_consent
from schedule.enums import RecordMode
from schedule.models import Room


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """A correction of before, in words."""

    at: dt.datetime
    by: str
    before: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person of the roster."""

    row: PersonAttendance
    # None: the class has no states.
    state: StateWords | None
    # What the times say beside the state that counts, or instead of a correction; empty where that is nothing.
    other_states: str
    notes: Sequence[str]
    in_class: str
    watched: str
    bars: Sequence[Bar]
    corrections: Sequence[CorrectionLine]
    in_rooms: Sequence[UserInRoom]
    is_mine_to_correct: bool

    @property
    def class_group(self) -> str:
        return "" if self.row.class_group is None else self.row.class_group.name


@dataclass(frozen=True, slots=True)
class LessonPage:
    row: LessonAttendance | None
    stage_text: StageText
    # Teacher and assistants apart from the students.
    staff: Sequence[PersonLine]
    students: Sequence[PersonLine]
    guests: Sequence[GuestLine]
    # The first of them, and how many there are besides.
    uninvited: Sequence[Uninvited]
    more_uninvited: int
    # The person looks at states that they may correct now.
    may_correct: bool
    # Until when they may, or could; None: always, or never.
    closes_at: dt.datetime | None
    # They could, and cannot any more.
    is_closed: bool

    @property
    def class_groups(self) -> list[str]:
        """Return the class groups of the students, in the order of their rows."""
        return [name for name in dict.fromkeys(line.class_group for line in self.students) if name]

    @property
    def counts(self) -> list[tuple[str, StateWords, int]]:
        """Return how many students have each state, with its name in an address, as far as there are any."""
        counts: defaultdict[str, int] = defaultdict(int)
        for line in self.students:
            if line.state is not None:
                counts[line.row.shown_state] += 1
        order = ["", *AttendanceState.values]
        return [
            (state_name(state), state_words_of(state), counts[state])
            for state in order
            if counts[state]
        ]

    @property
    def bars_width(self) -> int:
        return WIDTH

    @property
    def has_bars(self) -> bool:
        return self.row is not None and bool(self.row.held)


def lesson_page(user: User, seen: SeenLesson, at: dt.datetime) -> LessonPage:
    """Read the page of a lesson; a fixed number of queries, however many people it has."""
    lesson = seen.lesson
    row = LessonAttendance.objects.filter(pk=lesson.pk).first()
    rooms = list(
        Room.objects.filter(lesson=lesson).select_related("statistics").order_by("generation")
    )
    people = [] if row is None else people_of(row)
    facts = CloudFacts(rooms)
    is_still_open = is_open(seen, at)
    may_correct = row is not None and row.has_states and is_still_open
    correctable = correctable_rows(user, seen, people) if may_correct else []
    without_consent = _without_consent(seen) if people else frozenset()
    lines = _lines(seen, row, people, facts, {person.pk for person in correctable}, without_consent)
    invited = {user_id for person in people for user_id in person.classroom_user_ids}
    guests = guests_among(facts.user_ids - invited, lesson.pk)
    uninvited, more_uninvited = facts.uninvited({*invited, *guests})
    return LessonPage(
        row=row,
        stage_text=stage_text_of(lesson, row, rooms, at),
        staff=[line for line in lines if line.row.role != RosterRole.STUDENT],
        students=[line for line in lines if line.row.role == RosterRole.STUDENT],
        guests=guest_lines(guests, facts, row),
        uninvited=uninvited,
        more_uninvited=more_uninvited,
        may_correct=bool(correctable),
        closes_at=closes_at(lesson, seen.relations) if corrects(seen.relations) else None,
        is_closed=corrects(seen.relations) and not is_still_open,
    )


def people_of(row: LessonAttendance) -> list[PersonAttendance]:
    """Return the people of a lesson in the order of its table: the teacher, the assistants, the students by class group."""
    people = row.people.select_related("person", "class_group", "corrected_by").order_by(
        "class_group__name_key", "class_group", "person__name_key", "person"
    )
    roles = list(RosterRole)
    return sorted(people, key=lambda person: roles.index(RosterRole(person.role)))


def _lines(
    seen: SeenLesson,
    row: LessonAttendance | None,
    people: Collection[PersonAttendance],
    facts: CloudFacts,
    correctable: Collection[int],
    without_consent: Collection[int],
) -> list[PersonLine]:
    if row is None or not people:
        return []
    presence = PresenceBars(seen.lesson, row)
    corrections = _corrections(row, people)
    lines = []
    for person in people:
        in_rooms = facts.of(person.classroom_user_ids)
        lines.append(
            PersonLine(
                row=person,
                state=state_words_of(person.shown_state) if row.has_states else None,
                other_states=_other_states(person),
                notes=_notes(person, has_consent=person.person_id not in without_consent),
                in_class=length_text(person.seconds),
                watched=length_text(person.watched_s),
                bars=presence.bars_of(person, moments_of(in_rooms)),
                corrections=corrections[person.pk],
                in_rooms=in_rooms,
                is_mine_to_correct=person.pk in correctable,
            )
        )
    return lines


def _other_states(person: PersonAttendance) -> str:
    """Return what the times say besides the state that counts; of somebody corrected, all that they say."""
    states = [AttendanceState(person.state)] if person.is_corrected and person.state else []
    if person.is_late:
        states.append(AttendanceState.LATE)
    if person.left_early:
        states.append(AttendanceState.LEFT_EARLY)
    others = [state for state in dict.fromkeys(states) if state.value != person.shown_state]
    marks = listed(map(state_label, others))
    if marks and person.is_corrected:
        return _("the times say: %(marks)s") % {"marks": marks}
    return marks


def _without_consent(seen: SeenLesson) -> frozenset[int]:
    """Return the students who have not agreed to recordings, for those who may know it; keys."""
    lesson = seen.lesson
    if lesson.record_mode == RecordMode.NONE or not may(Action.SEE_MISSING_CONSENT, seen.relations):
        return frozenset()
    return frozenset(student.pk for student in students_without_consent(lesson))


def _notes(person: PersonAttendance, *, has_consent: bool) -> list[str]:
    notes = []
    if not person.has_own_times:
        notes.append(_("without times of its own"))
    if person.exceeds_class:
        notes.append(_("cut to the class"))
    if not has_consent:
        notes.append(_("no consent to recordings"))
    return notes


def _corrections(
    row: LessonAttendance, people: Iterable[PersonAttendance]
) -> defaultdict[int, list[CorrectionLine]]:
    """Return the corrections of each row, the newest first."""
    states = {person.pk: person.state for person in people}
    rows = Correction.objects.filter(person_attendance__attendance=row).select_related("by")
    lines: defaultdict[int, list[CorrectionLine]] = defaultdict(list)
    for correction in rows.order_by("-at", "-pk"):
        key = correction.person_attendance_id
        lines[key].append(correction_line(correction, states[key]))
    return lines


def correction_line(correction: Correction, times_say: str) -> CorrectionLine:
    return CorrectionLine(
        at=correction.at,
        by=correction.by.display_name,
        before=state_label(correction.before),
        state=state_label(correction.state or times_say),
        reason=correction.reason,
    )
