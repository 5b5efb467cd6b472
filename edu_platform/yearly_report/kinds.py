"""The kinds of personal data, as the registry says: what is kept and why, for how long, and who receives it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.data_export.words import times_in_words
from edu_platform.lib.own_data import own_tables
from edu_platform.lib.personal_data import (
    Erased,
    Export,
    Held,
    Keeping,
    Purpose,
    Receiver,
    lines_of_tables,
)
from edu_platform.lib.retention import lengths_in_force
from edu_platform.yearly_report.section import Section


def _lines() -> list[Held]:
    """Return the lines of the registry, without what queues remember of their last failure for a while."""
    passing = (Export.OF_OTHERS, Erased.BY_AGE, Keeping.UNTIL_CHANGED)
    return [
        line for line in lines_of_tables() if (line.exported, line.erased, line.kept) != passing
    ]


def kinds_section() -> Section:
    """Return a row for each purpose; one query for the keeping times that the school has chosen."""
    in_force = lengths_in_force()
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
                _listed(map(capfirst, _tables_in_words(lines))),
                _listed(times_in_words([line], in_force.get(line.model)) for line in lines),
                _listed(str(receiver.label) for receiver in _receivers(lines)),
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
                _listed(str(purpose.label) for purpose in Purpose if purpose in purposes),
            ]
            for receiver, lines in of_receiver.items()
            if (purposes := {line.purpose for line in lines})
        ],
    )


def _receivers(lines: Iterable[Held]) -> list[Receiver]:
    """Return who receives any of it, in the order of the registry."""
    receivers = {receiver for line in lines for receiver in line.receivers}
    return [receiver for receiver in Receiver if receiver in receivers]


def _listed(texts: Iterable[str]) -> str:
    """Put each text once, in a line of its own."""
    return "\n".join(dict.fromkeys(texts))


def _tables_in_words(lines: Iterable[Held]) -> Iterator[str]:
    """Return what people call the rows of the tables; one without such a name belongs to others that have one."""
    shown = own_tables()
    for line in lines:
        meta = line.model._meta  # noqa: SLF001 -- as documented by Django
        if line.model in shown:
            yield str(shown[line.model].name)
        elif isinstance(meta.verbose_name, Promise):
            yield str(meta.verbose_name_plural)
