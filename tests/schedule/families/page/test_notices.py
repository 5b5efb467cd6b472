"""The notices of a child that its family reads as well."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import notices as account_notices
from accounts.models import Notice, SchoolSettings, User
from accounts.notice_kinds import UNKNOWN, words_of
from attendance.corrections.notices import CORRECTED_NOTICE
from replays.wording.notices import READY_NOTICE
from schedule.consents.reminders import CONSENT_ASKED_NOTICE
from schedule.families.page.notices import (
    ATTENDANCE_KINDS,
    FAMILY_KINDS,
    SHOWN_FOR,
    notices_of_late,
)
from tests.factories.accounts import UserFactory
from tests.support.families import make_family
from tests.support.pages import read

pytestmark = pytest.mark.django_db

READY = {"lesson": "复习", "moment": "2026-12-01 08:00", "teacher": "李老师"}


@pytest.fixture
def child() -> User:
    return UserFactory.create(display_name="林小满")


def give(user: User, kind: str = READY_NOTICE, **columns: Any) -> Notice:
    cause = str(Notice.objects.count())
    usual = {"arguments": READY, "address": "/replays/abc/"}
    return Notice.objects.create(user=user, kind=kind, cause=cause, **{**usual, **columns})


def lines_for(child: User, **school: bool) -> list[str]:
    notices = notices_of_late(child, SchoolSettings(**school), at=timezone.now())
    return [sentence for line in notices.others for sentence in line.sentences]


def test_kinds_are_those_of_the_apps_above_and_no_others():
    assert {*FAMILY_KINDS, *ATTENDANCE_KINDS} == {
        *(CONSENT_ASKED_NOTICE, READY_NOTICE, CORRECTED_NOTICE)
    }
    assert all(words_of(kind) is not UNKNOWN for kind in (*FAMILY_KINDS, *ATTENDANCE_KINDS))


def test_nothing_of_the_account_is_shown(child: User):
    kinds = [value for name, value in vars(account_notices).items() if name.endswith("_NOTICE")]
    assert kinds
    for kind in (*kinds, "schedule.work_ended", "of nobody's"):
        give(child, kind)

    assert lines_for(child) == []


def test_says_what_the_child_was_told_and_leads_nowhere(child: User):
    give(child)
    family = make_family(child)

    page = read(family.has_opened("en").get(family.page).content)

    (section,) = [
        section
        for section in page.all("section")
        if section.attrs.get("aria-labelledby") == "family-notices"
    ]
    assert "The replay of “复习” on 2026-12-01 08:00 (李老师) is ready." in section.text
    assert section.all("a") == section.all("form") == []


def test_nothing_of_another_child(child: User):
    give(UserFactory.create())

    assert lines_for(child) == []


def test_reading_it_leaves_it_unread_for_the_child(child: User):
    notice = give(child)

    lines_for(child)

    notice.refresh_from_db()
    assert not notice.is_read


def test_old_ones_are_not_shown(child: User):
    give(child, created_at=timezone.now() - SHOWN_FOR - dt.timedelta(minutes=1))

    assert lines_for(child) == []


def test_school_may_show_none(child: User):
    give(child)

    assert lines_for(child, families_see_notices=False) == []


def test_attendance_is_said_where_the_school_shows_it(child: User):
    give(child, CORRECTED_NOTICE, arguments={})

    assert lines_for(child, families_see_attendance=False) == []
    assert len(lines_for(child)) == 1


def test_takes_one_query(child: User, django_assert_num_queries: DjangoAssertNumQueries):
    for _ in range(3):
        give(child)

    with django_assert_num_queries(1):
        lines_for(child)
