"""Names of guests are forgotten in time; that somebody was there stays."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from accounts.enums import AuditKind
from accounts.erasing import places
from accounts.models import AuditEntry, DiscardedIdentity, KeepingTime, User
from edu_platform.lib.keeping_times import forget
from schedule.guests.forgetting import forget_guest
from schedule.kept_kinds import GUESTS
from schedule.models import Guest, Lesson
from schedule.models.guests import NAMES_KEPT_FOR
from tests.cast import SignedIn
from tests.factories.schedule import LessonFactory, UnplannedLessonFactory, school_time
from tests.support.erasing import ERASED, erased, somebody
from tests.support.guests import guest_of
from tests.support.pages import read

pytestmark = pytest.mark.django_db

DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)


@pytest.fixture
def lesson() -> Lesson:
    """Make a lesson that ended ten days ago."""
    ends_at = timezone.now() - 10 * DAY
    return UnplannedLessonFactory.create(
        starts_at=ends_at - dt.timedelta(minutes=45), ends_at=ends_at
    )


def names() -> list[tuple[str, str]]:
    return list(Guest.objects.order_by("pk").values_list("name", "sent_nickname"))


def test_names_go_half_a_year_after_the_lesson(lesson: Lesson):
    guest_of(lesson, "客人甲", "cloud-1")
    guest_of(lesson, "没来的客人")
    guest_of(lesson, "", sent_nickname="访客")
    later = UnplannedLessonFactory.create(starts_at=lesson.ends_at, ends_at=lesson.ends_at + DAY)
    guest_of(later, "客人乙", "cloud-2")
    due_at = lesson.ends_at + NAMES_KEPT_FOR

    too_early = forget(GUESTS, due_at)
    gone = forget(GUESTS, due_at + dt.timedelta(seconds=1))
    again = forget(GUESTS, due_at + dt.timedelta(seconds=2))

    assert (too_early, gone, again) == (0, 3, 0)
    assert names() == [*[("", "")] * 3, ("客人乙", "客人乙")]
    first = Guest.objects.earliest("pk")
    assert first.classroom_user_id == "cloud-1"
    assert first.entered_at is not None


def test_school_chooses_how_long_and_nothing_less_than_a_week(lesson: Lesson):
    guest_of(lesson)
    KeepingTime.objects.create(kind=GUESTS.code, days=11)

    assert forget(GUESTS, lesson.ends_at + 10 * DAY) == 0
    assert forget(GUESTS, lesson.ends_at + 12 * DAY) == 1

    KeepingTime.objects.update(days=1)
    guest_of(lesson)
    assert forget(GUESTS, lesson.ends_at + 6 * DAY) == 0
    assert forget(GUESTS, lesson.ends_at + 8 * DAY) == 1


class TestErasedPeople:
    """Somebody who is erased was a guest somewhere, or a guest is called like them."""

    NAME = "欧阳明月"

    @pytest.fixture
    def guest(self) -> Guest:
        starts_at, ends_at = school_time(-20, 9), school_time(-20, 10)
        lesson = LessonFactory.create(starts_at=starts_at, ends_at=ends_at)
        return guest_of(lesson, self.NAME, "cloud-guest", sent_nickname="访客")

    def test_name_is_struck_out_where_nobody_else_can_be_meant(self, guest: Guest):
        erased(somebody(self.NAME))

        assert names() == [(ERASED, "访客")]

    def test_else_the_page_of_the_lesson_is_shown_to_somebody_who_decides(self, guest: Guest):
        erasure = erased(somebody(self.NAME), strikes_text=False)

        place = erasure.places.get(model="schedule.guest")
        (row,) = places.rows_of_places([place])
        assert (row.place.column, row.excerpt) == ("name", self.NAME)
        assert row.seen_at is not None
        assert row.seen_at.address == f"/schedule/lessons/{guest.lesson.code}/"
        assert names() == [(self.NAME, "访客")]
        places.strike(place)
        assert names() == [(ERASED, "访客")]


class TestGuestWhoAsksForIt:
    @pytest.fixture
    def guest(self, lesson: Lesson) -> Guest:
        return guest_of(lesson, "客<b>甲</b>", "cloud-guest")

    def page(self, guest: Guest) -> str:
        return f"/schedule/lessons/{guest.lesson.code}/guests/{guest.code}/forget/"

    def test_page_asks_first(self, signed_in: SignedIn, planner: User, guest: Guest):
        office = signed_in(planner, "en")

        lesson_page = read(office.get(f"/schedule/lessons/{guest.lesson.code}/").content)
        assert lesson_page.link("Forget… 客<b>甲</b>") == self.page(guest)
        answer = office.get(self.page(guest))

        page = read(answer.content).one("main")
        assert "Delete the name of “客<b>甲</b>”" in page.text
        assert page.one("form").one("button").text == "Delete the name"
        assert names() == [("客<b>甲</b>", "客<b>甲</b>")]

    def test_name_goes_here_and_the_person_in_the_cloud(
        self, signed_in: SignedIn, planner: User, guest: Guest
    ):
        office = signed_in(planner, "en")

        lesson_page = f"/schedule/lessons/{guest.lesson.code}/"

        texts = []
        for _time in range(2):
            assert office.post(self.page(guest))["Location"] == lesson_page
            texts.append(read(office.get(lesson_page).content).text)

        assert "The name of this guest was deleted." in texts[0]
        assert "had been forgotten already" in texts[1]
        assert [text for text in texts if "客" in text or "Forget…" in text] == []
        guest.refresh_from_db()
        assert names() == [("", "")]
        assert (guest.is_invited, guest.ended_by) == (False, planner)
        assert guest.discarded_at is not None
        assert DiscardedIdentity.objects.get().classroom_user_id == "cloud-guest"
        entry = AuditEntry.objects.get(kind=AuditKind.GUEST_ENDED)
        assert (entry.object_text, entry.actor) == (guest.code, planner)
        assert "客" not in str(entry.details)

    def test_who_was_sent_away_or_never_came_is_forgotten_too(
        self, lesson: Lesson, planner: User, teacher: User
    ):
        sent_away_at = lesson.ends_at - DAY
        sent_away = guest_of(lesson, "客人乙", ended_at=sent_away_at, ended_by=teacher)

        assert forget_guest(sent_away, by=planner, at=timezone.now())

        sent_away.refresh_from_db()
        assert (sent_away.ended_at, sent_away.ended_by) == (sent_away_at, teacher)
        assert (sent_away.name, sent_away.is_forgotten) == ("", True)
        assert not DiscardedIdentity.objects.exists()

    @pytest.mark.parametrize(("minutes", "is_refused"), [(-11, False), (5, True), (46, False)])
    def test_who_may_be_inside_the_class_is_not_forgotten_under_its_eyes(
        self, minutes: float, is_refused: bool, signed_in: SignedIn, planner: User, guest: Guest
    ):
        office, at = signed_in(planner, "en"), guest.lesson.starts_at + minutes * MINUTE

        with time_machine.travel(at, tick=False):
            shown, answer = office.get(self.page(guest)), office.post(self.page(guest))

        assert ("when it is over" in shown.content.decode()) is is_refused
        assert answer.status_code == (409 if is_refused else 303)
        assert ("when it is over" in answer.content.decode()) is is_refused
        assert (names() == [("", "")]) is not is_refused

    def test_staff_alone_may(
        self,
        signed_in: SignedIn,
        guest: Guest,
        supervisor: User,
        administrator: User,
        outsider: User,
    ):
        for person in (guest.lesson.teacher, supervisor, outsider):
            client = signed_in(person, "en")
            assert client.get(self.page(guest)).status_code == 404
            assert client.post(self.page(guest)).status_code == 404
        teaching = signed_in(guest.lesson.teacher, "en")
        lesson_page = teaching.get(f"/schedule/lessons/{guest.lesson.code}/").content.decode()
        assert "客&lt;b&gt;甲" in lesson_page
        assert "Forget…" not in lesson_page
        assert signed_in(administrator).get(self.page(guest)).status_code == 200

    def test_guest_of_another_lesson_is_none_of_this_one(
        self, signed_in: SignedIn, planner: User, guest: Guest, lesson: Lesson
    ):
        other = UnplannedLessonFactory.create()
        address = f"/schedule/lessons/{other.code}/guests/{guest.code}/forget/"

        assert signed_in(planner).post(address).status_code == 404
        assert names() == [("客<b>甲</b>", "客<b>甲</b>")]
