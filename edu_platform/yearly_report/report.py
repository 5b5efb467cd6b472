"""The report of a year: its sections in their order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import SchoolSettings
from edu_platform.lib.moments import exact_text
from edu_platform.yearly_report.class_groups import class_groups_section
from edu_platform.yearly_report.consents import consents_section
from edu_platform.yearly_report.guests import guests_section
from edu_platform.yearly_report.incidents import incidents_section
from edu_platform.yearly_report.keeping_times import keeping_times_section
from edu_platform.yearly_report.kinds import kinds_section, receivers_section
from edu_platform.yearly_report.requests import requests_section
from edu_platform.yearly_report.roles import roles_section, second_factor_section
from edu_platform.yearly_report.section import Section
from edu_platform.yearly_report.years import Year


@dataclass(frozen=True, slots=True)
class Report:
    year: Year
    school_name: str
    made_at: dt.datetime
    sections: Sequence[Section]

    @property
    def title(self) -> str:
        return _("Yearly report on personal data %(year)s") % {"year": self.year.number}

    @property
    def facts(self) -> str:
        """Return of which days the report tells, and when it was made."""
        words = _("%(first)s to %(last)s, made %(made)s")
        first, last = self.year.first_day.isoformat(), self.year.last_day.isoformat()
        return words % {"first": first, "last": last, "made": exact_text(self.made_at)}


def report_of(year: Year) -> Report:
    """Return the report; the number of queries is the same for every school."""
    sections = [
        class_groups_section(year),
        kinds_section(),
        receivers_section(),
        roles_section(),
        second_factor_section(),
        requests_section(year),
        consents_section(year),
        guests_section(year),
        keeping_times_section(),
        incidents_section(year),
    ]
    return Report(year, SchoolSettings.load().school_name, timezone.now(), sections)
