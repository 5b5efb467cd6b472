"""The list of replays: what its rows say, who finds them, and what stands there when none fits."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, ReplayFile, ReplayPurge
from replays.search.sorting import SORTS
from schedule.models import ClassGroup, Lesson, Room
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import (
    LessonFactory,
    MembershipFactory,
    UnplannedLessonFactory,
    school_time,
)
from tests.support.pages import read, table_of
from tests.support.replays import LIST, list_page, titles

pytestmark = pytest.mark.django_db

# The first holds the boxes of those who may delete.
HEADS = ["", "讲次名称", "课堂号", "课堂类型", "生成时间", "授课老师", "文件大小", "操作"]
MIB = 1024 * 1024
# More are a mistake: session, person and roles, school, notices; teachers, class groups and courses, states,
# late ones; count, ids, rows, files.
QUERIES = 12


class TestRows:
    @pytest.mark.both_databases("rows and their files")
    def test_heads_and_cells(self, signed_in: SignedIn, teacher: User, file: ReplayFile):
        made_at = school_time(1, 8, 46).replace(second=14)
        Replay.objects.update(room_number=106_101_309, title="第一讲")

        table = table_of(list_page(signed_in(teacher)))

        assert table == [
            HEADS,
            [
                "",
                "第一讲 ✓ 可播放",
                "106101309",
                "互动班课",
                f"{made_at:%Y-%m-%d} 08:46:14",
                "李老师",
                "1个文件 (337.67M)",
                "查看 第一讲 删除 第一讲",
            ],
        ]

    def test_heads_lead_to_the_orders_that_an_index_has(self, office: Client, replay: Replay):
        heads = list_page(office).one("table").one("thead").all("th", "")

        orders = {each.text: [link.attrs["href"] for link in each.all("a")] for each in heads}
        assert {text: links for text, links in orders.items() if text} == {
            "讲次名称": ["/replays/?sort=title"],
            "课堂号": ["/replays/?sort=room_number"],
            "课堂类型": ["/replays/?sort=room_type"],
            "生成时间": ["/replays/?sort=-made_at"],
            "授课老师": [],
            "文件大小": ["/replays/?sort=-size"],
            "操作": [],
        }

    def test_what_is_not_known_yet(self, office: Client, lesson: Lesson):
        replay = ReplayFactory.create(
            lesson=lesson,
            state=ReplayState.PROCESSING,
            due_at=timezone.localtime().replace(hour=23, minute=59, second=30),
        )

        row, planned = table_of(list_page(office))[1], timezone.localtime(replay.planned_start)

        assert row == [
            "",
            f"{replay.title} ◌ 生成中 计划于 {planned:%Y-%m-%d %H:%M} 上课 · 已下课，正在生成录像 · 下次查询 23:59",
            "–",
            "互动班课",
            "–",
            "李老师",
            "–",
            f"查看 {replay.title} 删除 {replay.title}",
        ]

    def test_sizes(self, office: Client, replay: Replay):
        expected: dict[tuple[int | None, ...], str] = {
            (): "–",
            (104_857,): "1个文件 (0.10M)",
            (354_073_313,): "1个文件 (337.67M)",
            (None,): "大小未知",
            (MIB, 2 * MIB): "2个文件 (3.00M)",
            (MIB, None): "2个文件 (大小未知)",
            (0,): "1个文件 (0.00M)",
        }

        told = {}
        for sizes in expected:
            ReplayFile.objects.all().delete()
            for number, size in enumerate(sizes, start=1):
                ReplayFileFactory.create(replay=replay, number=number, size_bytes=size)
            told[sizes] = table_of(list_page(office))[1][6]

        assert told == expected

    def test_files_that_are_gone_do_not_count(self, office: Client, file: ReplayFile):
        ReplayFileFactory.create(replay=file.replay, number=2, gone_at=timezone.now())

        assert table_of(list_page(office))[1][6] == "1个文件 (337.67M)"

    def test_state_in_words_with_a_shape(self, office: Client, replay: Replay):
        words = {
            ReplayState.EXPECTED: "○ 待录制",
            ReplayState.RECORDING: "● 录制中",
            ReplayState.PROCESSING: "◌ 生成中",
            ReplayState.READY: "✓ 可播放",
            ReplayState.NONE: "— 无回放",
            ReplayState.FAILED: "✕ 失败",
            ReplayState.DELETED: "◇ 已删除",
        }

        marks = {}
        for state in ReplayState:
            Replay.objects.update(state=state)
            marks[state] = list_page(office, f"?state={state}").one("span", "mark").text

        assert marks == words

    def test_leads_to_the_replay(self, office: Client, replay: Replay):
        page = list_page(office)

        links = [link.attrs["href"] for link in page.one("tbody").all("a")]
        assert links == [
            f"/replays/{replay.code}/",
            f"/replays/{replay.code}/",
            f"/replays/delete/?code={replay.code}&next=%2Freplays%2F",
        ]


class TestClassGroups:
    """People who see several class groups are told which one a replay is of."""

    def test_of_each_replay_for_people_who_see_several(
        self,
        signed_in: SignedIn,
        planner: User,
        supervisor: User,
        teacher: User,
        student: User,
        replay: Replay,
        class_group: ClassGroup,
        other_class_group: ClassGroup,
    ):
        MembershipFactory.create(user=student, class_group=other_class_group)
        other = LessonFactory.create(
            teacher=replay.teacher,
            class_groups=[other_class_group, class_group],
            starts_at=school_time(2, 8),
        )
        ReplayFactory.create(lesson=other)

        for person in (planner, supervisor, teacher, student):
            table = table_of(list_page(signed_in(person)))

            assert "班级" in table[0], person
            column = table[0].index("班级")
            assert table[0][column - 1 : column + 2] == ["授课老师", "班级", "文件大小"], person
            groups = [row[column] for row in table[1:]]
            assert groups == ["三年级1班、三年级2班", "三年级1班"], person

    def test_not_for_people_who_see_one(
        self,
        signed_in: SignedIn,
        teacher: User,
        student: User,
        replay: Replay,
        other_class_group: ClassGroup,
    ):
        LessonFactory.create(class_groups=[other_class_group])

        for person in (teacher, student):
            assert "班级" not in table_of(list_page(signed_in(person)))[0], person

    def test_one_that_belongs_to_no_lesson_has_none(
        self, office: Client, replay: Replay, room: Room, other_class_group: ClassGroup
    ):
        Room.objects.update(lesson=None)
        Replay.objects.update(lesson=None, room=room)

        table = table_of(list_page(office))

        assert table[1][table[0].index("班级")] == "–"


class TestSortingByHeads:
    @pytest.mark.both_databases("each order is a statement of its own")
    def test_first_click_shows_the_newest_or_largest_first(self, office: Client, replay: Replay):
        ways = {
            "课堂号": ["room_number", "-room_number", None],
            "生成时间": ["-made_at", "made_at", None],
            "文件大小": ["-size", "size", None],
        }

        followed: dict[str, list[str | None]] = {}
        for head, clicks in ways.items():
            address, followed[head] = LIST, []
            for _click in clicks:
                page = list_page(office, address.removeprefix(LIST))
                address = page.one("thead").link(head)
                followed[head].append(address.partition("sort=")[2] or None)

        assert followed == ways

    def test_every_order_is_in_the_form_for_who_sees_no_heads(self, office: Client, replay: Replay):
        choices = list_page(office).one("select", name="sort").all("option")

        assert [each.attrs["value"] for each in choices] == ["", *SORTS]
        assert [each.text for each in choices[7:9]] == ["生成时间 ▲", "生成时间 ▼"]


class TestFoundElsewhere:
    """A search that finds nothing looks in the other states too."""

    @pytest.fixture
    def others(self, lesson: Lesson, teacher: User, replay: Replay) -> None:
        for number, state in enumerate((ReplayState.NONE, ReplayState.NONE, ReplayState.DELETED)):
            made = LessonFactory.create(teacher=teacher, starts_at=school_time(2 + number, 8))
            ReplayFactory.create(lesson=made, title=f"seldom {number}", state=state)
        trashed = Replay.objects.filter(title="seldom 1")
        trashed.update(state=ReplayState.DELETED, reason=ReplayReason.TRASHED)
        ReplayPurge.objects.create(replay=trashed.get())

    @pytest.mark.parametrize("who", ["planner", "teacher"])
    def test_counts_them_and_leads_there(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, others: None, who: str
    ):
        client = signed_in(request.getfixturevalue(who), "en")

        links = list_page(client, "?q=seldom").one("div", "card").one("ul").all("a")

        assert [(link.text, link.attrs["href"]) for link in links] == [
            ("No replay (1)", f"{LIST}?q=seldom&state=none"),
            ("Deleted (2)", f"{LIST}?q=seldom&state=deleted"),
            ("In the trash (1)", f"{LIST}?q=seldom&state=bin"),
        ]

    def test_also_from_within_a_state(
        self, signed_in: SignedIn, planner: User, others: None, replay: Replay
    ):
        client = signed_in(planner, "en")

        card = list_page(client, f"?q={quote(replay.title)}&state=failed").one("div", "card")

        assert [link.text for link in card.one("ul").all("a")] == ["Ready to play (1)"]

    def test_not_for_students_who_see_one_state_alone(
        self, signed_in: SignedIn, student: User, others: None
    ):
        card = list_page(signed_in(student, "en"), "?q=seldom").one("div", "card")

        assert card.text == "No replay fits these filters. Show all replays"

    def test_costs_one_question_more(
        self, office: Client, others: None, django_assert_max_num_queries: Any
    ):
        with django_assert_max_num_queries(QUERIES):
            list_page(office, "?q=seldom")


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

    def test_others_find_nothing(
        self, signed_in: SignedIn, replay: Replay, outsider: User, other_teacher: User
    ):
        for person in (outsider, other_teacher):
            assert titles(list_page(signed_in(person), f"?q={replay.title}")) == [], person

    def test_nothing_else_than_looking(self, office: Client):
        assert office.post(LIST).status_code == 405

    def test_way_is_on_every_page(self, office: Client):
        page = read(office.get("/schedule/").content)

        assert [nav.link("回放") for nav in page.all("nav", **{"aria-label": "页面"})] == [LIST] * 2


# Session, person and roles, school, notices; class groups and courses, count, ids, rows, files. Students, and
# teachers: memberships; teachers, and staff: states; staff: teachers, late ones.
@pytest.mark.parametrize(("who", "queries"), [("student", 10), ("teacher", 11), ("planner", 12)])
def test_many_rows_take_no_more_queries_than_one(
    request: pytest.FixtureRequest,
    signed_in: SignedIn,
    student: User,
    teacher: User,
    class_group: ClassGroup,
    other_class_group: ClassGroup,
    file: ReplayFile,
    who: str,
    queries: int,
    django_assert_num_queries: Any,
):
    MembershipFactory.create(user=student, class_group=other_class_group)
    client = signed_in(request.getfixturevalue(who))
    with django_assert_num_queries(queries):
        assert len(titles(list_page(client))) == 1
    for number in range(3):
        made = ReplayFactory.create(
            lesson=UnplannedLessonFactory.create(
                teacher=teacher,
                class_groups=[class_group, other_class_group],
                starts_at=school_time(2 + number, 8),
            )
        )
        ReplayFileFactory.create(replay=made, number=1)
        ReplayFileFactory.create(replay=made, number=2)

    with django_assert_num_queries(queries):
        page = list_page(client, "?page_size=20")
    assert len(titles(page)) == 4
    assert "班级" in table_of(page)[0]


def test_in_english(signed_in: SignedIn, planner: User, file: ReplayFile):
    Replay.objects.update(title="Lesson one", reason=ReplayReason.FOUND)

    table = table_of(list_page(signed_in(planner, "en")))

    assert table[0] == [
        "",
        "Lesson title",
        "Room number",
        "Room type",
        "Made at",
        "Taught by",
        "File size",
        "Actions",
    ]
    assert table[1][1] == "Lesson one ✓ Ready to play"
    assert table[1][6] == "1 file (337.67M)"
