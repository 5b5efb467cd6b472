"""Replays for families: only where school and lesson allow it, only of a child's own lessons, and only to watch."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import SchoolSettings, User
from replays.enums import ReplayReason, ReplayState
from replays.family_section import replays_section
from replays.models import PlaybackUse, Progress, Replay, ReplayFile
from replays.services.playback import TICKETS_WITHIN
from schedule.models import ClassGroup, FamilyLink, Lesson
from tests.factories.accounts import UserFactory
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import ClassGroupFactory, LessonFactory, MembershipFactory
from tests.support.families import FamilyOf, make_family, phone
from tests.support.pages import read

pytestmark = pytest.mark.django_db

ENGLISH = "en-GB,en;q=0.9"


@pytest.fixture(autouse=True)
def _school_lets_families_watch(db: None) -> None:
    allow(school=True)


@pytest.fixture
def family(student: User, file: ReplayFile) -> FamilyOf:
    return make_family(student)


@pytest.fixture
def browser(family: FamilyOf) -> Client:
    return family.has_opened(ENGLISH)


def allow(*, school: bool) -> None:
    SchoolSettings.objects.update_or_create(pk=1, defaults={"families_may_watch": school})


def path_of(family: FamilyOf, replay: Replay, below: str = "") -> str:
    return f"{family.page}replays/{replay.code}/{below}"


def statuses(browser: Client, family: FamilyOf, replay: Replay) -> list[int]:
    return [browser.get(path_of(family, replay, below)).status_code for below in ("", "play/")]


def titles(child: User) -> list[str]:
    school = SchoolSettings.load()
    panel = replays_section(child, FamilyLink(), "token", school, timezone.now())
    lines: Any = panel.content["lines"] if panel is not None else []
    return [line["title"] for line in lines]


class TestWhoMay:
    def test_family_watches_by_an_address_of_our_own(
        self, family: FamilyOf, browser: Client, file: ReplayFile
    ):
        page = browser.get(path_of(family, file.replay))
        played = browser.get(path_of(family, file.replay, "play/"))

        assert page.status_code == 200
        assert file.url not in page.content.decode()
        assert "Other children are to be seen and heard" in read(page.content).one("main").text
        assert (played.status_code, played["Location"]) == (302, file.url)
        assert "no-store" in played["Cache-Control"]
        assert page["Referrer-Policy"] == "no-referrer"

    @pytest.mark.parametrize(
        ("school", "lesson_says", "may"),
        [
            (True, None, True),
            (True, False, False),
            (False, None, False),
            (False, True, False),
            (False, False, False),
        ],
    )
    def test_school_allows_and_lesson_narrows(
        self,
        family: FamilyOf,
        browser: Client,
        file: ReplayFile,
        student: User,
        school: bool,
        lesson_says: bool | None,
        may: bool,
    ):
        allow(school=school)
        Lesson.objects.update(families_may_watch=lesson_says)

        assert statuses(browser, family, file.replay) == ([200, 302] if may else [404, 404])
        assert bool(titles(student)) is may

    def test_lesson_of_another_child_is_missing(
        self, family: FamilyOf, browser: Client, student: User
    ):
        group = ClassGroupFactory.create(name="六年级2班")
        other = ReplayFileFactory.create(
            replay=ReplayFactory.create(lesson=LessonFactory.create(class_groups=(group,)))
        )

        assert statuses(browser, family, other.replay) == [404, 404]
        assert other.replay.title not in titles(student)

    def test_each_child_of_the_link_counts(self, student: User, file: ReplayFile):
        group = ClassGroupFactory.create(name="六年级2班")
        sister = MembershipFactory.create(class_group=group, user__roles=(Role.STUDENT,)).user
        family = make_family(sister, student)

        assert statuses(family.has_opened(), family, file.replay) == [200, 302]
        assert titles(sister) == []

    def test_child_who_was_not_in_the_class_group_then(
        self, family: FamilyOf, browser: Client, file: ReplayFile, student: User
    ):
        after = timezone.localdate(file.replay.planned_start) + dt.timedelta(days=1)
        student.memberships.update(from_date=after)

        assert statuses(browser, family, file.replay) == [404, 404]

    def test_teacher_of_a_lesson_is_no_child_of_it(self, file: ReplayFile, teacher: User):
        family = make_family(teacher)

        assert statuses(family.has_opened(), family, file.replay) == [404, 404]

    def test_browser_that_has_not_opened_the_link_is_led_to_the_button(
        self, family: FamilyOf, file: ReplayFile
    ):
        answer = phone().get(path_of(family, file.replay, "play/"))

        assert (answer.status_code, answer["Location"]) == (303, family.page)

    def test_link_that_has_ended_plays_nothing(
        self, family: FamilyOf, browser: Client, file: ReplayFile
    ):
        FamilyLink.objects.update(ended_at=timezone.now())

        assert statuses(browser, family, file.replay) == [404, 404]

    @pytest.mark.parametrize("state", [ReplayState.EXPECTED, ReplayState.DELETED])
    def test_what_cannot_be_played_is_missing(
        self, family: FamilyOf, browser: Client, file: ReplayFile, student: User, state: str
    ):
        Replay.objects.update(state=state, reason=ReplayReason.TO_COME)

        assert statuses(browser, family, file.replay) == [404, 404]
        assert titles(student) == []

    def test_nothing_is_downloaded(self, family: FamilyOf, browser: Client, file: ReplayFile):
        Lesson.objects.update(students_may_download=True)

        answer = browser.get(path_of(family, file.replay, "download/"))
        assert (answer.status_code, answer["Location"]) == (303, family.page)
        page = browser.get(path_of(family, file.replay)).content.decode()
        assert "download/" not in page

    def test_unknown_is_missing(self, family: FamilyOf, browser: Client):
        assert browser.get(f"{family.page}replays/nonesuch/").status_code == 404

    def test_page_of_the_second_child_leads_to_them_and_back(self, student: User, file: ReplayFile):
        family = make_family(UserFactory.create(), student)
        browser, page = family.has_opened(ENGLISH), f"{family.page}?child={student.code}"

        address = read(browser.get(page).content).link(file.replay.title)

        assert address == f"{path_of(family, file.replay)}?child={student.code}"
        assert page in browser.get(address).content.decode()


class TestCounting:
    def test_view_is_a_visitors_and_no_watch_record(
        self, family: FamilyOf, browser: Client, file: ReplayFile
    ):
        for _ in range(2):
            browser.get(path_of(family, file.replay, "play/"))

        use = PlaybackUse.objects.get()
        file.replay.refresh_from_db()
        assert (use.user, use.share) == (None, None)
        assert len(use.visitor) == 64
        assert file.replay.views == 1
        assert not Progress.objects.exists()
        page = read(browser.get(path_of(family, file.replay)).content)
        assert page.one("div", "player").attrs["data-progress"] == ""

    def test_two_families_are_two_visitors(self, student: User, file: ReplayFile):
        for label in ("妈妈", "爸爸"):
            family = make_family(student, label=label)
            family.has_opened().get(path_of(family, file.replay, "play/"))

        file.replay.refresh_from_db()
        assert file.replay.views == 2


class TestKindsOfFiles:
    def test_playlist_comes_through_our_own_address_where_addresses_are_hidden(
        self, family: FamilyOf, browser: Client, replay: Replay, settings: Any
    ):
        ReplayFile.objects.all().delete()
        file = ReplayFileFactory.create(
            replay=replay, number=1, url="https://vod.example.com/a/index.m3u8", file_format="hls"
        )
        settings.REPLAY_HOSTS = ("vod.example.com",)
        settings.REPLAY_DELIVERY = "accel"

        led = browser.get(path_of(family, replay, "play/"))
        piece = browser.get(led["Location"])

        assert led["Location"] == path_of(family, replay, "play/1/index.m3u8")
        assert file.url not in str(led.headers)
        assert piece.status_code == 200

    def test_signalling_recording_opens_the_clouds_player_with_a_bounded_number_of_tickets(
        self,
        family: FamilyOf,
        browser: Client,
        file: ReplayFile,
        monkeypatch: pytest.MonkeyPatch,
    ):
        asked: list[str] = []
        monkeypatch.setattr(ReplayFile, "is_signalling", True)

        def address(replay: Replay, user_id: str, *_more: Any, keeps_record: bool) -> str:
            asked.append(user_id)
            assert not keeps_record
            return "https://player.example/?ticket=1"

        monkeypatch.setattr("replays.services.playback._address", address)

        answers = [browser.get(path_of(family, file.replay, "play/")) for _ in range(11)]

        assert answers[0]["Location"] == "https://player.example/?ticket=1"
        assert [answer.status_code for answer in answers] == [302] * 10 + [429]
        assert answers[10]["Retry-After"] == str(round(TICKETS_WITHIN.total_seconds()))
        assert asked == [""] * 10


def test_section_takes_two_queries_however_many_there_are(
    student: User, class_group: ClassGroup, django_assert_num_queries: DjangoAssertNumQueries
):
    for _ in range(3):
        ReplayFactory.create(lesson=LessonFactory.create(class_groups=(class_group,)))
    school = SchoolSettings.load()

    with django_assert_num_queries(2):
        panel = replays_section(student, FamilyLink(), "token", school, timezone.now())
    assert panel is not None
    assert len(list(panel.content["lines"])) == 3  # type: ignore[call-overload] # a list


def test_school_that_lets_no_family_watch_has_no_section(student: User, file: ReplayFile):
    allow(school=False)

    school = SchoolSettings.load()
    assert replays_section(student, FamilyLink(), "token", school, timezone.now()) is None
