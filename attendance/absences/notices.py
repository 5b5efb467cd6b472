"""The notice to class teachers of unexcused absences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.notice_kinds import NoticeWords
from edu_platform.lib.formatting import listed

ABSENCES_NOTICE = "attendance.absences"


def _in_words(arguments: Mapping[str, object]) -> Mapping[str, object]:
    count = int(str(arguments["count"]))
    more = int(str(arguments["more"]))
    sentence = ngettext(
        "%(class_group)s: %(count)s unexcused absence: %(names)s.",
        "%(class_group)s: %(count)s unexcused absences: %(names)s.",
        count,
    )
    if more:
        sentence = ngettext(
            "%(class_group)s: %(count)s unexcused absences: %(names)s and %(more)s more.",
            "%(class_group)s: %(count)s unexcused absences: %(names)s and %(more)s more.",
            more,
        )
    people: Iterable[tuple[str, list[str]]] = arguments["people"]  # type: ignore[assignment] # as `telling` keeps them
    names = [
        _("%(name)s (%(lessons)s)") % {"name": name, "lessons": listed(lessons)}
        for name, lessons in people
    ]
    return {"text": sentence % {**arguments, "names": listed(names)}}


ABSENCES_WORDS = NoticeWords("%(text)s", gettext_lazy("To the attendance"), _in_words)
