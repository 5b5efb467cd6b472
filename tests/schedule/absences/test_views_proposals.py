"""Substitutes for all lessons of an absence at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.lessons.cancel import cancel_lesson
from schedule.models import PlanningAction, Substitution
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import LessonFactory, school_time
from tests.support.absences import PATH, address, day_of, is_shown, proposals
from tests.support.pages import main

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


class TestAllAtOnce:
    @pytest.fixture
    def substitutes(self, other_teacher: User) -> list[User]:
        return [other_teacher, UserFactory.create(username="zhou", roles=[Role.TEACHER])]

    def post(self, client: Client, codes: list[str], **fields: str) -> Any:
        data = {"absent": "teacher", "from": day_of(1), "to": day_of(2), **fields}
        return client.post(PATH, {**data, "proposal": codes})

    def test_what_is_shown_is_applied_by_one_action(
        self, client, lesson, later_lesson, substitutes
    ):
        shown = proposals(main(client.get(address(1, 2))))
        assert [each.partition(":")[0] for each in shown] == [lesson.code, later_lesson.code]

        answer = self.post(client, shown, reason="病假")

        assert (answer.status_code, answer["Location"]) == (303, address(1, 2))
        action = PlanningAction.objects.get(reason="病假")
        assert action.changes.count() == 2
        for each in (lesson, later_lesson):
            each.refresh_from_db()
            assert f"{each.code}:{each.teacher.username}" in shown
        page = main(client.get(answer["Location"]))
        assert "2 lessons have substitutes now." in page.text

    def test_lessons_for_which_nobody_is_free_are_named_and_stay(
        self, client, lesson, later_lesson, assistant, other_teacher
    ):
        LessonFactory.create(
            teacher=other_teacher, assistants=[assistant], starts_at=school_time(2, 10, 15)
        )

        page = main(client.get(address(1, 2)))

        assert [each.partition(":")[0] for each in proposals(page)] == [lesson.code]
        box = page.one("details", "absence-all")
        assert "Nobody is free for these" in box.text
        assert box.link(later_lesson.title)

    def test_nothing_is_saved_when_somebody_is_taken_by_now(
        self, client, lesson, later_lesson, substitutes
    ):
        shown = proposals(main(client.get(address(1, 2))))
        of_later = next(
            each.partition(":")[2] for each in shown if each.startswith(later_lesson.code)
        )
        taking = LessonFactory.create(
            teacher=User.objects.get(username=of_later), starts_at=school_time(2, 10)
        )

        answer = self.post(client, shown, reason="病假")

        page = main(answer)
        assert answer.status_code == 409
        assert page.one("div", "planning-clashes").link(taking.title)
        assert not Substitution.objects.exists()
        # And other proposals are made.
        assert len(proposals(page)) == 2
        assert proposals(page) != shown
        assert page.one("input", id="all-reason").attrs["value"] == "病假"

    def test_nothing_is_saved_when_a_lesson_was_handled_meanwhile(
        self, client, lesson, later_lesson, substitutes
    ):
        shown = proposals(main(client.get(address(1, 2))))
        cancel_lesson(lesson, reason="", at=timezone.now())

        answer = self.post(client, shown)

        page = main(answer)
        assert answer.status_code == 409
        assert "has changed meanwhile: nothing was saved." in page.text
        assert not Substitution.objects.exists()
        assert [each.partition(":")[0] for each in proposals(page)] == [later_lesson.code]

    def test_nothing_is_saved_when_a_lesson_was_deleted_meanwhile(
        self, client, lesson, later_lesson, substitutes
    ):
        answer = self.post(client, [f"{lesson.code}:other_teacher", "gone:other_teacher"])

        assert answer.status_code == 409
        assert "was deleted meanwhile" in main(answer).text
        assert not Substitution.objects.exists()

    def test_unknown_people_and_who_teaches_no_more_are_faults(
        self, client, planner, lesson, other_teacher
    ):
        for sent_for in ("nobody", "", "a\0"):
            answer = self.post(client, [f"{lesson.code}:{sent_for}"])
            assert answer.status_code == 422, sent_for

        answer = self.post(client, [f"{lesson.code}:planner"])
        assert answer.status_code == 422
        assert "孙教务 does not have the role teacher." in main(answer).text
        assert not Substitution.objects.exists()

    def test_who_is_away_does_not_stand_in_for_themselves(self, client, lesson, later_lesson):
        codes = [f"{each.code}:teacher" for each in (lesson, later_lesson)]

        answer = client.post(PATH, {"proposal": codes})

        assert answer.status_code == 422
        assert "李老师 teaches this lesson already." in main(answer).text

    def test_lessons_of_more_days_than_an_absence_may_have_are_refused(
        self, client, lesson, teacher, other_teacher
    ):
        next_year = LessonFactory.create(teacher=teacher, starts_at=school_time(366, 8))
        codes = [f"{each.code}:other_teacher" for each in (lesson, next_year)]
        for of_page in ({}, {"absent": "teacher", "from": "", "to": ""}):
            answer = client.post(PATH, {**of_page, "proposal": codes})

            page = main(answer)
            assert answer.status_code == 422, of_page
            assert "At most 31 days at once" in page.text
            # Nor is a page of a whole year shown.
            assert not is_shown(page, next_year)
        assert not Substitution.objects.exists()

    def test_odd_proposals_of_no_page_are_not_found(self, client, other_teacher):
        for odd in ("", ":", "\0", "none:other_teacher"):
            assert client.post(PATH, {"proposal": [odd]}).status_code == 404, odd

    def test_program_needs_no_more_than_the_proposals(
        self, client, lesson, later_lesson, other_teacher
    ):
        codes = [f"{each.code}:other_teacher" for each in (lesson, later_lesson)]

        answer = client.post(PATH, {"proposal": codes})

        assert (answer.status_code, answer["Location"]) == (303, address(1, 2))
