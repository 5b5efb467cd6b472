"""Courseware in the timetable, on the pages of a lesson and of a course, and as the picture of a lesson."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Action, Relation, may
from courseware.access import released_at
from courseware.enums import CoursewareState
from courseware.models import Binding, CourseBinding, Courseware
from courseware.selectors.lessons import bound_rows, released_rows
from courseware.selectors.library import cover_of
from courseware.services.readiness import is_near
from edu_platform.lib.aggregates import cells_in, lines_of
from edu_platform.lib.formatting import StateWords
from schedule.enums import Stage
from schedule.hooks import Panel, SeenLesson, SeenLessons
from schedule.models import Course, Lesson

# On a lesson's page: below the replays.
PANEL_ORDER = 30
TIMES = frozenset({Stage.BEFORE, Stage.DURING})
# What the panel and the mark of a lesson follow from, first that of which the mark is made.
FACTS = (
    *("pk", "courseware__state", "position", "is_shown_at_once", "release", "trouble", "due_at"),
    *(f"courseware__{column}" for column in ("name", "failure", "percent")),
    *(f"courseware__{column}" for column in ("due_at", "unreachable_since")),
    *(f"courseware__coming__{column}" for column in ("pk", "state", "failure")),
)

# What `cover_of` reads.
COVER = ("kind", "code", "cover_url")


def lesson_courseware_panel(
    lesson: Lesson, relations: Collection[Relation], _viewer: User
) -> Panel | None:
    """All courseware of a lesson for those who hold it; for its students, what was released."""
    at = timezone.now()
    sees_all = may(Action.SEE_LESSON_COURSEWARE, relations)
    if not sees_all and Relation.STUDENT not in relations:
        return None
    rows = bound_rows(lesson, at) if sees_all else released_rows(lesson, at)
    may_bind = may(Action.BIND_COURSEWARE, relations)
    if not rows and not may_bind:
        return None
    content = {
        "rows": rows,
        "sees_all": sees_all,
        "may_download": not sees_all or may(Action.DOWNLOAD_COURSEWARE, relations),
        "may_bind": may_bind,
        "lesson_code": lesson.code,
    }
    return Panel("courseware/_lesson_panel.html", content, comes_first=TIMES)


def course_courseware_panel(course: Course) -> Panel | None:
    """The courseware that all lessons of a course have, or those of one teacher."""
    bindings = CourseBinding.objects.filter(course=course, courseware__deleted_at=None)
    rows = list(bindings.select_related("courseware", "teacher").order_by("position", "pk"))
    return Panel("courseware/_course_panel.html", {"rows": rows}) if rows else None


def lesson_courseware_facts() -> Subquery:
    """The same, for a page that asks again and again."""
    return lines_of(Binding.objects.kept().filter(lesson=OuterRef("pk")), *FACTS, of="lesson")


def picture_facts(viewer_id: int | None, at: dt.datetime) -> Subquery:
    """Read what the first pages of a lesson's courseware follow from, as far as the viewer may have it."""
    shown = Binding.objects.kept().filter(lesson=OuterRef("lesson"))
    if viewer_id is not None:
        assisting = Lesson.assistants.through.objects.filter(
            lesson=OuterRef("lesson"), user=viewer_id
        )
        shown = shown.filter(Q(lesson__teacher=viewer_id) | Q(Exists(assisting)) | released_at(at))
    return lines_of(
        shown, "position", "pk", *(f"courseware__{name}" for name in COVER), of="lesson"
    )


def picture_address(facts: str | None) -> str:
    """Return the address of the first page of the first courseware that has a picture of it."""
    made = (Courseware(**dict(zip(COVER, row[2:], strict=True))) for row in cells_in(facts))
    return next(filter(None, map(cover_of, made)), "")


def unready_marks(
    seen: SeenLessons, at: dt.datetime, _viewer_id: int | None = None
) -> dict[int, StateWords]:
    """Mark the near lessons whose courseware is not ready, for those who can do something about it."""
    mark = StateWords(shape="△", label=_("Courseware not ready"), css_class="mark-waiting")
    return {
        lesson.pk: mark
        for lesson, relations in seen.items()
        if is_near(lesson, at) and _is_unready(lesson) and may(Action.SEE_READINESS, relations)
    }


def _is_unready(lesson: SeenLesson) -> bool:
    facts = cells_in(lesson.facts.get(lesson_courseware_facts))
    return any(state != CoursewareState.READY for _pk, state, *_others in facts)
