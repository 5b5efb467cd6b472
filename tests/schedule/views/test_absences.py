"""The page of a teacher's absence: who stands in, what is swapped, moved or cancelled, one by one and all at once."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.enums import ActionOrigin, CloudStatus, LessonState
from schedule.models import Lesson, PlanningAction, Room, Substitution
from schedule.services.absences import move, stand_in
from schedule.services.lessons import cancel_lesson
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import LessonFactory, school_time
from tests.support.pages import Element, main

pytestmark = pytest.mark.django_db

PATH = "/schedule/absences/"


def day_of(days: int) -> str:
    return str(timezone.localdate() + dt.timedelta(days=days))


def address(first: int = 1, last: int | None = None, teacher: str = "teacher") -> str:
    days = {"from": day_of(first), "to": day_of(first if last is None else last)}
    return f"{PATH}?{urlencode({'teacher': teacher, **days})}"


def sent(lesson: Lesson, action: str, **fields: str) -> dict[str, str]:
    """What the forms of the page of tomorrow's absence send."""
    of_page = {"absent": "teacher", "from": day_of(1), "to": day_of(1)}
    return {**of_page, "lesson": lesson.code, "action": action, **fields}


def item(page: Element, lesson: Lesson) -> Element:
    return page.one("li", id=f"lesson-{lesson.code}")


def is_shown(page: Element, lesson: Lesson) -> bool:
    return bool(page.all("li", id=f"lesson-{lesson.code}"))


def offered(element: Element, name: str) -> dict[str, str]:
    """The choices of a list, and their words."""
    return {
        option.attrs["value"]: option.text
        for option in element.one("select", name=name).all("option")
    }


def proposals(page: Element) -> list[str]:
    return [each.attrs["value"] for each in page.all("input", name="proposal")]


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def later(teacher: User, class_group: Any, lesson: Lesson) -> Lesson:
    """Another lesson of the teacher, in two days, from 10:00 to 10:45."""
    return LessonFactory.create(
        course=lesson.course,
        teacher=teacher,
        class_groups=[class_group],
        starts_at=school_time(2, 10),
        ends_at=school_time(2, 10, 45),
    )


class TestChoice:
    def test_form_asks_who_is_away_and_proposes_today(self, client, teacher):
        page = main(client.get(PATH))

        assert set(offered(page, "teacher")) >= {"", "teacher"}
        days = [page.one("input", name=name).attrs["value"] for name in ("from", "to")]
        assert days == [day_of(0), day_of(0)]

    def test_day_alone_is_an_absence_of_one_day(self, client, lesson):
        page = main(client.get(PATH, {"teacher": "teacher", "from": day_of(1)}))

        assert is_shown(page, lesson)
        assert page.one("input", "", name="to", id="id_to").attrs["value"] == day_of(1)

    @pytest.mark.parametrize(
        ("days", "fault"),
        [
            ({"from": "2026-02-30"}, "Enter a valid date."),
            ({"from": "1850-01-01"}, "This year is not in the calendar."),
            ({"from": "2026-09-02", "to": "2026-09-01"}, "The last day lies before the first one."),
            ({"from": "2026-01-01", "to": "2026-12-31"}, "At most 31 days at once"),
            ({"from": "\0"}, "Enter a valid date."),
        ],
    )
    def test_days_that_are_none_are_faults_of_the_form(self, client, teacher, days, fault):
        answer = client.get(PATH, {"teacher": "teacher", **days})

        assert answer.status_code == 422
        assert fault in main(answer).text

    @pytest.mark.parametrize("username", ["nobody", "a" * 200])
    def test_unknown_teacher_is_not_found(self, client, username):
        assert client.get(PATH, {"teacher": username}).status_code == 404

    def test_who_teaches_no_more_can_be_away(self, client, lesson, teacher):
        teacher.role_grants.all().delete()
        User.objects.filter(pk=teacher.pk).update(is_active=False)

        page = main(client.get(address()))

        assert is_shown(page, lesson)
        assert (
            page.one("select", name="teacher", id="id_teacher")
            .one("option", selected="")
            .attrs["value"]
            == "teacher"
        )

    @pytest.mark.parametrize("who", ["teacher", "student", "outsider", "supervisor"])
    def test_others_find_nothing(self, request, signed_in, lesson, who):
        browser = signed_in(request.getfixturevalue(who))

        assert browser.get(PATH).status_code == 404
        assert browser.get(address()).status_code == 404
        assert browser.post(PATH, sent(lesson, "cancel")).status_code == 404
        lesson.refresh_from_db()
        assert lesson.is_published


