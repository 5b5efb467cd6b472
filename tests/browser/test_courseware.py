"""Courseware in a browser: a state that changes by itself, and a preview under the real policy."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from accounts.models import User
from courseware.enums import CoursewareState, Failure
from courseware.models import Courseware
from tests.factories.courseware import RESULTS, CoursewareFactory
from tests.support.cloud import LocalCloud
from tests.support.visitors import sign_in_as

pytestmark = pytest.mark.browser

PAGES = 23
ENDS: list[tuple[dict[str, str], str]] = [
    ({"state": CoursewareState.READY}, "✓ 已就绪"),
    ({"state": CoursewareState.FAILED, "failure": Failure.STUCK}, "△ 卡住"),
]
LONGEST_PAUSE_MS = 12_000  # between two looks at what the cloud works on, jitter included
PICTURES = f"{RESULTS}/7_tiw/picture/"
# One grey dot: what matters is which of them are there.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNqAAAAhACCsMTwRQAAAABJRU5ErkJggg=="
)
SLIDES = "<p>{}</p><script>document.querySelector('p').textContent = self.origin</script>"


def answer_as_cloud(route: Route) -> None:
    """Pages 1 to 23 of every document, and slides whose script tells who it runs as."""
    url = route.request.url
    number = re.search(r"/(\d+)\.jpg$", url)
    if number and int(number[1]) <= PAGES:
        route.fulfill(body=PICTURE, content_type="image/png")
    elif url.endswith("/h5/index.html"):
        route.fulfill(body=SLIDES, content_type="text/html")
    else:
        route.fulfill(status=404)


@pytest.fixture
def mine(teacher: User) -> Courseware:
    """The cast's teacher's own document, which came without a count of its pages."""
    return CoursewareFactory.create(owner=teacher, result_url=PICTURES, pages=None)


@pytest.fixture
def teachers_page(page_of: Callable[..., Page], teacher: User, mine: Courseware) -> Page:
    page = page_of(teacher)
    page.route("**/*.qcloudclass.com/**", answer_as_cloud)
    return page


def counter(page: Page) -> str:
    return page.locator("[data-counter]").inner_text()


def shown(page: Page) -> str:
    return page.locator("[data-leaf]").get_attribute("src") or ""


def look(page: Page) -> None:
    """Have the page look again now, not some seconds later."""
    page.clock.run_for(LONGEST_PAUSE_MS)


def looks_no_more(page: Page) -> bool:
    """Tell whether the page asks nothing by itself, however long one waits."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(str(request.url)))
    page.clock.run_for(2 * LONGEST_PAUSE_MS)
    page.evaluate("fetch('/healthz')")  # what was asked before it is heard of before it
    return len(asked) == 1


def state_changes_by_itself(page: Page, end: dict[str, str], words: str) -> None:
    mark = page.locator("#situation .mark")
    expect(mark).to_have_text("◌ 转码中 10%")
    page.fill("#id_tags", "half a word")
    page.fill("#id_name", "half a name")

    Courseware.objects.update(percent=60)
    look(page)
    expect(mark).to_have_text("◌ 转码中 60%")
    expect(page.get_by_role("link", name="预览")).to_have_count(0)
    Courseware.objects.update(pages=7, **end)
    look(page)
    expect(mark).to_have_text(words)

    typed = [page.input_value(field) for field in ("#id_tags", "#id_name")]
    assert typed == ["half a word", "half a name"], words
    offered = int(end["state"] == CoursewareState.READY)
    expect(page.get_by_role("link", name="预览"), words).to_have_count(offered)
    expect(page.locator(".facts"), words).to_contain_text("7 页")
    assert looks_no_more(page), words


