"""Guests of lessons in a year: invited, and those who came."""

from __future__ import annotations

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from edu_platform.yearly_report.section import Section
from edu_platform.yearly_report.years import Year
from schedule.models import Guest


def guests_section(year: Year) -> Section:
    """Count those who were invited in the year; one query."""
    invited = Guest.objects.filter(invited_at__gte=year.since, invited_at__lt=year.until)
    counts = invited.aggregate(
        invited=Count("pk"),
        came=Count("pk", filter=Q(entered_at__isnull=False)),
        named=Count("pk", filter=~Q(name="")),
    )
    return Section(
        name="guests",
        title=_("Guests of lessons"),
        words=_(
            "People without an account who were invited to one lesson. Somebody who was invited to two counts twice."
        ),
        heads=[_("Guests"), _("In this year")],
        rows=[
            [_("Guests invited"), counts["invited"]],
            [_("Guests who came"), counts["came"]],
            [_("Guests whose name is still kept today"), counts["named"]],
        ],
    )
