"""The command that asks for the attendance of classes of the past."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.services.registration import ensure_registered
from attendance.enums import AttendanceStage, MissingReason
from attendance.models import LessonAttendance, RoomStatistics
from classroom.client.rate_limits import Priority
from schedule.enums import CloudStatus
from schedule.models import Lesson, Room
from tests.factories.schedule import UnplannedLessonFactory, school_time
from tests.support.cloud import SDK_APP_ID, LocalCloud
from tests.support.cloudcalls import make_quick

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    make_quick(monkeypatch)


def past(cloud: LocalCloud, days: int) -> Lesson:
    """Make a lesson of some days ago that was held before anybody collected attendance."""
    lesson = UnplannedLessonFactory.create(
        starts_at=school_time(-days, 8), ends_at=school_time(-days, 8, 45)
    )
    start_s, end_s = (int(moment.timestamp()) for moment in (lesson.starts_at, lesson.ends_at))
    teacher_id = ensure_registered(lesson.teacher, Priority.BACKGROUND).classroom_user_id
    visit = {"user_id": teacher_id, "joined_s": start_s, "left_s": end_s}
    number = cloud.add_history("语文课", start_s, end_s, recordings=0, visits=[visit])
    Room.objects.create(
        lesson=lesson,
        room_id=number,
        sdk_app_id=SDK_APP_ID,
        cloud_status=CloudStatus.ENDED,
        real_started_at=lesson.starts_at,
        real_ended_at=lesson.ends_at,
    )
    return lesson


def run_command(*arguments: str) -> str:
    stdout = io.StringIO()
    call_command(*arguments, stdout=stdout)
    return stdout.getvalue()


def stages() -> dict[int, str]:
    return dict(LessonAttendance.objects.values_list("pk", "stage"))


def since(days: int) -> str:
    return school_time(-days, 0).date().isoformat()


def test_classes_since_a_day_are_asked_about_and_counted(local_cloud: LocalCloud):
    old, lesson = past(local_cloud, 30), past(local_cloud, 20)
    never_held = UnplannedLessonFactory.create(
        starts_at=school_time(-19, 8), ends_at=school_time(-19, 8, 45)
    )

    said = run_command("sync_attendance", "--since", since(25))

    assert said.strip() == "asked=1 came=1 waiting=0 missing=0 counted=2"
    assert stages() == {
        lesson.pk: AttendanceStage.FINAL,
        never_held.pk: AttendanceStage.NOT_HELD,
    }
    assert run_command("sync_attendance", "--since", since(25)).startswith("asked=0")
    assert old.pk not in stages()


def test_what_was_given_up_is_asked_once_more(local_cloud: LocalCloud):
    past(local_cloud, 20)
    local_cloud.set_attendance(never=True)

    first = run_command("sync_attendance", "--since", since(25))
    given_up = RoomStatistics.objects.get().missing_reason
    local_cloud.set_attendance(never=False)
    second = run_command("sync_attendance", "--since", since(25))

    assert "missing=1" in first
    assert given_up == MissingReason.NEVER_CAME
    assert "came=1" in second


def test_silent_cloud_is_told(local_cloud: LocalCloud):
    for days in (20, 21, 22):
        past(local_cloud, days)
    local_cloud.switch("*", "http500")

    with pytest.raises(CommandError, match="does not answer"):
        run_command("sync_attendance", "--since", since(25))


def test_no_cloud_is_told(local_cloud: LocalCloud, settings: Any):
    past(local_cloud, 20)
    settings.LCIC_SECRET_KEY = ""

    with pytest.raises(CommandError, match="No cloud is configured"):
        run_command("sync_attendance", "--since", since(25))


@pytest.mark.parametrize("day", ["soon", "1999-12-31", "2999-01-01"])
def test_day_that_is_none_of_the_past_is_refused(day: str):
    with pytest.raises(CommandError):
        run_command("sync_attendance", "--since", day)
