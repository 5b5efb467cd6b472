"""The filters above the list of lessons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.filter_forms import FilterForm, day_field, search_field
from edu_platform.lib.form_renderer import KeptSelect
from edu_platform.lib.statements import Statement
from schedule.enums import LessonState, RoomType
from schedule.lesson_list.filters import DRAFTS, NAMED_DAYS, RECORDED, WITHOUT_TEACHER, Filters
from schedule.lessons.named import class_group_choices, course_names
from schedule.models import Lesson
from schedule.not_in_order.unready_lessons import DRAFTS_BEFORE
from schedule.rooms.troubles import SILENT
from schedule.terms.planning.conflict_list import TOLD_BEFORE
from schedule.week_grid import within_calendar

DAY_NAMES = {
    "today": _("Today"),
    "tomorrow": _("Tomorrow"),
    "this-week": _("This week"),
    "next-week": _("Next week"),
}


def _trouble_choices() -> list[tuple[str, str]]:
    draft = gettext("a draft, within %(days)s days") % {"days": DRAFTS_BEFORE.days}
    teacher = gettext("without a teacher, within %(days)s days") % {"days": TOLD_BEFORE.days}
    return [
        ("", gettext("Any")),
        (DRAFTS, draft),
        (WITHOUT_TEACHER, teacher),
        ("failing", gettext("its room was not made or not changed")),
        ("account", gettext("no room: what the school has bought is used up")),
        ("unrecorded", gettext("its recording was refused")),
        ("incomplete", gettext("part of a change was refused")),
        ("unsignalled", gettext("its signalling recording was refused")),
        (SILENT, gettext("not known how the class is")),
    ]


class LessonFilterForm(FilterForm):
    """Filters by when, by whom and of what."""

    q = search_field(_("Search"))
    day = forms.ChoiceField(
        label=_("Days"),
        required=False,
        choices=[("", _("All days")), *((name, DAY_NAMES[name]) for name in NAMED_DAYS)],
        widget=KeptSelect,
    )
    from_day = day_field(_("From (day)"))
    to_day = day_field(_("To (day)"))
    teacher = forms.ChoiceField(label=_("Teacher"), required=False, widget=KeptSelect)
    class_group = forms.ChoiceField(label=_("Class group"), required=False, widget=KeptSelect)
    course = forms.ChoiceField(label=_("Course"), required=False, widget=KeptSelect)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Any")), *LessonState.choices],
        widget=KeptSelect,
    )
    room_type = forms.TypedChoiceField(
        label=_("Room type"),
        required=False,
        choices=[("", _("All types")), *RoomType.choices],
        coerce=int,
        empty_value=None,
        widget=KeptSelect,
    )
    recorded = forms.ChoiceField(
        label=_("Recording"),
        required=False,
        choices=[("", _("Any")), *zip(RECORDED, (_("Recorded"), _("Not recorded")), strict=True)],
        widget=KeptSelect,
    )
    trouble = forms.ChoiceField(
        label=_("Not in order"), required=False, choices=_trouble_choices, widget=KeptSelect
    )

    def __init__(self, address: object) -> None:
        super().__init__(address)  # type: ignore[arg-type] # a query, as Django has it
        self._offer("teacher", gettext("All teachers"), _teacher_choices())
        groups, courses = class_group_choices(), course_names()
        self._offer("class_group", gettext("All class groups"), [(name, name) for name in groups])
        self._offer("course", gettext("All courses"), [(name, name) for name in courses])

    def _offer(self, name: str, everything: str, choices: Iterable[tuple[str, str]]) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = [("", everything), *choices]

    def filters(self) -> Filters:
        texts = ("day", "teacher", "class_group", "course", "state", "recorded", "trouble")
        return Filters(
            q=self.read_search(),
            from_day=within_calendar(self.read("from_day", None)),
            to_day=within_calendar(self.read("to_day", None)),
            room_type=self.read("room_type", None),
            **{name: self.read(name) for name in texts},
        )


def _teacher_choices() -> list[tuple[str, str]]:
    """Return those who may teach, and those who did and have left: username, and name with it."""
    return [(username, f"{name} ({username})") for username, name in _TEACHERS.rows()]


_TEACHERS = Statement(
    lambda: (
        User.objects.filter(
            Q(pk__in=User.objects.with_role(Role.TEACHER).order_by().values("pk"))
            | Q(pk__in=Lesson.objects.order_by().values("teacher"))
        )
        .order_by("name_key", "username")
        .values_list("username", "display_name")
    )
)
