"""The list of replays: what it holds, how it is narrowed, and how it is paged."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, ReplayFile
from schedule.enums import RoomType
from schedule.models import ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import LessonFactory, school_time
from tests.support.pages import Element, read, table_of

pytestmark = pytest.mark.django_db

LIST = "/replays/"
HEADS = ["讲次名称", "课堂号", "课堂类型", "生成时间", "授课老师", "文件大小", "操作"]
MIB = 1024 * 1024
# More are a mistake: session, person, roles, school, teachers, memberships, count, rows, files.
QUERIES = 9


def list_page(client: Client, query: str = "") -> Element:
    response = client.get(f"{LIST}{query}")
    assert response.status_code == 200
    return read(response.content).one("main")


def titles(page: Element) -> list[str]:
    return [cell.all("a")[0].text for cell in page.all("td", "replay-title")]


def make(title: str, **fields: Any) -> Replay:
    return ReplayFactory.create(title=title, **fields)


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    """A planner's browser: all replays are listed."""
    return signed_in(planner)


class TestRows:
    def test_heads_and_cells(self, signed_in: SignedIn, teacher: User, file: ReplayFile):
        made_at = school_time(1, 8, 46).replace(second=14)
        Replay.objects.update(room_number=106_101_309, title="第一讲")

        table = table_of(list_page(signed_in(teacher)))

        assert table == [
            HEADS,
            [
                "第一讲 ✓ 可播放",
                "106101309",
                "互动班课",
                f"{made_at:%Y-%m-%d} 08:46:14",
                "李老师",
                "1个文件 (337.67M)",
                "查看 第一讲",
            ],
        ]

    def test_what_is_not_known_yet(self, office: Client, lesson: Lesson):
        replay = ReplayFactory.create(
            lesson=lesson,
            state=ReplayState.PROCESSING,
            next_ask_at=timezone.localtime().replace(hour=23, minute=59, second=30),
        )

        row = table_of(list_page(office))[1]

        assert row == [
            f"{replay.title} ◌ 生成中 已下课，云端正在生成录像 · 下次查询 23:59",
            "–",
            "互动班课",
            "–",
            "李老师",
            "–",
            f"查看 {replay.title}",
        ]

    @pytest.mark.parametrize(
        ("sizes", "expected"),
        [
            ([], "–"),
            ([104_857], "1个文件 (0.10M)"),
            ([354_073_313], "1个文件 (337.67M)"),
            ([None], "大小未知"),
            ([MIB, 2 * MIB], "2个文件 (3.00M)"),
            ([MIB, None], "2个文件 (大小未知)"),
            ([0], "1个文件 (0.00M)"),
        ],
    )
    def test_sizes(self, office: Client, replay: Replay, sizes: list[int | None], expected: str):
        for number, size in enumerate(sizes, start=1):
            ReplayFileFactory.create(replay=replay, number=number, size_bytes=size)

        assert table_of(list_page(office))[1][5] == expected

    def test_files_that_are_gone_do_not_count(self, office: Client, file: ReplayFile):
        ReplayFileFactory.create(replay=file.replay, number=2, gone_at=timezone.now())

        assert table_of(list_page(office))[1][5] == "1个文件 (337.67M)"

    @pytest.mark.parametrize(
        ("state", "words"),
        [
            (ReplayState.EXPECTED, "○ 待录制"),
            (ReplayState.RECORDING, "● 录制中"),
            (ReplayState.PROCESSING, "◌ 生成中"),
            (ReplayState.READY, "✓ 可播放"),
            (ReplayState.NONE, "— 无回放"),
            (ReplayState.FAILED, "✕ 失败"),
            (ReplayState.DELETED, "◇ 已删除"),
        ],
    )
    def test_state_in_words_with_a_shape(
        self, office: Client, replay: Replay, state: ReplayState, words: str
    ):
        Replay.objects.update(state=state)

        page = list_page(office, f"?state={state}")

        assert page.one("span", "mark").text == words

    def test_leads_to_the_replay(self, office: Client, replay: Replay):
        page = list_page(office)

        links = [link.attrs["href"] for link in page.one("tbody").all("a")]
        assert links == [f"/replays/{replay.code}/"] * 2


