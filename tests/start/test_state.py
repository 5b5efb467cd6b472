"""The people who are led to the first hour, and until when."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.models import SchoolSettings, User
from accounts.services.school import put_first_hour_away
from edu_platform.tasks import end_first_hour
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import LessonFactory, TermFactory
from tests.support.pages import read

pytestmark = pytest.mark.django_db

START, TODAY = "/start/", "/schedule/today/"


def first_page(signed_in: SignedIn, user: User) -> str:
    return str(signed_in(user).get("/")["Location"])


class TestEmptyInstallation:
    @pytest.mark.parametrize("who", ["planner", "administrator", "superuser"])
    def test_leads_its_staff_there(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, who: str
    ):
        assert first_page(signed_in, request.getfixturevalue(who)) == START

    def test_leads_others_where_they_always_begin(
        self, signed_in: SignedIn, supervisor: User, outsider: User
    ):
        assert first_page(signed_in, supervisor) == TODAY
        assert first_page(signed_in, outsider) == "/schedule/"
        assert not SchoolSettings.load().is_in_first_hour

    def test_goes_on_when_there_are_teacher_and_term_and_drafts(
        self, signed_in: SignedIn, planner: User
    ):
        assert first_page(signed_in, planner) == START
        LessonFactory.create(is_draft=True)
        TermFactory.create()

        assert first_page(signed_in, planner) == START

    def test_ends_with_the_first_published_lesson(self, signed_in: SignedIn, planner: User):
        assert first_page(signed_in, planner) == START
        LessonFactory.create()

        assert first_page(signed_in, planner) == TODAY

    def test_ends_when_it_is_put_away_and_comes_back_when_it_is_asked_for(
        self, signed_in: SignedIn, planner: User, administrator: User
    ):
        client = signed_in(planner)
        assert first_page(signed_in, planner) == START

        assert client.post("/start/put-away/")["Location"] == "/"
        assert first_page(signed_in, planner) == first_page(signed_in, administrator) == TODAY
        assert "已收起" in client.get(TODAY).content.decode()

        assert client.post("/start/put-away/", {"again": "1"})["Location"] == START
        assert first_page(signed_in, administrator) == START

    def test_teacher_who_has_left_does_not_count(self, signed_in: SignedIn, planner: User):
        UserFactory.create(roles=[Role.TEACHER], is_active=False)

        assert first_page(signed_in, planner) == START


class TestInstallationWithPeopleOrLessons:
    @pytest.mark.parametrize(
        "make", [TermFactory.create, lambda: LessonFactory.create(is_draft=True)]
    )
    def test_never_leads_there(self, signed_in: SignedIn, planner: User, make: Any):
        make()

        assert first_page(signed_in, planner) == TODAY
        assert read(signed_in(planner).get(TODAY).content).all("a", href=START) == []
        assert SchoolSettings.load().start_began_at is None

    def test_nor_with_a_teacher_alone(self, signed_in: SignedIn, planner: User, teacher: User):
        assert first_page(signed_in, planner) == TODAY

    def test_page_is_there_for_whoever_looks_for_it(
        self, signed_in: SignedIn, planner: User, lesson: Lesson
    ):
        page = read(signed_in(planner).get(START).content)

        assert page.one("h1").text == "开始使用"
        assert SchoolSettings.load().start_began_at is None


def test_who_comes_next_does_not_begin_it_anew(signed_in: SignedIn, planner: User):
    first_page(signed_in, planner)
    began_at = SchoolSettings.load().start_began_at
    assert began_at is not None

    first_page(signed_in, planner)

    assert SchoolSettings.load().start_began_at == began_at


def test_night_ends_nothing_that_never_began_or_is_not_done(
    signed_in: SignedIn, planner: User
) -> None:
    end_first_hour()
    assert SchoolSettings.load().start_put_away_at is None
    first_page(signed_in, planner)

    end_first_hour()

    assert SchoolSettings.load().is_in_first_hour


def test_putting_away_before_it_began_holds(signed_in: SignedIn, planner: User):
    put_first_hour_away(timezone.now())

    assert first_page(signed_in, planner) == TODAY
