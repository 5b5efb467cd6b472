"""Lines for students whose class has not begun: that the planners know. Of alarms they see nothing else."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Relation
from attendance.enums import AlarmKind
from attendance.models import Alarm
from edu_platform.lib.aggregates import lines_of
from edu_platform.lib.statements import Statement
from schedule.enums import Stage
from schedule.hooks import Panel
from schedule.models import Lesson

# On a lesson's page: above the replays.
PANEL_ORDER = 5
# What says that a class has not begun.
NOT_BEGUN = (AlarmKind.NOT_STARTED, AlarmKind.CANNOT_BE_OPENED)


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
    return Panel(
        "attendance/_office_knows.html",
        {"words": _words()},
        is_kept=False,
        comes_first={Stage.DURING},
    )


def office_knows_note(lesson: Lesson, relations: Collection[Relation]) -> str:
    """Tell a student before the door."""
    knows = Relation.STUDENT in relations and office_knows(lesson.pk)
    return _words() if knows else ""


def office_knows(lesson_id: int) -> bool:
    """Return whether the office has been told that a class has not begun. One query."""
    return _NOT_BEGUN.first(lesson_id=lesson_id) is not None


def _words() -> str:
    return _("The class has not begun yet. The school's planners know about it.")


_NOT_BEGUN = Statement(
    lambda lesson_id: (
        Alarm.objects.open()
        .filter(lesson=lesson_id, kind__in=NOT_BEGUN)
        .values_list("pk", flat=True)[:1]
    )
)
