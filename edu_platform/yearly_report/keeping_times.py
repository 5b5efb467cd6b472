"""For how long each kind of data is kept before it is deleted by its age: what is in force, and by whose choice."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from edu_platform.lib.formatting import age_text
from edu_platform.lib.keeping_times import KeptKind, all_kinds, chosen_days, length_of
from edu_platform.yearly_report.section import Link, Section


def keeping_times_section() -> Section:
    """Return a row for each kind; one query for what the school has chosen."""
    chosen = chosen_days()
    return Section(
        name="keeping-times",
        title=_("Keeping times"),
        words=_("For how long data is kept before it is deleted by its age, as it is set today."),
        link=Link(reverse("keeping_times"), _("Keeping times")),
        heads=[_("Kind of data"), _("What for"), _("Kept for"), _("Set by")],
        rows=[
            [
                str(kind.name),
                str(kind.purpose),
                _length_in_words(kind, chosen),
                _("the school") if kind.code in chosen else _("the platform"),
            ]
            for kind in all_kinds()
        ],
    )


def _length_in_words(kind: KeptKind, chosen: Mapping[str, int]) -> str:
    """Return how long a kind is kept; where that is no time, its reason says more."""
    if kind.default is None:
        return f"{capfirst(_('for good'))}\n{kind.reason}"
    return age_text(length_of(kind, chosen))
