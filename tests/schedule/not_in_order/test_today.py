"""The school's day: whose start page it is, what it shows in which order, what it follows, and what it costs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.enums import Role
from accounts.models import RoleGrant, User
from edu_platform import heartbeat
from schedule.enums import CloudStatus
from schedule.lessons.change import change_lesson
from schedule.models import Lesson, Room
from schedule.school_day_hooks import NotInOrder, not_in_order_makers
from tests.cast import SignedIn
from tests.factories.schedule import ClassGroupFactory
from tests.support.lessons import changed
from tests.support.pages import read
from tests.support.today import DAY, NOW, TODAY, courses_of, page_of, plan

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),
]


@pytest.fixture
def others(
    lesson: Lesson,
    student: User,
    teacher: User,
    assistant: User,
    other_teacher: User,
    outsider: User,
) -> list[User]:
    """Return those who look after no school."""
    return [student, teacher, assistant, other_teacher, outsider]


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def ask(client: Client, path: str, known: str) -> Any:
    return client.get(path, headers={"X-Page-Version": known})


class TestStartPage:
    def test_is_the_day_for_those_who_look_after_the_school_else_the_timetable(
        self,
        signed_in: SignedIn,
        planner: User,
        administrator: User,
        superuser: User,
        supervisor: User,
        others: list[User],
    ):
        people = [planner, administrator, superuser, supervisor]

        first = {each.username: signed_in(each).get("/")["Location"] for each in (*people, *others)}

        assert first == {
            **{each.username: TODAY for each in people},
            **{each.username: "/schedule/" for each in others},
        }

    def test_of_a_planner_who_teaches_is_the_timetable(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User, assistant: User
    ):
        for person, role in product((teacher, assistant), (Role.PLANNER, Role.SUPERVISOR)):
            grant = RoleGrant.objects.create(user=person, role=role)
            client = signed_in(User.objects.get(pk=person.pk))

            assert client.get("/")["Location"] == "/schedule/", (person, role)
            assert client.get(TODAY).status_code == 200, (person, role)
            grant.delete()

    def test_costs_one_query_beside_session_and_person_for_staff_and_who_may_be_planned(
        self,
        signed_in: SignedIn,
        planner: User,
        supervisor: User,
        teacher: User,
        django_assert_num_queries: Any,
    ):
        RoleGrant.objects.create(user=supervisor, role=Role.TEACHER)
        for person, queries in ((planner, 3), (supervisor, 3), (teacher, 2)):
            client = signed_in(person)
            with django_assert_num_queries(queries):
                client.get("/")


class TestWhoSeesIt:
    def test_it_is_missing_for_others(self, signed_in: SignedIn, others: list[User]):
        for person in others:
            client = signed_in(person)

            assert client.get(TODAY).status_code == 404, person
            assert client.get(f"{TODAY}?teacher=teacher").status_code == 404, person
            assert TODAY not in client.get("/schedule/").content.decode(), person

    def test_visitors_sign_in(self, client: Client):
        assert client.get(TODAY)["Location"] == f"/accounts/login/?next={TODAY}"

    @pytest.mark.parametrize("who", ["planner", "supervisor"])
    def test_both_menus_lead_to_it_and_mark_it(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, who: str
    ):
        client = signed_in(request.getfixturevalue(who))
        for path, marked in ((TODAY, "今日"), ("/schedule/", "课程表"), ("/replays/", "回放")):
            menus = read(client.get(path).content).all("nav", **{"aria-label": "页面"})
            current = [
                each.text for menu in menus for each in menu.all("a", **{"aria-current": "page"})
            ]

            assert current == [marked] * 2
            assert [menu.link("今日") for menu in menus] == [TODAY] * 2


class TestDays:
    def test_another_day_shows_its_lessons(self, signed_in: SignedIn, planner: User):
        plan("今天的课", 60)
        plan("明天的课", 24 * 60)

        page = page_of(signed_in(planner), f"{TODAY}?day=2026-09-03")

        assert courses_of(page) == ["明天的课"]
        assert page.one("h1").text == "2026年9月3日 周四 廿二"

    def test_empty_day_leads_to_the_next_with_lessons(
        self, signed_in: SignedIn, planner: User, teacher: User
    ):
        plan("近课", 2 * 24 * 60)
        plan("远课", 3 * 24 * 60, teacher=teacher)
        client = signed_in(planner)

        page = page_of(client)

        assert page.link("下一节课在 2026-09-04。") == f"{TODAY}?day=2026-09-04"
        page = page_of(client, f"{TODAY}?teacher=teacher")
        assert page.link("下一节课在 2026-09-05。") == f"{TODAY}?teacher=teacher&day=2026-09-05"

    def test_school_without_lessons_says_what_comes_next(self, signed_in: SignedIn, planner: User):
        assert "这一天没有课。 排好课后，课程会显示在这里。" in page_of(signed_in(planner)).text


@pytest.mark.both_databases("statements of unions and windows")
class TestDrafts:
    def test_those_to_come_are_counted_and_the_first_listed(
        self, signed_in: SignedIn, planner: User
    ):
        plan("过去的", -60, is_draft=True)
        coming = [plan(f"草稿{number}", 60 * (number + 1), is_draft=True) for number in range(11)]

        drafts = page_of(signed_in(planner)).one("details", "drafts")

        assert drafts.one("summary").text == "即将到来的课里有 11 节是草稿"
        *links, all_of_them = (each.attrs["href"] for each in drafts.all("a"))
        assert links == [f"/schedule/lessons/{each.code}/" for each in coming[:10]]
        assert all_of_them == "/schedule/lessons/?state=draft"


class TestNotInOrder:
    @pytest.fixture
    def broken(self) -> Iterator[None]:
        def maker(at: dt.datetime) -> list[NotInOrder]:
            seen = NotInOrder("巡课可见", "/replays/", is_for=lambda _user: True)
            return [NotInOrder("课堂有问题", "/admin/", at - DAY), seen]

        with not_in_order_makers.only(maker):
            yield

    def test_each_is_a_sentence_that_leads_to_its_page_for_those_who_may_open_it(
        self, signed_in: SignedIn, planner: User, supervisor: User, broken: None
    ):
        section = page_of(signed_in(planner)).one("section", "not-in-order")

        assert section.link("课堂有问题") == "/admin/"
        assert [each.text for each in section.all("li")] == [
            "课堂有问题 自 昨天 10:00 起",
            "巡课可见",
        ]
        section = page_of(signed_in(supervisor)).one("section", "not-in-order")
        assert [each.text for each in section.all("li")] == ["巡课可见"]

    def test_order_is_a_quiet_line_for_staff(
        self, signed_in: SignedIn, planner: User, supervisor: User
    ):
        heartbeat.record_heartbeat(NOW)
        line = "课堂、人员、课件和回放一切正常。"

        assert line in page_of(signed_in(planner)).text
        # They are not told what is wrong, so not that nothing is.
        assert line not in page_of(signed_in(supervisor)).text


class TestFollowing:
    def test_nothing_is_sent_after_session_person_and_three_queries_at_most(
        self,
        signed_in: SignedIn,
        planner: User,
        lesson: Lesson,
        django_assert_max_num_queries: Any,
    ):
        client = signed_in(planner)
        for query in ("", "?teacher=teacher", "?teacher=teacher&class_group=三年级1班"):
            known = client.get(TODAY + query)["X-Page-Version"]

            with django_assert_max_num_queries(5, info=query):
                assert ask(client, TODAY + query, known).status_code == 204, query

    def test_other_class_group_of_a_draft_is_news(self, signed_in: SignedIn, planner: User):
        draft = plan("正课", 60, is_draft=True)
        client = signed_in(planner)
        known = client.get(TODAY)["X-Page-Version"]
        group = ClassGroupFactory.create()
        change_lesson(draft, changed(draft, class_groups=(group,)))

        answer = ask(client, TODAY, known)

        assert answer.status_code == 200
        assert group.name in answer.content.decode()

    def test_news_are_sent_as_parts(self, signed_in: SignedIn, planner: User):
        made = plan("正课", -20)
        room = Room.objects.create(lesson=made, room_id=5, sdk_app_id=1, asked_at=NOW)
        client = signed_in(planner)
        known = client.get(TODAY)["X-Page-Version"]
        Room.objects.filter(pk=room.pk).update(cloud_status=CloudStatus.ENDED)

        answer = ask(client, TODAY, known)

        parts = read(answer.content)
        assert answer["X-Page-Version"] != known
        assert {each.attrs["data-live"] for each in parts.all("div", "live-part")} == {
            "figures",
            "to-do",
            "lessons",
        }
        assert "✓ 已结束" in parts.text
        assert parts.all("form", "list-filters") == []

    def test_it_asks_when_a_class_begins(self, signed_in: SignedIn, planner: User):
        plan("正课", 7)

        live = read(signed_in(planner).get(TODAY).content).one("div", id="live")

        assert live.attrs["data-in-s"] == str(7 * 60)

    def test_tomorrow_it_is_another_page(self, signed_in: SignedIn, planner: User):
        client = signed_in(planner)
        days = []
        for at in (NOW, NOW + DAY):
            with time_machine.travel(at, tick=False):
                page = read(client.get(TODAY).content)
            days.append(page.one("div", id="live").attrs["data-page"])

        assert days == ["2026-09-02", "2026-09-03"]


def test_many_lessons_cost_as_many_queries_as_one(
    signed_in: SignedIn, planner: User, supervisor: User, django_assert_num_queries: Any
):
    clients = {signed_in(planner): 31, signed_in(supervisor): 30}
    for count in range(1, 5):
        made = plan(f"课{count}", 20 + count)
        Room.objects.create(lesson=made, room_id=5 + count, sdk_app_id=1, asked_at=NOW)
        plan(f"草稿{count}", 30 + count, is_draft=True)
        plan(f"早课{count}", -60 - count)
        if count not in (1, 4):
            continue
        for client, queries in clients.items():
            client.get(TODAY)

            with django_assert_num_queries(queries, info=f"{count} lessons"):
                page = page_of(client)

            assert len(courses_of(page)) >= 2 * count, queries
