from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from attendance.absences import telling
from attendance.alarms import telling as alarm_telling
from attendance.alarms import watching
from attendance.collecting import asking, following
from attendance.counting import due_lessons
from attendance.kept_kinds import ALARMS, STAYS
from attendance.presence import looking
from edu_platform.lib.keeping_times import forget


@shared_task(name="attendance.ask_due")
def ask_due() -> None:
    """Ask the cloud who was in classes that are over."""
    asking.ask_due(timezone.now())


@shared_task(name="attendance.follow_bypassed")
def follow_bypassed() -> None:
    """Have rooms asked about of whose end no hook told."""
    following.follow_bypassed(timezone.now())


@shared_task(name="attendance.count_due")
def count_due() -> None:
    """Count lessons whose planned end has passed, or of which something is known that was not."""
    now = timezone.now()
    due_lessons.expect_ended(now)
    due_lessons.count_due(timezone.now())


@shared_task(name="attendance.forget_old_stays")
def forget_old_stays() -> None:
    """Delete single stays when they are old enough; states stay with their lessons."""
    forget(STAYS, timezone.now())


@shared_task(name="attendance.forget_old_alarms")
def forget_old_alarms() -> None:
    """Delete alarms when they are old enough."""
    forget(ALARMS, timezone.now())


@shared_task(name="attendance.tell_alarms")
def tell_alarms() -> None:
    """Tell those on duty of alarms, and all staff of those that nobody has taken."""
    alarm_telling.tell_due(timezone.now())


@shared_task(name="attendance.tell_absences")
def tell_absences() -> None:
    """Tell class teachers, from the school's hour on, of unexcused absences that have become final."""
    telling.tell_absences(timezone.now())


@shared_task(name="attendance.look_due")
def look_due() -> None:
    """Look who is inside the classes of this hour, where somebody wants to know."""
    looking.look_due(timezone.now())


@shared_task(name="attendance.watch_due")
def watch_due() -> None:
    """Judge the classes of this hour, and raise and end their alarms."""
    watching.watch_due(timezone.now())


@shared_task(name="attendance.forget_over")
def forget_over() -> None:
    """Forget who was inside classes that are over."""
    watching.forget_over(timezone.now())
