"""Class groups and their students by age band, on the last day of a year."""

from __future__ import annotations

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from edu_platform.yearly_report.section import Link, Section
from edu_platform.yearly_report.students import memberships_of
from edu_platform.yearly_report.years import Year
from schedule.class_groups.age_bands import CHOICES


def class_groups_section(year: Year) -> Section:
    """Count the class groups with students, and these; two queries."""
    memberships = memberships_of(year)
    counted = {
        "groups": Count("class_group", distinct=True),
        "students": Count("user", distinct=True),
    }
    rows = memberships.order_by().values_list("class_group__age_band").annotate(**counted)
    by_band = {band: counts for band, *counts in rows}
    total = memberships.aggregate(**counted)
    words = _(
        "Class groups that had students on %(day)s. A student in class groups of several age bands counts in each, and once in the total."
    )
    return Section(
        name="age-bands",
        title=_("Class groups and students by age band"),
        words=words % {"day": year.last_day},
        link=Link(reverse("class_groups:class_groups"), _("All class groups")),
        heads=[_("Age band"), _("Class groups"), _("Students")],
        rows=[
            # Those of which nobody has said it stand last.
            *(
                [str(label), *by_band.get(band, (0, 0))]
                for band, label in (*CHOICES[1:], CHOICES[0])
            ),
            [pgettext("hours", "Total"), total["groups"], total["students"]],
        ],
    )
