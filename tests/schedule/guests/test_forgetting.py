"""Names of guests are forgotten in time; that somebody was there stays."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.erasing import places
from accounts.models import KeepingTime
from edu_platform.lib.retention import forget
from schedule.models import Guest, Lesson
from schedule.models.guests import NAMES_KEPT_FOR
from schedule.retention import GUESTS
from tests.factories.schedule import LessonFactory, UnplannedLessonFactory, school_time
from tests.support.erasing import ERASED, erased, somebody
from tests.support.guests import guest_of

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def lesson() -> Lesson:
    """A lesson that ended ten days ago."""
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
