"""One lesson of an absence is given to a substitute, swapped, moved or cancelled."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.absences.forms import MoveForm, SubstituteForm, SwapForm, WayForm
from schedule.absences.writing import stand_in
from schedule.enums import ActionOrigin, CloudStatus, LessonState
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.moving import move
from schedule.models import Lesson, PlanningAction, Room, Substitution
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import LessonFactory, school_time
from tests.support.absences import PATH, address, day_of, item, offered, sent
from tests.support.forms import form_faults
from tests.support.pages import main

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def assert_faults(
    client: Client, lesson: Lesson, action: str, *wrong: tuple[dict[str, str], str]
) -> None:
    """Check that each fault of what was sent is said where the lesson stands."""
    for fields, fault in wrong:
        answer = client.post(PATH, sent(lesson, action, **fields))

        assert answer.status_code == 422, fields
        assert fault in item(main(answer), lesson).text, fields


def assert_says(way: type[WayForm], lesson: Lesson, *wrong: tuple[dict[str, str], str]) -> None:
    """The form of this way refuses each of these, and says why."""
    for fields, fault in wrong:
        form = way(sent(lesson, way.action_name, **fields), lesson=lesson)

        assert [fault in each for each in form_faults(form)] == [True], fields


class TestSubstitute:
    def test_somebody_stands_in_and_the_page_of_the_absence_follows(
        self, client, planner, teacher, lesson, other_teacher
    ):
        answer = client.post(
            PATH, sent(lesson, "substitute", teacher="other_teacher", reason="病假")
        )

        lesson.refresh_from_db()
        action = PlanningAction.objects.get(changes__lesson=lesson, reason="病假")
        assert (answer.status_code, answer["Location"]) == (303, address())
        assert lesson.teacher == other_teacher
        assert lesson.substitution.absent_teacher == teacher
        assert (action.by, action.origin, action.is_told) == (planner, ActionOrigin.PAGE, True)
        page = main(client.get(answer["Location"]))
        start = f"{timezone.localtime(lesson.starts_at):%H:%M}"
        assert f"赵老师 stands in for 李老师: {day_of(1)}" in page.text
        assert f"{start} {lesson.course.name}" in page.text
        assert "Every lesson on these days is taken care of." in page.text

    def test_notice_can_be_left_out(self, client, lesson, other_teacher):
        client.post(PATH, sent(lesson, "substitute", teacher="other_teacher", untold="on"))

        assert not PlanningAction.objects.latest("pk").is_told

    def test_somebody_else_is_named_by_name(self, client, lesson, other_teacher):
        zhou = UserFactory.create(username="zhou", display_name="周老师", roles=[Role.TEACHER])

        client.post(
            PATH, sent(lesson, "substitute", teacher="other_teacher", other_teacher="周老师")
        )

        lesson.refresh_from_db()
        assert lesson.teacher == zhou

    def test_contract_alone_leads_to_the_absence_on_that_day(self, client, lesson, other_teacher):
        data = {"lesson": lesson.code, "action": "substitute", "teacher": "other_teacher"}

        answer = client.post(PATH, data)

        lesson.refresh_from_db()
        assert (answer.status_code, answer["Location"]) == (303, address())
        assert lesson.teacher == other_teacher

    def test_who_is_taken_by_now_is_named_and_linked(self, client, lesson, other_teacher):
        free = UserFactory.create(username="free", roles=[Role.TEACHER])
        taking = LessonFactory.create(teacher=other_teacher, starts_at=school_time(1, 8, 30))

        answer = client.post(
            PATH, sent(lesson, "substitute", other_teacher="other_teacher", reason="病假")
        )

        page = main(answer)
        assert answer.status_code == 409
        box = page.one("div", "planning-clashes")
        assert "赵老师" in box.text
        assert box.link(taking.title) == f"/schedule/lessons/{taking.code}/"
        # The list stands below it, with what was written.
        shown = item(page, lesson)
        assert offered(shown, "teacher").keys() == {free.username, "assistant"}
        (reason, *_others) = shown.all("input", name="reason")
        assert reason.attrs["value"] == "病假"
        lesson.refresh_from_db()
        assert lesson.teacher.username == "teacher"

    def test_faults_are_said(self, planner, lesson, other_teacher):
        assert_says(
            SubstituteForm,
            lesson,
            ({}, "This field is required."),
            ({"teacher": "nobody"}, "Nobody has the username or name nobody."),
            ({"teacher": "planner"}, "孙教务 does not have the role teacher."),
            ({"teacher": "teacher"}, "李老师 teaches this lesson already."),
            ({"teacher": "a\0"}, "Null characters are not allowed."),
            ({"other_teacher": "a\0"}, "Null characters are not allowed."),
        )

    def test_fault_stands_at_its_field(self, client, lesson, other_teacher):
        assert_faults(
            client,
            lesson,
            "substitute",
            ({"teacher": "nobody"}, "Nobody has the username or name nobody."),
            ({"teacher": "other_teacher", "reason": "因" * 201}, "at most 200 characters"),
        )
        assert not Substitution.objects.exists()

    def test_lesson_that_was_handled_meanwhile_is_left_alone(self, client, lesson, other_teacher):
        zhou = UserFactory.create(username="zhou", roles=[Role.TEACHER])
        stand_in([(lesson, other_teacher)], action=PlanningAction())

        answer = client.post(PATH, sent(lesson, "substitute", teacher="zhou"))

        assert answer.status_code == 409
        assert "has changed meanwhile: nothing was saved." in main(answer).text
        lesson.refresh_from_db()
        assert lesson.teacher != zhou

    def test_class_that_has_begun_is_not_changed(self, client, lesson, other_teacher):
        Room.objects.create(
            lesson=lesson, room_id=5, sdk_app_id=1, cloud_status=CloudStatus.RUNNING
        )

        answer = client.post(PATH, sent(lesson, "substitute", teacher="other_teacher"))

        assert answer.status_code == 422
        assert "The class has begun" in main(answer).text


class TestOtherWays:
    def test_lesson_swaps_with_one_of_those_offered(self, client, lesson, teacher, class_group):
        other = LessonFactory.create(class_groups=[class_group], starts_at=school_time(3, 10))
        page = main(client.get(f"{address()}&lesson={lesson.code}"))
        (choice,) = (each for each in offered(item(page, lesson), "with") if other.code in each)

        answer = client.post(PATH, sent(lesson, "swap", **{"with": choice}))

        assert (answer.status_code, answer["Location"]) == (303, address())
        lesson.refresh_from_db()
        other.refresh_from_db()
        assert (lesson.starts_at, other.starts_at) == (school_time(3, 10), school_time(1, 8))
        assert PlanningAction.objects.latest("pk").changes.count() == 2
        said = f"Swapped: {lesson.course.name}, and {other.course.name}"
        assert said in main(client.get(address())).text

    def test_any_other_lesson_is_named_by_code_or_address(self, client, lesson):
        other = LessonFactory.create(starts_at=school_time(3, 10))
        address = f"http://testserver/schedule/lessons/{other.code}/"
        for text in (other.code, address, f" {other.code} "):
            form = SwapForm(sent(lesson, "swap", other_lesson=text), lesson=lesson)
            assert form.is_valid(), text
            assert form.concerned == [lesson, other], text

        client.post(PATH, sent(lesson, "swap", other_lesson=address))

        other.refresh_from_db()
        assert other.starts_at == school_time(1, 8)

    def test_swap_in_which_somebody_is_taken_is_refused_and_says_who(
        self, client, lesson, teacher, class_group
    ):
        other = LessonFactory.create(starts_at=school_time(3, 10))
        taking = LessonFactory.create(class_groups=[class_group], starts_at=school_time(3, 10, 15))

        answer = client.post(PATH, sent(lesson, "swap", **{"with": other.code}))

        assert answer.status_code == 409
        box = main(answer).one("div", "planning-clashes")
        assert "三年级1班" in box.text
        assert box.link(taking.title) == f"/schedule/lessons/{taking.code}/"

    def test_faults_of_a_swap(self, client, lesson):
        assert_says(
            SwapForm,
            lesson,
            ({}, "This field is required."),
            ({"with": "none"}, "There is no lesson with this code."),
            ({"with": "a\0"}, "Null characters are not allowed."),
        )
        assert_faults(
            client,
            lesson,
            "swap",
            ({"other_lesson": "none"}, "There is no lesson with this code."),
            ({"with": lesson.code}, "can be swapped"),
        )

    def test_lesson_that_was_moved_since_it_was_offered_is_not_swapped(
        self, client, lesson, class_group
    ):
        other = LessonFactory.create(class_groups=[class_group], starts_at=school_time(3, 10))
        page = main(client.get(f"{address()}&lesson={lesson.code}"))
        (choice,) = (each for each in offered(item(page, lesson), "with") if other.code in each)
        move(other, starts_at=school_time(4, 15), action=PlanningAction())

        answer = client.post(PATH, sent(lesson, "swap", **{"with": choice}))

        assert answer.status_code == 409
        assert "has changed meanwhile: nothing was saved." in main(answer).text
        other.refresh_from_db()
        assert other.starts_at == school_time(4, 15)

    def test_lesson_that_is_deleted_while_it_is_swapped_is_missing(
        self, client, lesson, monkeypatch
    ):
        other = LessonFactory.create(starts_at=school_time(3, 10))
        monkeypatch.setattr("schedule.absences.forms.lesson_of_code", lambda _code: other)
        delete_lessons([other], at=timezone.now())

        answer = client.post(PATH, sent(lesson, "swap", **{"with": other.code}))

        assert answer.status_code == 404
        lesson.refresh_from_db()
        assert lesson.starts_at == school_time(1, 8)

    def test_lesson_is_moved_and_keeps_its_length(self, client, lesson):
        answer = client.post(PATH, sent(lesson, "move", date=day_of(9), start="10:00"))

        lesson.refresh_from_db()
        assert (answer.status_code, answer["Location"]) == (303, address())
        assert (lesson.starts_at, lesson.ends_at) == (school_time(9, 10), school_time(9, 10, 45))
        page = main(client.get(answer["Location"]))
        assert f"Moved: {lesson.course.name}, now {day_of(9)}" in page.text

    def test_lesson_that_somebody_moved_within_the_absence_is_not_moved_unseen(
        self, client, lesson
    ):
        page = main(client.get(f"{PATH}?lesson={lesson.code}"))
        known = item(page, lesson).all("input", name="known")[0].attrs["value"]
        move(lesson, starts_at=school_time(1, 15), action=PlanningAction())
        fields = {"date": day_of(9), "start": "10:00"}

        answer = client.post(PATH, sent(lesson, "move", **fields, known=known))

        page = main(answer)
        lesson.refresh_from_db()
        assert (answer.status_code, lesson.starts_at) == (409, school_time(1, 15))
        assert "has changed meanwhile: nothing was saved." in page.text
        assert item(page, lesson).one("input", name="start").attrs["value"] == "10:00"
        # Who has seen that may move it all the same.
        known = item(page, lesson).all("input", name="known")[0].attrs["value"]
        again = client.post(PATH, sent(lesson, "move", **fields, known=known))
        assert again.status_code == 303

    def test_faults_of_a_move(self, client, lesson):
        date, start = {"date": day_of(1)}, {"start": "10:00"}
        assert_says(
            MoveForm,
            lesson,
            (start | {"date": "2026-02-30"}, "Not a date such as 2024-09-02"),
            (date | {"start": "25:00"}, "Not a time such as 08:00"),
            (date | {"start": ""}, "This field is required."),
            (start | {"date": "\0"}, "Null characters are not allowed."),
            (date | {"start": "08:00"}, "The lesson is at that time already."),
        )
        at_its_field = (date | {"start": "25:00"}, "Not a time such as 08:00")
        assert_faults(client, lesson, "move", at_its_field)

    def test_move_to_where_somebody_is_taken_is_refused(self, client, lesson, later_lesson):
        answer = client.post(PATH, sent(lesson, "move", date=day_of(2), start="10:15"))

        box = main(answer).one("div", "planning-clashes")
        assert answer.status_code == 409
        # Both the teacher and the class group are.
        assert [each.attrs["href"] for each in box.all("a")] == [
            f"/schedule/lessons/{later_lesson.code}/"
        ] * 2

    def test_lesson_is_cancelled_with_its_reason(self, client, lesson):
        answer = client.post(PATH, sent(lesson, "cancel", reason="病假"))

        lesson.refresh_from_db()
        assert answer.status_code == 303
        assert (lesson.state, lesson.cancel_reason) == (LessonState.CANCELLED, "病假")
        assert f"Cancelled: {day_of(1)}" in main(client.get(address())).text

    def test_draft_is_not_cancelled(self, client, teacher):
        draft = LessonFactory.create(teacher=teacher, is_draft=True, starts_at=school_time(1, 9))

        answer = client.post(PATH, sent(draft, "cancel"))

        assert answer.status_code == 409
        assert "Delete it, or publish it first." in main(answer).text

    def test_unknown_action_is_a_fault(self, client, lesson):
        for action in ("", "delete", "\0"):
            answer = client.post(PATH, sent(lesson, action))

            assert answer.status_code == 422, action
            assert "Choose what becomes of this lesson." in main(answer).text, action

    def test_unknown_lesson_is_not_found(self, client):
        for code in ("", "none", "\0"):
            answer = client.post(PATH, {"lesson": code, "action": "cancel"})
            assert answer.status_code == 404, code


class TestFaultsOfWhatIsNoLongerShown:
    def test_of_a_lesson(self, client, lesson):
        cancel_lesson(lesson, reason="", at=timezone.now())

        answer = client.post(PATH, sent(lesson, "move", date="x", start="10:00"))

        assert answer.status_code == 422
        assert "Not a date such as 2024-09-02" in main(answer).text

    def test_of_all(self, client, lesson, planner):
        cancel_lesson(lesson, reason="", at=timezone.now())

        answer = client.post(PATH, {"proposal": [f"{lesson.code}:nobody"]})

        assert answer.status_code == 422
        assert "Nobody has the username or name nobody." in main(answer).text

    def test_lesson_that_is_over_gets_no_substitute(self, client, teacher, other_teacher):
        over = LessonFactory.create(teacher=teacher, starts_at=school_time(-2, 8))
        data = {"lesson": over.code, "action": "substitute", "teacher": "other_teacher"}

        answer = client.post(PATH, data)

        assert answer.status_code == 409
        assert "This class is over." in main(answer).text

    def test_lesson_that_is_cancelled_gets_no_substitute(self, client, lesson, other_teacher):
        cancel_lesson(lesson, reason="", at=timezone.now())
        data = {"lesson": lesson.code, "action": "substitute", "teacher": "other_teacher"}

        answer = client.post(PATH, data)

        assert answer.status_code == 409
        assert "The lesson was cancelled: undo the cancellation first." in main(answer).text
