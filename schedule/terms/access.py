"""Terms, weekly lessons, and what was done or is to be done to many lessons at once."""

from __future__ import annotations

from django.http import Http404

from accounts.models import User
from accounts.permissions import Action
from schedule.access import require
from schedule.models import Term, WeeklyLesson


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


def get_weekly_lesson_for(user: User, term_code: str, code: str) -> WeeklyLesson:
    """The weekly lesson of these codes, with its term, for those who plan lessons.

    Raises:
        Http404: there is none, or not for this person.
    """
    require(user, Action.PLAN_LESSONS)
    of_term = WeeklyLesson.objects.filter(term__code=term_code, code=code)
    weekly_lesson = of_term.select_related("term", "course", "teacher").first()
    if weekly_lesson is None:
        raise Http404
    return weekly_lesson
