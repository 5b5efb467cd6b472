"""The list of courseware: what it holds, how it is narrowed, and how it is paged."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from courseware.enums import CoursewareState, Failure, Release
from courseware.models import Courseware
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.factories.courseware import BindingFactory, CoursewareFactory, UploadFactory
from tests.support.pages import Element, read, table_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),
]

LIST = "/courseware/"
HEADS = ["名称", "类型", "大小", "页数", "所有者", "可用范围", "上传时间", "操作"]
# More are a mistake: session, person, roles, school, notices, memberships, uploads, count, rows, tags;
# of students not uploads but memberships and lessons once more.
QUERIES = 10


def list_page(client: Client, query: str = "") -> Element:
    response = client.get(f"{LIST}{query}")
    assert response.status_code == 200
    return read(response.content).one("main")


def names(page: Element) -> list[str]:
    return [cell.one("div", "courseware-head").all("a")[0].text for cell in cells(page)]


def cells(page: Element) -> list[Element]:
    return page.all("td", "courseware-name")


def make(name: str, **fields: Any) -> Courseware:
    return CoursewareFactory.create(name=name, **fields)


class TestRows:
    def test_heads_and_cells(self, signed_in: SignedIn, teacher: User):
        uploaded = dt.datetime(2026, 9, 1, 0, 5, tzinfo=dt.UTC)
        make(
            "第一讲.pdf",
            owner=teacher,
            size_bytes=354_073_313,
            uploaded_at=uploaded,
            tags=["语文", "一年级"],
        )

        table = table_of(list_page(signed_in(teacher)))

        assert table == [
            HEADS,
            [
                "PDF 第一讲.pdf ✓ 已就绪 标签： 一年级 标签： 语文",
                "文档 PDF",
                "337.67M",
                "12 页",
                "李老师",
                "私有",
                "2026-09-01 08:05",
                "查看 第一讲.pdf 预览 第一讲.pdf",
            ],
        ]

    def test_what_is_not_known(self, office: Client):
        make("a.mp3", suffix="mp3", owner=None, pages=None, is_public=True)

        row = table_of(list_page(office))[1]

        assert row[1:6] == ["音频 MP3", "1.00M", "–", "学校", "全校老师"]

    def test_state_in_words_with_a_shape(self, office: Client):
        make("1", state=CoursewareState.UPLOADING)
        make("2", state=CoursewareState.QUEUED)
        make("3", state=CoursewareState.TRANSCODING, percent=40)
        make("4", state=CoursewareState.READY)
        make("5", state=CoursewareState.FAILED, failure=Failure.CLOUD)
        make("6", state=CoursewareState.FAILED, failure=Failure.STUCK)

        page = list_page(office)

        assert names(page) == [f"{number}.pdf" for number in (6, 5, 4, 3, 2, 1)]
        assert [mark.text for mark in page.one("tbody").all("span", "mark")] == [
            "△ 卡住",
            "✕ 失败",
            "✓ 已就绪",
            "◌ 转码中 40%",
            "○ 等待转码",
            "↑ 上传中",
        ]

    def test_failed_says_why(self, office: Client):
        make("1", state=CoursewareState.FAILED, failure=Failure.CLOUD, cloud_reason="文件已损坏")
        make("2", state=CoursewareState.FAILED, failure=Failure.CLOUD)
        make("3", state=CoursewareState.FAILED, failure=Failure.STUCK)

        states = list_page(office).all("span", "courseware-state")

        why = [state.one("span", "hint").text for state in states]
        assert why == ["转码没有按时完成", "文件无法转码", "文件已损坏"]

    def test_silence_of_the_cloud_is_said(self, office: Client, courseware: Courseware):
        since = timezone.localtime().replace(hour=0, minute=1)
        Courseware.objects.update(state=CoursewareState.QUEUED, unreachable_since=since)

        hint = list_page(office).one("span", "courseware-state").one("span", "hint")

        assert hint.text == "自 00:01 起联系不上转码服务"

    def test_what_could_not_be_handed_in_says_so(self, signed_in: SignedIn, planner: User):
        since = timezone.localtime().replace(hour=0, minute=1)
        for state, failure in ((CoursewareState.QUEUED, ""), (CoursewareState.FAILED, "stuck")):
            make("a", state=state, failure=failure, document_id="", unreachable_since=since)

        states = list_page(signed_in(planner, "en")).all("span", "courseware-state")

        told = [state.one("span", "hint").text for state in states]
        assert told == ["could not be submitted for transcoding since 00:01"] * 2

    def test_leads_to_page_preview_and_tag(self, office: Client, courseware: Courseware):
        make("b.docx", suffix="docx", state=CoursewareState.QUEUED, tags=["a&b"])

        links = [link.attrs["href"] for link in list_page(office).one("tbody").all("a")]

        other = Courseware.objects.get(name="b.docx")
        own, foreign = f"{LIST}{courseware.code}/", f"{LIST}{other.code}/"
        assert links == [foreign, f"{LIST}?q=a%26b", foreign, own, own, f"{own}preview/"]

    def test_cover_from_known_hosts_only(self, office: Client):
        known = "https://tcic-test-1257307760.qcloudclass.com/c.jpg"
        for cover in (known, "https://elsewhere.example/c.jpg", ""):
            make("a", cover_url=cover)

        pictures = [each.attrs["src"] for each in list_page(office).all("img", "cover")]

        assert pictures == [known]

    def test_no_file_seems_to_be_empty(self, office: Client):
        for size_bytes in (1, 2_100, 104_856, 104_857, 1_572_864):
            make("一.pdf", size_bytes=size_bytes)

        sizes = [row[2] for row in table_of(list_page(office))[1:]]

        assert sizes == ["1.50M", "0.10M", "102K", "2K", "1K"]


@pytest.mark.both_databases("search, order and pages")
class TestFilters:
    @pytest.fixture
    def four(self, planner: User) -> None:
        make("数学.pdf", owner=planner, tags=["几何"])
        make("语文.pptx", suffix="pptx", is_public=True, state=CoursewareState.QUEUED)
        make("song.mp3", suffix="mp3", owner=None, state=CoursewareState.TRANSCODING)
        make("Map.PNG", suffix="png", state=CoursewareState.FAILED, tags=["几何", "地理"])
        User.objects.filter(courseware__name="Map.PNG").update(display_name="钱老师")

    def test_narrow(self, office: Client, four: None):
        expected = {
            "": ["Map.PNG", "song.mp3", "语文.pptx", "数学.pdf"],
            "?q=文": ["语文.pptx"],
            "?q=MAP": ["Map.PNG"],
            "?q=几何": ["Map.PNG", "数学.pdf"],
            "?q=无": [],
            "?state=queued": ["语文.pptx"],
            "?state=transcoding": ["song.mp3"],
            "?state=ready": ["数学.pdf"],
            "?state=failed": ["Map.PNG"],
            "?state=uploading": [],
            "?state=stuck": [],
            "?q=planner": ["数学.pdf"],
            "?q=钱": ["Map.PNG"],
            "?kind=document": ["语文.pptx", "数学.pdf"],
            "?kind=image": ["Map.PNG"],
            "?kind=audio": ["song.mp3"],
            "?kind=video": [],
            "?owner=mine": ["数学.pdf"],
            "?owner=public": ["语文.pptx"],
            "?owner=school": ["song.mp3"],
            "?q=几何&kind=document": ["数学.pdf"],
        }

        assert {query: names(list_page(office, query)) for query in expected} == expected

    def test_stuck_ones(self, office: Client, four: None):
        stuck = {"state": CoursewareState.FAILED, "failure": Failure.STUCK}
        make("慢.mp4", suffix="mp4", **stuck, due_at=timezone.now())
        make("放弃了.mp4", suffix="mp4", **stuck)

        page = list_page(office, "?state=stuck")

        options = page.one("select", name="state").all("option")
        assert names(page) == ["慢.mp4"]
        assert options[-1].attrs == {"value": "stuck", "selected": ""}

    def test_names_of_owners_are_for_those_who_see_all(self, signed_in: SignedIn, teacher: User):
        make("数学.pdf", owner=teacher)

        assert names(list_page(signed_in(teacher), "?q=teacher")) == []

    def test_malformed_counts_as_absent(self, office: Client, courseware: Courseware):
        queries = [
            "state=nonsense",
            "kind=nonsense",
            "owner=teacher",
            "page=-1",
            "page=x",
            "page_size=7",
            "q=%00",
            "q=a%00b",
            "q=" + "x" * 400,
            "page=" + "9" * 5000,
        ]

        shown = {query: names(list_page(office, f"?{query}")) for query in queries}

        assert shown == {query: [courseware.name] for query in queries}

    def test_form_keeps_what_was_asked(self, office: Client, courseware: Courseware):
        page = list_page(office, "?q=讲&state=ready&kind=document&owner=mine")

        form = page.one("form", "list-filters")
        chosen = {
            select.attrs["name"]: [
                each.attrs["value"] for each in select.all("option", selected="")
            ]
            for select in form.all("select")
        }
        assert form.one("input").attrs["value"] == "讲"
        assert chosen == {"state": ["ready"], "kind": ["document"], "owner": ["mine"]}
        assert page.link("重置") == LIST

    @pytest.mark.parametrize(("query", "is_open"), [("", False), ("?kind=document", True)])
    def test_fields_are_folded_on_a_phone_until_one_is_set(
        self, office: Client, courseware: Courseware, query: str, is_open: bool
    ):
        fold = list_page(office, query).one("details", "filters-fold")

        assert ("open" in fold.attrs) is is_open

    @pytest.mark.parametrize(
        ("who", "offered"),
        [
            ("teacher", ["q", "state", "kind", "owner"]),
            ("supervisor", ["q", "state", "kind", "owner"]),
            ("student", ["q", "kind"]),
        ],
    )
    def test_students_choose_among_less(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, who: str, offered: list[str]
    ):
        form = list_page(signed_in(request.getfixturevalue(who))).one("form", "list-filters")

        fields = [each.attrs["name"] for each in form.all() if each.tag in ("input", "select")]
        assert fields == offered


@pytest.mark.both_databases("search, order and pages")
class TestPages:
    @pytest.fixture
    def twelve(self, planner: User) -> None:
        for number in range(12):
            make(f"{number:02}.pdf", owner=planner)

    def test_page_and_its_size(self, office: Client, twelve: None):
        expected = {
            "": range(11, 1, -1),
            "?page=2": range(1, -1, -1),
            "?page=99": range(1, -1, -1),
            "?page_size=20": range(11, -1, -1),
        }

        pages = {query: list_page(office, query) for query in expected}

        assert {query: names(page) for query, page in pages.items()} == {
            query: [f"{number:02}.pdf" for number in numbers] for query, numbers in expected.items()
        }
        told = {page.one("div", "pager").one("p").text for page in pages.values()}
        assert told == {"共 12 个课件"}

    def test_numbers_keep_the_filters(self, office: Client, twelve: None):
        page = list_page(office, "?kind=document&page=2")

        links = [(link.text, link.attrs["href"]) for link in page.one("ul", "pager-links").all("a")]
        form = page.one("form", "pager-form")
        values = [(each.attrs["name"], each.attrs["value"]) for each in form.all("input")]
        assert links == [
            ("‹", "/courseware/?kind=document"),
            ("1", "/courseware/?kind=document"),
            ("2", "/courseware/?kind=document&page=2"),
        ]
        assert form.attrs["action"] == LIST
        assert values == [("kind", "document"), ("page", "2")]


class TestViews:
    """Cards or a table: the same HTML table, which the sheet lays out."""

    def chosen(self, client: Client, query: str = "", **headers: str) -> str:
        answer = client.get(f"{LIST}{query}", headers=headers)
        table = read(answer.content).one("table")
        assert table.all("th")
        return "cards" if "as-cards" in table.classes else "table"

    def test_what_was_asked_for_last_is_kept_for_the_person(
        self, signed_in: SignedIn, teacher: User, planner: User, courseware: Courseware
    ):
        Courseware.objects.update(is_public=True)
        client = signed_in(teacher)
        for query, shown in (
            ("", "cards"),
            ("?view=table", "table"),
            ("", "table"),
            ("?view=nonsense", "table"),
            ("?view=cards&view=table", "table"),
            ("?view=cards", "cards"),
            ("?page=2", "cards"),
        ):
            assert self.chosen(client, query) == shown, query
        self.chosen(client, "?view=table")
        assert self.chosen(signed_in(planner)) == "cards"
        assert self.chosen(signed_in(teacher)) == "table"

    def test_scripts_of_open_pages_choose_nothing(self, office: Client, courseware: Courseware):
        assert self.chosen(office, "?view=table", **{"X-Page-Version": "old"}) == "table"
        assert office.head(f"{LIST}?view=table").status_code == 200
        assert self.chosen(office) == "cards"

    def test_switch_leads_to_the_same_rows(self, office: Client, courseware: Courseware):
        cards = list_page(office, "?q=讲&page_size=20")

        ways = cards.one("nav", "switch").all("a")
        assert [(way.text, way.attrs.get("aria-current")) for way in ways] == [
            ("卡片", "true"),
            ("列表", None),
        ]
        address = ways[1].attrs["href"].removeprefix(LIST)
        assert address == "?q=%E8%AE%B2&page_size=20&view=table"
        assert table_of(list_page(office, address)) == table_of(cards)

    def test_only_a_new_choice_costs_a_statement(self, office: Client, courseware: Courseware):
        counts = []
        for query in ("", "?view=cards", "?view=cards"):
            with CaptureQueriesContext(connection) as captured:
                office.get(f"{LIST}{query}")
            counts.append(len(captured))

        assert counts[1] > counts[0] == counts[2]


class TestUploads:
    def test_own_ones_are_told(self, signed_in: SignedIn, teacher: User):
        kept = dt.datetime(2099, 1, 1, 19, 4, tzinfo=dt.UTC)
        UploadFactory.create(
            owner=teacher, filename="长片.mp4", offset_bytes=1024 * 1024, expires_at=kept
        )
        UploadFactory.create(filename="foreign.pdf")
        UploadFactory.create(owner=teacher, expires_at=timezone.now())
        UploadFactory.create(owner=teacher, courseware=make("done.pdf", owner=teacher))

        told = list_page(signed_in(teacher)).one("section")

        assert told.link("前往上传页") == f"{LIST}upload/"
        assert [line.text for line in told.all("li")] == [
            "长片.mp4 25% · 4.00M 保留至 2099-01-02 03:04 放弃"
        ]

    @pytest.mark.parametrize(("query", "told"), [("?state=uploading", 1), ("?q=x", 0)])
    def test_are_what_is_being_uploaded(
        self, signed_in: SignedIn, teacher: User, query: str, told: int
    ):
        UploadFactory.create(owner=teacher)

        assert len(list_page(signed_in(teacher), query).all("section")) == told

    @pytest.mark.parametrize(("who", "links"), [("teacher", 1), ("planner", 1), ("student", 0)])
    def test_way_to_upload(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, who: str, links: int
    ):
        page = list_page(signed_in(request.getfixturevalue(who)))

        assert len(page.all("a", href=f"{LIST}upload/")) == links


class TestLooksAgain:
    def test_while_the_cloud_works(self, office: Client, courseware: Courseware):
        for state, looks in (
            (CoursewareState.QUEUED, True),
            (CoursewareState.TRANSCODING, True),
            (CoursewareState.READY, False),
            (CoursewareState.FAILED, False),
        ):
            Courseware.objects.update(state=state)

            page = read(office.get(f"{LIST}?page=1").content)

            lives = page.all("div", id="live")
            scripts = [each.attrs.get("src", "") for each in page.all("script")]
            assert [(each.attrs["data-url"], each.attrs["data-every-s"]) for each in lives] == (
                [(f"{LIST}?page=1", "10")] if looks else []
            ), state
            assert ("/static/js/live.js" in scripts) is looks, state
            rows = page.one("tbody").all("tr")
            assert [each.attrs["data-key"] for each in rows] == [courseware.code], state


class TestStudents:
    def test_read_what_they_got_in_which_lesson_and_download_it(
        self, signed_in: SignedIn, student: User, lesson: Lesson
    ):
        given = make("诗.pdf", state=CoursewareState.QUEUED)
        BindingFactory.create(courseware=given, lesson=lesson, release=Release.BEFORE)

        page = list_page(signed_in(student, "en"))

        owner = given.owner
        assert owner is not None
        assert table_of(page)[1] == [
            "PDF 诗.pdf",
            "Document PDF",
            "1.00M",
            "12 pages",
            owner.display_name,
            f"{lesson.title} tomorrow 08:00",
            "View 诗.pdf Download 诗.pdf",
        ]
        assert table_of(page)[0][5] == "Released in"
        assert page.link("Download 诗.pdf") == f"{LIST}{given.code}/file/"
        assert page.link(lesson.title) == f"/schedule/lessons/{lesson.code}/"


class TestNothing:
    @pytest.mark.parametrize(
        ("who", "words"),
        [
            ("student", "还没有课件。 老师在课前或课后发给您的课件会出现在这里。"),
            (
                "teacher",
                "还没有课件。 请在课前上传幻灯片、文档、图片、视频或音频：转码需要一些时间。",
            ),
        ],
    )
    def test_nothing_yet(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, who: str, words: str
    ):
        page = list_page(signed_in(request.getfixturevalue(who)))

        assert page.one("div", "card").text == words

    def test_nothing_that_fits(self, office: Client, courseware: Courseware):
        card = list_page(office, "?q=nothing").one("div", "card")

        assert card.text == "没有符合条件的课件。 显示全部课件"
        assert card.link("显示全部课件") == LIST


class TestVisitorsAndOutsiders:
    def test_visitors_sign_in_first(self, client: Client):
        assert client.get(LIST)["Location"] == "/accounts/login/?next=/courseware/"

    @pytest.mark.parametrize("who", ["outsider", "other_teacher"])
    def test_others_find_nothing(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, lesson: Lesson, who: str
    ):
        bound = make("secret.pdf", tags=["secret"])
        BindingFactory.create(courseware=bound, lesson=lesson, release=Release.BEFORE)
        client = signed_in(request.getfixturevalue(who))

        assert names(list_page(client, "?q=secret")) == []
        assert names(list_page(client)) == []

    def test_nothing_else_than_looking(self, office: Client):
        assert office.post(LIST).status_code == 405

    def test_way_is_on_every_page(self, office: Client):
        page = read(office.get("/schedule/").content)

        assert [nav.link("课件") for nav in page.all("nav", **{"aria-label": "页面"})] == [LIST] * 2


def test_many_rows_take_no_more_queries_than_one(
    request: pytest.FixtureRequest, signed_in: SignedIn, lesson: Lesson
):
    everybody = ["student", "teacher", "assistant", "supervisor", "planner"]
    clients = {who: signed_in(request.getfixturevalue(who)) for who in everybody}

    def queries(rows: int) -> dict[str, int]:
        counts = {}
        for who, client in clients.items():
            with CaptureQueriesContext(connection) as captured:
                assert len(names(list_page(client))) == rows
            counts[who] = len(captured)
        return counts

    BindingFactory.create(lesson=lesson, courseware__tags=["语文"], release=Release.BEFORE)
    with_one = queries(1)
    for number in range(4):
        BindingFactory.create(
            lesson=lesson, courseware__tags=["语文", f"标签{number}"], release=Release.BEFORE
        )

    assert max(with_one.values()) <= QUERIES, with_one
    assert queries(5) == with_one


def test_in_english(signed_in: SignedIn, planner: User, courseware: Courseware):
    Courseware.objects.update(state=CoursewareState.TRANSCODING, percent=7, pages=1)

    table = table_of(list_page(signed_in(planner, "en")))

    assert table[0] == [
        "Name of the file",
        "Type",
        "Size",
        "Page count",
        "Owner",
        "For whom",
        "Uploaded",
        "Actions",
    ]
    assert table[1][:4] == [
        "PDF 第一讲.pdf ◌ Being transcoded 7%",
        "Document PDF",
        "1.00M",
        "1 page",
    ]
