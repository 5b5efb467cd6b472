"""The history of the timetable: who did what, what became of each lesson, and who stood in for whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.random_codes import make_code
from edu_platform.lib.due import DueQuerySet, DueWork
from edu_platform.lib.versions import version_of
from schedule.enums import ActionOrigin, ChangeKind, LessonState
from schedule.models.class_groups import ClassGroup
from schedule.models.lessons import COURSE_NAME_CHARS, REASON_CHARS, TITLE_CHARS, Lesson, topic_of

# In what a lesson was before its own teacher took it back: the key of that teacher.
ABSENT_TEACHER = "absent_teacher"


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """A row as it was called then: its key, and its name."""

    pk: int
    name: str

    def kept(self) -> list[int | str]:
        return [self.pk, self.name]


@dataclass(frozen=True, slots=True)
class LessonSnapshot:
    """A lesson as it was at one moment, with the names of then.

    Moments are in UTC: in an hour that clocks repeat, those of two zones are never equal.
    """

    state: str
    course: Named
    title: str
    teacher: Named
    assistants: tuple[Named, ...]
    class_groups: tuple[Named, ...]
    starts_at: dt.datetime
    ends_at: dt.datetime
    room_type: int
    record_mode: int
    students_may_download: bool | None
    # None: kept before changes of it had a history.
    overlap_reason: str | None = None
    families_may_watch: bool | None = None

    @property
    def is_draft(self) -> bool:
        return self.state == LessonState.DRAFT

    @property
    def is_cancelled(self) -> bool:
        return self.state == LessonState.CANCELLED

    @property
    def takes_place(self) -> bool:
        return self.state == LessonState.PUBLISHED

    @property
    def assistant_ids(self) -> set[int]:
        return {person.pk for person in self.assistants}

    @property
    def class_group_ids(self) -> set[int]:
        return {group.pk for group in self.class_groups}

    def kept(self) -> dict[str, Any]:
        """As JSON; moments are those of UTC."""
        return {
            "state": str(self.state),
            "course": self.course.kept(),
            "title": self.title,
            "teacher": self.teacher.kept(),
            "assistants": [person.kept() for person in self.assistants],
            "class_groups": [group.kept() for group in self.class_groups],
            "starts_at": self.starts_at.astimezone(dt.UTC).isoformat(),
            "ends_at": self.ends_at.astimezone(dt.UTC).isoformat(),
            "room_type": int(self.room_type),
            "record_mode": int(self.record_mode),
            "students_may_download": self.students_may_download,
            "overlap_reason": self.overlap_reason,
            **self._kept_of_families(),
        }

    def _kept_of_families(self) -> dict[str, bool]:
        """Return nothing of a lesson that follows the school: most do, and are as earlier releases kept them."""
        allowed = self.families_may_watch
        return {} if allowed is None else {"families_may_watch": allowed}

    def version(self) -> str:
        """Return the version that pages show; what people and class groups are called does not count."""
        return version_of(
            {
                **self.kept(),
                "course": self.course.pk,
                "teacher": self.teacher.pk,
                "assistants": [person.pk for person in self.assistants],
                "class_groups": [group.pk for group in self.class_groups],
            }
        )

    @classmethod
    def read(cls, contents: Mapping[str, Any]) -> Self:
        return cls(
            state=contents["state"],
            course=Named(*contents["course"]),
            title=contents["title"],
            teacher=Named(*contents["teacher"]),
            assistants=tuple(Named(*person) for person in contents["assistants"]),
            class_groups=tuple(Named(*group) for group in contents["class_groups"]),
            starts_at=dt.datetime.fromisoformat(contents["starts_at"]),
            ends_at=dt.datetime.fromisoformat(contents["ends_at"]),
            room_type=contents["room_type"],
            record_mode=contents["record_mode"],
            students_may_download=contents["students_may_download"],
            overlap_reason=contents.get("overlap_reason"),
            families_may_watch=contents.get("families_may_watch"),
        )


class PlanningAction(DueWork):
    """One thing that somebody did to the timetable: with one lesson, or with a thousand.

    It is saved with the first change that it makes, so that what changes nothing leaves nothing. It is due
    until people have been told of it. That a planner told nobody (`is_told`) only mends what they were told
    just before.
    """

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    at = models.DateTimeField(_("time"), default=timezone.now)
    # Empty: a command, which nobody signs in for.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="planning_actions",
        verbose_name=_("by"),
        null=True,
        blank=True,
    )
    origin = models.CharField(
        _("way"), max_length=16, choices=ActionOrigin.choices, default=ActionOrigin.COMMAND
    )
    reason = models.CharField(_("why"), max_length=REASON_CHARS, blank=True)
    is_told = models.BooleanField(_("people are told"), default=True)
    # The import that this took back, which happens once.
    undoes = models.OneToOneField(
        "self",
        models.SET_NULL,
        related_name="undone_by",
        verbose_name=_("undoes"),
        null=True,
        blank=True,
        editable=False,
    )

    objects = DueQuerySet["PlanningAction"].as_manager()

    class Meta:
        verbose_name = _("change of the timetable")
        verbose_name_plural = _("changes of the timetable")
        constraints = [
            models.CheckConstraint(
                condition=Q(origin__in=ActionOrigin.values), name="schedule_action_known_origin"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="schedule_action_due",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def forget_saving(self) -> None:
        """Be as before it was saved: what saved it was rolled back, and the next try saves it again."""
        self.pk, self._state.adding = None, True

    @property
    def undoing(self) -> PlanningAction | None:
        """Return what took it back, if anything did; a query unless it was read with the row."""
        return getattr(self, "undone_by", None)


class LessonChange(models.Model):
    """The effect of an action on one lesson. A lesson deleted since is told by its code."""

    action = models.ForeignKey(
        PlanningAction, models.CASCADE, related_name="changes", verbose_name=_("change")
    )
    lesson = models.ForeignKey(
        Lesson,
        models.SET_NULL,
        related_name="changes",
        verbose_name=_("lesson"),
        null=True,
        blank=True,
    )
    lesson_code = models.CharField(_("code"), max_length=16, db_index=True)
    # Values of ChangeKind, in their order there.
    kinds = models.JSONField(_("what"), default=list)
    # Snapshots: none before it was planned, none after it was deleted. The first may hold ABSENT_TEACHER as well.
    before = models.JSONField(_("before"), null=True, blank=True)
    after = models.JSONField(_("after"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of a lesson")
        verbose_name_plural = _("changes of lessons")

    def __str__(self) -> str:
        return f"{self.lesson_code} {'、'.join(str(ChangeKind(kind).label) for kind in self.kinds)}"

    @property
    def was(self) -> LessonSnapshot | None:
        return None if self.before is None else LessonSnapshot.read(self.before)

    @property
    def became(self) -> LessonSnapshot | None:
        return None if self.after is None else LessonSnapshot.read(self.after)

    @property
    def absent_teacher_id(self) -> int | None:
        """Return for whom somebody stood in until this gave the lesson back to them; mostly nobody."""
        return (self.before or {}).get(ABSENT_TEACHER)


class DeletedLesson(models.Model):
    """A published lesson that was deleted, of which calendars still have to hear."""

    code = models.CharField(max_length=16, unique=True)
    sequence = models.PositiveIntegerField()
    deleted_at = models.DateTimeField(default=timezone.now, db_index=True)
    course_name = models.CharField(max_length=COURSE_NAME_CHARS)
    title = models.CharField(max_length=TITLE_CHARS)
    teacher = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    assistants = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    class_groups = models.ManyToManyField(ClassGroup, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.code} {self.course_name}"


class Substitution(models.Model):
    """Somebody else teaches one lesson in place of the teacher who is away.

    Another substitute changes nothing here; with a lesson that its own teacher takes back it is gone
    (`schedule.history.writing`).
    """

    lesson = models.OneToOneField(
        Lesson, models.CASCADE, related_name="substitution", verbose_name=_("lesson")
    )
    absent_teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("absent teacher"),
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.lesson_id}: {self.absent_teacher_id}"


def kinds_between(before: LessonSnapshot | None, after: LessonSnapshot | None) -> list[ChangeKind]:
    """Return what happened to a lesson from one snapshot to the other; nothing, when there is no difference."""
    if before is None:
        return [ChangeKind.PLANNED]
    if after is None:
        return [ChangeKind.DELETED]
    happened_by_kind = {
        ChangeKind.PUBLISHED: before.is_draft and not after.is_draft,
        ChangeKind.MOVED: (before.starts_at, before.ends_at) != (after.starts_at, after.ends_at),
        ChangeKind.CANCELLED: after.is_cancelled and not before.is_cancelled,
        ChangeKind.RESTORED: before.is_cancelled and not after.is_cancelled,
        ChangeKind.COURSE: before.course.pk != after.course.pk,
        ChangeKind.TITLE: _topic(before) != _topic(after),
        ChangeKind.TEACHER: before.teacher.pk != after.teacher.pk,
        ChangeKind.ASSISTANTS: before.assistant_ids != after.assistant_ids,
        ChangeKind.CLASS_GROUPS: before.class_group_ids != after.class_group_ids,
        ChangeKind.ROOM_TYPE: before.room_type != after.room_type,
        ChangeKind.RECORDING: before.record_mode != after.record_mode,
        ChangeKind.DOWNLOAD: before.students_may_download != after.students_may_download,
        ChangeKind.FAMILIES: before.families_may_watch != after.families_may_watch,
        ChangeKind.OVERLAP: _have_other_reasons(before, after),
    }
    return [kind for kind, happened in happened_by_kind.items() if happened]


def _have_other_reasons(before: LessonSnapshot, after: LessonSnapshot) -> bool:
    reasons = before.overlap_reason, after.overlap_reason
    return None not in reasons and len(set(reasons)) > 1


def _topic(snapshot: LessonSnapshot) -> str:
    return topic_of(snapshot.title, snapshot.course.name)
