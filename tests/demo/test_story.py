"""What a new user of `make demo` does, in a browser, against the demo's own processes."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from deploy.services.processes import ROOT
from schedule.calendar import lunar_label, monday_of
from tests.support.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

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


class Visitor:
    """A person in a browser of their own; whatever breaks the content policy is noted."""

    def __init__(self, browser: Browser, demo: Demo, role: str) -> None:
        self.demo = demo
        self.username, self.password = next(
            (username, password) for username, password, words in demo.sign_ins if words == role
        )
        self._context = browser.new_context(
            base_url=demo.url, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        self.faults: list[str] = []
        self.page: Page = self._context.new_page()
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.faults.append(message.text)

    def sign_in(self) -> None:
        self.page.goto("/")
        self.page.get_by_label("用户名").fill(self.username)
        self.page.get_by_label("密码", exact=True).fill(self.password)
        self.page.get_by_role("button", name="登录").click()
        self.page.wait_for_url("**/schedule/")

    def enter(self) -> None:
        """Press the one button of the lesson's page."""
        self.page.get_by_role("button", name="进入课堂").click()
        self.page.wait_for_url(f"{self.demo.cloud.class_url}?*")

    def post_enter(self, lesson_path: str) -> int:
        """What a forged click gets, from somebody who sees no button."""
        cookies = {str(c.get("name")): str(c.get("value")) for c in self._context.cookies()}
        answer = self.page.request.post(
            f"{lesson_path}enter/",
            headers={"X-CSRFToken": cookies["csrftoken"], "Origin": self.demo.url},
            max_redirects=0,
        )
        return answer.status

    def leave(self) -> None:
        self._context.close()
        assert self.faults == []


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with Demo(tmp_path) as running:
        yield running


def test_a_new_user_finds_the_running_class_and_enters_it(
    browser: Browser, demo: Demo, tmp_path: Path
) -> None:
    lesson_path = teacher_starts_class(Visitor(browser, demo, "teacher"))
    student_enters(Visitor(browser, demo, "student of the running class"), lesson_path)
    stranger_stays_out(Visitor(browser, demo, "student of another"), lesson_path)
    supervisor_enters(Visitor(browser, demo, "supervisor"), lesson_path)
    import_evenings(demo, tmp_path)
    wait_for_rooms_of_evenings(demo)
    stop_leaves_nothing(demo)


def teacher_starts_class(teacher: Visitor) -> str:
    teacher.sign_in()
    page = teacher.page
    table = page.get_by_role("table")
    for head, text in zip(table.get_by_role("columnheader").all()[-7:], week_heads(), strict=True):
        assert words_of(head.inner_text()) == text
    lesson = (
        table.get_by_role("link").filter(has_text=re.compile("语文课")).filter(has_text="进行中")
    )
    lesson.click()
    page.wait_for_url("**/schedule/lessons/*/")
    lesson_path = urlsplit(page.url).path
    teacher.enter()
    main = page.locator("main")
    expect(main).to_have_attribute("data-role", "teacher")
    page.get_by_role("button", name="上课").click()
    expect(main).to_have_attribute("data-status", "1")
    expect(page.locator("#members li")).to_contain_text("李静怡")
    teacher.leave()
    return lesson_path


def student_enters(student: Visitor, lesson_path: str) -> None:
    student.sign_in()
    student.page.get_by_role("table").locator(f"a[href='{lesson_path}']").click()
    student.enter()
    expect(student.page.locator("main")).to_have_attribute("data-role", "student")
    expect(student.page.locator("main")).to_have_attribute("data-status", "1")
    student.leave()


def stranger_stays_out(stranger: Visitor, lesson_path: str) -> None:
    stranger.sign_in()
    assert lesson_path not in stranger.page.content()
    assert stranger.post_enter(lesson_path) == 403
    answer = stranger.page.goto(lesson_path)
    assert answer is not None
    assert answer.status == 404
    stranger.leave()


def supervisor_enters(supervisor: Visitor, lesson_path: str) -> None:
    supervisor.sign_in()
    supervisor.page.goto("/schedule/?teacher=lijingyi")
    supervisor.page.get_by_role("table").locator(f"a[href='{lesson_path}']").click()
    supervisor.enter()
    expect(supervisor.page.locator("main")).to_have_attribute("data-role", "supervisor")
    supervisor.leave()


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
    done = subprocess.run(
        [sys.executable, "manage.py", "import_lessons", str(file)],
        cwd=ROOT,
        env=environment_of(demo),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "added=5 changed=0 unchanged=0"


def wait_for_rooms_of_evenings(demo: Demo) -> None:
    wanted = {f"{EVENING_TITLE}{days}" for _teacher, _class_groups, days in EVENINGS}
    deadline = time.monotonic() + ROOMS_WITHIN_S
    while missing := wanted - {room["Name"] for room in demo.cloud.rooms()}:
        assert time.monotonic() < deadline, f"no rooms for {missing}\n{demo.log()[-4000:]}"
        time.sleep(1)


def processes_of(demo: Demo) -> list[psutil.Process]:
    runner = psutil.Process(demo._process.pid)
    return [runner, *runner.children(recursive=True)]


def environment_of(demo: Demo) -> dict[str, str]:
    """What the demo tells its worker."""
    for process in processes_of(demo):
        if "celery" in " ".join(process.cmdline()):
            return dict(process.environ())
    raise AssertionError("the demo has no worker")


def stop_leaves_nothing(demo: Demo) -> None:
    processes = processes_of(demo)
    assert len(processes) > 5
    demo.stop()
    _gone, alive = psutil.wait_procs(processes, timeout=10)
    assert alive == []
