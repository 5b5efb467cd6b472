"""Forms of the page of a lesson's courseware."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from courseware.enums import Release

MAX_SEARCH_CHARS = 100
# More than a page offers.
CODES_AT_MOST = 50


class SearchForm(forms.Form):
    """Words of the name or tags; a malformed value counts as absent."""

    q = forms.CharField(label=_("Search"), required=False, max_length=MAX_SEARCH_CHARS)

    def words(self) -> str:
        self.is_valid()
        return str(self.cleaned_data.get("q") or "")


class CodeForm(forms.Form):
    """Names courseware by its code; without a code there is none."""

    code = forms.SlugField(max_length=16)

    def code_or_none(self) -> str:
        return str(self.cleaned_data["code"]) if self.is_valid() else ""


class ChoicesForm(CodeForm):
    """The choice of how courseware is shown in a class, and when students may have it."""

    is_shown_at_once = forms.BooleanField(label=_("Shown when the class opens"), required=False)
    release = forms.ChoiceField(label=_("For students"), choices=Release.choices)


class CodesField(forms.Field):
    """Several pieces of courseware, as so many boxes of one name send them."""

    widget = forms.MultipleHiddenInput
    _code = forms.SlugField(max_length=16)

    def to_python(self, value: list[str] | None) -> list[str]:
        return list(dict.fromkeys(self._code.clean(each) for each in value or []))

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        if len(value) > CODES_AT_MOST:
            raise ValidationError(_("Choose fewer at once."))


class BindForm(ChoicesForm):
    """The courseware to add: to this lesson, or to all that come in its course."""

    LESSON, COURSE = "lesson", "course"

    code = CodesField()  # type: ignore[assignment] # of one name, but several
    scope = forms.ChoiceField(
        label=_("Add to"), choices=[(LESSON, LESSON), (COURSE, COURSE)], required=False
    )

    @property
    def is_for_course(self) -> bool:
        return bool(self.cleaned_data.get("scope") == self.COURSE)


class MoveForm(CodeForm):
    """One place up or down in the order."""

    UP, DOWN = "up", "down"

    direction = forms.ChoiceField(choices=[(UP, UP), (DOWN, DOWN)])
