"""The filters of a lesson's table, as its address has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from attendance.enums import AttendanceStage, AttendanceState
from attendance.lesson_page.reading import LessonPage, PersonLine
from attendance.state_words import state_name
from edu_platform.lib import filter_forms
from edu_platform.lib.filter_forms import NO_NUL, ListFilters
from edu_platform.lib.form_renderer import KeptSelect
from schedule.models import CLASS_GROUP_NAME_CHARS


@dataclass(frozen=True, slots=True)
class Filters(ListFilters):
    state: str = ""
    class_group: str = ""

    def narrowed(self, lines: Sequence[PersonLine]) -> list[PersonLine]:
        return [line for line in lines if self._fits(line)]

    def _fits(self, line: PersonLine) -> bool:
        state = state_name(line.row.shown_state)
        return self.state in {"", state} and self.class_group in {"", line.class_group}


class FilterForm(filter_forms.FilterForm):
    """The fields above the table."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", pgettext_lazy("attendance", "All states")),
            *AttendanceState.choices,
            (AttendanceStage.PROVISIONAL.value, AttendanceStage.PROVISIONAL.label),
        ],
        widget=KeptSelect,
    )
    class_group = forms.CharField(
        label=_("Class group"),
        required=False,
        max_length=CLASS_GROUP_NAME_CHARS,
        error_messages=NO_NUL,
        widget=KeptSelect,
    )

    def filters(self, page: LessonPage) -> Filters:
        """Return what the address asks for; a class group of which nobody was expected counts as absent."""
        names = page.class_groups
        widget = self.fields["class_group"].widget
        if isinstance(widget, KeptSelect):
            widget.offer([("", str(_("All class groups"))), *((name, name) for name in names)])
        class_group = self.read("class_group").strip()
        return Filters(self.read("state"), class_group if class_group in names else "")
