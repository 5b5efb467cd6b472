"""Say what is left of the first hour, on Today and on the start page of the administration."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import SchoolSettings
from edu_platform.start.step import Step
from edu_platform.start.steps import PLAN, open_steps, steps_of
from schedule.school_day_hooks import NotInOrder, Remedy


def first_hour_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Yield one line until lessons are published, since `/start/` is the start page so long; then one an open step."""
    school = SchoolSettings.load()
    if not school.is_in_first_hour:
        return
    steps = steps_of(school, None, at)
    left = open_steps(steps)
    if any(step.name == PLAN for step in left):
        sentence = _("The school is being set up: %(done)s of %(total)s steps are done.")
        told = {"done": len(steps) - len(left), "total": len(steps)}
        yield _line(sentence % told, left[0])
    else:
        sentence = _("Still to be done of the first steps: %(step)s.")
        for step in left:
            yield _line(sentence % {"step": step.title}, step)


def _line(sentence: str, step: Step) -> NotInOrder:
    remedy = Remedy(pgettext("not in order", "Go on"), step.address)
    return NotInOrder(sentence, reverse("start:start"), remedy=remedy, advice=step.summary)