class TestStates:
    @pytest.fixture
    def all_states(self, lesson: Lesson, class_group: ClassGroup) -> None:
        for state in ReplayState:
            ReplayFactory.create(
                lesson=LessonFactory.create(teacher=lesson.teacher, class_groups=[class_group]),
                title=state.value,
                state=state,
            )
        Replay.objects.filter(lesson=lesson).delete()

    def test_without_a_choice_what_was_or_should_be_recorded(
        self, office: Client, all_states: None
    ):
        assert set(titles(list_page(office))) == {"recording", "processing", "ready", "failed"}

    @pytest.mark.parametrize("state", ReplayState)
    def test_chosen_state_alone(self, office: Client, all_states: None, state: ReplayState):
        assert titles(list_page(office, f"?state={state}")) == [state.value]

    def test_students_see_what_is_ready(self, signed_in: SignedIn, student: User, all_states: None):
        client = signed_in(student)

        assert titles(list_page(client)) == ["ready"]
        assert titles(list_page(client, "?state=processing")) == []

    @pytest.mark.parametrize(
        ("who", "fields"),
        [
            ("student", ["q", "room_type", "from", "to"]),
            ("teacher", ["q", "room_type", "from", "to", "state"]),
            ("supervisor", ["q", "room_type", "teacher", "from", "to", "state"]),
            ("planner", ["q", "room_type", "teacher", "from", "to", "state"]),
        ],
    )
    def test_filters_that_help_are_offered(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        replay: Replay,
        who: str,
        fields: list[str],
    ):
        page = list_page(signed_in(request.getfixturevalue(who)))

        form = page.one("form", "replay-filters")
        offered = [each.attrs["name"] for each in form.all() if each.attrs.get("name")]
        assert offered == fields
        assert {label.attrs["for"] for label in form.all("label")} == {
            f"id_{name}" for name in fields
        }


class TestOrder:
    def test_not_ready_first_then_newest_then_latest_made(self, office: Client):
        day = school_time(-3, 8)
        make("old", made_at=day)
        make("new", made_at=day + dt.timedelta(hours=2))
        make("twin", made_at=day + dt.timedelta(hours=2))
        make("failed", made_at=day - dt.timedelta(days=9), state=ReplayState.FAILED)
        make("waits", made_at=day + dt.timedelta(hours=1), state=ReplayState.PROCESSING)

        assert titles(list_page(office)) == ["waits", "failed", "twin", "new", "old"]


class TestFilters:
    @pytest.mark.parametrize(
        ("q", "expected"),
        [
            ("neallin", ["neallin的教室0603-2011"]),
            ("NEALLIN", ["neallin的教室0603-2011"]),
            ("的教室0603", ["neallin的教室0603-2011"]),
            (" 0603 ", ["neallin的教室0603-2011"]),
            ("106101309", ["语文课"]),
            ("10610130", []),
            ("%", []),
            ("9" * 30, []),
            ("１０６１０１３０９", ["语文课"]),
        ],
    )
    def test_q_is_part_of_the_title_or_the_room_number(
        self, office: Client, q: str, expected: list[str]
    ):
        make("neallin的教室0603-2011", room_number=7)
        make("语文课", room_number=106_101_309)

        assert titles(list_page(office, f"?q={quote(q)}")) == expected

    @pytest.mark.parametrize("room_type", RoomType)
    def test_room_type(self, office: Client, room_type: RoomType):
        for each in RoomType:
            make(str(each.value), room_type=each)

        assert titles(list_page(office, f"?room_type={room_type}")) == [str(room_type.value)]

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

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("?from=2024-09-02", ["2", "1"]),
            ("?to=2024-09-02", ["1", "0"]),
            ("?from=2024-09-02&to=2024-09-02", ["1"]),
            ("?from=2024-09-03&to=2024-09-02", []),
            ("?from=0001-01-01&to=9999-12-31", ["2", "1", "0"]),
            ("?from=9999-12-31", []),
            ("?to=0001-01-01", []),
        ],
    )
    def test_days_of_the_school_both_included(
        self, office: Client, query: str, expected: list[str]
    ):
        # In Shanghai, the last minute of the 1st, the first of the 2nd, and that of the 3rd.
        make("0", made_at=dt.datetime(2024, 9, 1, 15, 59, tzinfo=dt.UTC))
        make("1", made_at=dt.datetime(2024, 9, 1, 16, 0, tzinfo=dt.UTC))
        make("2", made_at=dt.datetime(2024, 9, 2, 16, 0, tzinfo=dt.UTC))

        assert titles(list_page(office, query)) == expected

    @pytest.mark.parametrize(
        "query",
        [
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
            "page=" + "9" * 5000,
        ],
    )
    def test_malformed_counts_as_absent(self, office: Client, replay: Replay, query: str):
        expected = [] if "%ED" in query else [replay.title]

        assert titles(list_page(office, f"?{query}")) == expected

    def test_one_malformed_value_leaves_the_others(self, office: Client, replay: Replay):
        make("体育课")

        assert titles(list_page(office, "?q=体育课&from=x&state=y&page_size=3")) == ["体育课"]

    def test_form_keeps_what_was_asked(self, office: Client, replay: Replay):
        page = list_page(office, "?q=课&room_type=0&from=2024-09-02&state=ready&teacher=teacher")

        form = page.one("form", "replay-filters")
        values = {each.attrs["name"]: each.attrs.get("value") for each in form.all("input")}
        chosen = {
            select.attrs["name"]: [
                each.attrs["value"] for each in select.all("option", selected="")
            ]
            for select in form.all("select")
        }
        assert values == {"q": "课", "from": "2024-09-02", "to": None}
        assert chosen == {"room_type": ["0"], "teacher": ["teacher"], "state": ["ready"]}
        assert page.link("重置") == LIST


