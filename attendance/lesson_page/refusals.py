"""Say why nothing was corrected, and what has changed since a page showed the attendance of a lesson."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import display_names
from attendance.access import SeenLesson
from attendance.corrections.rules import CORRECTED_FOR, closes_at, corrects
from attendance.corrections.writing import NotTheirs
from attendance.models import Correction, LessonAttendance
from attendance.state_words import state_label
from edu_platform.lib.formatting import moment_text, time_text


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reasons why nothing was corrected; empty parts are left out."""

    status: int
    faults: tuple[str, ...] = ()
    # The attendance is another one than the page showed: in what, as far as that is known.
    has_changed: bool = False
    changes: Sequence[str] = ()


def closed_in_words(seen: SeenLesson, now: dt.datetime) -> str:
    closes = closes_at(seen.lesson, seen.relations)
    if not corrects(seen.relations) or closes is None:
        return _(
            "You can see who was there, but not correct it: the teacher of the lesson, class teachers and planners do."
        )
    return _(
        "Until %(moment)s you could correct this lesson, %(days)s days from its planned end. Planners still can: ask one."
    ) % {"moment": moment_text(closes, now), "days": CORRECTED_FOR.days}


def not_theirs_in_words(err: NotTheirs) -> str:
    sentence = _(
        "You do not correct %(names)s: a class teacher corrects the students of their class groups, the teacher of a lesson its students and assistants, and planners everybody."
    )
    return sentence % {"names": display_names(err.people)}


def changes_since(row: LessonAttendance, known: str) -> list[str]:
    """Name the corrections since a version, and say whether the lesson was counted anew; at most one query."""
    # Nobody was shown a version with more digits than the newest has.
    if not known.isdecimal() or len(known) > len(str(row.version)):
        return []
    since = int(known)
    rows = Correction.objects.filter(person_attendance__attendance=row, version__gt=since)
    corrections = list(rows.select_related("by", "person_attendance__person"))
    sentences = [_in_words(correction) for correction in corrections]
    if row.version - since > len({correction.version for correction in corrections}):
        sentences.append(_("Attendance was counted anew: the classroom service told more."))
    return sentences


def _in_words(correction: Correction) -> str:
    row = correction.person_attendance
    return _("%(time)s %(by)s: %(name)s from “%(before)s” to “%(state)s”") % {
        "time": time_text(correction.at),
        "by": correction.by.display_name,
        "name": row.person.display_name,
        "before": state_label(correction.before),
        "state": state_label(correction.state or row.state),
    }
