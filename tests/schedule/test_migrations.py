"""Steps of migrations that change rows."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.utils import timezone

from accounts.enums import Role
from schedule.models import Lesson, PlanningAction
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from tests.factories.accounts import UserFactory
from tests.factories.schedule import WeeklyLessonFactory
from tests.support.historic_models import models_before

pytestmark = pytest.mark.django_db


def test_term_of_teachers_who_assisted_themselves_can_be_planned() -> None:
    assistant = UserFactory.create(roles=[Role.TEACHER])
    weekly_lesson = WeeklyLessonFactory.create(term__weeks=1)
    weekly_lesson.assistants.set([weekly_lesson.teacher, assistant])

    step = import_module("schedule.migrations.0030a_nobody_assists_themselves")
    step.leave_out(models_before("schedule", "0030a_nobody_assists_themselves"), None)

    plan_term(weekly_lesson.term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
    assert list(Lesson.objects.get().assistants.all()) == [assistant]
