from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class RoomType(models.IntegerChoices):
    """The form of a class, as the school says it; `rooms.plans` turns it into the cloud's."""

    INTERACTIVE = 0, _("Interactive class")
    LECTURE = 1, _("Lecture")
    ONE_TO_ONE = 2, _("One to one")
    ROUND_TABLE = 3, _("Round table")


class CourseColour(models.IntegerChoices):
    """The colours of courses, as numbers of their style; `courses.colours` says what each is for."""

    BY_NAME = 0, pgettext_lazy("colour of a course", "By its name")
    BLUE = 1, _("Blue")
    ORANGE = 2, _("Orange")
    GREEN = 3, _("Green")
    VIOLET = 4, _("Violet")
    PINK = 5, _("Pink")
    CYAN = 6, _("Cyan")
    AMBER = 7, _("Amber")
    LIME = 8, _("Lime")
    CRIMSON = 9, _("Crimson")
    INDIGO = 10, _("Indigo")
    TEAL = 11, _("Teal")
    GREY = 12, _("Grey")


class RecordMode(models.IntegerChoices):
    """The cloud's DisableRecord."""

    AUTOMATIC = 0, _("Recorded")
    NONE = 1, _("Not recorded")
    # Somebody starts and stops it (`manual_recording`): the cloud knows calls alone for that.
    MANUAL = 2, _("Recorded by hand")
    SIGNALLING = 3, _("Signalling recording")


class LessonState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    CANCELLED = "cancelled", _("Cancelled")


class CloudStatus(models.IntegerChoices):
    """The cloud's Status of a room."""

    NOT_STARTED = 0, _("Not started")
    RUNNING = 1, _("Running")
    ENDED = 2, _("Ended")
    EXPIRED = 3, _("Expired")


# A room whose class was held, or is being held.
BEGUN = (CloudStatus.RUNNING, CloudStatus.ENDED)


class RoomReason(models.TextChoices):
    """The reasons for which rooms are made."""

    AHEAD = "ahead", _("Made ahead")
    INTERACTIVE = "at_door", _("Made when somebody entered")
    EXPIRED = "expired", _("The earlier room expired")
    VANISHED = "vanished", _("The earlier room vanished in the cloud")
    FROZEN = "frozen", _("The earlier room could not be changed any more")
    REOPENED = "reopened", _("Opened again by hand")
    HISTORY = "history", _("Came with an import")
    ADOPTED = "adopted", _("Found in the cloud")


class Stage(StrEnum):
    """Tell before, during and after class apart: people do other things then."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class MembershipKind(models.TextChoices):
    STUDENT = "student", _("Student")
    CLASS_TEACHER = "class_teacher", _("Class teacher")


class AgeBand(models.TextChoices):
    """The ages in a class group, as far as the law asks for them; of no person more is kept."""

    UNDER_14 = "under_14", _("Under 14")
    FROM_14_TO_17 = "14_to_17", _("14 to 17")
    ADULT = "adult", _("Adults")


class ConsentGiver(models.TextChoices):
    """The one who agreed to recordings of somebody."""

    PERSON = "person", _("The person")
    GUARDIAN = "guardian", _("A guardian")


class ImportTopic(models.TextChoices):
    """The contents of an import page's spreadsheets."""

    PEOPLE = "people"
    LESSONS = "lessons"
    # The value that rows of earlier releases have.
    WEEKLY_LESSONS = "patterns"
    FET = "fet"


class RowKind(models.TextChoices):
    """The outcome of an import for a row."""

    NEW = "new", _("New")
    CHANGED = "changed", _("Changed")
    REMOVED = "removed", _("Removed")
    UNCHANGED = "unchanged", _("Unchanged")
    CONFLICT = "conflict", _("In conflict")
    FAULTY = "faulty", _("At fault")


