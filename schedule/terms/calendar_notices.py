"""Texts of the notices about terms, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.notice_kinds import NoticeWords

UNPUBLISHED_YEAR_NOTICE = "schedule.unpublished_year"
DAYS_FILLED_NOTICE = "schedule.days_filled"


def _filled_in_words(kept: Mapping[str, Any]) -> Mapping[str, object]:
    count = int(kept["count"])
    text = ngettext(
        "%(term)s: %(count)s day of the school calendar came from the national calendar. Its lessons follow once the term is planned.",
        "%(term)s: %(count)s days of the school calendar came from the national calendar. Their lessons follow once the term is planned.",
        count,
    )
    return {"text": text % {"term": kept["term"], "count": count}}


NOTICES = {
    UNPUBLISHED_YEAR_NOTICE: NoticeWords(
        _(
            "%(term)s: the holidays of %(year)s are not published yet, or not known here. Enter them in the school calendar, or wait until they are filled in."
        ),
        _("To the school calendar"),
    ),
    DAYS_FILLED_NOTICE: NoticeWords("%(text)s", _("To the school calendar"), _filled_in_words),
}
