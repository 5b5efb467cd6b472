"""Sizes, times and states as text, for every app."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

MIB = 1024 * 1024
GIB = 1024 * MIB
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state with a shape beside its label, so that it does not depend on colour alone."""

    shape: str
    label: str
    css_class: str


def is_chinese() -> bool:
    """Return whether the page is for a reader of Chinese."""
    return (get_language() or "").startswith("zh")


def size_text(size_bytes: int | None) -> str:
    if size_bytes is None:
        return _("size unknown")
    return f"{size_bytes / MIB:.2f}M"


def megabytes_text(size_bytes: int) -> str:
    """A limit, or what is left of one: whole MB of 1024 × 1024 bytes."""
    return f"{size_bytes // MIB} MB"


def time_text(moment: dt.datetime) -> str:
    """The time of day in the school's time."""
    return f"{timezone.localtime(moment):%H:%M}"


def moment_text(moment: dt.datetime, at: dt.datetime) -> str:
    """A moment in the school's time, without its day when that is today."""
    local = timezone.localtime(moment)
    is_today = local.date() == timezone.localdate(at)
    return f"{local:%H:%M}" if is_today else f"{local:%Y-%m-%d %H:%M}"


def next_moment_text(moment: dt.datetime, at: dt.datetime) -> str:
    """A moment to come; one that is due already comes in a moment."""
    return moment_text(max(moment, at), at)


def listed(words: Iterable[object]) -> str:
    """Join the entries of a list, with what the language of the page puts between them."""
    return _(", ").join(map(str, words))


listed_lazy = lazy(listed, str)


def in_parts(parts: Iterable[str]) -> str:
    """Join the parts of a line, each of which says something of its own."""
    return pgettext("between parts of a line", ", ").join(parts)


def followed_by(sentence: str, further: str) -> str:
    """Two sentences, with what a language puts between them."""
    return _("%(sentence)s %(further)s") % {"sentence": sentence, "further": further}


def sentences(texts: Iterable[str]) -> str:
    """Put sentences one behind the other; empty ones are left out."""
    said = [text for text in texts if text]
    return reduce(followed_by, said) if said else ""


DAY_S, HOUR_S, MINUTE_S = 86_400, 3_600, 60


def age_text(age: dt.timedelta) -> str:
    """Say how long, in the largest unit that fits."""
    seconds = max(int(age.total_seconds()), 0)
    if seconds >= DAY_S:
        return ngettext("%(count)s day", "%(count)s days", seconds // DAY_S) % {
            "count": seconds // DAY_S
        }
    if seconds >= HOUR_S:
        return ngettext("%(count)s hour", "%(count)s hours", seconds // HOUR_S) % {
            "count": seconds // HOUR_S
        }
    return ngettext("%(count)s minute", "%(count)s minutes", seconds // MINUTE_S) % {
        "count": seconds // MINUTE_S
    }
