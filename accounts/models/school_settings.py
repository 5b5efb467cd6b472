from __future__ import annotations

import datetime as dt
from types import MappingProxyType

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.nicknames import NAME_PLACEHOLDER
from edu_platform.lib.statements import Statement

# What holds until the school chooses otherwise: its name, how early people enter, how long a class may run on,
# how far ahead rooms are made, and how much may be kept.
NAME_AT_FIRST = "云课堂"
TEACHERS_ENTER_BEFORE_MIN = 30
STUDENTS_ENTER_BEFORE_MIN = 10
OVERTIME_MIN = 30
ROOM_HORIZON_DAYS = 14
STUDENTS_ON_STAGE = 6
LATE_AFTER_MIN = 5
LEFT_EARLY_MIN = 5
ABSENT_BELOW_PERCENT = 50
ABSENCES_TOLD_AT_HOUR = 18
COURSEWARE_QUOTA_PERSON_MIB = 5120
COURSEWARE_QUOTA_SCHOOL_GIB = 500
# More minutes than this are no delay any more, but another class.
LONGEST_GRACE_MIN = 120


class SchoolSettings(models.Model):
    """The school's choices, one row. Secrets and addresses are environment variables instead."""

    class Resolution(models.IntegerChoices):
        STANDARD = 1, _("Standard (SD)")
        HIGH = 2, _("High (HD)")
        FULL_HIGH = 3, _("Very high (full HD)")

    # With more students on stage than this the cloud takes standard resolution only.
    HIGH_RESOLUTION_MAX_MICS = 6

    class SubType(models.TextChoices):
        BOARD_AND_VIDEO = "videodoc", _("Whiteboard and video")
        VIDEO = "video", _("Video only")

    class LectureStage(models.IntegerChoices):
        """The cloud takes no more than one student onto the stage of a lecture."""

        NOBODY = 0, pgettext_lazy("on stage", "Nobody")
        ONE_STUDENT = 1, _("One student")

    class RecordLayout(models.IntegerChoices):
        """The recording layouts that need nothing more; with an unknown one the cloud would refuse every room."""

        SCREEN_SQUARE = 0, _("Screen share, cameras 1:1")
        MEETING_SQUARE = 1, _("Meeting, cameras 1:1")
        SCREEN_WIDE = 3, _("Screen share, cameras 4:3")
        MEETING_WIDE = 4, _("Meeting, cameras 4:3")
        WHOLE_PAGE = 9, _("The whole class page, with the chat")

    # The cloud has these too, but needs a picture that cannot be given: no room gets them.
    LAYOUTS_WITH_A_PICTURE = MappingProxyType(
        {2: _("Own background, teacher 4:3"), 5: _("Own background, teacher 1:1")}
    )

    school_name = models.CharField(_("school's name"), max_length=64, default=NAME_AT_FIRST)
    # Re-encoded, as pictures of people are.
    logo = models.ImageField(_("logo"), upload_to="logos/", blank=True, default="", db_default="")
    # When staff first came to an installation without teacher, lesson and term, which leads them through its first
    # hour (`/start/`). None: it never was empty, or nobody came; then nothing leads there.
    start_began_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When they put it away, or all of it was done.
    start_put_away_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When the doctor last found nothing wrong with the connection to the cloud. None: it did, or nobody has asked.
    cloud_in_order_at = models.DateTimeField(null=True, blank=True, editable=False)
    max_mic_number = models.PositiveSmallIntegerField(
        _("students on stage at most"),
        default=STUDENTS_ON_STAGE,
        validators=[MaxValueValidator(16)],
        help_text=_("More than 6 allow standard resolution only."),
    )
    lecture_mic_number = models.PositiveSmallIntegerField(
        _("students on stage in lectures"),
        choices=LectureStage.choices,
        default=LectureStage.ONE_STUDENT,
        db_default=LectureStage.ONE_STUDENT,
    )
    resolution = models.PositiveSmallIntegerField(
        _("camera resolution"), choices=Resolution.choices, default=Resolution.STANDARD
    )
    sub_type = models.CharField(
        _("kind of class page"),
        max_length=16,
        choices=SubType.choices,
        default=SubType.BOARD_AND_VIDEO,
    )
    record_layout = models.PositiveSmallIntegerField(
        _("recording layout"),
        default=0,
        validators=[MaxValueValidator(9)],
        help_text=_("The cloud's number: 0 or 3 screen share, 1 or 4 meeting, 9 the whole page."),
    )
    # The one with a picture that the school had chosen, until somebody has saved the settings since.
    record_layout_before = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    # Never 0: the cloud takes that for "without end".
    end_delay_min = models.PositiveSmallIntegerField(
        _("overtime in minutes"),
        default=OVERTIME_MIN,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
    )
    room_horizon_days = models.PositiveSmallIntegerField(
        _("make rooms this many days ahead"),
        default=ROOM_HORIZON_DAYS,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    teacher_entry_min = models.PositiveSmallIntegerField(
        _("teachers may enter this many minutes before"),
        default=TEACHERS_ENTER_BEFORE_MIN,
        validators=[MaxValueValidator(24 * 60)],
    )
    student_entry_min = models.PositiveSmallIntegerField(
        _("students may enter this many minutes before"),
        default=STUDENTS_ENTER_BEFORE_MIN,
        validators=[MaxValueValidator(24 * 60)],
    )
    nickname_pattern = models.CharField(
        _("nickname in class"),
        max_length=64,
        default=NAME_PLACEHOLDER,
        help_text=_("{name} stands for the person's name. The cloud sees nothing but this."),
    )
    students_may_download = models.BooleanField(
        _("students may download replays unless the lesson says otherwise"), default=False
    )
    # In the cloud, and for its own player alone; visitors by a link are never recorded.
    keeps_watch_records = models.BooleanField(
        _("keep records of who watches signalling replays, when and how long"),
        default=False,
        help_text=_("Everybody reads so in their profile. Visitors by a link are not recorded."),
    )
    # Attendance (`attendance.rules`); a course may have its own.
    late_after_min = models.PositiveSmallIntegerField(
        _("late after this many minutes"),
        default=LATE_AFTER_MIN,
        db_default=LATE_AFTER_MIN,
        validators=[MaxValueValidator(LONGEST_GRACE_MIN)],
    )
    left_early_min = models.PositiveSmallIntegerField(
        _("left early when gone this many minutes before the end"),
        default=LEFT_EARLY_MIN,
        db_default=LEFT_EARLY_MIN,
        validators=[MaxValueValidator(LONGEST_GRACE_MIN)],
    )
    absent_below_percent = models.PositiveSmallIntegerField(
        _("absent below this share of the class, in percent"),
        default=ABSENT_BELOW_PERCENT,
        db_default=ABSENT_BELOW_PERCENT,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    absences_told_at_hour = models.PositiveSmallIntegerField(
        _("class teachers hear of absences at this hour"),
        default=ABSENCES_TOLD_AT_HOUR,
        db_default=ABSENCES_TOLD_AT_HOUR,
        validators=[MaxValueValidator(23)],
        help_text=_("Once a day, of those that have become final since the last time."),
    )
    # The cloud shows it (`classroom.client.marquees`).
    shows_marquee = models.BooleanField(
        _("each screen of a class shows its reader's nickname and number"),
        default=False,
        db_default=False,
        help_text=_(
            "A running mark, so that a picture of the screen shows whose it was. It holds for classes that have not begun."
        ),
    )
    teachers_see_all_timetables = models.BooleanField(
        _("teachers see the timetable of the whole school"),
        default=True,
        db_default=True,
        help_text=_("They arrange swaps by it. Students see their own timetable alone."),
    )
    # What the link of a family shows, beside timetable and changes (`schedule.families`).
    families_see_attendance = models.BooleanField(
        _("families see the attendance of their children"), default=True, db_default=True
    )
    families_see_notices = models.BooleanField(
        _("families see the notices of their children"), default=True, db_default=True
    )
    families_may_watch = models.BooleanField(
        _("families may watch replays unless the lesson says otherwise"),
        default=False,
        db_default=False,
        help_text=_("Other children are to be seen and heard in them."),
    )
    second_factor_is_compulsory = models.BooleanField(
        _("administrators and planners must use a second factor"),
        default=False,
        help_text=_("At their next page they are asked to set one up, and can do nothing before."),
    )
    courseware_quota_person_mib = models.PositiveIntegerField(
        _("courseware of one person in MiB at most"), default=COURSEWARE_QUOTA_PERSON_MIB
    )
    courseware_quota_school_gib = models.PositiveIntegerField(
        _("courseware of the whole school in GiB at most"), default=COURSEWARE_QUOTA_SCHOOL_GIB
    )

    class Meta:
        verbose_name = _("school settings")
        verbose_name_plural = _("school settings")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end_delay_min__range=(1, 120)),
                name="accounts_schoolsettings_overtime_is_bounded",
            ),
            models.CheckConstraint(
                condition=models.Q(room_horizon_days__range=(1, 60)),
                name="accounts_schoolsettings_horizon_is_bounded",
            ),
            models.CheckConstraint(
                condition=models.Q(max_mic_number__lte=16),
                name="accounts_schoolsettings_mics_are_bounded",
            ),
            models.CheckConstraint(
                condition=models.Q(lecture_mic_number__lte=1),
                name="accounts_schoolsettings_lecture_mics_are_bounded",
            ),
            models.CheckConstraint(
                condition=models.Q(pk=1), name="accounts_schoolsettings_one_row"
            ),
        ]

    def __str__(self) -> str:
        return self.school_name

    @classmethod
    def load(cls) -> SchoolSettings:
        """The one row; the defaults, unsaved, while nobody has chosen anything."""
        return _THE_ROW.first() or cls(pk=1)

    @property
    def has_own_name(self) -> bool:
        return self.school_name != NAME_AT_FIRST

    @property
    def is_in_first_hour(self) -> bool:
        return self.start_began_at is not None and self.start_put_away_at is None

    @property
    def teacher_window(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.teacher_entry_min)

    @property
    def student_window(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.student_entry_min)

    @property
    def overtime(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.end_delay_min)

    @property
    def room_horizon(self) -> dt.timedelta:
        return dt.timedelta(days=self.room_horizon_days)


_THE_ROW = Statement(lambda: SchoolSettings.objects.filter(pk=1))
