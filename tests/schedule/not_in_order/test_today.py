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
from schedule.enums import CloudStatus, LessonState
from schedule.hooks import NotInOrder, not_in_order_makers
from schedule.lessons.change import change_lesson
from schedule.models import ClassGroup, Lesson, Room
from tests.cast import SignedIn
from tests.factories.schedule import ClassGroupFactory, CourseFactory, LessonFactory
from tests.support.lessons import changed
from tests.support.pages import Element, read

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),
]

TODAY = "/schedule/today/"
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
# A Wednesday, 10:00 in Shanghai.
NOW = dt.datetime(2026, 9, 2, 2, 0, tzinfo=dt.UTC)


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


def plan(course: str, minutes: int, **fields: Any) -> Lesson:
    """A lesson of 45 minutes that begins so many minutes from now."""
    starts_at = NOW + minutes * MINUTE
    fields = {"starts_at": starts_at, "ends_at": starts_at + 45 * MINUTE} | fields
    return LessonFactory.create(course=CourseFactory.create(name=course), **fields)


def page_of(client: Client, path: str = TODAY) -> Element:
    answer = client.get(path)
    assert answer.status_code == 200
    return read(answer.content).one("main")


def rows_of(page: Element) -> list[str]:
    """The lines of the table: hours, and what was planned in them."""
    _head, *rows = page.one("table").all("tr")
    return [row.text for row in rows]


def courses_of(page: Element) -> list[str]:
    return [each.text for each in page.all("a", "lesson-course")]


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

    def test_costs_one_query_beside_session_and_person(
        self, signed_in: SignedIn, planner: User, teacher: User, django_assert_num_queries: Any
    ):
        for person, queries in ((planner, 3), (teacher, 2)):
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


@pytest.mark.both_databases("statements of unions and windows")
class TestLessons:
    def test_what_runs_stands_first_then_the_others_by_hour(
        self, signed_in: SignedIn, planner: User
    ):
        plan("后课", 130)
        plan("早课", -120)
        plan("正课", -20)
        plan("同时", 125)
        plan("明天", 24 * 60)
        plan("昨天", -24 * 60)

        page = page_of(signed_in(planner))

        assert courses_of(page) == ["正课", "早课", "同时", "后课"]
        hours = [each.text for each in page.one("table").all("th", scope="rowgroup")]
        assert hours == ["现在", "08:00", "12:00"]
        # Without drafts there is no list of them.
        assert page.all("details", "drafts") == []

    def test_a_line_says_when_what_whose_and_how_it_stands(
        self, signed_in: SignedIn, planner: User, teacher: User, class_group: ClassGroup
    ):
        made = plan("语文课", -20, title="荷花", teacher=teacher, class_groups=[class_group])

        page = page_of(signed_in(planner))

        assert (
            rows_of(page)[1]
            == "09:40–10:25 语文课 荷花 三年级1班 李老师 ● 进行中 修改 取消上课… 安排代课…"
        )
        assert page.link("语文课") == f"/schedule/lessons/{made.code}/"

    def test_class_of_the_night_is_there_while_it_runs_and_one_that_should_have_begun_first(
        self, signed_in: SignedIn, planner: User
    ):
        waiting = plan("等课", -5)
        Room.objects.create(lesson=waiting, room_id=5, sdk_app_id=1, asked_at=NOW)
        plan("早课", -120)
        night = {"starts_at": NOW - 11 * 60 * MINUTE}
        plan("还在上", 0, **night, ends_at=NOW + 5 * MINUTE)
        plan("已下课", 0, **night, ends_at=NOW - 5 * MINUTE)

        assert courses_of(page_of(signed_in(planner))) == ["还在上", "等课", "早课"]

    def test_states_are_marked_and_supervisors_see_no_drafts(
        self, signed_in: SignedIn, planner: User, supervisor: User
    ):
        plan("草稿课", 60, is_draft=True)
        cancelled = plan("取消课", 120)
        Lesson.objects.filter(pk=cancelled.pk).update(
            state=LessonState.CANCELLED, cancel_reason="老师生病"
        )

        lines = [line for line in rows_of(page_of(signed_in(planner))) if "课" in line]

        assert lines[0].endswith("◇ 草稿 修改 发布… 安排代课…")
        assert lines[1].endswith("✕ 已取消 老师生病 恢复上课…")
        assert "草稿" not in page_of(signed_in(supervisor)).text

    def test_supervisors_enter_what_is_open(
        self, signed_in: SignedIn, supervisor: User, planner: User
    ):
        running = plan("正课", -20)
        plan("晚课", 300)

        page = page_of(signed_in(supervisor))

        buttons = [form for form in page.all("form") if form.attrs["action"].endswith("/enter/")]
        assert [each.attrs["action"] for each in buttons] == [
            f"/schedule/lessons/{running.code}/enter/"
        ]
        assert buttons[0].one("input", name="csrfmiddlewaretoken").attrs["value"]
        assert page_of(signed_in(planner)).all("button", "button-primary") == []

    def test_texts_of_people_are_escaped(self, signed_in: SignedIn, planner: User):
        plan("<b>课</b>", 60, title="<i>荷花</i>")

        text = signed_in(planner).get(TODAY).content.decode()

        assert "&lt;b&gt;课&lt;/b&gt;" in text
        assert "<i>" not in text