class TestPage:
    def test_lesson_is_shown_with_who_could_stand_in_and_why(
        self, client, lesson, later, other_teacher, class_group
    ):
        LessonFactory.create(
            course=lesson.course,
            teacher=other_teacher,
            class_groups=[class_group],
            starts_at=school_time(1, 14),
        )

        page = main(client.get(address()))

        shown = item(page, lesson)
        assert "08:00–08:45" in shown.text
        assert "三年级1班 · Assistants 陈助教" in shown.text
        assert list(offered(shown, "teacher").items()) == [
            (
                "other_teacher",
                "赵老师 (other_teacher) · teaches this course · teaches 三年级1班 · 1 lesson that week",
            ),
            ("assistant", "陈助教 (assistant) · assists in this lesson · 0 lessons that week"),
        ]
        assert "1 of 1 lesson still needs somebody." in page.text
        assert not is_shown(page, later)

    def test_draft_says_so(self, client, teacher, other_teacher):
        draft = LessonFactory.create(teacher=teacher, is_draft=True, starts_at=school_time(1, 9))

        shown = item(main(client.get(address())), draft)

        assert "Draft" in shown.text
        assert "Cancel" not in shown.text

    def test_lesson_with_nobody_free_says_so(self, client, teacher):
        lesson = LessonFactory.create(teacher=teacher, starts_at=school_time(1, 9))

        page = main(client.get(address()))

        assert "Nobody is free at that time" in item(page, lesson).text
        assert proposals(page) == []

    def test_lessons_in_which_they_assist_stand_apart(self, client, lesson):
        page = main(client.get(address(teacher="assistant")))

        assert not page.all("li", "absence-lesson")
        section = page.one("section", **{"aria-labelledby": "assisted"})
        assert section.link("Change") == f"/schedule/lessons/{lesson.code}/change/"

    def test_what_is_done_and_what_is_left_is_said(
        self, client, teacher, lesson, later, other_teacher
    ):
        cancelled = LessonFactory.create(teacher=teacher, starts_at=school_time(2, 14))
        moved = LessonFactory.create(teacher=teacher, starts_at=school_time(2, 16))
        cancel_lesson(cancelled, reason="", at=timezone.now())
        stand_in([(lesson, other_teacher)], action=PlanningAction())
        client.post(PATH, sent(moved, "move", date=day_of(9), start="16:00", to=day_of(2)))

        page = main(client.get(address(1, 2)))

        assert "1 of 4 lessons still need somebody." in page.text
        done = [
            each.text for each in page.one("section", **{"aria-labelledby": "handled"}).all("li")
        ]
        assert len(done) == 3
        assert done[0].endswith("赵老师 stands in")
        assert done[1].endswith("Cancelled")
        assert f"Moved to {day_of(9)}" in done[2]
        assert is_shown(page, later)

    def test_of_a_lesson_alone_it_is_the_absence_on_its_day(self, client, lesson, other_teacher):
        page = main(client.get(PATH, {"lesson": lesson.code}))

        assert page.one("h1").text == "Absence: 李老师"
        assert "Concerns" in item(page, lesson).text
        assert client.get(PATH, {"lesson": "none"}).status_code == 404
        assert client.get(PATH, {"lesson": "\0"}).status_code == 404

    def test_links_lead_here_from_where_planners_look(self, client, lesson, teacher, other_teacher):
        monday = timezone.localdate(lesson.starts_at)
        monday -= dt.timedelta(days=monday.weekday())
        week = main(client.get(f"/schedule/{day_of(1)}/?teacher=teacher"))
        page = main(client.get(f"/schedule/lessons/{lesson.code}/"))
        today = main(client.get(f"/schedule/today/?day={day_of(1)}"))
        of_lesson = f"{PATH}?lesson={lesson.code}#lesson-{lesson.code}"

        assert week.link("Absence…") == (
            f"{PATH}?teacher=teacher&from={monday}&to={monday + dt.timedelta(days=6)}"
        )
        assert page.link("Find a substitute…") == of_lesson
        assert today.link("Find a substitute…") == of_lesson
        assert today.link("Absence…") == PATH
        assert not [
            each
            for each in main(client.get(f"/schedule/{day_of(1)}/")).all("a")
            if each.text == "Absence…"
        ]

    def test_queries_do_not_grow_with_lessons_and_teachers(
        self, client, teacher, lesson, other_teacher
    ):
        def queries(days: int) -> int:
            with CaptureQueriesContext(connection) as asked:
                answer = client.get(f"{address(1, days)}&lesson={lesson.code}")
            assert answer.status_code == 200
            return len(asked)

        for substitute in (other_teacher, UserFactory.create(roles=[Role.TEACHER])):
            LessonFactory.create(teacher=substitute, starts_at=school_time(1, 14))
        queries(1)  # what is kept of the site's own
        few = queries(1)
        for day in range(2, 9):
            for hour in (8, 10, 14):
                LessonFactory.create(teacher=teacher, starts_at=school_time(day, hour))
                LessonFactory.create(
                    teacher=UserFactory.create(roles=[Role.TEACHER]),
                    starts_at=school_time(day, hour),
                )

        assert queries(9) == few


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
        assert "赵老师 stands in for 李老师." in page.text
        assert "Every lesson of these days is taken care of." in page.text

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

    def test_assistant_who_stands_in_assists_no_longer(self, client, lesson, assistant):
        answer = client.post(PATH, sent(lesson, "substitute", teacher="assistant"))

        lesson.refresh_from_db()
        assert answer.status_code == 303
        assert (lesson.teacher, list(lesson.assistants.all())) == (assistant, [])

    def test_draft_gets_a_substitute_too(self, client, teacher, other_teacher):
        draft = LessonFactory.create(teacher=teacher, is_draft=True, starts_at=school_time(1, 9))

        client.post(PATH, sent(draft, "substitute", teacher="other_teacher"))

        draft.refresh_from_db()
        assert (draft.teacher, draft.is_draft) == (other_teacher, True)

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

    @pytest.mark.parametrize(
        ("fields", "fault"),
        [
            ({}, "This field is required."),
            ({"teacher": "nobody"}, "Nobody has the username or name nobody."),
            ({"teacher": "planner"}, "孙教务 does not have the role teacher."),
            ({"teacher": "teacher"}, "李老师 teaches this lesson already."),
            ({"teacher": "a\0"}, "Null characters are not allowed."),
            ({"other_teacher": "a\0"}, "Null characters are not allowed."),
            ({"teacher": "other_teacher", "reason": "因" * 201}, "at most 200 characters"),
        ],
    )
    def test_fault_stands_at_its_field(self, client, planner, lesson, other_teacher, fields, fault):
        answer = client.post(PATH, sent(lesson, "substitute", **fields))

        assert answer.status_code == 422
        assert fault in item(main(answer), lesson).text
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

    @pytest.mark.parametrize(
        "text", ["{code}", "http://testserver/schedule/lessons/{code}/", " {code} "]
    )
    def test_any_other_lesson_is_named_by_code_or_address(self, client, lesson, text):
        other = LessonFactory.create(starts_at=school_time(3, 10))

        client.post(PATH, sent(lesson, "swap", other_lesson=text.format(code=other.code)))

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

    @pytest.mark.parametrize(
        ("fields", "fault"),
        [
            ({}, "This field is required."),
            ({"with": "none"}, "There is no lesson with this code."),
            ({"with": "a\0"}, "Null characters are not allowed."),
            ({"other_lesson": "none"}, "There is no lesson with this code."),
        ],
    )
    def test_faults_of_a_swap(self, client, lesson, fields, fault):
        answer = client.post(PATH, sent(lesson, "swap", **fields))

        assert answer.status_code == 422
        assert fault in item(main(answer), lesson).text

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

    def test_lesson_does_not_swap_with_itself(self, client, lesson):
        answer = client.post(PATH, sent(lesson, "swap", **{"with": lesson.code}))

        assert answer.status_code == 422
        assert "can swap" in main(answer).text

    def test_lesson_is_moved_and_keeps_its_length(self, client, lesson):
        answer = client.post(PATH, sent(lesson, "move", date=day_of(9), start="10:00"))

        lesson.refresh_from_db()
        assert (answer.status_code, answer["Location"]) == (303, address())
        assert (lesson.starts_at, lesson.ends_at) == (school_time(9, 10), school_time(9, 10, 45))

    @pytest.mark.parametrize(
        ("fields", "fault"),
        [
            ({"date": "2026-02-30"}, "Not a date such as 2024-09-02"),
            ({"start": "25:00"}, "Not a time such as 08:00"),
            ({"start": ""}, "This field is required."),
            ({"date": "\0"}, "Null characters are not allowed."),
            ({"start": "08:00"}, "The lesson is at that time already."),
        ],
    )
    def test_faults_of_a_move(self, client, lesson, fields, fault):
        data = sent(lesson, "move", **{"date": day_of(1), "start": "10:00", **fields})

        answer = client.post(PATH, data)

        assert answer.status_code == 422
        assert fault in item(main(answer), lesson).text

    def test_move_to_where_somebody_is_taken_is_refused(self, client, lesson, later):
        answer = client.post(PATH, sent(lesson, "move", date=day_of(2), start="10:15"))

        box = main(answer).one("div", "planning-clashes")
        assert answer.status_code == 409
        # Both the teacher and the class group are.
        assert [each.attrs["href"] for each in box.all("a")] == [
            f"/schedule/lessons/{later.code}/"
        ] * 2

    def test_lesson_is_cancelled_with_its_reason(self, client, lesson):
        answer = client.post(PATH, sent(lesson, "cancel", reason="病假"))

        lesson.refresh_from_db()
        assert answer.status_code == 303
        assert (lesson.state, lesson.cancel_reason) == (LessonState.CANCELLED, "病假")

    def test_draft_is_not_cancelled(self, client, teacher):
        draft = LessonFactory.create(teacher=teacher, is_draft=True, starts_at=school_time(1, 9))

        answer = client.post(PATH, sent(draft, "cancel"))

        assert answer.status_code == 409
        assert "Delete it, or publish it first." in main(answer).text

    @pytest.mark.parametrize("action", ["", "delete", "\0"])
    def test_unknown_action_is_a_fault(self, client, lesson, action):
        answer = client.post(PATH, sent(lesson, action))

        assert answer.status_code == 422
        assert "Choose what becomes of this lesson." in main(answer).text

    @pytest.mark.parametrize("code", ["", "none", "\0"])
    def test_unknown_lesson_is_not_found(self, client, code):
        assert client.post(PATH, {"lesson": code, "action": "cancel"}).status_code == 404


