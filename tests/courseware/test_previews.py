"""The preview, what it is made of, and the file itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from courseware.enums import CoursewareState, Failure
from courseware.models import Courseware
from courseware.previews import MOST_PAGES
from tests.cast import SignedIn
from tests.factories.courseware import RESULTS, CoursewareFactory
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

PICTURES = f"{RESULTS}/7_tiw/picture/"
SLIDES = f"{RESULTS}/7_tiw/h5/index.html"


@pytest.fixture
def pdf(teacher: User) -> Courseware:
    return CoursewareFactory.create(owner=teacher, name="第一讲.pdf", result_url=PICTURES, pages=3)


def preview(client: Client, courseware: Courseware, query: str = "", status: int = 200) -> Element:
    answer = client.get(f"/courseware/{courseware.code}/preview/{query}")
    assert answer.status_code == status
    return read(answer.content).one("main")


class TestPages:
    def test_shows_one_page_and_the_way_to_all(self, office: Client, pdf: Courseware):
        page = preview(office, pdf)

        leaf = page.one("div", "stage").one("img")
        thumbnails = page.one("ol", "thumbnails").all("a")
        assert leaf.attrs["src"] == f"{PICTURES}1.jpg"
        assert leaf.attrs["alt"] == "第 1 页"
        assert page.one("p", "viewer-counter").text == "第 1 页，共 3 页"
        assert [each.attrs["href"] for each in thumbnails] == ["?page=1", "?page=2", "?page=3"]
        assert [each.one("img").attrs["src"] for each in thumbnails] == [
            f"{PICTURES}{number}.jpg" for number in (1, 2, 3)
        ]
        assert {each.one("img").attrs["loading"] for each in thumbnails} == {"lazy"}
        assert [each.attrs.get("aria-current") for each in thumbnails] == ["page", None, None]

    def test_turns_without_scripts(self, office: Client, pdf: Courseware):
        turns: dict[str, tuple[int, list[str | None]]] = {
            "": (1, [None, "?page=2"]),
            "?page=2": (2, ["?page=1", "?page=3"]),
            "?page=3": (3, ["?page=2", None]),
            "?page=99": (3, ["?page=2", None]),
            "?page=0": (1, [None, "?page=2"]),
            "?page=-1": (1, [None, "?page=2"]),
            "?page=x": (1, [None, "?page=2"]),
            "?page=" + "9" * 5000: (1, [None, "?page=2"]),
        }
        for query, (number, steps) in turns.items():
            page = preview(office, pdf, query)

            links = page.one("div", "viewer-bar").all("a")
            shown = page.one("div", "stage").one("img").attrs["src"]
            assert shown == f"{PICTURES}{number}.jpg", query
            assert [each.attrs.get("href") for each in links] == steps, query
            assert [each.attrs.get("aria-disabled") for each in links] == [
                None if step else "true" for step in steps
            ], query

    @pytest.mark.parametrize("counted", [None, 0])
    def test_without_a_count_the_next_page_may_be_there(
        self, office: Client, pdf: Courseware, counted: int | None
    ):
        Courseware.objects.update(pages=counted)

        page = preview(office, pdf, "?page=2")

        links = [each.attrs.get("href") for each in page.one("div", "viewer-bar").all("a")]
        assert page.one("p", "viewer-counter").text == "第 2 页"
        assert links == ["?page=1", "?page=3"]
        assert len(page.one("ol", "thumbnails").all("li")) == 2
        assert page.one("div", "viewer").attrs["data-pages"] == ""

    def test_without_a_count_there_is_an_end(self, office: Client, pdf: Courseware):
        Courseware.objects.update(pages=None)

        page = preview(office, pdf, "?page=999999")

        links = [each.attrs.get("href") for each in page.one("div", "viewer-bar").all("a")]
        assert links == [f"?page={MOST_PAGES - 1}", None]

    @pytest.mark.parametrize(
        ("counted", "shown", "is_cut"),
        [
            (MOST_PAGES, MOST_PAGES, False),
            (MOST_PAGES + 1, MOST_PAGES, True),
            (2**31 - 1, MOST_PAGES, True),
        ],
    )
    def test_so_many_are_shown_and_no_more(
        self, office: Client, pdf: Courseware, counted: int, shown: int, is_cut: bool
    ):
        Courseware.objects.update(pages=counted)

        page = preview(office, pdf, f"?page={counted}")

        notice = page.one("p", **{"data-cut": ""})
        assert len(page.one("ol", "thumbnails").all("li")) == shown
        assert page.one("p", "viewer-counter").text == f"第 {shown} 页，共 {shown} 页"
        assert ("hidden" not in notice.attrs) is is_cut
        assert page.one("div", "stage").one("img").attrs["src"] == f"{PICTURES}{shown}.jpg"

    def test_tools_come_with_scripts_only(self, office: Client, pdf: Courseware):
        page = preview(office, pdf)

        buttons = page.one("div", "viewer-bar").all("button")
        assert "hidden" in page.one("span", "viewer-tools").attrs
        assert "hidden" in page.one("button", **{"data-full-screen": ""}).attrs
        assert len(buttons) == 4

    def test_in_english(self, signed_in: SignedIn, planner: User, pdf: Courseware):
        page = preview(signed_in(planner, "en"), pdf)

        assert page.one("p", "viewer-counter").text == "Page 1 of 3"
        assert page.one("div", "viewer").attrs["data-counts"] == "Page {page} of {pages}"


class TestOtherKinds:
    def test_slides_run_in_a_frame_as_nobody(self, office: Client, pdf: Courseware):
        Courseware.objects.update(suffix="pptx", result_url=SLIDES)

        frame = preview(office, pdf).one("iframe")

        assert frame.attrs["src"] == SLIDES
        assert frame.attrs["sandbox"] == "allow-scripts"
        assert frame.attrs["title"] == "第一讲.pdf"

    def test_slides_of_our_own_host_are_never_run(
        self, settings: Any, office: Client, pdf: Courseware
    ):
        own = settings.PUBLIC_BASE_URL
        settings.COURSEWARE_HOSTS = [own.partition("://")[2]]
        Courseware.objects.update(suffix="pptx", result_url=f"{own}/doc/h5/index.html")

        page = preview(office, pdf, status=409)

        assert page.all("iframe") == []
        assert page.one("h1").text == "这个文件无法预览"

    @pytest.mark.parametrize("state", [CoursewareState.QUEUED, CoursewareState.READY])
    def test_pictures_are_our_own_file_in_every_state(
        self, office: Client, pdf: Courseware, state: CoursewareState
    ):
        Courseware.objects.update(suffix="png", kind="image", state=state)

        image = preview(office, pdf).one("div", "stage").one("img")

        assert image.attrs["src"] == f"/courseware/{pdf.code}/media/"
        assert image.attrs["alt"] == "第一讲.pdf"

    @pytest.mark.parametrize(("kind", "suffix"), [("video", "mp4"), ("audio", "mp3")])
    def test_films_and_sound_are_the_clouds_else_our_own(
        self, office: Client, pdf: Courseware, kind: str, suffix: str
    ):
        own = f"/courseware/{pdf.code}/media/"
        for state, address, is_clouds in (
            (CoursewareState.READY, f"{RESULTS}/7/f0", True),
            (CoursewareState.READY, "https://elsewhere.example/f0", False),
            (CoursewareState.TRANSCODING, "", False),
            (CoursewareState.FAILED, "", False),
        ):
            Courseware.objects.update(kind=kind, suffix=suffix, state=state, result_url=address)

            player = preview(office, pdf).one(kind)

            assert player.attrs["src"] == (address if is_clouds else own), (state, address)
            assert player.attrs["preload"] == "metadata", (state, address)
            assert player.attrs["aria-label"] == "第一讲.pdf", (state, address)
            assert "controls" in player.attrs, (state, address)


class TestNothingToShow:
    def test_says_why(self, office: Client, pdf: Courseware):
        nothing_yet, unknown = "还没有可预览的内容", "预览存放在未知的位置"
        not_allowed = "已就绪，但存放的位置不在平台允许显示的范围内。"
        expected: list[tuple[dict[str, Any], list[str]]] = [
            ({"state": CoursewareState.QUEUED}, [nothing_yet, "文件已上传，即将提交转码。"]),
            (
                {"state": CoursewareState.FAILED, "failure": Failure.CLOUD},
                [nothing_yet, "这个文件无法转码。"],
            ),
            (
                {"state": CoursewareState.TRANSCODING, "kind": "video", "suffix": "avi"},
                [nothing_yet, "正在为上课转码。"],
            ),
            ({"result_url": "https://elsewhere.example/picture/"}, [unknown, not_allowed]),
            (
                {"result_url": f"{RESULTS}/7/what.zip"},
                ["这个文件无法预览", "转码的结果无法在这里显示。"],
            ),
            ({"result_url": "javascript:alert(1)//x.qcloudclass.com/"}, [unknown, not_allowed]),
            ({"result_url": "https://[x/picture/"}, [unknown, not_allowed]),
        ]
        changed = {name for fields, _words in expected for name in fields}
        (before,) = Courseware.objects.filter(pk=pdf.pk).values(*changed)
        for fields, words in expected:
            Courseware.objects.filter(pk=pdf.pk).update(**{**before, **fields})

            page = preview(office, pdf, status=409)

            assert [page.one("h1").text, page.all("p")[0].text] == words, fields
            assert page.link("查看课件") == f"/courseware/{pdf.code}/", fields
            media = [each.tag for each in page.all() if each.tag in ("img", "iframe", "video")]
            assert media == [], fields

    @pytest.mark.parametrize(
        ("who", "advice"),
        [
            (
                "planner",
                "如果本校的课件存放在 elsewhere.example:8，请把它加入配置项 COURSEWARE_HOSTS。",
            ),
            ("teacher", "请告知学校，平台管理员可以允许这个位置。"),
        ],
    )
    def test_staff_hear_which_host_it_is(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        pdf: Courseware,
        who: str,
        advice: str,
    ):
        Courseware.objects.update(result_url="https://elsewhere.example:8/picture/")

        page = preview(signed_in(request.getfixturevalue(who)), pdf, status=409)

        assert page.all("p")[1].text == advice
