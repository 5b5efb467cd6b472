"""Tell what has become of a lesson's attendance since a page showed it, so that nothing was corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from attendance.models import Correction, LessonAttendance
from attendance.state_words import state_label
from edu_platform.lib.formatting import time_text


@dataclass(frozen=True, slots=True)
class Meanwhile:
    sentences: Sequence[str]


def meanwhile_of(row: LessonAttendance, known: str) -> Meanwhile:
    """Name the corrections since a version, and say whether the lesson was counted anew; at most one query."""
    # Nobody was shown a version with more digits than the newest has.
    if not known.isdecimal() or len(known) > len(str(row.version)):
        return Meanwhile([])
    since = int(known)
    rows = Correction.objects.filter(person_attendance__attendance=row, version__gt=since)
    corrections = list(rows.select_related("by", "person_attendance__person"))
    sentences = [_in_words(correction) for correction in corrections]
    if row.version - since > len({correction.version for correction in corrections}):
        sentences.append(_("Attendance was counted anew: the classroom service told more."))
    return Meanwhile(sentences)


def _in_words(correction: Correction) -> str:
    row = correction.person_attendance
    return _("%(time)s %(by)s: %(name)s from “%(before)s” to “%(state)s”") % {
        "time": time_text(correction.at),
        "by": correction.by.display_name,
        "name": row.person.display_name,
        "before": state_label(correction.before),
        "state": state_label(correction.state or row.state),
    }