class ChangeKind(models.TextChoices):
    """The effect of an action on a lesson; several of them may come together."""

    PLANNED = "planned", pgettext_lazy("change", "Planned")
    PUBLISHED = "published", _("Published")
    MOVED = "moved", _("Moved")
    CANCELLED = "cancelled", _("Cancelled")
    RESTORED = "restored", _("Cancellation undone")
    DELETED = "deleted", _("Deleted")
    COURSE = "course", _("Course")
    TITLE = "title", _("Title")
    TEACHER = "teacher", _("Teacher")
    ASSISTANTS = "assistants", _("Assistants")
    CLASS_GROUPS = "class_groups", _("Class groups")
    ROOM_TYPE = "room_type", _("Room type")
    RECORDING = "recording", _("Recording")
    DOWNLOAD = "download", _("Download by students")
    FAMILIES = "families", _("Replay for families")
    OVERLAP = "overlap", _("Why class groups may overlap")


class HoursColumn(models.TextChoices):
    """The column of a lesson among the hours of a teacher."""

    PLANNED = "planned", pgettext_lazy("hours", "Planned")
    # What became of one that nobody stands in for.
    HELD = "held", pgettext_lazy("hours", "Held")
    NOT_HELD = "not_held", pgettext_lazy("hours", "Not held")
    UNKNOWN = "unknown", pgettext_lazy("hours", "Not known")
    TO_COME = "to_come", pgettext_lazy("hours", "To come")
    GIVEN_AWAY = "given_away", pgettext_lazy("hours", "Given away")
    CANCELLED = "cancelled", pgettext_lazy("hours", "Cancelled")
    STOOD_IN = "stood_in", pgettext_lazy("hours", "Stood in for others")
    TAUGHT = "taught", pgettext_lazy("hours", "Taught in all")
    ASSISTED = "assisted", pgettext_lazy("hours", "Assisted")


class ActionOrigin(models.TextChoices):
    """The ways in which the timetable is changed."""

    PAGE = "page", _("In a page")
    IMPORT = "import", _("By an import")
    COMMAND = "command", _("By a command")
    # Made by weekly lessons and days of the term. A change that comes in another way counts as an edit by hand.
    TERM = "term", _("By the plan of the term")


class DayKind(models.TextChoices):
    """The kind of a day in the school's calendar, if it is not what its weekday says."""

    HOLIDAY = "holiday", _("Holiday")
    WORKDAY = "workday", _("School day")


class DaySource(models.TextChoices):
    """The source of a day's kind: what a person wrote is never overwritten."""

    CALENDAR = "calendar", _("National calendar")
    HAND = "hand", _("By hand")


class WeeklyLessonSource(models.TextChoices):
    """The source of a weekly lesson. A file removes only what came from files of its kind."""

    PAGE = "page", _("In a page")
    FILE = "file", _("By an import")
    FET = "fet", _("From FET")


class FetNameKind(models.TextChoices):
    """The kind of thing that a name in a timetable of FET stands for."""

    DAY = "day", pgettext_lazy("names of FET", "Days")
    HOUR = "hour", pgettext_lazy("names of FET", "Hours")
    TEACHER = "teacher", pgettext_lazy("names of FET", "Teachers")
    STUDENTS = "students", pgettext_lazy("names of FET", "Students sets")


class ChannelMessageState(models.TextChoices):
    WAITING = "waiting"
    SENT = "sent"
    # What it was to tell was undone before anybody heard of it, or its channel was paused.
    WITHDRAWN = "withdrawn"
    # The channel took no messages for too long.
    EXPIRED = "expired"


class Part(StrEnum):
    """A person's part in a lesson; the first that holds goes before the others."""

    TEACHER = "teacher"
    ASSISTANT = "assistant"
    STUDENT = "student"


class NewsKind(StrEnum):
    """The meaning of a lesson's change for one person."""

    NEW = "new"
    RESTORED = "restored"
    GAINED = "gained"  # it was there before, and not theirs
    CHANGED = "changed"
    CANCELLED = "cancelled"
    DELETED = "deleted"
    LOST = "lost"  # it still is there, and no longer theirs
