"""The filters above the list of what was done to the timetable."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.filter_forms import FilterForm, day_field, search_field
from edu_platform.lib.form_renderer import KeptSelect
from schedule.changes.filters import ChangeFilters
from schedule.enums import ActionOrigin, ChangeKind
from schedule.week_grid import within_calendar


class ChangeFilterForm(FilterForm):
    q = search_field(_("Lesson, person or reason"))
    kind = forms.ChoiceField(
        label=_("What"),
        required=False,
        choices=[("", _("Any")), *ChangeKind.choices],
        widget=KeptSelect,
    )
    origin = forms.ChoiceField(
        label=_("Way"),
        required=False,
        choices=[("", _("Any")), *ActionOrigin.choices],
        widget=KeptSelect,
    )
    from_day = day_field(_("From (day)"))
    to_day = day_field(_("To (day)"))

    def filters(self) -> ChangeFilters:
        return ChangeFilters(
            q=self.read_search(),
            kind=self.read("kind"),
            origin=self.read("origin"),
            from_day=within_calendar(self.read("from_day", None)),
            to_day=within_calendar(self.read("to_day", None)),
        )
