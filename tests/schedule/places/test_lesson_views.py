"""The page of a lesson's places, and the one click that takes it to one."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.enums import ActionOrigin, CloudStatus
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.locks import lock_lessons
from schedule.models import ClassGroup, Lesson, PlanningAction, Room, Term
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.days.days_off_writing import PartOffPlan, add_part
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.writing import set_bell_times
from schedule.week_grid import monday_of
from tests.cast import SignedIn
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    TermFactory,
    WeeklyLessonFactory,
    school_time,
)
from tests.support.lessons import period
from tests.support.pages import Element, main

pytestmark = pytest.mark.django_db

LATE = dt.time(18)


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def path_of(lesson: Lesson) -> str:
    return f"/schedule/lessons/{lesson.code}/places/"


def sent(moment: dt.datetime, **fields: str) -> dict[str, str]:
    start = timezone.localtime(moment)
    return {"date": f"{start:%Y-%m-%d}", "start": f"{start:%H:%M}", **fields}


def place_text(moment: dt.datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def buttons(page: Element) -> dict[str, str]:
    """The places that can be chosen: what is sent, and what is read."""
    return {element.attrs["value"]: element.text for element in page.all("button", "place-button")}


def shown(client: Client, lesson: Lesson) -> Element:
    return main(client.get(path_of(lesson), {"week": f"{timezone.localdate(lesson.starts_at)}"}))


class TestPage:
    def test_free_places_are_buttons_and_taken_ones_name_by_whom(
        self, client, lesson, teacher, class_group
    ):
        taken = LessonFactory.create(
            teacher=teacher, class_groups=[class_group], starts_at=school_time(1, 14)
        )

        page = shown(client, lesson)

        texts = buttons(page)
        assert place_text(school_time(1, 16)) in texts
        assert texts[f"{place_text(taken.starts_at)} {taken.code}"].startswith("Swap")
        (by_whom,) = {element.text for element in page.all("span", "place-taken")}
        assert teacher.display_name in by_whom
        assert class_group.name in by_whom
        addresses = {
            element.attrs["href"] for element in page.all("a") if element.text == taken.course.name
        }
        assert addresses == {f"/schedule/lessons/{taken.code}/"}
        assert page.one("span", "place-here").text == lesson.course.name
        assert "Concerns" in page.text

    def test_weeks_before_and_after_are_linked(self, client, lesson):
        page = shown(client, lesson)

        after = timezone.localdate(lesson.starts_at) + dt.timedelta(weeks=1)
        monday = after - dt.timedelta(days=after.weekday())
        assert page.link("Next week ›").endswith(f"?week={monday}")

    @pytest.mark.parametrize("week", ["", "yesterday", "2026-13-01"])
    def test_malformed_week_counts_as_absent(self, client, lesson, week):
        assert client.get(path_of(lesson), {"week": week}).status_code == 200

    def test_week_outside_the_term_has_no_places(self, client):
        term = TermFactory.create()
        lesson = LessonFactory.create(
            starts_at=school_time((term.first_monday - timezone.localdate()).days, 8)
        )

        after = term.last_day + dt.timedelta(days=1)
        page = main(client.get(path_of(lesson), {"week": f"{after}"}))

        assert "outside the term" in page.text
        assert not buttons(page)

    def test_lesson_that_cannot_move_says_why(self, client, lesson):
        begun = LessonFactory.create()
        Room.objects.create(lesson=begun, room_id=1, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)
        cancel_lesson(lesson, reason="", at=timezone.now())

        assert "The class has begun" in shown(client, begun).text
        assert "undo the cancellation first" in shown(client, lesson).text

    def test_lesson_of_a_plan_leaves_it_by_moving_which_is_said(self, client):
        weekly_lesson = WeeklyLessonFactory.create()
        plan_term(
            weekly_lesson.term, action=PlanningAction(), options=PlanOptions(at=timezone.now())
        )

        page = shown(client, Lesson.objects.earliest("starts_at"))

        assert "the plan leaves it alone" in page.text

    @pytest.mark.parametrize("step", ["", "change/"])
    def test_pages_of_the_lesson_lead_here(self, client, lesson, step):
        page = main(client.get(f"/schedule/lessons/{lesson.code}/{step}"))

        assert page.link("Where is it free?") == path_of(lesson)

    @pytest.mark.parametrize("count", [1, 10])
    def test_takes_the_same_queries_for_any_number(
        self, client, lesson, teacher, django_assert_max_num_queries, count
    ):
        for hour in range(count):
            LessonFactory.create(teacher=teacher, starts_at=school_time(1, 11 + hour))
        client.get(path_of(lesson))

        with django_assert_max_num_queries(34):
            page = shown(client, lesson)

        assert len([text for text in buttons(page).values() if text.startswith("Swap")]) == count


class TestMove:
    def test_click_moves_it_with_the_reason(self, client, planner, lesson):
        when = school_time(1, 16)

        answer = client.post(path_of(lesson), {"place": place_text(when), "reason": "调课"})

        assert (answer.status_code, answer["Location"]) == (
            303,
            f"/schedule/lessons/{lesson.code}/",
        )
        assert period(lesson)[0] == when
        action = PlanningAction.objects.latest("pk")
        assert (action.by, action.origin, action.reason, action.is_told) == (
            planner,
            ActionOrigin.PAGE,
            "调课",
            True,
        )

    def test_programs_send_day_and_start(self, client, lesson):
        assert client.post(path_of(lesson), sent(school_time(1, 16))).status_code == 303
        assert period(lesson)[0] == school_time(1, 16)

    def test_notice_can_be_left_out(self, client, lesson):
        client.post(path_of(lesson), sent(school_time(1, 16), untold="on"))

        assert not PlanningAction.objects.latest("pk").is_told

    def test_place_that_was_taken_meanwhile_is_named_and_linked(self, client, lesson, teacher):
        before = period(lesson)
        taking = LessonFactory.create(teacher=teacher, starts_at=school_time(1, 16))

        answer = client.post(path_of(lesson), sent(school_time(1, 16), reason="调课"))

        assert answer.status_code == 409
        page = main(answer)
        box = page.one("div", "planning-clashes")
        assert teacher.display_name in box.text
        assert box.link(taking.title) == f"/schedule/lessons/{taking.code}/"
        assert "Choose another place" in box.text  # no field takes a reason to overlap
        assert page.one("input", name="reason").attrs["value"] == "调课"
        assert period(lesson) == before

    def test_lesson_that_somebody_else_has_moved_stays(self, client, lesson):
        known = shown(client, lesson).one("input", name="known").attrs["value"]
        client.post(path_of(lesson), sent(school_time(1, 16)))

        answer = client.post(path_of(lesson), sent(school_time(1, 17), known=known))

        assert answer.status_code == 409
        assert "has changed meanwhile" in main(answer).text
        assert period(lesson)[0] == school_time(1, 16)

    @pytest.mark.parametrize(
        ("place", "fault"),
        [
            ({}, "This field is required."),
            ({"date": "2026-02-30", "start": "08:00"}, "ot a date"),
            ({"place": "2026-02-28"}, "This field is required."),
            ({"place": "a\0 b"}, "Null characters"),
            (sent(school_time(-1, 8)), "This lies in the past."),
            ({"with": "nothing"}, "There is no lesson with this code."),
        ],
    )
    def test_what_is_no_place_is_said(self, client, lesson, place, fault):
        answer = client.post(path_of(lesson), place)

        assert answer.status_code == 422
        assert fault in main(answer).text

    def test_lesson_that_has_begun_stays(self, client, lesson):
        Room.objects.create(
            lesson=lesson, room_id=1, sdk_app_id=1, cloud_status=CloudStatus.RUNNING
        )

        answer = client.post(path_of(lesson), sent(school_time(1, 16)))

        assert answer.status_code == 422
        assert "The class has begun" in main(answer).text


class TestSwap:
    def test_click_swaps_both(self, client, lesson, class_group):
        other = LessonFactory.create(class_groups=[class_group], starts_at=school_time(1, 14))
        own, others = period(lesson), period(other)

        (place,) = (
            value
            for value, text in buttons(shown(client, lesson)).items()
            if text.startswith("Swap")
        )
        answer = client.post(path_of(lesson), {"place": place, "reason": "换课"})

        assert answer.status_code == 303
        assert (period(lesson), period(other)) == (others, own)
        assert PlanningAction.objects.get(reason="换课").changes.count() == 2

    def test_programs_send_the_code_alone(self, client, lesson, class_group):
        other = LessonFactory.create(class_groups=[class_group], starts_at=school_time(1, 14))

        assert client.post(path_of(lesson), {"with": other.code}).status_code == 303
        assert period(lesson)[0] == school_time(1, 14)

    def test_with_itself_is_refused(self, client, lesson):
        answer = client.post(path_of(lesson), {"with": lesson.code})

        assert answer.status_code == 422
        assert "Only two lessons" in main(answer).text

    def test_with_a_lesson_that_has_moved_is_refused(self, client, lesson, class_group):
        other = LessonFactory.create(class_groups=[class_group], starts_at=school_time(1, 14))

        answer = client.post(path_of(lesson), sent(school_time(1, 15), **{"with": other.code}))

        assert answer.status_code == 409
        assert "has changed meanwhile" in main(answer).text
        assert period(other)[0] == school_time(1, 14)

    def test_with_a_lesson_that_is_gone_is_refused(self, client, lesson, monkeypatch):
        other = LessonFactory.create(starts_at=school_time(1, 14))
        gone = Lesson.objects.select_related("course", "teacher").get(pk=other.pk)
        delete_lessons([other], at=timezone.now())
        monkeypatch.setattr("schedule.places.forms.lesson_of_code", lambda _code: gone)

        answer = client.post(path_of(lesson), {"with": gone.code})

        assert answer.status_code == 409
        assert "deleted meanwhile" in main(answer).text


class TestDaysOff:
    """Tomorrow's afternoon of the class group, or its whole day, is off."""

    def off(self, class_group: ClassGroup, days: int = 1, from_bell: int | None = 2) -> None:
        day = timezone.localdate(school_time(days, 8))
        term = Term.objects.first() or TermFactory.create(
            first_monday=monday_of(timezone.localdate())
        )
        if not term.bell_times.exists():
            set_bell_times(term, [BellSpan(dt.time(8), dt.time(12)), BellSpan(dt.time(13), LATE)])
        plan = PartOffPlan(
            first_day=day, last_day=day, from_bell=from_bell, class_groups=(class_group,)
        )
        add_part(term, plan)

    @pytest.mark.parametrize("from_bell", [2, None])
    def test_place_on_one_is_refused(self, client, lesson, class_group, from_bell):
        self.off(class_group, from_bell=from_bell)

        answer = client.post(path_of(lesson), sent(school_time(1, 16)))

        assert answer.status_code == 422
        assert "This is a holiday." in main(answer).text

    @pytest.mark.parametrize("is_own", [True, False])
    def test_swap_to_one_is_refused_for_both(self, client, lesson, teacher, class_group, is_own):
        group = ClassGroupFactory.create()
        other = LessonFactory.create(
            teacher=teacher, class_groups=[group], starts_at=school_time(1, 14)
        )
        before = period(lesson), period(other)
        stands = timezone.localdate(lesson.starts_at) - timezone.localdate()
        self.off(
            class_group if is_own else group, days=1 if is_own else stands.days, from_bell=None
        )

        answer = client.post(path_of(lesson), {"with": other.code})

        assert answer.status_code == 422
        assert "This is a holiday." in main(answer).text
        assert (period(lesson), period(other)) == before

    @pytest.mark.parametrize("is_swap", [True, False])
    def test_day_that_became_one_meanwhile_is_refused(
        self, client, lesson, teacher, class_group, is_swap, monkeypatch
    ):
        other = LessonFactory.create(teacher=teacher, starts_at=school_time(1, 16))
        place = {"with": other.code} if is_swap else sent(school_time(1, 14))
        before = period(lesson)

        def locked(lessons: list[Lesson]) -> None:
            self.off(class_group)
            lock_lessons(lessons)

        monkeypatch.setattr("schedule.places.forms.lock_lessons", locked)

        answer = client.post(path_of(lesson), place)

        assert answer.status_code == 409
        assert "This is a holiday." in main(answer).text
        assert period(lesson) == before


def test_outsiders_find_nothing(signed_in, teacher, lesson):
    assert signed_in(teacher).get(path_of(lesson)).status_code == 404
    assert signed_in(teacher).post(path_of(lesson), sent(school_time(1, 16))).status_code == 404
