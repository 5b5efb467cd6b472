"""The form of a course: its name, its colour, and the code that stands in for a title."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from schedule.courses.colours import colour_by_name
from schedule.courses.lists import by_name_in_words
from schedule.enums import CourseColour
from schedule.models import COURSE_NAME_CHARS, Course

CODE_CHARS = 16
CODE = re.compile(r"[\w-]+", re.ASCII)


def swatch(colour: int) -> SafeString:
    """A patch of a colour; what it is stands in words beside it."""
    return format_html('<span class="swatch subject-{}" aria-hidden="true"></span>', colour)


class ColourSelect(forms.Select):
    """A list of colours, and beside it a swatch of what is chosen, which the styles paint."""

    # A course that is not named yet has none.
    by_name: int = CourseColour.BY_NAME

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        select = super().render(name, value, attrs, renderer)
        return format_html('<span class="colour-choice">{}{}</span>', select, swatch(self.by_name))


class CourseForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("course", "Name"), max_length=COURSE_NAME_CHARS)
    colour = forms.TypedChoiceField(
        label=_("Colour"),
        choices=CourseColour.choices,
        coerce=int,
        required=False,
        empty_value=None,
        widget=ColourSelect,
        help_text=_("Of its lessons in timetables and in calendars."),
    )
    code = forms.CharField(
        label=pgettext_lazy("course", "Code"),
        max_length=CODE_CHARS,
        required=False,
        help_text=_(
            "Short and plain, in Latin letters and figures: stands in for a title that the classroom service refuses. Empty: one is made."
        ),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, course: Course | None = None
    ) -> None:
        self.course = course
        initial = {} if course is None else _texts_of(course)
        super().__init__(data, initial=initial)
        if course is None:
            return
        by_name = colour_by_name(course.name)
        widget = self.fields["colour"].widget
        widget.by_name = int(by_name)
        widget.choices = [
            (CourseColour.BY_NAME.value, by_name_in_words(by_name)),
            *((colour.value, colour.label) for colour in CourseColour if colour),
        ]

    def clean_colour(self) -> int:
        """Return the colour that was chosen; what a request leaves out stays as it is."""
        chosen: int | None = self.cleaned_data["colour"]
        if chosen is not None:
            return chosen
        return CourseColour.BY_NAME if self.course is None else self.course.colour

    def clean_code(self) -> str:
        """Return the code; one of before stays, whatever it is made of."""
        code: str = self.cleaned_data["code"]
        kept = "" if self.course is None else self.course.code
        if not code or code == kept:
            return kept
        if not CODE.fullmatch(code):
            raise forms.ValidationError(gettext("Only Latin letters, figures, - and _."))
        return code

    def refuse(self, field: str) -> None:
        """Say that another course has this name or code."""
        words = {
            "name": gettext("Another course has this name."),
            "code": gettext("Another course has this code."),
        }
        self.add_error(field, words[field])


def _texts_of(course: Course) -> dict[str, Any]:
    return {"name": course.name, "colour": course.colour, "code": course.code}