class TestAllAtOnce:
    @pytest.fixture
    def substitutes(self, other_teacher: User) -> list[User]:
        return [other_teacher, UserFactory.create(username="zhou", roles=[Role.TEACHER])]

    def post(self, client: Client, codes: list[str], **fields: str) -> Any:
        data = {"absent": "teacher", "from": day_of(1), "to": day_of(2), **fields}
        return client.post(PATH, {**data, "proposal": codes})

    def test_what_is_shown_is_applied_by_one_action(self, client, lesson, later, substitutes):
        shown = proposals(main(client.get(address(1, 2))))
        assert [each.partition(":")[0] for each in shown] == [lesson.code, later.code]

        answer = self.post(client, shown, reason="病假")

        assert (answer.status_code, answer["Location"]) == (303, address(1, 2))
        action = PlanningAction.objects.get(reason="病假")
        assert action.changes.count() == 2
        for each in (lesson, later):
            each.refresh_from_db()
            assert f"{each.code}:{each.teacher.username}" in shown
        page = main(client.get(answer["Location"]))
        assert "2 lessons have substitutes now." in page.text

    def test_lessons_for_which_nobody_is_free_are_named_and_stay(
        self, client, lesson, later, assistant, other_teacher
    ):
        LessonFactory.create(
            teacher=other_teacher, assistants=[assistant], starts_at=school_time(2, 10, 15)
        )

        page = main(client.get(address(1, 2)))

        assert [each.partition(":")[0] for each in proposals(page)] == [lesson.code]
        box = page.one("details", "absence-all")
        assert "Nobody is free for these" in box.text
        assert box.link(later.title)

    def test_nothing_is_saved_when_somebody_is_taken_by_now(
        self, client, lesson, later, substitutes
    ):
        shown = proposals(main(client.get(address(1, 2))))
        of_later = next(each.partition(":")[2] for each in shown if each.startswith(later.code))
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
        self, client, lesson, later, substitutes
    ):
        shown = proposals(main(client.get(address(1, 2))))
        cancel_lesson(lesson, reason="", at=timezone.now())

        answer = self.post(client, shown)

        page = main(answer)
        assert answer.status_code == 409
        assert "has changed meanwhile: nothing was saved." in page.text
        assert not Substitution.objects.exists()
        assert [each.partition(":")[0] for each in proposals(page)] == [later.code]

    def test_nothing_is_saved_when_a_lesson_was_deleted_meanwhile(
        self, client, lesson, later, substitutes
    ):
        answer = self.post(client, [f"{lesson.code}:other_teacher", "gone:other_teacher"])

        assert answer.status_code == 409
        assert "was deleted meanwhile" in main(answer).text
        assert not Substitution.objects.exists()

    def test_nobody_gets_two_lessons_at_once(self, client, teacher, lesson, other_teacher):
        same_time = LessonFactory.create(starts_at=school_time(1, 8))
        Lesson.objects.filter(pk=same_time.pk).update(teacher=teacher)

        answer = self.post(client, [f"{each.code}:other_teacher" for each in (lesson, same_time)])

        assert answer.status_code == 409
        assert not Substitution.objects.exists()

    @pytest.mark.parametrize("sent_for", ["nobody", "", "a\0"])
    def test_unknown_people_are_faults(self, client, lesson, sent_for):
        answer = self.post(client, [f"{lesson.code}:{sent_for}"])

        assert answer.status_code == 422
        assert not Substitution.objects.exists()

    def test_who_teaches_no_more_is_refused(self, client, planner, lesson, other_teacher):
        answer = self.post(client, [f"{lesson.code}:planner"])

        assert answer.status_code == 422
        assert "孙教务 does not have the role teacher." in main(answer).text

    def test_who_is_away_does_not_stand_in_for_themselves(self, client, lesson, later):
        answer = self.post(client, [f"{each.code}:teacher" for each in (lesson, later)])

        assert answer.status_code == 422
        assert "李老师 teaches this lesson already." in main(answer).text

    @pytest.mark.parametrize("of_page", [{}, {"absent": "teacher", "from": "", "to": ""}])
    def test_lessons_of_more_days_than_an_absence_may_have_are_refused(
        self, client, lesson, teacher, other_teacher, of_page
    ):
        next_year = LessonFactory.create(teacher=teacher, starts_at=school_time(366, 8))
        codes = [f"{each.code}:other_teacher" for each in (lesson, next_year)]

        answer = client.post(PATH, {**of_page, "proposal": codes})

        page = main(answer)
        assert answer.status_code == 422
        assert "At most 31 days at once" in page.text
        # Nor is a page of a whole year shown.
        assert not is_shown(page, next_year)
        assert not Substitution.objects.exists()

    @pytest.mark.parametrize("odd", ["", ":", "\0", "none:other_teacher"])
    def test_odd_proposals_of_no_page_are_not_found(self, client, other_teacher, odd):
        assert client.post(PATH, {"proposal": [odd]}).status_code == 404

    def test_program_needs_no_more_than_the_proposals(self, client, lesson, later, other_teacher):
        codes = [f"{each.code}:other_teacher" for each in (lesson, later)]

        answer = client.post(PATH, {"proposal": codes})

        assert (answer.status_code, answer["Location"]) == (303, address(1, 2))


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
