"""People of the demo see courseware, from the file to the class."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from edu_platform.demo.files import Page as Sheet
from edu_platform.demo.files import pdf
from tests.stories.demo.class_story import enter, open_running_lesson, signed_in
from tests.support.demo import Demo

READY_WITHIN_MS = 60_000
BOUND_WITHIN_S = 60
NAME = "望庐山瀑布.pdf"
POEM = pdf([Sheet("望庐山瀑布", ("日照香炉生紫烟，",)), Sheet("读一读", ("飞流直下三千尺。",))])
UNREADY_NAME, UNREADY_LESSON = "春天的池塘.avi", "公开课：看图写话"


def courseware_comes_from_the_upload_to_the_class(browser: Browser, demo: Demo) -> None:
    with signed_in(browser, demo, "teacher") as teacher:
        teacher_sees_every_state(teacher)
        teacher_hears_what_is_not_ready(teacher)
        teacher_uploads(teacher)
        teacher_previews(teacher)
        lesson_path = teacher_brings_it_to_class(teacher, demo)
    with signed_in(browser, demo, "student of the running class") as student:
        student_downloads(student, lesson_path)
    with signed_in(browser, demo, "student of another") as stranger:
        stranger.goto("/courseware/")
        expect(stranger.locator("main")).not_to_contain_text(NAME)


def teacher_sees_every_state(page: Page) -> None:
    page.goto("/courseware/")
    expect(page.locator("main")).to_contain_text("亲子共读示范课.wav 39%")
    for name, state in (
        (UNREADY_NAME, "转码中 4"),
        ("校园的早晨.avi", "等待转码"),
        ("运动会开幕式.avi", "卡住"),
        ("板书扫描.pdf", "文件已损坏"),
        ("静夜思.pdf", "已就绪"),
    ):
        expect(row(page, name)).to_contain_text(state, timeout=READY_WITHIN_MS)


def teacher_hears_what_is_not_ready(page: Page) -> None:
    page.goto("/accounts/notices/")
    told = page.get_by_role("listitem").filter(has_text=UNREADY_LESSON)
    told.get_by_role("button", name="查看这节课").click()
    expect(page.locator(".lesson-title")).to_have_text(UNREADY_LESSON)
    expect(page.get_by_text("△ 课件未就绪")).to_be_visible()


def teacher_uploads(page: Page) -> None:
    page.goto("/courseware/upload/")
    file: FilePayload = {"name": NAME, "mimeType": "application/pdf", "buffer": POEM}
    page.get_by_label("选择文件").set_input_files(file)
    page.get_by_role("listitem").filter(has_text=NAME).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    expect(page.locator("#situation .mark")).to_have_text("✓ 已就绪", timeout=READY_WITHIN_MS)


def teacher_previews(page: Page) -> None:
    page.goto("/courseware/")
    expect_drawn(row(page, NAME).locator("img.cover"))
    row(page, NAME).get_by_role("link", name="预览").click()
    expect(page.locator("[data-counter]")).to_have_text("第 1 页，共 2 页")
    expect_drawn(page.locator("[data-leaf]"))


def teacher_brings_it_to_class(page: Page, demo: Demo) -> str:
    """Choose it for the class that runs, let students have it, and find it there; return the lesson's path."""
    page.goto("/schedule/")
    lesson_path = open_running_lesson(page)
    page.get_by_role("link", name="选择课件").click()
    page.get_by_role("checkbox", name=NAME).check()
    page.get_by_label("学生下载").last.select_option("before")
    page.get_by_role("button", name="添加到这节课").click()
    expect(page.get_by_role("status")).to_have_text(f"已添加：{NAME}")
    room_id = int(page_of_class(page, demo, lesson_path))
    deadline = time.monotonic() + BOUND_WITHIN_S
    while NAME not in names_in_class(demo, room_id):
        assert time.monotonic() < deadline, demo.log()
        time.sleep(0.5)
    page.reload()
    expect(page.locator("main")).to_contain_text(NAME)
    return lesson_path


def page_of_class(page: Page, demo: Demo, lesson_path: str) -> str:
    page.goto(lesson_path)
    enter(page, demo)
    return dict(pair.split("=", 1) for pair in urlsplit(page.url).query.split("&"))["classid"]


def names_in_class(demo: Demo, room_id: int) -> list[str]:
    names = {each["DocumentId"]: each["DocumentName"] for each in demo.cloud.documents()}
    return [names[document_id] for document_id in demo.cloud.bound(room_id)]


def student_downloads(page: Page, lesson_path: str) -> None:
    page.goto(lesson_path)
    with page.expect_download() as started:
        page.get_by_role("link", name=f"下载 {NAME}").click()
    assert started.value.suggested_filename == NAME
    assert started.value.path().read_bytes() == POEM


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has_text=name)


def expect_drawn(image: Locator) -> None:
    """The picture came, and the page's policy let it."""
    image.scroll_into_view_if_needed()
    drawn = "image => image.decode().then(() => image.naturalWidth > 0)"
    assert image.evaluate(drawn)