class TestPages:
    @pytest.fixture
    def twelve(self) -> None:
        for number in range(12):
            make(f"{number:02}", made_at=school_time(-20 + number, 8))

    def test_ten_by_default(self, office: Client, twelve: None):
        page = list_page(office)

        assert titles(page) == [f"{number:02}" for number in range(11, 1, -1)]
        assert page.one("div", "pager").one("p").text == "共 12 条"
        assert page.one("select", name="page_size").all("option", selected="")[0].text == (
            "10条/页"
        )
        assert page.one("form", "pager-form").all("label")[1].text == "前往 页"

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("?page=2", ["01", "00"]),
            ("?page=99", ["01", "00"]),
            ("?page=0", [f"{number:02}" for number in range(11, 1, -1)]),
            ("?page_size=20", [f"{number:02}" for number in range(11, -1, -1)]),
            ("?page_size=100&page=2", [f"{number:02}" for number in range(11, -1, -1)]),
        ],
    )
    def test_page_and_its_size(self, office: Client, twelve: None, query: str, expected: list[str]):
        assert titles(list_page(office, query)) == expected

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

    def test_search_keeps_the_page_size(self, office: Client, twelve: None):
        form = list_page(office, "?page_size=20").one("form", "replay-filters")

        assert form.one("input", name="page_size").attrs["value"] == "20"


class TestNothing:
    def test_nothing_yet(self, signed_in: SignedIn, student: User):
        page = list_page(signed_in(student))

        assert page.one("div", "card").text == "还没有回放。 录制的课结束后，回放会出现在这里。"

    def test_nothing_that_fits(self, office: Client, replay: Replay):
        card = list_page(office, "?q=nothing").one("div", "card")

        assert card.text == "没有符合条件的回放。 显示全部回放"
        assert card.link("显示全部回放") == LIST


class TestVisitorsAndOutsiders:
    def test_visitors_sign_in_first(self, client: Client):
        assert client.get(LIST)["Location"] == "/accounts/login/?next=/replays/"

    @pytest.mark.parametrize("who", ["outsider", "other_teacher"])
    def test_others_find_nothing(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, replay: Replay, who: str
    ):
        response = signed_in(request.getfixturevalue(who)).get(f"{LIST}?q={replay.title}")

        assert titles(read(response.content).one("main")) == []

    def test_nothing_else_than_looking(self, office: Client):
        assert office.post(LIST).status_code == 405

    def test_way_is_on_every_page(self, office: Client):
        page = read(office.get("/schedule/").content)

        assert [nav.link("回放") for nav in page.all("nav", **{"aria-label": "页面"})] == [LIST] * 2


@pytest.mark.parametrize("who", ["student", "teacher", "planner"])
def test_many_rows_take_no_more_queries_than_one(
    request: pytest.FixtureRequest,
    signed_in: SignedIn,
    teacher: User,
    class_group: ClassGroup,
    file: ReplayFile,
    who: str,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
):
    client = signed_in(request.getfixturevalue(who))
    with django_assert_max_num_queries(QUERIES) as one:
        assert len(titles(list_page(client))) == 1
    for number in range(12):
        made = ReplayFactory.create(
            lesson=LessonFactory.create(
                teacher=teacher,
                class_groups=[class_group],
                starts_at=school_time(2 + number, 8),
            )
        )
        ReplayFileFactory.create(replay=made, number=1)
        ReplayFileFactory.create(replay=made, number=2)

    with django_assert_num_queries(len(one.captured_queries)):
        assert len(titles(list_page(client, "?page_size=20"))) == 13


def test_in_english(signed_in: SignedIn, planner: User, file: ReplayFile):
    Replay.objects.update(title="Lesson one", reason=ReplayReason.FOUND)

    table = table_of(list_page(signed_in(planner, "en")))

    assert table[0] == [
        "Lesson title",
        "Room number",
        "Room type",
        "Made at",
        "Taught by",
        "File size",
        "Actions",
    ]
    assert table[1][0] == "Lesson one ✓ Ready to play"
    assert table[1][5] == "1 file (337.67M)"