class TestState:
    def test_changes_by_itself_on_the_page(self, teachers_page: Page, mine: Courseware):
        page = teachers_page
        page.clock.install()
        for end, words in ENDS:
            Courseware.objects.update(
                state=CoursewareState.TRANSCODING, percent=10, pages=None, failure=""
            )
            page.goto(f"/courseware/{mine.code}/")
            state_changes_by_itself(page, end, words)

    def test_changes_by_itself_in_the_list(self, teachers_page: Page, mine: Courseware):
        page = teachers_page
        Courseware.objects.update(state=CoursewareState.QUEUED)
        page.clock.install()
        page.goto("/courseware/")
        row = page.locator("tbody tr")
        expect(row.locator(".mark")).to_have_text("○ 等待转码")
        row.get_by_role("link", name=mine.name, exact=True).focus()

        Courseware.objects.update(state=CoursewareState.READY, pages=7)
        look(page)

        expect(row.locator(".mark")).to_have_text("✓ 已就绪")
        expect(row).to_contain_text("7 页")
        expect(row.get_by_role("link", name="预览")).to_have_count(1)
        expect(row.get_by_role("link", name=mine.name, exact=True)).to_be_focused()
        assert looks_no_more(page)


def test_cover_that_the_local_cloud_made_shows(
    teachers_page: Page, mine: Courseware, local_cloud: LocalCloud
):
    page = teachers_page
    cover_url = f"{local_cloud.url}/doc/1_tiw/cover.jpg"
    Courseware.objects.update(cover_url=cover_url)
    page.route(cover_url, lambda route: route.fulfill(body=PICTURE, content_type="image/png"))

    page.goto("/courseware/")

    expect(page.locator("img.cover")).to_have_js_property("naturalWidth", 1)


