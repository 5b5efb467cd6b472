"""The form of a course's rules; an empty field means the school's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models.school_settings import LONGEST_GRACE_MIN
from attendance.course_rules.writing import FIELDS, Values, values_of
from attendance.lengths import whole_minutes
from attendance.models import CourseRules
from attendance.rules import AttendanceRules


class CourseRulesForm(forms.Form):
    late_after_min = forms.IntegerField(
        label=_("Late after this many minutes"),
        min_value=0,
        max_value=LONGEST_GRACE_MIN,
        required=False,
    )
    left_early_min = forms.IntegerField(
        label=_("Left early when gone this many minutes before the end"),
        min_value=0,
        max_value=LONGEST_GRACE_MIN,
        required=False,
    )
    absent_below_percent = forms.IntegerField(
        label=_("Absent below this share of the class, in percent"),
        min_value=1,
        max_value=100,
        required=False,
    )

    def __init__(
        self, data: Mapping[str, Any] | None, *, rules: CourseRules | None, school: AttendanceRules
    ) -> None:
        super().__init__(data, initial=dict(zip(FIELDS, values_of(rules), strict=True)))
        of_school = (
            whole_minutes(school.late_after_s),
            whole_minutes(school.left_early_s),
            school.absent_below_percent,
        )
        for name, value in zip(FIELDS, of_school, strict=True):
            sentence = gettext("Empty: the school's, %(value)s.")
            self.fields[name].help_text = sentence % {"value": value}

    @property
    def values(self) -> Values:
        return tuple(self.cleaned_data[name] for name in FIELDS)
