"""The kinds of personal data, as the registry says: what is kept and why, for how long, and who receives it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from edu_platform.lib.personal_data import (
    Erased,
    Export,
    Held,
    Keeping,
    Purpose,
    Receiver,
    lines_of_tables,
)
from edu_platform.lib.retention import all_kinds, chosen_days, length_of
from edu_platform.yearly_report.lengths import length_in_words
from edu_platform.yearly_report.section import Section


def _lines() -> list[Held]:
    """Return the lines of the registry, without what queues remember of their last failure for a while."""
    passing = (Export.OF_OTHERS, Erased.BY_AGE, Keeping.UNTIL_CHANGED)
    return [
        line for line in lines_of_tables() if (line.exported, line.erased, line.kept) != passing
    ]


def kinds_section() -> Section:
    """Return a row for each purpose; one query for the keeping times that the school has chosen."""
    chosen = chosen_days()
    lines = _lines()
    of_purpose = {
        purpose: [line for line in lines if line.purpose is purpose] for purpose in Purpose
    }
    return Section(
        name="kinds",
        title=_("Kinds of personal data"),
        words=_(
            "What is kept of people and why, by the registry that the platform is built with, as it is today."
        ),
        heads=[_("What for"), _("What is kept"), _("For how long"), _("Who receives it")],
        rows=[
            [
                capfirst(str(purpose.label)),
                _distinct(lines, _table_in_words),
                _distinct(lines, lambda line: _kept_in_words(line, chosen)),
                "\n".join(str(receiver.label) for receiver in _receivers(lines)),
            ]
            for purpose, lines in of_purpose.items()
            if lines
        ],
    )


def receivers_section() -> Section:
    """Return a row for each receiver; no query."""
    lines = _lines()
    of_receiver = {
        receiver: [line for line in lines if receiver in line.receivers] for receiver in Receiver
    }
    return Section(
        name="receivers",
        title=_("Who receives personal data"),
        words=_("Beside the person, and only as far as their pages show it or it is sent to them."),
        heads=[_("Receiver"), _("What for")],
        rows=[
            [
                capfirst(str(receiver.label)),
                "\n".join(str(purpose.label) for purpose in Purpose if purpose in purposes),
            ]
            for receiver, lines in of_receiver.items()
            if (purposes := {line.purpose for line in lines})
        ],
    )


def _receivers(lines: Iterable[Held]) -> list[Receiver]:
    """Return who receives any of it, in the order of the registry."""
    receivers = {receiver for line in lines for receiver in line.receivers}
    return [receiver for receiver in Receiver if receiver in receivers]


def _distinct(lines: Iterable[Held], words_of: Callable[[Held], str]) -> str:
    return "\n".join(dict.fromkeys(words for line in lines if (words := words_of(line))))


def _table_in_words(line: Held) -> str:
    """Return what people call the rows of a table; those that have no such name come with others that have one."""
    name = line.model._meta.verbose_name_plural  # noqa: SLF001 -- as documented by Django
    return str(name) if isinstance(name, Promise) else ""


def _kept_in_words(line: Held, chosen: Mapping[str, int]) -> str:
    """Return for how long the rows of a line stay; a fixed time is the one that is in force."""
    if isinstance(line.kept, Keeping):
        return str(line.kept.label)
    lengths = [
        length_of(kind, chosen)
        for kind in all_kinds()
        if line.model in kind.models and kind.default is not None
    ]
    return length_in_words(max(lengths, default=line.kept))
