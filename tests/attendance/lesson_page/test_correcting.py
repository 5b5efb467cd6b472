"""Another state for people of a lesson: by whom, until when, and what becomes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.audit_words import details_in_words
from accounts.enums import Role
from accounts.models import AuditEntry, Notice, User
from accounts.notice_kinds import sentence_of
from attendance.access import get_lesson_for
from attendance.corrections import writing
from attendance.corrections.writing import Closed, Wanted
from attendance.enums import AttendanceState
from attendance.models import Correction, LessonAttendance, RoomStatistics
from schedule.models import ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.attendance import add_stay, held_room, minutes, settled, statistics_for
from tests.factories.schedule import MembershipFactory
from tests.support.attendance import lines_of, main_of, page_of, row_of

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def statistics(past_lesson: Lesson, pupil: User) -> RoomStatistics:
    """The student was not there; the teacher was."""
    statistics = statistics_for(held_room(past_lesson))
    add_stay(statistics, past_lesson.teacher, 0, 45)
    settled(past_lesson)
    return statistics


@pytest.fixture
def correct(statistics: RoomStatistics, past_lesson: Lesson, pupil: User) -> Callable[..., Any]:
    """Send the form of the lesson's page, with these fields otherwise."""

    def send(client: Client, **fields: Any) -> Any:
        data = {"person": pupil.username, "state": "excused", "reason": "发烧"} | fields
        return client.post(page_of(past_lesson), data)

    return send


def version_of(lesson: Lesson) -> str:
    return str(LessonAttendance.objects.get(pk=lesson.pk).version)


# --- What becomes of it ---------------------------------------------------------------------------


def test_correction_counts_and_its_history_and_the_cloud_stand_beside_it(
    teaching: Client, correct: Callable[..., Any], past_lesson: Lesson, pupil: User
):
    answer = correct(teaching)

    assert (answer.status_code, answer["Location"]) == (303, page_of(past_lesson))
    row = row_of(past_lesson, pupil)
    assert (row.shown_state, row.state) == (AttendanceState.EXCUSED, AttendanceState.ABSENT)
    assert (row.corrected_by, row.correction_reason) == (past_lesson.teacher, "发烧")
    correct(teaching, state="present", reason="在线下上课")
    page = main_of(teaching.get(page_of(past_lesson)))
    _group, state, *_times, corrected, _told = lines_of(page)["王小明"]
    assert state == "✓ Present the times say: Absent"
    assert "2 corrections" in corrected
    assert corrected.index("Excused → Present") < corrected.index("Absent → Excused")
    assert past_lesson.attendance.attended == 1


def test_what_the_times_say_ends_a_correction_and_the_history_stays(
    teaching: Client, correct: Callable[..., Any], past_lesson: Lesson, pupil: User
):
    correct(teaching)
    correct(teaching, state="absent", reason="弄错了")

    row = row_of(past_lesson, pupil)
    assert (row.is_corrected, row.corrected_by, row.correction_reason) == (False, None, "")
    assert row.shown_state == AttendanceState.ABSENT
    assert list(Correction.objects.values_list("before", "state")) == [
        ("absent", "excused"),
        ("excused", "absent"),
    ]


def test_of_a_provisional_lesson_a_correction_is_taken_back_too(
    teaching: Client,
    correct: Callable[..., Any],
    statistics: RoomStatistics,
    past_lesson: Lesson,
    pupil: User,
):
    RoomStatistics.objects.update(statistics_at=None)
    settled(past_lesson)
    correct(teaching)
    assert row_of(past_lesson, pupil).shown_state == AttendanceState.EXCUSED

    correct(teaching, state="times", reason="弄错了")

    assert row_of(past_lesson, pupil).shown_state == ""


def test_same_state_and_reason_again_change_nothing(
    teaching: Client, correct: Callable[..., Any], past_lesson: Lesson
):
    correct(teaching)
    version = version_of(past_lesson)

    answer = correct(teaching)

    assert answer.status_code == 303
    assert (Correction.objects.count(), version_of(past_lesson)) == (1, version)


def test_student_hears_of_each_correction_once_and_the_audit_log_has_it(
    teaching: Client, correct: Callable[..., Any], past_lesson: Lesson, pupil: User
):
    correct(teaching)
    correct(teaching)

    (notice,) = Notice.objects.filter(user=pupil)
    assert notice.address == f"/schedule/lessons/{past_lesson.code}/"
    with translation.override("en"):
        said = sentence_of(notice.kind, notice.arguments)
    assert said.endswith("counts as “Excused” now: 李老师 has corrected it. Reason: 发烧")
    (entry,) = AuditEntry.objects.filter(person=pupil, kind="attendance_corrected")
    assert entry.actor == past_lesson.teacher
    assert details_in_words(entry) == "缺勤 → 请假"


def test_several_at_once_cost_no_more_queries_than_one(
    teaching: Client,
    correct: Callable[..., Any],
    statistics: RoomStatistics,
    past_lesson: Lesson,
    group: ClassGroup,
    pupil: User,
):
    with CaptureQueriesContext(connection) as one:
        correct(teaching)
    members = MembershipFactory.create_batch(30, class_group=group)
    past_lesson.attendance.delete()
    settled(past_lesson)
    names = [member.user.username for member in members]

    with CaptureQueriesContext(connection) as many:
        answer = correct(teaching, person=names)

    assert answer.status_code == 303
    assert LessonAttendance.objects.get().people.filter(corrected_state="excused").count() == 30
    assert Notice.objects.filter(user__username__in=names).count() == 30
    assert len(many) <= len(one)


