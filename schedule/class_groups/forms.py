"""The form of a class group: its name, grade and age band."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.formatting import followed_by
from schedule.class_groups.age_bands import BAND_HELP, CHOICES, band_in_words, suggested_band
from schedule.lessons.named import SEPARATORS
from schedule.models import CLASS_GROUP_NAME_CHARS, ClassGroup
from schedule.models.class_groups import GRADE_CHARS

LIST_OF_GROUPS = {"list": "known-class-groups", "autocomplete": "off"}


def require_usable_name(name: str) -> str:
    """Return a name that can stand in a list of names.

    Raises:
        ValidationError: it holds what separates these.
    """
    if SEPARATORS.search(name):
        raise forms.ValidationError(gettext("A name has no ; in it: that separates names."))
    return name


class ClassGroupForm(forms.Form):
    name = forms.CharField(
        label=pgettext_lazy("class group", "Name"), max_length=CLASS_GROUP_NAME_CHARS
    )
    grade = forms.CharField(
        label=_("Grade"),
        max_length=GRADE_CHARS,
        required=False,
        help_text=_(
            "Class groups of one grade stand together in the timetable of the school. Empty: of a new class group as its name says."
        ),
    )

    age_band = forms.ChoiceField(
        label=_("Age band"), choices=CHOICES, required=False, help_text=BAND_HELP
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, class_group: ClassGroup | None = None
    ) -> None:
        self.class_group = class_group
        shown = (
            {name: getattr(class_group, name) for name in self.base_fields} if class_group else None
        )
        super().__init__(data, initial=shown)
        if class_group is not None:
            self._suggest_band(class_group.grade)

    def _suggest_band(self, grade: str) -> None:
        if band := suggested_band(grade):
            said = gettext("The grade %(grade)s speaks for “%(band)s”.")
            suggestion = said % {"grade": grade, "band": band_in_words(band)}
            self.fields["age_band"].help_text = followed_by(str(BAND_HELP), suggestion)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        is_kept = self.class_group is not None and name == self.class_group.name
        return name if is_kept else require_usable_name(name)

    def clean_grade(self) -> str:
        """Return the grade; what a program leaves out stays as it is."""
        if self.class_group is not None and "grade" not in self.data:
            return self.class_group.grade
        return str(self.cleaned_data["grade"])

    def clean_age_band(self) -> str:
        """Return the age band; what a program leaves out stays as it is."""
        if self.class_group is not None and "age_band" not in self.data:
            return self.class_group.age_band
        return str(self.cleaned_data["age_band"])

    def refuse_name(self) -> None:
        self.add_error("name", name_taken_in_words())


def name_taken_in_words() -> str:
    return gettext("An active class group has this name already.")


def class_group_gone_in_words() -> str:
    return gettext("This class group was archived or deleted meanwhile.")
