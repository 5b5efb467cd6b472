"""Days and figures of a matrix in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.utils.translation import ngettext

from edu_platform.lib.moments import weekday_label
from schedule.matrix.pages import MatrixPage
from schedule.week_grid import lunar_label


def day_in_words(day: dt.date) -> str:
    """Name a day as the heads of a week do: 周一 24 廿九."""
    return " ".join(filter(None, (weekday_label(day), str(day.day), lunar_label(day))))


def facts_in_words(page: MatrixPage) -> Iterator[str]:
    """Yield the figures: the last two only where there is something to look at."""
    facts = page.matrix.facts
    if page.choice.is_by_teacher:
        yield _counted(ngettext("%(count)s teacher", "%(count)s teachers", facts.rows), facts.rows)
    else:
        words = ngettext("%(count)s class group", "%(count)s class groups", facts.rows)
        yield _counted(words, facts.rows)
    words = ngettext("%(count)s lesson", "%(count)s lessons", facts.lessons)
    yield _counted(words, facts.lessons)
    if facts.substituted:
        words = ngettext(
            "%(count)s with a substitute", "%(count)s with substitutes", facts.substituted
        )
        yield _counted(words, facts.substituted)
    if facts.conflicts:
        words = ngettext("%(count)s conflict", "%(count)s conflicts", facts.conflicts)
        yield _counted(words, facts.conflicts)


def _counted(words: str, count: int) -> str:
    return words % {"count": count}