# --- What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"state": "asleep"}, "asleep"),
        ({"state": ""}, "required"),
        ({"reason": " "}, "required"),
        ({"reason": "x" * 201}, "200"),
        ({"reason": "a\0b"}, "Null"),
        ({"person": []}, "Choose somebody."),
        ({"person": ["wang", "nobody"]}, "Not on the roster of this lesson: nobody."),
        ({"person": "\0"}, "Choose somebody."),
    ],
)
def test_malformed_corrections_are_refused_in_words(
    teaching: Client,
    correct: Callable[..., Any],
    past_lesson: Lesson,
    pupil: User,
    fields: dict[str, Any],
    expected: str,
):
    answer = correct(teaching, **fields)

    assert answer.status_code == 422
    assert expected in main_of(answer).text
    assert not row_of(past_lesson, pupil).is_corrected


def test_older_page_is_refused_and_says_what_was_changed_meanwhile(
    signed_in: SignedIn,
    teaching: Client,
    correct: Callable[..., Any],
    statistics: RoomStatistics,
    past_lesson: Lesson,
    pupil: User,
    planner: User,
):
    known = version_of(past_lesson)
    correct(signed_in(planner), state="present", reason="线下")
    add_stay(statistics, pupil, 0, 40)
    settled(past_lesson)

    answer = correct(teaching, known=known)

    assert answer.status_code == 409
    page = main_of(answer)
    assert f"{planner.display_name}: 王小明 from “Absent” to “Present”" in page.text
    assert "counted anew" in page.text
    assert row_of(past_lesson, pupil).corrected_state == AttendanceState.PRESENT
    # The page that comes back shows it as it is now, with the same people chosen.
    assert page.one("input", name="known").attrs["value"] == version_of(past_lesson)
    assert "checked" in page.one("input", name="person", value=pupil.username).attrs
    # Without a version it is taken at its word.
    assert correct(teaching).status_code == 303


@pytest.mark.parametrize("known", ["x", "-1", "9" * 5000])
def test_version_that_no_page_ever_showed_is_another_one(
    teaching: Client, correct: Callable[..., Any], known: str
):
    assert correct(teaching, known=known).status_code == 409


def test_class_without_states_has_nothing_to_correct(
    teaching: Client, past_lesson: Lesson, pupil: User
):
    settled(past_lesson)

    answer = teaching.post(
        page_of(past_lesson), {"person": pupil.username, "state": "excused", "reason": "发烧"}
    )

    assert answer.status_code == 409
    assert "nothing to correct" in main_of(answer).text


# --- Who corrects whom, and until when ------------------------------------------------------------


@pytest.mark.parametrize("who", ["teacher", "class_teacher", "planner"])
def test_after_seven_days_staff_alone_correct(
    signed_in: SignedIn,
    correct: Callable[..., Any],
    past_lesson: Lesson,
    class_teacher: User,
    planner: User,
    time_machine: Any,
    who: str,
):
    people = {"teacher": past_lesson.teacher, "class_teacher": class_teacher, "planner": planner}
    time_machine.move_to(past_lesson.ends_at + 7 * DAY - minutes(1), tick=False)
    assert correct(signed_in(people[who], "en")).status_code == 303

    time_machine.move_to(past_lesson.ends_at + 7 * DAY, tick=False)
    answer = correct(signed_in(people[who], "en"), state="late")

    assert answer.status_code == (303 if who == "planner" else 403)
    if who != "planner":
        page = main_of(answer)
        assert "7 days from its planned end. Planners still can" in page.text
        assert not page.all("fieldset")


def test_service_refuses_what_is_too_late_whoever_calls_it(
    statistics: RoomStatistics, past_lesson: Lesson, pupil: User
):
    teacher = past_lesson.teacher
    seen = get_lesson_for(teacher, past_lesson.code)
    wanted = Wanted(usernames=[pupil.username], state="excused", reason="发烧")

    with pytest.raises(Closed):
        writing.correct(seen, wanted, by=teacher, at=past_lesson.ends_at + 7 * DAY)

    assert not Correction.objects.exists()


def test_who_may_see_and_not_correct_reads_so(
    signed_in: SignedIn, correct: Callable[..., Any], supervisor: User
):
    client = signed_in(supervisor, "en")

    answer = correct(client)

    assert answer.status_code == 403
    assert "but not correct it" in main_of(answer).text
    assert not main_of(answer).all("input", name="person")


def test_nobody_corrects_their_own_and_the_teacher_is_left_to_staff(
    signed_in: SignedIn,
    teaching: Client,
    correct: Callable[..., Any],
    past_lesson: Lesson,
    planner: User,
):
    own = past_lesson.teacher.username

    answer = correct(teaching, person=own)

    assert answer.status_code == 403
    assert "You do not correct 李老师" in main_of(answer).text
    assert correct(signed_in(planner), person=own).status_code == 303
    # They hear nothing of it: it is students who do.
    assert not Notice.objects.filter(user=past_lesson.teacher).exists()


def test_class_teacher_corrects_the_students_of_their_class_groups_alone(
    signed_in: SignedIn,
    correct: Callable[..., Any],
    statistics: RoomStatistics,
    past_lesson: Lesson,
    class_teacher: User,
):
    other = MembershipFactory.create()
    past_lesson.class_groups.add(other.class_group)
    assistant = UserFactory.create(roles=[Role.TEACHER])
    past_lesson.assistants.add(assistant)
    past_lesson.attendance.delete()
    settled(past_lesson)
    client = signed_in(class_teacher, "en")

    assert correct(client).status_code == 303
    for person in (other.user, assistant, past_lesson.teacher):
        assert correct(client, person=person.username).status_code == 403


def test_outsiders_hear_nothing(
    signed_in: SignedIn, correct: Callable[..., Any], pupil: User, other_teacher: User
):
    for user in (pupil, other_teacher):
        assert correct(signed_in(user)).status_code == 404
