"""The list of replays as cards: to whom, what they show beside the table's cells, and whose pictures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from courseware.enums import Release
from replays.models import Progress, Replay, ReplayFile
from schedule.models import ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.courseware import BindingFactory, CoursewareFactory
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import UnplannedLessonFactory, school_time
from tests.support.pages import Element, table_of
from tests.support.replays import LIST, list_page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_china")]

COVERS = "https://tcic-test-1257307760.qcloudclass.com/cover"


def layout_of(page: Element) -> str:
    """Return the layout of the table, which the switch has to name as well."""
    chosen = page.one("nav", "switch").one("a", **{"aria-current": "true"})
    layout = chosen.attrs["href"].rpartition("view=")[2]
    assert f"as-{layout}" in page.one("table").classes
    return layout


def pictures(client: Client) -> list[str]:
    return [img.attrs["src"] for img in list_page(client, "?view=cards").one("table").all("img")]


def facts_of(client: Client) -> str:
    return list_page(client, "?view=cards").one("span", "card-facts").text


class TestLayout:
    def test_students_have_cards_and_others_the_table_until_they_choose(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, file: ReplayFile
    ):
        usual = {
            who: layout_of(list_page(signed_in(request.getfixturevalue(who))))
            for who in ("student", "teacher", "supervisor", "planner")
        }

        assert usual == {
            "student": "cards",
            "teacher": "table",
            "supervisor": "table",
            "planner": "table",
        }

    def test_choice_is_kept_for_the_person_alone(
        self, signed_in: SignedIn, teacher: User, planner: User, file: ReplayFile
    ):
        assert layout_of(list_page(signed_in(teacher), "?view=cards")) == "cards"

        # In another browser, too.
        assert layout_of(list_page(signed_in(teacher))) == "cards"
        assert layout_of(list_page(signed_in(planner))) == "table"

    def test_what_is_no_layout_and_what_a_script_or_head_asks_for_is_not_kept(
        self, signed_in: SignedIn, teacher: User, file: ReplayFile
    ):
        client = signed_in(teacher)

        assert layout_of(list_page(client, "?view=film")) == "table"
        client.head(f"{LIST}?view=cards")
        client.get(f"{LIST}?view=cards", headers={"X-Page-Version": "x"})

        assert layout_of(list_page(client)) == "table"

    def test_switch_keeps_filters_and_page(self, office: Client, file: ReplayFile):
        page = list_page(office, "?q=x&page=3&page_size=20")

        ways = [way.attrs["href"] for way in page.one("nav", "switch").all("a")]
        assert ways == [
            f"{LIST}?q=x&page=3&page_size=20&view={view}" for view in ("cards", "table")
        ]

    def test_table_is_the_same_but_for_what_follows_the_title(
        self, office: Client, file: ReplayFile
    ):
        table, cards = (table_of(list_page(office, f"?view={view}")) for view in ("table", "cards"))

        assert cards[0] == table[0]
        assert cards[1][1].startswith(table[1][1])
        assert cards[1][2:] == table[1][2:]


class TestWhatACardSays:
    def test_course_day_and_length(self, signed_in: SignedIn, student: User, file: ReplayFile):
        at = file.replay.made_at
        assert at is not None

        with time_machine.travel(at + dt.timedelta(hours=2), tick=False):
            page = list_page(signed_in(student))

        film = page.one("span", "film")
        assert page.one("span", "card-facts").text == "语文课 · 今天 08:46"
        assert (film.text, film.attrs["data-sign"], "subject-1" in film.classes) == (
            "45:00",
            "语",
            True,
        )

    def test_class_group_where_somebody_sees_several(
        self, office: Client, file: ReplayFile, other_class_group: ClassGroup
    ):
        assert "三年级1班" in facts_of(office)

        other_class_group.delete()

        assert "三年级1班" not in facts_of(office)

    @pytest.mark.parametrize(
        ("position_s", "said", "percent"),
        [(4, "", None), (750, " · 看到 12:30，共 45:00", "27"), (2_600, " · ✓ 已看完", "100")],
    )
    def test_how_far_oneself_has_watched(
        self,
        signed_in: SignedIn,
        student: User,
        teacher: User,
        file: ReplayFile,
        position_s: int,
        said: str,
        percent: str | None,
    ):
        now = timezone.now()
        Progress.objects.create(user=student, file=file, position_s=position_s, updated_at=now)
        unwatched = facts_of(signed_in(teacher))

        page = list_page(signed_in(student))

        bars = [bar.attrs["value"] for bar in page.all("progress")]
        assert page.one("span", "card-facts").text == unwatched + said
        assert bars == ([percent] if percent else [])

    def test_merged_recording_shows_no_class_twice(
        self, signed_in: SignedIn, student: User, replay: Replay
    ):
        for number, (start, stop) in enumerate(((8, 9), (9, 10), (8, 10)), start=1):
            ReplayFileFactory.create(
                replay=replay,
                number=number,
                duration_s=3_600 * (stop - start),
                started_at=school_time(1, start),
                stopped_at=school_time(1, stop),
            )

        assert list_page(signed_in(student)).one("span", "film").text == "2:00:00"

    def test_its_page_hears_of_what_was_watched_elsewhere(
        self, signed_in: SignedIn, student: User, file: ReplayFile
    ):
        client = signed_in(student)
        known = client.get(LIST)["X-Page-Version"]
        assert client.get(LIST, headers={"X-Page-Version": known}).status_code == 204

        now = timezone.now()
        Progress.objects.create(user=student, file=file, position_s=60, updated_at=now)

        assert client.get(LIST, headers={"X-Page-Version": known}).status_code == 200


class TestPictures:
    """The first page of the lesson's courseware, to whoever may have that."""

    @pytest.fixture
    def bind(self, lesson: Lesson, file: ReplayFile) -> Callable[..., None]:
        def bind_one(number: int, release: Release = Release.NEVER, **fields: Any) -> None:
            fields.setdefault("cover_url", f"{COVERS}/{number}.jpg")
            made = CoursewareFactory.create(**fields)
            BindingFactory.create(lesson=lesson, courseware=made, position=number, release=release)

        return bind_one

    @pytest.mark.both_databases("pictures are read as text with their replays")
    def test_first_in_the_order_of_the_lesson_that_has_one(
        self, office: Client, bind: Callable[..., None]
    ):
        for number, cover in ((3, f"{COVERS}/3.jpg"), (1, ""), (2, f"{COVERS}/2.jpg")):
            bind(number, cover_url=cover)

        assert pictures(office) == [f"{COVERS}/2.jpg"]

    def test_of_an_image_is_ours_and_of_other_hosts_there_is_none(
        self, office: Client, bind: Callable[..., None]
    ):
        bind(1, cover_url="https://elsewhere.example/1.jpg")
        bind(2, suffix="png", code="image")

        assert pictures(office) == ["/courseware/image/thumbnail/"]

    def test_students_see_what_was_released_to_them_and_teachers_what_they_hold(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        bind: Callable[..., None],
    ):
        bind(1)
        bind(2, release=Release.BEFORE)

        seen = {
            who: pictures(signed_in(request.getfixturevalue(who)))
            for who in ("student", "teacher", "assistant", "supervisor")
        }

        assert seen == {
            "student": [f"{COVERS}/2.jpg"],
            "teacher": [f"{COVERS}/1.jpg"],
            "assistant": [f"{COVERS}/1.jpg"],
            "supervisor": [f"{COVERS}/1.jpg"],
        }

    def test_students_see_what_is_released_after_class_only_then(
        self, signed_in: SignedIn, student: User, lesson: Lesson, bind: Callable[..., None]
    ):
        bind(1, release=Release.AFTER)
        client = signed_in(student)

        seen = []
        for moment in (lesson.ends_at - dt.timedelta(minutes=1), lesson.ends_at):
            with time_machine.travel(moment):
                seen.append(pictures(client))

        assert seen == [[], [f"{COVERS}/1.jpg"]]


# As many as the table: what cards add is read with the rows and files.
@pytest.mark.parametrize(("who", "queries"), [("student", 10), ("teacher", 11), ("planner", 12)])
def test_cards_take_no_more_queries_than_the_table(
    request: pytest.FixtureRequest,
    signed_in: SignedIn,
    teacher: User,
    class_group: ClassGroup,
    file: ReplayFile,
    who: str,
    queries: int,
    django_assert_num_queries: Any,
):
    client = signed_in(request.getfixturevalue(who))
    list_page(client, "?view=cards")
    for number in range(3):
        lesson = UnplannedLessonFactory.create(
            teacher=teacher, class_groups=[class_group], starts_at=school_time(2 + number, 8)
        )
        ReplayFileFactory.create(replay=ReplayFactory.create(lesson=lesson), number=1)
        BindingFactory.create(
            lesson=lesson, courseware=CoursewareFactory.create(cover_url=f"{COVERS}/1.jpg")
        )

        with django_assert_num_queries(queries):
            page = list_page(client)
        assert len(page.all("span", "film")) == 2 + number
