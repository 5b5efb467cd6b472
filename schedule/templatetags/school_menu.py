"""The ways to the timetable of the whole school, for those who may look at it."""

from __future__ import annotations

from django import template

from accounts.models import SchoolSettings, User
from schedule import access

register = template.Library()


@register.simple_tag
def begins_with_matrix(user: User) -> bool:
    return access.begins_with_matrix(user)


@register.simple_tag
def may_see_matrix(user: User, school: SchoolSettings) -> bool:
    return access.may_see_matrix(user, school)
