"""Consents to recordings: given and withdrawn in a year, and who of the students had one on its last day."""

from __future__ import annotations

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from edu_platform.yearly_report.section import Cell, Link, Section
from edu_platform.yearly_report.students import memberships_of
from edu_platform.yearly_report.years import Year
from schedule.enums import ConsentGiver
from schedule.models import Consent
from schedule.school_years import school_year_in_words, school_year_of

Counts = dict[str, int]


def consents_section(year: Year) -> Section:
    """Count them by who gave them; four queries."""
    given, withdrawn = _changes_of(year)
    students = memberships_of(year).aggregate(count=Count("user", distinct=True))["count"]
    by_giver, agreed = _students_with_consent(year)
    school_year = school_year_in_words(school_year_of(year.last_day))
    words = _(
        "Students on %(day)s, and the consents that held then for the school year %(school_year)s."
    )
    return Section(
        name="consents",
        title=_("Consents to recordings"),
        words=words % {"day": year.last_day, "school_year": school_year},
        link=Link(reverse("schedule:consent_text"), _("Text of the consent")),
        heads=[
            pgettext("recordings", "Consent"),
            *(str(giver.label) for giver in ConsentGiver),
            pgettext("hours", "Total"),
        ],
        rows=[
            _row(_("Given in this year"), given, sum(given.values())),
            _row(_("Withdrawn in this year"), withdrawn, sum(withdrawn.values())),
            _row(_("Students with a consent"), by_giver, agreed),
            [_("Students without a consent"), *[None] * len(ConsentGiver), students - agreed],
        ],
    )


def _row(name: str, counts: Counts, total: int) -> list[Cell]:
    return [name, *(counts.get(giver, 0) for giver in ConsentGiver), total]


def _students_with_consent(year: Year) -> tuple[Counts, int]:
    """Return how many students had a consent at the end of the last day, by who had given it, and of all of them."""
    holding = Consent.objects.stood_at(year.until).filter(
        school_year=school_year_of(year.last_day),
        person__in=memberships_of(year).values("user"),
    )
    counted = {"count": Count("person", distinct=True)}
    by_giver = holding.order_by().values_list("given_by").annotate(**counted)
    return dict(by_giver), holding.aggregate(**counted)["count"]


def _changes_of(year: Year) -> tuple[Counts, Counts]:
    """Return how many consents were given in the year, and how many withdrawn, by who had given them."""
    is_given = Q(given_at__gte=year.since, given_at__lt=year.until)
    is_withdrawn = Q(withdrawn_at__gte=year.since, withdrawn_at__lt=year.until)
    rows = list(
        Consent.objects.order_by()
        .values_list("given_by")
        .annotate(given=Count("pk", filter=is_given), withdrawn=Count("pk", filter=is_withdrawn))
    )
    given = {giver: count for giver, count, _withdrawn in rows}
    return given, {giver: count for giver, _given, count in rows}
