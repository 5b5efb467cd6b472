"""The students of the school on the last day of a year."""

from __future__ import annotations

from django.db.models import Q

from edu_platform.yearly_report.years import Year
from schedule.models import Membership
from schedule.models.class_groups import MembershipQuerySet


def memberships_of(year: Year) -> MembershipQuerySet:
    """Select the memberships of students that the last day lies in, of class groups that were not archived then."""
    is_there = Q(class_group__archived_at=None) | Q(class_group__archived_at__gte=year.until)
    return Membership.objects.of_students().on(day=year.last_day).filter(is_there)
