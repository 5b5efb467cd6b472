"""Steps of migrations that change rows."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from accounts.enums import Role
from schedule.models import Lesson, PlanningAction
from schedule.terms.term_plan import PlanOptions, plan_term
from tests.factories.accounts import UserFactory
from tests.factories.schedule import PatternFactory

pytestmark = pytest.mark.django_db


def test_term_of_teachers_who_assisted_themselves_can_be_planned() -> None:
    assistant = UserFactory.create(roles=[Role.TEACHER])
    pattern = PatternFactory.create(term__weeks=1)
    pattern.assistants.set([pattern.teacher, assistant])

    step = import_module("schedule.migrations.0030a_nobody_assists_themselves")
    step.leave_out(apps, None)

    plan_term(pattern.term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
    assert list(Lesson.objects.get().assistants.all()) == [assistant]
