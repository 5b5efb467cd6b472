"""The class that runs when a demo opens: who gets in, and lessons that are imported meanwhile."""

from __future__ import annotations

import datetime as dt
import re
import time
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from schedule.week_grid import lunar_label, monday_of
from tests.support.demo import Demo
from tests.support.visitors import visitor

WEEKDAYS = "一二三四五六日"
ROOMS_WITHIN_S = 60
EVENING_TITLE = "晚间答疑"
# Teacher, class group and how many days from today.
EVENINGS = (
    ("wangjianguo", "一年级1班", 1),
    ("chenxiaoyan", "一年级2班", 3),
    ("sunmingyuan", "二年级1班", 6),
    ("zhouwenbo", "一年级1班;一年级2班", 9),
    ("wangjianguo", "二年级1班", 12),
)


def people_enter_the_running_class(browser: Browser, demo: Demo) -> None:
    with signed_in(browser, demo, "teacher") as teacher:
        lesson_path = teacher_starts_class(teacher, demo)
    with signed_in(browser, demo, "student of the running class") as student:
        student_enters(student, demo, lesson_path)
    with signed_in(browser, demo, "student of another") as stranger:
        stranger_stays_out(stranger, demo, lesson_path)
    with signed_in(browser, demo, "supervisor") as supervisor:
        supervisor_enters(supervisor, demo, lesson_path)


def imported_lessons_get_rooms(demo: Demo, folder: Path) -> None:
    import_evenings(demo, folder)
    wait_for_rooms_of_evenings(demo)


def signed_in(browser: Browser, demo: Demo, role: str) -> AbstractContextManager[Page]:
    """A visitor who signs in as the line of this role says."""
    sign_ins = {words: (username, password) for username, password, words in demo.sign_ins}
    return visitor(browser, demo.url, signs_in_as=sign_ins[role])


def teacher_starts_class(page: Page, demo: Demo) -> str:
    table = page.get_by_role("table")
    heads = table.get_by_role("columnheader").all()
    assert [words_of(head.inner_text()) for head in heads] == week_heads()
    lesson_path = open_running_lesson(page)
    enter(page, demo)
    main = page.locator("main")
    expect(main).to_have_attribute("data-role", "teacher")
    page.get_by_role("button", name="上课").click()
    expect(main).to_have_attribute("data-status", "1")
    expect(page.locator("#members li")).to_contain_text("李静怡")
    return lesson_path


def open_running_lesson(page: Page) -> str:
    # Above the week: in the table it is not when it began before midnight on a Sunday.
    lesson = page.get_by_role("region", name="您的下一节课")
    # Until the teacher begins the class, which of the two it says depends on when the cloud was asked.
    expect(lesson).to_contain_text(re.compile("正在上课|应已开始"))
    lesson.get_by_role("link", name="语文").click()
    page.wait_for_url("**/schedule/lessons/*/")
    return urlsplit(page.url).path


def open_lesson(page: Page, lesson_path: str) -> None:
    page.locator(f"main a[href='{lesson_path}']").first.click()


def student_enters(page: Page, demo: Demo, lesson_path: str) -> None:
    open_lesson(page, lesson_path)
    enter(page, demo)
    expect(page.locator("main")).to_have_attribute("data-role", "student")
    expect(page.locator("main")).to_have_attribute("data-status", "1")


def stranger_stays_out(page: Page, demo: Demo, lesson_path: str) -> None:
    assert lesson_path not in page.content()
    cookies = {cookie.get("name"): cookie.get("value", "") for cookie in page.context.cookies()}
    forged = page.request.post(
        f"{lesson_path}enter/",
        headers={"X-CSRFToken": cookies["csrftoken"], "Origin": demo.url},
        max_redirects=0,
    )
    assert forged.status == 403
    assert "名单" in forged.text()  # the page's own refusal, not that of a missing token
    answer = page.goto(lesson_path)
    assert answer is not None
    assert answer.status == 404


def supervisor_enters(page: Page, demo: Demo, lesson_path: str) -> None:
    page.goto("/schedule/?teacher=lijingyi")
    open_lesson(page, lesson_path)
    enter(page, demo)
    expect(page.locator("main")).to_have_attribute("data-role", "supervisor")


def enter(page: Page, demo: Demo) -> None:
    """Press the one button of the lesson's page."""
    page.get_by_role("button", name="进入课堂").click()
    page.wait_for_url(f"{demo.cloud.class_url}?*")


def week_heads() -> list[str]:
    """The column heads of this week, as in 周一 24 廿九."""
    monday = monday_of(timezone.localdate())
    days = [monday + dt.timedelta(days=number) for number in range(7)]
    return [f"周{WEEKDAYS[day.weekday()]} {day.day} {lunar_label(day)}" for day in days]


def words_of(text: str) -> str:
    return " ".join(text.split())


def import_evenings(demo: Demo, folder: Path) -> None:
    """Five lessons of the coming fortnight, imported while the demo runs."""
    file = folder / "lessons.csv"
    rows = ["课程,老师,班级,日期,开始,结束,课堂类型,录制,讲次"]
    for teacher, class_groups, days in EVENINGS:
        day = timezone.localdate() + dt.timedelta(days=days)
        rows.append(
            f"答疑课,{teacher},{class_groups},{day},18:30,19:15,互动班课,是,{EVENING_TITLE}{days}"
        )
    file.write_text("\n".join(rows), encoding="utf-8-sig")
    done = demo.manage("import_lessons", str(file))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "added=5 changed=0 unchanged=0"


def wait_for_rooms_of_evenings(demo: Demo) -> None:
    wanted = {f"{EVENING_TITLE}{days}" for _teacher, _class_groups, days in EVENINGS}
    deadline = time.monotonic() + ROOMS_WITHIN_S
    while missing := wanted - {room["Name"] for room in demo.cloud.rooms()}:
        assert time.monotonic() < deadline, f"no rooms for {missing}\n{demo.log()}"
        time.sleep(1)
