"""Actions that changed the timetable: the only door from a request to one."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.text import storable_text
from schedule.access import require
from schedule.history.reading import changes_of
from schedule.models import LessonChange, PlanningAction


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


def get_changes_of_lesson(user: User, code: str) -> QuerySet[LessonChange]:
    """Return what was done to a lesson, newest first, for who plans lessons; also to one that was deleted since.

    Raises:
        Http404: nobody knows of such a lesson, or the person plans no lessons.
    """
    require(user, Action.PLAN_LESSONS)
    changes = changes_of(storable_text(code))
    if not changes.exists():
        raise Http404
    return changes