class TestPages:
    def test_are_counted_when_the_cloud_does_not(self, teachers_page: Page, mine: Courseware):
        page = teachers_page
        asked: list[str] = []
        page.on("request", lambda request: asked.append(str(request.url)))

        page.goto(f"/courseware/{mine.code}/preview/")

        expect(page.locator("[data-counter]")).to_have_text("第 1 页，共 23 页")
        expect(page.locator(".thumbnails li")).to_have_count(PAGES)
        missing = {url for url in asked if url in {f"{PICTURES}{n}.jpg" for n in range(24, 100)}}
        assert len(missing) <= 6

        # A page beyond the end leads to the last.
        page.goto(f"/courseware/{mine.code}/preview/?page=400")
        expect(page.locator("[data-counter]")).to_have_text("第 23 页，共 23 页")
        expect(page.locator(".thumbnails li")).to_have_count(PAGES)

    def test_document_without_an_end_is_cut(
        self, teachers_page: Page, mine: Courseware, monkeypatch: pytest.MonkeyPatch
    ):
        page = teachers_page
        monkeypatch.setattr("tests.browser.test_courseware.PAGES", 5000)
        told: list[str] = []

        def allow_fewer(route: Route) -> None:
            """Each page that is allowed is a picture to load, of which a few show as much."""
            text = route.fetch().text()
            told.extend(re.findall(r'data-most="(\d+)"', text))
            text = text.replace('data-most="1000"', 'data-most="50"')
            route.fulfill(body=text, content_type="text/html; charset=utf-8")

        page.route("**/preview/", allow_fewer)
        page.goto(f"/courseware/{mine.code}/preview/")

        assert told == ["1000"]
        expect(page.locator("[data-counter]")).to_have_text("第 1 页，共 50 页")
        expect(page.locator(".thumbnails li")).to_have_count(50)
        expect(page.locator("[data-cut]")).to_be_visible()

    def test_turn_by_keys_links_and_the_ways_of_the_browser(
        self, teachers_page: Page, mine: Courseware
    ):
        page = teachers_page
        Courseware.objects.update(pages=PAGES)
        page.goto(f"/courseware/{mine.code}/preview/")
        expect(page.locator(".keys")).to_be_visible()
        expect(page.locator(".touch")).to_be_hidden()
        loads: list[str] = []
        page.on("load", lambda loaded: loads.append(loaded.url))

        seen = []
        for turn in (
            lambda: page.keyboard.press("ArrowRight"),
            lambda: page.keyboard.press("End"),
            lambda: page.keyboard.press("ArrowRight"),
            lambda: page.get_by_role("link", name="上一页").click(),
            lambda: page.locator("[data-page='5']").click(),
            page.go_back,
            lambda: page.keyboard.press("Home"),
        ):
            turn()
            seen.append((shown(page).removeprefix(PICTURES), counter(page).split("，")[0]))

        numbers = [2, 23, 23, 22, 5, 22, 1]
        assert seen == [(f"{number}.jpg", f"第 {number} 页") for number in numbers]
        assert page.url.endswith("?page=1")
        assert loads == []

    def test_zoom_by_the_stages_keys_keeps_the_middle(self, teachers_page: Page, mine: Courseware):
        page = teachers_page
        page.goto(f"/courseware/{mine.code}/preview/?page=2")
        stage = page.locator("[data-stage]")
        middle = """each => {
          const share = (at, whole, part) => Math.round((100 * (at + part / 2)) / whole);
          return [
            share(each.scrollLeft, each.scrollWidth, each.clientWidth),
            share(each.scrollTop, each.scrollHeight, each.clientHeight),
          ];
        }"""
        larger = page.get_by_role("button", name="放大")

        # Letters elsewhere belong to the browser.
        page.keyboard.press("+")
        expect(stage).to_have_class("stage")

        stage.focus()
        page.keyboard.press("+")
        assert stage.evaluate("each => each.classList.contains('is-zoomed')")
        page.get_by_role("button", name="适合窗口").click()
        expect(stage).to_have_class("stage")

        larger.click()
        first = stage.evaluate(middle)
        stage.evaluate("each => each.scrollBy(60, -40)")
        moved = stage.evaluate(middle)
        larger.click()

        assert first == pytest.approx([50, 50], abs=2)
        assert moved != first
        assert stage.evaluate(middle) == pytest.approx(moved, abs=2)

    def test_hint_of_keys_is_for_those_who_have_some(
        self, browser: Browser, live_site: str, teachers_page: Page, mine: Courseware
    ):
        Courseware.objects.update(kind="image", suffix="png")
        state = teachers_page.context.storage_state()
        phone = browser.new_context(
            base_url=live_site, storage_state=state, has_touch=True, is_mobile=True
        )
        pages = [teachers_page, phone.new_page()]

        seen = []
        for page in pages:
            page.goto(f"/courseware/{mine.code}/preview/")
            seen.append(page.locator(".keys").is_visible())

        phone.close()
        assert seen == [True, False]

    def test_what_does_not_come_is_said(self, teachers_page: Page, mine: Courseware):
        page = teachers_page
        page.unroute("**/*.qcloudclass.com/**")
        page.route("**/*.qcloudclass.com/**", lambda route: route.abort())

        page.goto(f"/courseware/{mine.code}/preview/")

        expect(page.get_by_text("这一页没有加载出来")).to_be_visible()


def test_slides_run_as_nobody(teachers_page: Page, mine: Courseware):
    page = teachers_page
    Courseware.objects.update(suffix="pptx", result_url=f"{RESULTS}/7_tiw/h5/index.html")

    page.goto(f"/courseware/{mine.code}/preview/")

    expect(page.frame_locator("iframe").locator("p")).to_have_text("null")


def test_pages_turn_without_scripts(
    browser: Browser, live_site: str, teacher: User, mine: Courseware
):
    context = browser.new_context(base_url=live_site, java_script_enabled=False)
    sign_in_as(context, live_site, teacher)
    page = context.new_page()
    page.route("**/*.qcloudclass.com/**", answer_as_cloud)

    page.goto(f"/courseware/{mine.code}/preview/")
    page.get_by_role("link", name="下一页").click()

    assert shown(page) == f"{PICTURES}2.jpg"
    assert page.get_by_role("button", name="全屏").count() == 0
    context.close()
