"""Empty pages lead to the step without which they stay empty, and Today says what is left."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.models import SchoolSettings, User
from accounts.services.school import (
    begin_first_hour,
    name_school,
    note_cloud_checked,
    put_first_hour_away,
)
from schedule.door.people import note_entry
from schedule.models import BellTime, Term
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    LessonFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.support.pages import read

pytestmark = pytest.mark.django_db

TODAY = "/schedule/today/"


@pytest.fixture
def _begun(db: None) -> None:
    begin_first_hour(timezone.now())


def hints(signed_in: SignedIn, user: User, path: str) -> list[str]:
    page = read(signed_in(user).get(path).content)
    return [each.one("a").attrs["href"] for each in page.all("p", "start-hint")]


def make_people() -> None:
    MembershipFactory.create(user=UserFactory.create(roles=[Role.STUDENT]))
    UserFactory.create(roles=[Role.TEACHER])


def make_term() -> None:
    BellTime.objects.create(
        term=TermFactory.create(), number=1, starts=dt.time(8), ends=dt.time(8, 45)
    )


@pytest.mark.usefixtures("_begun")
class TestEmptyPages:
    @pytest.mark.parametrize(
        ("path", "step"),
        [
            ("/schedule/", "people"),
            ("/schedule/matrix/", "people"),
            ("/schedule/terms/", "term"),
            ("/replays/", "people"),
            ("/courseware/", "cloud"),
            ("/schedule/hours/", "people"),
            ("/schedule/channels/", "people"),
            ("/imports/", "people"),
        ],
    )
    def test_lead_to_the_first_step_that_they_need(
        self, signed_in: SignedIn, planner: User, path: str, step: str
    ):
        assert hints(signed_in, planner, path) == [f"/start/?step={step}"]

    def test_follow_what_is_done(self, signed_in: SignedIn, planner: User):
        found = []
        for make in (
            make_people,
            make_term,
            lambda: WeeklyLessonFactory.create(term=Term.objects.get()),
        ):
            make()
            found += hints(signed_in, planner, "/schedule/matrix/")

        assert found == [f"/start/?step={step}" for step in ("term", "weekly", "plan")]

    def test_lead_nobody_else_there(self, signed_in: SignedIn, supervisor: User, outsider: User):
        for path in ("/schedule/", "/replays/", "/courseware/"):
            assert hints(signed_in, outsider, path) == []
            assert hints(signed_in, supervisor, path) == []

    def test_lead_nowhere_once_it_is_put_away(self, signed_in: SignedIn, planner: User):
        put_first_hour_away(timezone.now())

        assert hints(signed_in, planner, "/schedule/matrix/") == []


def test_page_of_another_school_counts_nothing_for_it(
    signed_in: SignedIn, planner: User, django_assert_max_num_queries: Any
):
    client = signed_in(planner)
    with django_assert_max_num_queries(20) as asked:
        client.get("/schedule/terms/")

    assert not [query for query in asked.captured_queries if "schedule_belltime" in query["sql"]]


class TestToday:
    @pytest.fixture(autouse=True)
    def _begun_today(self, _begun: None) -> None:
        pass

    def test_says_in_one_line_that_the_school_is_set_up(self, signed_in: SignedIn, planner: User):
        make_people()

        page = read(signed_in(planner).get(TODAY).content)

        assert page.link("学校还在开始使用：7 步中完成 1 步。") == "/start/"
        (button,) = (each for each in page.all("a", "button") if each.text == "接着做")
        assert button.attrs["href"] == "/start/?step=school"

    def test_names_each_open_step_once_lessons_are_published(
        self, signed_in: SignedIn, planner: User
    ):
        LessonFactory.create()

        page = read(signed_in(planner).get(TODAY).content)

        for step in ("学校名称和校徽", "连接云端", "第一节课"):
            assert page.link(f"开始使用还差一步：{step}。") == "/start/"
        assert "还差一步：排课" not in page.text

    def test_is_not_for_supervisors(self, signed_in: SignedIn, supervisor: User):
        assert "/start/" not in signed_in(supervisor).get(TODAY).content.decode()

    def test_has_no_line_when_nothing_is_left(
        self, signed_in: SignedIn, planner: User, superuser: User
    ):
        name_school("云山", by=superuser)
        make_people()
        make_term()
        lesson = LessonFactory.create()
        note_cloud_checked(timezone.now(), is_in_order=True)
        note_entry(planner, lesson, at=timezone.now())

        assert "/start/" not in signed_in(planner).get(TODAY).content.decode()
        assert SchoolSettings.load().is_in_first_hour  # looking changes nothing
