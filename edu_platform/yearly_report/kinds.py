"""The kinds of personal data, as the registry says: what is kept and why, for how long, and who receives it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from accounts.data_export.words import times_in_words
from edu_platform.lib.keeping_times import lengths_in_force
from edu_platform.lib.own_data import name_given, name_shown
from edu_platform.lib.personal_data import (
    Erased,
    Export,
    Held,
    Keeping,
    Purpose,
    Receiver,
    lines_of_tables,
)
from edu_platform.yearly_report.section import Section
from schedule.models import (
    CalendarFeed,
    FamilyChild,
    FetName,
    ImportedPerson,
    Substitution,
    WeeklyLessonAssistant,
)

# Tables of packages, and those of which only each person's own page has a name, which is about that person.
NAMES: Mapping[type[Model], StrPromise] = {
    Authenticator: _("second factors"),
    AccessAttempt: _("wrong passwords"),
    AccessFailureLog: _("wrong passwords"),
    AccessLog: _("sign-ins that the lock counted"),
    LogEntry: _("log of the administration"),
    CalendarFeed: _("addresses of calendars"),
    FamilyChild: _("children of family links"),
    FetName: _("names in timetables of FET"),
    ImportedPerson: _("what imports changed of people"),
    Substitution: _("substitutions"),
    WeeklyLessonAssistant: _("assistants of weekly lessons"),
}


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
        title=gettext("Kinds of personal data"),
        words=gettext(
            "What is kept of people and why, by the registry that the platform is built with, as it is today."
        ),
        heads=[
            gettext("What for"),
            gettext("What is kept"),
            gettext("For how long"),
            gettext("Who receives it"),
        ],
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
        title=gettext("Who receives personal data"),
        words=gettext(
            "Beside the person, and only as far as their pages show it or it is sent to them."
        ),
        heads=[gettext("Receiver"), gettext("What for")],
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
    """Return what the report calls the tables; one without a name belongs to others that have one."""
    for model in dict.fromkeys(line.model for line in lines):
        # What a page of one's own calls a table is about its reader.
        if name := NAMES.get(model) or name_given(model) or name_shown(model):
            yield str(name)
