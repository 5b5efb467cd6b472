"""The notice to a student whose attendance somebody has corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.notice_kinds import NoticeWords
from accounts.services.notices import NoticeContent, give_notices
from attendance.enums import RosterRole
from attendance.models import Correction
from attendance.state_words import state_label
from edu_platform.lib.formatting import followed_by
from schedule.models import Lesson

CORRECTED_NOTICE = "attendance.corrected"


def tell_corrected(history: Sequence[Correction], lesson: Lesson) -> None:
    """Tell the students among these of their corrections, each once; inside the transaction that writes them."""
    corrections = [correction for correction in history if _is_of_student(correction)]
    if not corrections:
        return
    notices = [
        (correction.person_attendance.person, _content(correction, lesson))
        for correction in corrections
    ]
    cause = f"{CORRECTED_NOTICE}:{lesson.code}:{corrections[0].version}"
    give_notices(notices, cause=cause, at=corrections[0].at)


def _is_of_student(correction: Correction) -> bool:
    row = correction.person_attendance
    return row.role == RosterRole.STUDENT and row.person.is_active


def _content(correction: Correction, lesson: Lesson) -> NoticeContent:
    local = timezone.localtime(lesson.starts_at)
    return NoticeContent(
        kind=CORRECTED_NOTICE,
        arguments={
            "lesson": lesson.title,
            "moment": f"{local:%Y-%m-%d %H:%M}",
            "state": correction.state or correction.person_attendance.state,
            "by": correction.by.display_name,
            "reason": correction.reason,
        },
        address=reverse("schedule:lesson", args=[lesson.code]),
    )


def _in_words(arguments: Mapping[str, object]) -> Mapping[str, object]:
    sentence = _(
        "Your attendance in %(lesson)s on %(moment)s counts as “%(state)s” now: %(by)s has corrected it."
    )
    text = sentence % {**arguments, "state": state_label(str(arguments["state"]))}
    reason = arguments["reason"]
    return {
        "text": followed_by(text, _("Reason: %(reason)s") % {"reason": reason}) if reason else text
    }


CORRECTED_WORDS = NoticeWords("%(text)s", gettext_lazy("To the lesson"), _in_words)
