"""Plan nobody who leaves between the making of a plan and its writing; who had left before may stay."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.absences.forms import SubstituteForm
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson, schedule_lesson
from schedule.lessons.forms import PlanningForm
from schedule.lessons.locks import require_taking_part
from schedule.lessons.plan import plan_of
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.schedule import ClassGroupFactory
from tests.support.lessons import changed, later

pytestmark = pytest.mark.django_db


def leave(person: User) -> None:
    """Close the account, of which whoever has read it before knows nothing."""
    User.objects.filter(pk=person.pk).update(is_active=False)


def archive(class_group: ClassGroup) -> None:
    ClassGroup.objects.filter(pk=class_group.pk).update(archived_at=timezone.now())


class TestPlans:
    def test_teacher_who_has_left_since_is_given_no_lesson(
        self, lesson: Lesson, other_teacher: User
    ):
        leave(other_teacher)

        with pytest.raises(ChangedMeanwhile):
            schedule_lesson(changed(lesson, teacher=other_teacher, **later(lesson, hours=2)))
        with pytest.raises(ChangedMeanwhile):
            change_lesson(lesson, changed(lesson, assistants=(other_teacher,)))
        assert list(Lesson.objects.values_list("teacher", flat=True)) == [lesson.teacher.pk]

    @pytest.mark.parametrize("goes", [archive, ClassGroup.delete])
    def test_class_group_that_is_gone_since_is_given_none(self, lesson: Lesson, goes: Any):
        class_group = ClassGroupFactory.create()
        plan = changed(lesson, class_groups=(ClassGroup.objects.get(pk=class_group.pk),))
        goes(class_group)

        with pytest.raises(ChangedMeanwhile):
            change_lesson(lesson, plan)

    def test_lesson_of_somebody_known_to_have_left_is_moved(
        self, lesson: Lesson, class_group: ClassGroup
    ):
        leave(lesson.teacher)
        archive(class_group)
        lesson = Lesson.objects.get(pk=lesson.pk)

        assert change_lesson(lesson, changed(lesson, **later(lesson, hours=2)))

    def test_weekly_lessons_are_looked_at_without_locks(self, lesson: Lesson):
        plan = plan_of(lesson)
        require_taking_part([plan])
        leave(lesson.teacher)

        with pytest.raises(ChangedMeanwhile):
            require_taking_part([plan])


class TestPages:
    """The form is read anew, and says what it says of those who have left."""

    @pytest.fixture
    def client(self, signed_in: SignedIn, planner: User) -> Client:
        return signed_in(planner, "en")

    def test_form_of_a_lesson(
        self,
        client: Client,
        lesson: Lesson,
        other_teacher: User,
        monkeypatch: pytest.MonkeyPatch,
    ):
        save = PlanningForm.save

        def leave_first(form: PlanningForm, *args: Any) -> Lesson:
            leave(other_teacher)
            return save(form, *args)

        monkeypatch.setattr(PlanningForm, "save", leave_first)
        path = f"/schedule/lessons/{lesson.code}/change/"

        answer = client.post(path, {"teacher": other_teacher.username})

        assert answer.status_code == 422
        assert "teacher" in answer.context["form"].errors
        lesson.refresh_from_db()
        assert lesson.teacher != other_teacher

    def test_substitute(
        self,
        client: Client,
        lesson: Lesson,
        other_teacher: User,
        monkeypatch: pytest.MonkeyPatch,
    ):
        save = SubstituteForm.save

        def leave_first(form: SubstituteForm, *args: Any, **options: Any) -> None:
            leave(other_teacher)
            save(form, *args, **options)

        monkeypatch.setattr(SubstituteForm, "save", leave_first)
        sent = {"lesson": lesson.code, "action": "substitute", "teacher": other_teacher.username}

        answer = client.post("/schedule/absences/", sent)

        assert answer.status_code == 422
        lesson.refresh_from_db()
        assert lesson.teacher != other_teacher

    def test_cancellation_is_undone_of_somebody_who_has_just_left(
        self, client: Client, lesson: Lesson
    ):
        cancel_lesson(lesson, reason="", at=timezone.now())
        leave(lesson.teacher)

        assert client.post(f"/schedule/lessons/{lesson.code}/restore/").status_code == 303
