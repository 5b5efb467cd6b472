"""Courses in the administration, with the colours by which timetables show them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.admin_base import PlatformAdmin
from schedule.course_colours import colour_by_name, colour_of
from schedule.enums import CourseColour
from schedule.models import Course


class ColourSelect(forms.Select):
    """A list of colours, and beside it a swatch of what is chosen: admin.css paints it."""

    # A course that is not named yet has none.
    by_name: CourseColour | None = None

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        select = super().render(name, value, attrs, renderer)
        return format_html('<span class="colour-choice">{}{}</span>', select, swatch(self.by_name))


def swatch(colour: CourseColour | None) -> SafeString:
    number = CourseColour.BY_NAME if colour is None else colour
    return format_html('<span class="swatch subject-{}" aria-hidden="true"></span>', int(number))


class CourseForm(forms.ModelForm[Course]):
    class Meta:
        widgets = {"colour": ColourSelect}
        help_texts = {"colour": _("Of its lessons in timetables and in calendars.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who may only look is shown no fields.
        if "colour" not in self.fields:
            return
        field = self.fields["colour"]
        field.required = False
        if self.instance.name:
            by_name = colour_by_name(self.instance.name)
            field.widget.by_name = by_name
            field.widget.choices = [
                (CourseColour.BY_NAME, _by_name_in_words(by_name)),
                *((colour, colour.label) for colour in CourseColour if colour),
            ]

    def clean_colour(self) -> int:
        """Return the colour that was chosen; what a request leaves out stays as it is."""
        chosen: int | str = self.cleaned_data["colour"]
        return self.instance.colour if isinstance(chosen, str) else chosen


def _by_name_in_words(colour: CourseColour) -> str:
    return gettext("By its name (%(colour)s)") % {"colour": colour.label}


@admin.register(Course)
class CourseAdmin(PlatformAdmin[Course]):
    form = CourseForm
    list_display = ("name", "shown_colour", "code")
    search_fields = ("name", "code")
    ordering = ("name_key", "pk")

    class Media:
        css = {"all": ("css/subjects.css",)}

    @admin.display(description=_("colour"))
    def shown_colour(self, course: Course) -> SafeString:
        colour = colour_of(course.name, course.colour)
        words = str(colour.label) if course.colour else _by_name_in_words(colour)
        return format_html("{} {}", swatch(colour), words)
