"""Words by which people know what belongs to class groups and courses, where somebody asks to delete these."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.admin_deletion import RowWords, leave_untold, register_row_words
from edu_platform.lib.formatting import NOTHING
from schedule.history.words import lesson_text, period_text
from schedule.lessons.pages import planners_page_of
from schedule.models import (
    Channel,
    ChannelMessage,
    ClassGroup,
    DeletedLesson,
    FetName,
    Lesson,
    Membership,
    Occupation,
    WeeklyLesson,
    WeeklyLessonAssistant,
    WeeklyLessonClassGroup,
    class_group_names,
)
from schedule.terms.words import weekly_lesson_in_words


def _lesson(lesson: Lesson) -> str:
    """Say when, what, for whom, by whom; and its state, where it is not simply planned."""
    parts = [
        period_text(lesson.starts_at, lesson.ends_at),
        lesson_text(lesson),
        _names(lesson.class_groups.all()),
        lesson.teacher.display_name,
    ]
    text = " ".join(parts)
    return text if lesson.is_published else f"{text} · {lesson.get_state_display()}"


def _latest_first(lesson: Lesson) -> tuple[float, int]:
    return -lesson.starts_at.timestamp(), lesson.pk


def _weekly_lesson(weekly_lesson: WeeklyLesson) -> str:
    groups, teacher = _names(weekly_lesson.class_groups.all()), weekly_lesson.teacher.display_name
    return f"{weekly_lesson_in_words(weekly_lesson)} {groups} {teacher} · {weekly_lesson.term}"


def _weekly_lesson_address(weekly_lesson: WeeklyLesson) -> str:
    return reverse(
        "schedule:weekly_lesson_change", args=[weekly_lesson.term.code, weekly_lesson.code]
    )


def _membership(membership: Membership) -> str:
    parts = [membership.user, membership.class_group, membership.get_kind_display()]
    if membership.to_date is not None:
        parts.append(gettext("until %(day)s") % {"day": membership.to_date})
    return " · ".join(map(str, parts))


def _person_address(membership: Membership) -> str:
    return reverse("admin:accounts_user_change", args=[membership.user_id])


def _channels_address(_channel: Channel) -> str:
    return reverse("schedule:channels")


def _names(class_groups: Iterable[ClassGroup]) -> str:
    return class_group_names(class_groups) or NOTHING


# In this order they stand on the page.
register_row_words(
    Lesson,
    RowWords(
        text=_lesson,
        address=planners_page_of,
        reads=("course", "teacher", "class_groups"),
        order=_latest_first,
    ),
)
register_row_words(
    WeeklyLesson,
    RowWords(
        text=_weekly_lesson,
        address=_weekly_lesson_address,
        reads=("term", "course", "teacher", "class_groups"),
        order=lambda weekly_lesson: (weekly_lesson.weekday, weekly_lesson.starts, weekly_lesson.pk),
    ),
)
register_row_words(
    Membership,
    RowWords(text=_membership, address=_person_address, reads=("user", "class_group")),
)
register_row_words(Occupation, RowWords(stands_for="lesson", is_told=False))
register_row_words(WeeklyLessonClassGroup, RowWords(stands_for="weekly_lesson", is_told=False))
register_row_words(Channel, RowWords(text=lambda channel: channel.name, address=_channels_address))
register_row_words(
    FetName, RowWords(name=_("name in timetables of FET"), names=_("names in timetables of FET"))
)
# What is still to be sent to the group, and what calendars still have to hear of.
leave_untold(ChannelMessage, DeletedLesson, WeeklyLessonAssistant)
