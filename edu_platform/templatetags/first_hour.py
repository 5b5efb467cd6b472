"""The way from a page that is empty to the step of the first hour without which it stays so."""

from __future__ import annotations

from typing import Any

from django.template import Context, Library
from django.utils import timezone

from edu_platform.start.steps import STEPS_OF_PAGE, open_steps, steps_of

register = Library()


@register.inclusion_tag("start/_hint.html", takes_context=True)
def first_hour_hint(context: Context, page: str) -> dict[str, Any]:
    """Show the first open step of such a page to staff while the first hour lasts; to others nothing, unasked."""
    user, school = context["user"], context["school"]
    if not user.is_authenticated or not user.is_staff or not school.is_in_first_hour:
        return {"step": None}
    steps = steps_of(school, user, timezone.now())
    left = open_steps(steps, *STEPS_OF_PAGE[page])
    return {"step": left[0] if left else None}
