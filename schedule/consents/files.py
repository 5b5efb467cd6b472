"""The consents of a class group as an XLSX file: a row a student."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from edu_platform.lib.spreadsheets.sheets import Row, one_sheet
from edu_platform.lib.spreadsheets.writing import xlsx_text
from schedule.consents.reading import StudentConsent
from schedule.models import ClassGroup
from schedule.school_years import school_year_in_words


def consents_file(rows: Iterable[StudentConsent]) -> bytes:
    return one_sheet(gettext("Consent to recordings"), _sheet(rows))


def consents_file_name(class_group: ClassGroup, school_year: int) -> str:
    year = school_year_in_words(school_year)
    return f"{gettext('Consent to recordings')} {class_group.name} {year}.xlsx"


def _sheet(rows: Iterable[StudentConsent]) -> Iterator[Row]:
    yield [
        *(gettext("Name"), gettext("Username"), gettext("A guardian agrees"), gettext("State")),
        *(gettext("Version of the text"), gettext("Number of the consent")),
        *(gettext("Given at"), gettext("Guardian"), gettext("Relation to the student")),
        *(gettext("Noted by"), gettext("Withdrawn at"), gettext("Withdrawn by")),
    ]
    for row in rows:
        person = [xlsx_text(row.user.display_name), xlsx_text(row.user.username)]
        needs_guardian = gettext("yes") if row.needs_guardian else gettext("no")
        yield [*person, needs_guardian, row.held.words.label, *_facts(row)]


def _facts(row: StudentConsent) -> Row:
    consent = row.held.consent
    if consent is None:
        return []
    return [
        *(consent.text.number, consent.code, _moment(consent.given_at)),
        *(xlsx_text(consent.guardian_name), xlsx_text(consent.guardian_relation)),
        *(_name(consent.recorded_by), _moment(consent.withdrawn_at), _name(consent.withdrawn_by)),
    ]


def _moment(at: dt.datetime | None) -> str:
    return "" if at is None else f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _name(user: User | None) -> str:
    return "" if user is None else xlsx_text(user.display_name)
