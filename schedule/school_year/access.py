"""The only door from a request to the beginning of a school year: for those who look after people."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.text import storable_text
from schedule.access import require
from schedule.models import SchoolYear


def school_years_for(user: User) -> QuerySet[SchoolYear]:
    """Return the school years that have begun, also those that were undone, the newest first.

    Raises:
        Http404: the person does not look after people.
    """
    require(user, Action.MANAGE_PEOPLE)
    return SchoolYear.objects.select_related("begun_by", "undone_by").order_by("-begun_at", "-pk")


def get_school_year(user: User, code: str) -> SchoolYear:
    """Return the school year of this code.

    Raises:
        Http404: there is none, or not for this person.
    """
    year = school_years_for(user).filter(code=storable_text(code)).first()
    if year is None:
        raise Http404
    return year
