"""Choices in the list of replays: states, filters, order and pages."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.models import User
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay
from schedule.enums import RoomType
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import school_time
from tests.support.lessons import copies_of
from tests.support.replays import LIST, list_page, titles

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),
]


# To those who see all replays.
OFFERED = ["q", "room_type", "teacher", "class_group", "course", "from", "to", "state", "sort"]


# What stands under each tab of deleted replays.
TRASH = {
    "bin": {"语文 three"},
    "deleted": {"语文 three", "语文 four", "语文 five"},
}
WHY_EMPTY = {
    "recording": "No class is being recorded at this moment.",
    "failed": "No recording is late.",
    "bin": "The trash is empty: nothing deleted in these days can be restored.",
    "deleted": "No replay is deleted: none is in the trash, and none was deleted elsewhere.",
    "none": "No replay is in this state.",
}
MALFORMED = [
    "room_type=9",
    "room_type=x",
    "from=2024-13-01",
    "to=yesterday",
    "state=nonsense",
    "page=-1",
    "page=x",
    "page_size=7",
    "q=%00",
    "q=a%00b",
    "teacher=%00",
    "q=%ED%A0%80%FF",
    "teacher=" + "x" * 400,
    "course=%00",
    "course=" + "x" * 65,
    "page=" + "9" * 5000,
]


def make(title: str, **fields: Any) -> Replay:
    return ReplayFactory.create(title=title, **fields)


class TestStates:
    @pytest.fixture
    def all_states(self, lesson: Lesson) -> None:
        for state, each in zip(ReplayState, copies_of(lesson, len(ReplayState)), strict=True):
            make(state.value, lesson=each, state=state)
        Replay.objects.filter(lesson=lesson).delete()

    def test_chosen_state_alone_else_what_was_or_should_be_recorded(
        self, office: Client, all_states: None
    ):
        chosen = {state: titles(list_page(office, f"?state={state}")) for state in ReplayState}

        assert chosen == {state: [state.value] for state in ReplayState}
        assert set(titles(list_page(office))) == {"recording", "processing", "ready", "failed"}

    def test_students_see_what_is_ready(self, signed_in: SignedIn, student: User, all_states: None):
        client = signed_in(student)

        assert titles(list_page(client)) == ["ready"]
        assert titles(list_page(client, "?state=processing")) == []

    def test_filters_that_help_are_offered(
        self,
        signed_in: SignedIn,
        replay: Replay,
        student: User,
        teacher: User,
        supervisor: User,
        planner: User,
    ):
        expected = {
            student: ["q", "room_type", "course", "from", "to", "sort"],
            teacher: [each for each in OFFERED if each != "teacher"],
            supervisor: OFFERED,
            planner: OFFERED,
        }

        forms = {
            person: list_page(signed_in(person)).one("form", "list-filters") for person in expected
        }

        assert {
            person: [each.attrs["name"] for each in form.all() if each.attrs.get("name")]
            for person, form in forms.items()
        } == expected
        assert {
            person: {label.attrs["for"] for label in form.all("label")}
            for person, form in forms.items()
        } == {person: {f"id_{name}" for name in fields} for person, fields in expected.items()}


class TestStateTabs:
    @pytest.fixture
    def some(self, office: Client, replay: Replay, lesson: Lesson) -> Client:
        trashed = {"state": ReplayState.DELETED, "reason": ReplayReason.TRASHED}
        begun = {"purge": {"has_begun": True}}
        gone = {"state": ReplayState.DELETED, "reason": ReplayReason.DELETED_HERE}
        wanted: dict[str, dict[str, Any]] = {
            "语文 one": {"state": ReplayState.FAILED},
            "语文 two": {"state": ReplayState.NONE},
            "语文 three": trashed,
            "语文 four": trashed | begun,
            "语文 five": gone,
            "数学": {"state": ReplayState.FAILED},
        }
        for title, each in zip(wanted, copies_of(lesson, len(wanted)), strict=True):
            make(title, lesson=each, **wanted[title])
        return office

    def tabs(self, client: Client, query: str) -> dict[str, str]:
        links = list_page(client, query).one("nav", **{"aria-label": "按状态查看回放"}).all("a")
        return {link.attrs["href"]: link.text for link in links}

    def test_keep_the_other_filters_and_count_what_fits(self, some: Client):
        tabs = self.tabs(some, f"?q={quote('语文')}&sort=title&state=none&page_size=20")

        q = f"q={quote('语文')}"
        rest = "&sort=title&page_size=20"
        assert list(tabs)[:6] == [
            f"{LIST}?{q}{rest}",
            f"{LIST}?{q}&state=recording{rest}",
            f"{LIST}?{q}&state=processing{rest}",
            f"{LIST}?{q}&state=failed{rest}",
            f"{LIST}?{q}&state=bin{rest}",
            f"{LIST}?{q}&state=deleted{rest}",
        ]
        assert [text.rpartition(" ")[2] for text in list(tabs.values())[1:4]] == [
            "(0)",
            "(0)",
            "(1)",
        ]

    def test_what_can_be_brought_back_stands_apart(self, some: Client):
        found = {state: set(titles(list_page(some, f"?state={state}"))) for state in TRASH}

        assert found == TRASH

    def test_empty_one_says_why(self, signed_in: SignedIn, planner: User, replay: Replay):
        client = signed_in(planner, "en")

        said = {
            state: list_page(client, f"?state={state}").one("div", "card").all("p")[0].text
            for state in WHY_EMPTY
        }

        assert said == WHY_EMPTY


@pytest.mark.both_databases("an order with empty values")
class TestOrder:
    def test_what_is_under_way_first_then_newest_then_latest_made(self, office: Client):
        day = school_time(-3, 8)
        make("old", made_at=day)
        make("new", made_at=day + dt.timedelta(hours=2))
        make("twin", made_at=day + dt.timedelta(hours=2))
        make("failed", made_at=day + dt.timedelta(hours=1), state=ReplayState.FAILED)
        make("waits", made_at=day - dt.timedelta(days=9), state=ReplayState.PROCESSING)
        make("runs", planned_start=day - dt.timedelta(days=8), state=ReplayState.RECORDING)

        assert titles(list_page(office)) == ["runs", "waits", "twin", "new", "failed", "old"]


class TestFilters:
    @pytest.mark.both_databases("casing, and numbers in texts")
    def test_q_is_part_of_the_title_or_the_room_number(self, office: Client):
        make("neallin的教室0603-2011", room_number=7)
        make("语文课", room_number=106_101_309)
        expected = {
            "neallin": ["neallin的教室0603-2011"],
            "NEALLIN": ["neallin的教室0603-2011"],
            "的教室0603": ["neallin的教室0603-2011"],
            " 0603 ": ["neallin的教室0603-2011"],
            "106101309": ["语文课"],
            "10610130": [],
            "%": [],
            "9" * 30: [],
            "１０６１０１３０９": ["语文课"],
        }

        assert {q: titles(list_page(office, f"?q={quote(q)}")) for q in expected} == expected

    def test_room_type(self, office: Client, lesson: Lesson):
        for each, copy in zip(RoomType, copies_of(lesson, len(RoomType)), strict=True):
            make(str(each.value), lesson=copy, room_type=each)

        found = {each: titles(list_page(office, f"?room_type={each}")) for each in RoomType}

        assert found == {each: [str(each.value)] for each in RoomType}

    def test_teacher_by_username(self, office: Client, replay: Replay):
        make("of somebody else")

        page = list_page(office, "?teacher=teacher")

        assert titles(page) == [replay.title]
        choice = page.one("select", name="teacher")
        assert [each.text for each in choice.all("option", selected="")] == ["李老师"]
        assert titles(list_page(office, "?teacher=nobody")) == []

    def test_teachers_without_a_replay_are_not_offered(
        self, office: Client, replay: Replay, other_teacher: User
    ):
        choice = list_page(office).one("select", name="teacher")

        assert [each.attrs["value"] for each in choice.all("option")] == ["", "teacher"]

    def test_course(self, office: Client, replay: Replay, lesson: Lesson):
        make("of another")

        page = list_page(office, f"?course={quote(lesson.course.name)}")

        assert titles(page) == [replay.title]
        choice = page.one("select", name="course")
        assert [each.text for each in choice.all("option", selected="")] == [lesson.course.name]
        assert titles(list_page(office, "?course=nothing")) == []

    def test_students_choose_among_the_courses_that_they_see(
        self, signed_in: SignedIn, student: User, replay: Replay, lesson: Lesson
    ):
        make("of another class")

        choice = list_page(signed_in(student)).one("select", name="course")

        assert [each.attrs["value"] for each in choice.all("option")] == ["", lesson.course.name]

    @pytest.mark.both_databases("days are compared")
    def test_days_of_the_school_both_included(self, office: Client):
        # In Shanghai, the last minute of the 1st, the first of the 2nd, and that of the 3rd.
        make("0", made_at=dt.datetime(2024, 9, 1, 15, 59, tzinfo=dt.UTC))
        make("1", made_at=dt.datetime(2024, 9, 1, 16, 0, tzinfo=dt.UTC))
        make("2", made_at=dt.datetime(2024, 9, 2, 16, 0, tzinfo=dt.UTC))
        expected = {
            "?from=2024-09-02": ["2", "1"],
            "?to=2024-09-02": ["1", "0"],
            "?from=2024-09-02&to=2024-09-02": ["1"],
            "?from=2024-09-03&to=2024-09-02": [],
            "?from=0001-01-01&to=9999-12-31": ["2", "1", "0"],
            "?from=9999-12-31": [],
            "?to=0001-01-01": [],
        }

        assert {query: titles(list_page(office, query)) for query in expected} == expected

    @pytest.mark.both_databases("values that one database refuses")
    def test_malformed_counts_as_absent(self, office: Client, replay: Replay):
        found = {query: titles(list_page(office, f"?{query}")) for query in MALFORMED}

        assert found == {query: [] if "%ED" in query else [replay.title] for query in MALFORMED}

    def test_one_malformed_value_leaves_the_others(self, office: Client, replay: Replay):
        make("体育课")

        assert titles(list_page(office, "?q=体育课&from=x&state=y&page_size=3")) == ["体育课"]

    @pytest.mark.both_databases("all filters in one statement")
    def test_form_keeps_what_was_asked(self, office: Client, replay: Replay):
        page = list_page(
            office,
            "?q=课&room_type=0&from=2024-09-02&state=ready&teacher=teacher&class_group=三年级1班&course=语文课&sort=-size",
        )

        form = page.one("form", "list-filters")
        values = {each.attrs["name"]: each.attrs.get("value") for each in form.all("input")}
        chosen = {
            select.attrs["name"]: [
                each.attrs["value"] for each in select.all("option", selected="")
            ]
            for select in form.all("select")
        }
        assert values == {"q": "课", "from": "2024-09-02", "to": None}
        assert chosen == {
            "room_type": ["0"],
            "teacher": ["teacher"],
            "class_group": ["三年级1班"],
            "course": ["语文课"],
            "state": ["ready"],
            "sort": ["-size"],
        }
        assert page.link("重置") == LIST

    def test_days_are_the_browser_s_own_fields(self, office: Client, replay: Replay):
        form = list_page(office, "?from=2024/9/2").one("form", "list-filters")

        days = {each.attrs["name"]: each.attrs.get("value") for each in form.all(type="date")}
        assert days == {"from": "2024-09-02", "to": None}

    def test_fields_are_folded_on_a_phone_until_one_is_set(self, office: Client, replay: Replay):
        expected = {"": False, "?page_size=20": False, "?to=2024-09-02": True, "?from=soon": True}

        folds = {
            query: list_page(office, query).one("details", "filters-fold") for query in expected
        }

        assert {query: "open" in fold.attrs for query, fold in folds.items()} == expected


class TestPages:
    @pytest.fixture
    def twelve(self, lesson: Lesson) -> None:
        for number, each in enumerate(reversed(copies_of(lesson, 12))):
            make(f"{number:02}", lesson=each, made_at=each.starts_at)

    def test_ten_by_default(self, office: Client, twelve: None):
        page = list_page(office)

        assert titles(page) == [f"{number:02}" for number in range(11, 1, -1)]
        assert page.one("div", "pager").one("p").text == "共 12 条"
        assert page.one("select", name="page_size").all("option", selected="")[0].text == (
            "10条/页"
        )
        assert page.one("form", "pager-form").all("label")[1].text == "前往 页"

    def test_page_and_its_size(self, office: Client, twelve: None):
        expected = {
            "?page=2": ["01", "00"],
            "?page=99": ["01", "00"],
            "?page=0": [f"{number:02}" for number in range(11, 1, -1)],
            "?page_size=20": [f"{number:02}" for number in range(11, -1, -1)],
            "?page_size=100&page=2": [f"{number:02}" for number in range(11, -1, -1)],
        }

        pages = {query: list_page(office, query) for query in expected}

        assert {query: titles(page) for query, page in pages.items()} == expected
        # A search keeps the size.
        search = pages["?page_size=20"].one("form", "list-filters")
        assert search.one("input", name="page_size").attrs["value"] == "20"

    def test_numbers_keep_the_filters(self, office: Client, twelve: None):
        page = list_page(office, "?room_type=0&page=2")

        links = [(link.text, link.attrs["href"]) for link in page.one("ul", "pager-links").all("a")]
        assert links == [
            ("‹", "/replays/?room_type=0"),
            ("1", "/replays/?room_type=0"),
            ("2", "/replays/?room_type=0&page=2"),
        ]
        form = page.one("form", "pager-form")
        values = [(each.attrs["name"], each.attrs["value"]) for each in form.all("input")]
        assert values == [("room_type", "0"), ("page", "2")]
