from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page

from accounts.models import User
from schedule.models import ClassGroup, Lesson
from schedule.week_grid import start_of_day
from tests.factories.schedule import CourseFactory, LessonFactory
from tests.support.eyes import PHONE_PX
from tests.support.visitors import sign_in_as

IN_WECHAT = (
    "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/116.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.49 NetType/WIFI Language/zh_CN"
)


@pytest.fixture
def running(teacher: User, assistant: User, class_group: ClassGroup) -> Lesson:
    """Began five minutes ago, but not before today's midnight, and lasts another forty."""
    now = timezone.now().replace(microsecond=0)
    today_began_at = start_of_day(timezone.localdate(now))
    return LessonFactory.create(
        course=CourseFactory.create(name="数学课"),
        teacher=teacher,
        assistants=[assistant],
        class_groups=[class_group],
        starts_at=max(now - dt.timedelta(minutes=5), today_began_at),
        ends_at=now + dt.timedelta(minutes=40),
    )


@pytest.fixture
def phone_of(browser: Browser, live_site: str) -> Iterator[Callable[..., Page]]:
    """Open small phones with WeChat's browser, signed in: `phone_of(teacher, java_script_enabled=False)`.

    Of nobody (None) they are those of people without an account.
    """
    opened: list[BrowserContext] = []

    def open_phone(user: User | None, **options: object) -> Page:
        context = browser.new_context(
            base_url=live_site,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport={"width": PHONE_PX, "height": 640},
            has_touch=True,
            is_mobile=True,
            user_agent=IN_WECHAT,
            **options,  # type: ignore[arg-type] # as Playwright takes them
        )
        opened.append(context)
        if user is not None:
            sign_in_as(context, live_site, user)
        return context.new_page()

    yield open_phone
    for context in opened:
        context.close()
