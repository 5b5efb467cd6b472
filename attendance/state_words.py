"""States of attendance as pages show them: a word, and a shape, so that none depends on colour alone.

Also the rules by which the states are given.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from attendance.enums import AttendanceStage, AttendanceState
from attendance.lengths import whole_minutes
from attendance.rules import AttendanceRules
from edu_platform.lib.formatting import StateWords

# What counts of a lesson that has not been counted, unless somebody has said so.
PROVISIONAL = ""
MARKS: Mapping[str, tuple[str, str]] = {
    AttendanceState.PRESENT: ("✓", "mark-done"),
    AttendanceState.LATE: ("◔", "mark-waiting"),
    AttendanceState.LEFT_EARLY: ("◕", "mark-waiting"),
    AttendanceState.ABSENT: ("✕", "mark-running"),
    AttendanceState.EXCUSED: ("○", "mark-quiet"),
    PROVISIONAL: ("…", "mark-quiet"),
}


def state_words_of(state: str) -> StateWords:
    """Return the words of a state as it counts; of none of a class that was held, that it is provisional."""
    shape, css_class = MARKS[state]
    return StateWords(shape, state_label(state), css_class)


def state_label(state: str) -> str:
    if state == PROVISIONAL:
        return str(AttendanceStage.PROVISIONAL.label)
    return str(AttendanceState(state).label)


def state_name(state: str) -> str:
    """Return a state as addresses and style sheets name it, where that it is provisional needs a name, too."""
    return state or AttendanceStage.PROVISIONAL.value


def short_state_label(state: str) -> str:
    """Return a state as one letter, for tables of many."""
    letters = {
        AttendanceState.PRESENT: "✓",
        AttendanceState.LATE: pgettext("attendance in a letter", "L"),
        AttendanceState.LEFT_EARLY: pgettext("attendance in a letter", "E"),
        AttendanceState.ABSENT: pgettext("attendance in a letter", "A"),
        AttendanceState.EXCUSED: pgettext("attendance in a letter", "X"),
        PROVISIONAL: "…",
    }
    return letters[AttendanceState(state) if state else PROVISIONAL]


def rules_in_words(rules: AttendanceRules) -> str:
    return _(
        "Late: more than %(late)s minutes after the start. Left early: more than %(early)s minutes before the end. Absent: in class for less than %(percent)s %% of it."
    ) % {
        "late": whole_minutes(rules.late_after_s),
        "early": whole_minutes(rules.left_early_s),
        "percent": rules.absent_below_percent,
    }


def head_count(attended: int, students: int) -> str:
    """Return how many students were there of all on the roster: 37/40."""
    return f"{attended}/{students}"


def head_count_in_words(attended: int, students: int) -> str:
    """Return the same as a sentence, for those who hear it."""
    return _("%(attended)s of %(students)s students were there") % {
        "attended": attended,
        "students": students,
    }