class TestFilters:
    @pytest.fixture(autouse=True)
    def _planned(
        self, teacher: User, assistant: User, class_group: ClassGroup, other_class_group: ClassGroup
    ) -> None:
        plan("甲", 60, teacher=teacher, class_groups=[class_group])
        plan("乙", 120, teacher=teacher, class_groups=[other_class_group])
        plan("丙", 180, assistants=[assistant], class_groups=[class_group])
        plan("丁", 240)

    def test_by_teacher_and_class_group(self, signed_in: SignedIn, supervisor: User):
        expected = {
            "": "甲乙丙丁",
            "?teacher=&class_group=": "甲乙丙丁",
            "?teacher=teacher": "甲乙",
            "?teacher=assistant": "丙",
            "?class_group=三年级1班": "甲丙",
            "?teacher=teacher&class_group=三年级1班": "甲",
            "?day=nonsense": "甲乙丙丁",
            "?day=0001-01-01": "甲乙丙丁",
        }
        client = signed_in(supervisor)

        shown = {query: "".join(courses_of(page_of(client, TODAY + query))) for query in expected}

        assert shown == expected

    def test_unknown_names_are_missing(self, signed_in: SignedIn, supervisor: User):
        client = signed_in(supervisor)
        queries = ("?teacher=nobody", "?class_group=nobody", "?teacher=%00")

        answers = {query: client.get(TODAY + query).status_code for query in queries}

        assert answers == dict.fromkeys(queries, 404)

    def test_what_was_chosen_stays_from_day_to_day(self, signed_in: SignedIn, planner: User):
        page = page_of(signed_in(planner), f"{TODAY}?teacher=teacher&day=2026-09-03")

        assert page.link("‹ 前一天") == f"{TODAY}?teacher=teacher&day=2026-09-02"
        assert page.link("后一天 ›") == f"{TODAY}?teacher=teacher&day=2026-09-04"
        assert page.link("今日") == f"{TODAY}?teacher=teacher"
        assert page.link("全校") == f"{TODAY}?day=2026-09-03"
        by_whom, by_day = (
            page.one("form", css_class).all("input", type="hidden")
            for css_class in ("week-choice", "day-choice")
        )
        assert [each.attrs["value"] for each in by_whom] == ["2026-09-03"]
        assert [each.attrs["value"] for each in by_day] == ["teacher"]


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
        assert all_of_them == "/admin/schedule/lesson/?state__exact=draft"


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
            "课堂有问题 自 2026-09-01 10:00 起",
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
            "to-do",
            "lessons",
        }
        assert "✓ 已结束" in parts.text
        assert parts.all("form", "week-choice") == []

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
    clients = {signed_in(planner): 31, signed_in(supervisor): 29}
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
