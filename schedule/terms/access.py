"""Terms, weekly lessons, and what was done or is to be done to many lessons at once."""

from __future__ import annotations

import datetime as dt

from django.http import Http404

from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.text import storable_text
from schedule.enums import ActionOrigin, ImportTopic
from schedule.lessons.access import require
from schedule.models import CheckedFile, CheckedRows, Pattern, PlanningAction, Term


def get_term_for(user: User, code: str) -> Term:
    """The term of this code, for who plans lessons.

    Raises:
        Http404: there is none, or they may not.
    """
    require(user, Action.PLAN_LESSONS)
    term = Term.objects.filter(code=code).first()
    if term is None:
        raise Http404
    return term


def get_pattern_for(user: User, term_code: str, code: str) -> Pattern:
    """The weekly lesson of these codes, with its term, for those who plan lessons.

    Raises:
        Http404: there is none, or not for this person.
    """
    require(user, Action.PLAN_LESSONS)
    of_term = Pattern.objects.filter(term__code=term_code, code=code)
    pattern = of_term.select_related("term", "course", "teacher").first()
    if pattern is None:
        raise Http404
    return pattern


def get_planning_action(code: str) -> PlanningAction:
    """What somebody did to the timetable; who sees what of it is said by `selectors.timetable_changes`.

    Raises:
        Http404: there is none.
    """
    found = PlanningAction.objects.select_related("by", "undoes", "undone_by__by")
    action = found.filter(code=code).first()
    if action is None:
        raise Http404
    return action


def get_import_of_lessons(user: User, code: str) -> PlanningAction:
    """What an import did to the timetable, for who plans lessons and may undo it.

    Raises:
        Http404: there is none of this code, or not for this person.
    """
    require(user, Action.PLAN_LESSONS)
    action = get_planning_action(code)
    if action.origin != ActionOrigin.IMPORT:
        raise Http404
    return action


def find_checked_file(
    user: User, topic: ImportTopic, code: str, *, at: dt.datetime
) -> CheckedFile | None:
    """The file that this person had checked, while it is kept; nobody else's."""
    return (
        CheckedFile.objects.kept(at=at)
        .filter(user=user, topic=topic, code=storable_text(code))
        .first()
    )


def find_checked_rows(
    user: User, topic: ImportTopic, code: str, *, at: dt.datetime
) -> CheckedRows | None:
    """What the check of this person's file found, while it is kept."""
    return (
        CheckedRows.objects.kept(at=at)
        .filter(user=user, topic=topic, code=storable_text(code))
        .first()
    )
