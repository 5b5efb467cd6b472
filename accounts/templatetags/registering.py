"""The number of people whom the classroom knows already, on the pages where somebody has just added some."""

from __future__ import annotations

from django import template

from accounts.services.batch_registration import registering

register = template.Library()


@register.inclusion_tag("admin/_registering.html")
def registering_people() -> dict[str, object]:
    """Show nothing once the classroom knows everybody; one query."""
    return {"registering": registering()}
