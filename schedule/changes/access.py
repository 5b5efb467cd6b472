"""Actions that changed the timetable: the only door from a request to one."""

from __future__ import annotations

from django.http import Http404

from schedule.models import PlanningAction


def get_planning_action(code: str) -> PlanningAction:
    """Return what somebody did to the timetable; `changes.reading` says who sees what of it.

    Raises:
        Http404: there is none.
    """
    actions = PlanningAction.objects.select_related("by", "undoes", "undone_by__by")
    action = actions.filter(code=code).first()
    if action is None:
        raise Http404
    return action
