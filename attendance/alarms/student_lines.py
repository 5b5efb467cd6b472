"""Lines for students whose class has not begun: that the planners know. Of alarms they see nothing else."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Relation
from attendance.alarms.reading import office_knows
from attendance.models import Alarm
from edu_platform.lib.aggregates import lines_of
from schedule.hooks import Panel
from schedule.models import Lesson

# On a lesson's page: above the replays.
PANEL_ORDER = 5


def alarm_facts() -> Subquery:
    """Return what the line on a lesson's page follows from."""
    return lines_of(Alarm.objects.filter(lesson=OuterRef("pk")), "kind", "end", of="lesson")


def office_knows_panel(
    lesson: Lesson, relations: Collection[Relation], _viewer: User
) -> Panel | None:
    """Tell a student whose class should have begun; one query, and none before its start or after its end."""
    is_now = lesson.starts_at <= timezone.now() < lesson.ends_at
    if Relation.STUDENT not in relations or not is_now or not office_knows(lesson.pk):
        return None
    return Panel("attendance/_office_knows.html", {"words": _words()}, is_kept=False)


def office_knows_note(lesson: Lesson, relations: Collection[Relation]) -> str:
    """Tell a student before the door."""
    knows = Relation.STUDENT in relations and office_knows(lesson.pk)
    return _words() if knows else ""


def _words() -> str:
    return _("The class has not begun yet. The school's planners know about it.")
