"""The page of a lesson's attendance: who was there, what it counts, and what comes next."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from attendance.enums import DeviceKind, MemberRole, MissingReason
from attendance.lesson_page.cloud_facts import UNINVITED_SHOWN
from attendance.models import MemberRecord, PersonAttendance
from schedule.enums import CloudStatus, LessonState
from schedule.models import ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.attendance import (
    add_stay,
    add_sum,
    held_room,
    minutes,
    settled,
    statistics_for,
)
from tests.factories.schedule import (
    ClassGroupFactory,
    MembershipFactory,
    UnplannedLessonFactory,
)
from tests.support.attendance import lines_of, main_of, page_of
from tests.support.guests import guest_of

pytestmark = pytest.mark.django_db


def shown(client: Client, lesson: Lesson, query: str = "") -> Any:
    answer = client.get(page_of(lesson) + query)
    assert answer.status_code == 200
    return main_of(answer)


def test_row_a_person_says_what_they_count_and_why(
    teaching: Client, past_lesson: Lesson, pupil: User
):
    statistics = statistics_for(held_room(past_lesson))
    add_stay(statistics, pupil, 7, 30)
    add_stay(statistics, pupil, 31, 38)
    add_sum(statistics, pupil, 1800, device=DeviceKind.WEB)
    settled(past_lesson)
    PersonAttendance.objects.filter(person=pupil).update(watched_s=125)

    page = shown(teaching, past_lesson)

    group, state, came, left, in_class, watched, corrected, told = lines_of(page)["王小明"]
    assert group == "三年级2班"
    assert state == "◔ Late Left early"
    assert (came, left, in_class) == ("08:07:00", "08:38:00", "30 min")
    assert (watched, corrected) == ("2 min 5 s", "–")
    assert "08:07:00–08:30:00 08:31:00–08:38:00 in all 30 min" in told
    assert "Browser" in told
    assert "Held" in page.text
    assert "08:00–" in page.text
    assert list(lines_of(page, "staff-head")) == ["李老师"]


def test_bars_show_the_same_and_are_not_read_out(
    teaching: Client, past_lesson: Lesson, pupil: User
):
    statistics = statistics_for(held_room(past_lesson, 9, 45))
    add_stay(statistics, pupil, 0, 27)
    settled(past_lesson)

    (picture, *_others) = shown(teaching, past_lesson).all("svg", "presence")

    assert picture.attrs["aria-hidden"] == "true"
    bars = [(bar.classes.pop(), bar.attrs["x"], bar.attrs["width"]) for bar in picture.all("rect")]
    # Before the class had begun nobody gathers seconds.
    assert bars == [("bar-held", "200", "800"), ("bar-there", "200", "400")]


def test_sums_without_single_stays_are_marked(teaching: Client, past_lesson: Lesson, pupil: User):
    add_sum(
        statistics_for(held_room(past_lesson)),
        pupil,
        9000,
        first_joined_at=past_lesson.starts_at,
        last_quit_at=past_lesson.ends_at,
    )
    settled(past_lesson)

    page = shown(teaching, past_lesson)

    in_class = lines_of(page)["王小明"][4]
    assert in_class == "45 min without times of its own · cut to the class"
    assert [bar.classes for bar in page.all("rect")][:2] == [{"bar-held"}, {"bar-around"}]


def test_who_is_not_on_the_roster_stands_apart_and_is_matched_to_nobody(
    teaching: Client, past_lesson: Lesson, pupil: User
):
    statistics = statistics_for(held_room(past_lesson))
    add_sum(
        statistics, "cloud-stranger", 600, nickname=pupil.display_name, role=MemberRole.SUPERVISOR
    )
    add_stay(statistics, "cloud-unnamed", 0, 10)
    settled(past_lesson)

    page = shown(teaching, past_lesson)

    uninvited = lines_of(page, "uninvited-head")
    assert uninvited["王小明"][:2] == ["cloud-stranger", "Supervisor"]
    assert uninvited["–"][:2] == ["cloud-unnamed", "–"]
    assert lines_of(page)["王小明"][1] == "✕ Absent"


def test_guests_stand_apart_below_the_roster_and_count_nowhere(
    teaching: Client, past_lesson: Lesson, pupil: User
):
    guest_of(past_lesson, "客人甲", "guest-now", earlier_user_ids=["guest-before"])
    guest_of(past_lesson, "", "guest-without-name")
    guest_of(past_lesson, "不来的客人", "guest-who-never-came")
    guest_of(UnplannedLessonFactory.create(), "别处的客人", "strayed")
    statistics = statistics_for(held_room(past_lesson))
    add_stay(statistics, pupil, 0, 45)
    add_stay(statistics, "guest-before", -5, 10)
    add_stay(statistics, "guest-now", 20, 30.5)
    add_sum(statistics, "guest-now", 630, nickname="")
    add_sum(statistics, "guest-without-name", 600, nickname="")
    add_stay(statistics, "strayed", 0, 10)
    row = settled(past_lesson)

    page = shown(teaching, past_lesson)

    assert lines_of(page, "guests-head") == {
        "客人甲": ["08:00:00", "08:30:30", "20 min 30 s"],
        "Guest": ["–", "–", "10 min"],
    }
    assert list(lines_of(page)) == ["王小明"]
    assert list(lines_of(page, "uninvited-head")) == ["–"]
    assert "strayed" in page.one("table", **{"aria-labelledby": "uninvited-head"}).text
    assert (row.students, row.attended) == (1, 1)


def test_of_very_many_who_are_not_on_the_roster_the_rest_are_counted(
    teaching: Client, past_lesson: Lesson, pupil: User
):
    statistics = statistics_for(held_room(past_lesson))
    MemberRecord.objects.bulk_create(
        MemberRecord(
            statistics=statistics,
            classroom_user_id=f"guest-{number:03}",
            nickname=f"客{number}",
            role=MemberRole.STUDENT,
            present_s=600,
        )
        for number in range(UNINVITED_SHOWN + 3)
    )
    settled(past_lesson)

    page = shown(teaching, past_lesson)

    assert list(lines_of(page, "uninvited-head"))[-1] == f"客{UNINVITED_SHOWN - 1}"
    assert "And 3 more people." in page.text


def test_class_at_another_time_counts_then_and_the_page_says_so(
    teaching: Client, past_lesson: Lesson, pupil: User
):
    add_stay(statistics_for(held_room(past_lesson, 60, 100)), pupil, 60, 100)
    settled(past_lesson)

    page = shown(teaching, past_lesson)

    assert "held at another time than planned" in page.text
    assert lines_of(page)["王小明"][1] == "✓ Present"


# --- How far it is --------------------------------------------------------------------------------


def test_provisional_page_names_the_room_that_has_not_answered_and_when_it_is_asked(
    teaching: Client, past_lesson: Lesson, pupil: User, time_machine: Any
):
    statistics_for(held_room(past_lesson, 0, 20))
    waiting = statistics_for(held_room(past_lesson, 20, 45), has_come=False)
    due_at = past_lesson.ends_at + minutes(90)
    type(waiting).objects.filter(pk=waiting.pk).update(due_at=due_at)
    settled(past_lesson)
    time_machine.move_to(past_lesson.ends_at + minutes(60), tick=False)

    page = shown(teaching, past_lesson)

    assert f"Room {waiting.room.room_id}: No answer since the class ended at 08:45" in page.text
    assert "asked again at 10:15" in page.text
    assert lines_of(page)["王小明"][1] == "… Provisional"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("", "It has told of some people only; asked again at 10:15"),
        (MissingReason.INCOMPLETE, "told of some people only who were in this class."),
    ],
)
def test_page_of_statistics_that_miss_people_says_so(
    teaching: Client,
    past_lesson: Lesson,
    pupil: User,
    time_machine: Any,
    reason: str,
    expected: str,
):
    due_at = None if reason else past_lesson.ends_at + minutes(90)
    statistics_for(
        held_room(past_lesson),
        events_at=None,
        missing_lines=1,
        missing_reason=reason,
        due_at=due_at,
    )
    settled(past_lesson)
    time_machine.move_to(past_lesson.ends_at + minutes(60), tick=False)

    page = shown(teaching, past_lesson)

    assert expected in page.text
    assert "Absent" not in page.one("table", **{"aria-labelledby": "students-head"}).text


def test_page_of_statistics_that_never_came_says_why_and_what_can_be_done(
    teaching: Client, past_lesson: Lesson, pupil: User
):
    statistics_for(held_room(past_lesson), has_come=False, missing_reason=MissingReason.ROOM_GONE)
    settled(past_lesson)

    page = shown(teaching, past_lesson)

    assert "The room was deleted before its statistics came." in page.text
    assert "correct by hand" in page.text
    assert "Absent" not in page.one("table", **{"aria-labelledby": "students-head"}).text


@pytest.mark.parametrize(
    ("state", "status", "expected"),
    [
        (LessonState.CANCELLED, None, "cancelled"),
        (LessonState.PUBLISHED, CloudStatus.EXPIRED, "never held"),
        (LessonState.PUBLISHED, CloudStatus.RUNNING, "goes on"),
    ],
)
def test_lessons_without_states_say_why(
    teaching: Client,
    past_lesson: Lesson,
    pupil: User,
    state: LessonState,
    status: CloudStatus | None,
    expected: str,
):
    if status is not None:
        started_at = past_lesson.starts_at if status == CloudStatus.RUNNING else None
        held_room(past_lesson, cloud_status=status, real_started_at=started_at, real_ended_at=None)
    Lesson.objects.update(state=state)
    settled(past_lesson)

    page = shown(teaching, past_lesson)

    assert expected in page.text
    assert not page.all("fieldset")
    assert lines_of(page)["王小明"][1] == "–"


def test_lesson_to_come_and_one_of_which_nothing_was_collected_have_their_words(
    signed_in: SignedIn, teaching: Client, past_lesson: Lesson, lesson: Lesson, teacher: User
):
    assert "still to come" in shown(signed_in(teacher, "en"), lesson).text
    assert "Nothing is known of this class yet" in shown(teaching, past_lesson).text


# --- Filters and figures --------------------------------------------------------------------------


def test_states_are_counted_and_narrow_the_table_by_the_address(
    teaching: Client, past_lesson: Lesson, pupil: User
):
    other = ClassGroupFactory.create(name="三年级10班")
    past_lesson.class_groups.add(other)
    absent = MembershipFactory.create(
        class_group=other, user=UserFactory.create(display_name="赵小红")
    )
    add_stay(statistics_for(held_room(past_lesson)), pupil, 0, 45)
    settled(past_lesson)

    page = shown(teaching, past_lesson)
    # In the order in which people count.
    assert list(lines_of(page)) == ["王小明", "赵小红"]
    figures = {
        link.text: link.attrs["href"] for link in page.one("ul", "attendance-counts").all("a")
    }
    assert list(figures) == ["1 ✓ Present", "1 ✕ Absent"]

    narrowed = main_of(teaching.get(figures["1 ✕ Absent"]))
    assert list(lines_of(narrowed)) == [absent.user.display_name]
    assert list(lines_of(shown(teaching, past_lesson, "?class_group=三年级2班"))) == ["王小明"]
    assert "No student of this lesson fits" in shown(teaching, past_lesson, "?state=excused").text
    # What means nothing narrows nothing.
    assert len(lines_of(shown(teaching, past_lesson, "?state=x&class_group=%00"))) == 2


def test_no_two_fields_of_the_page_are_labelled_alike(
    teaching: Client, past_lesson: Lesson, pupil: User
):
    statistics_for(held_room(past_lesson))
    settled(past_lesson)

    page = shown(teaching, past_lesson)

    ids = [element.attrs["id"] for element in page.all() if "id" in element.attrs]
    assert len(ids) == len(set(ids))


def test_forty_people_cost_no_more_queries_than_one(
    teaching: Client, past_lesson: Lesson, group: ClassGroup, pupil: User
):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(teaching, past_lesson)
        return len(captured)

    statistics = statistics_for(held_room(past_lesson))
    add_stay(statistics, pupil, 0, 45)
    settled(past_lesson)
    few = queries()
    for number in range(10):
        guest_of(past_lesson, user_id=f"guest-{number}")
        add_stay(statistics, f"guest-{number}", 0, 45)
    for member in MembershipFactory.create_batch(39, class_group=group):
        add_stay(statistics, member.user, 0, 45)
        add_sum(statistics, member.user, 2700)
    past_lesson.attendance.delete()
    settled(past_lesson)

    # One more for all guests.
    assert queries() == few + 1


# --- For whom -------------------------------------------------------------------------------------


def test_class_teacher_sees_the_lesson_of_their_class_group_and_no_other(
    signed_in: SignedIn, past_lesson: Lesson, lesson: Lesson, pupil: User, class_teacher: User
):
    statistics_for(held_room(past_lesson))
    settled(past_lesson)
    client = signed_in(class_teacher, "en")

    page = shown(client, past_lesson)

    assert "王小明" in lines_of(page)
    # Its own page is not for them.
    assert not page.all("a", href=f"/schedule/lessons/{past_lesson.code}/")
    assert client.get(page_of(lesson)).status_code == 404


def test_students_and_outsiders_see_no_lesson_of_all(
    signed_in: SignedIn, past_lesson: Lesson, pupil: User, other_teacher: User
):
    settled(past_lesson)
    for user in (pupil, other_teacher):
        client = signed_in(user)
        for address in (page_of(past_lesson), f"{page_of(past_lesson)[:-1]}.xlsx"):
            assert client.get(address).status_code == 404


def test_who_was_class_teacher_once_sees_nothing_any_more(
    signed_in: SignedIn, past_lesson: Lesson, class_teacher: User
):
    class_teacher.memberships.update(to_date=timezone.localdate() - dt.timedelta(days=1))

    assert signed_in(class_teacher).get(page_of(past_lesson)).status_code == 404
