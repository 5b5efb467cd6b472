"""Query parameters and forms of courseware; an invalid query parameter counts as absent."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms import validate_can_be_stored
from courseware.enums import CoursewareState, FileKind
from courseware.filetypes.file_names import NAME_MAX_CHARS, seen_text
from courseware.models import TAG_CHARS
from courseware.selectors.library import NEEDED, STUCK, Filters, Whose
from edu_platform.lib import filter_forms

TAGS_AT_MOST = 10
BETWEEN_TAGS = re.compile(r"[,，、;；\n]")


class FilterForm(filter_forms.FilterForm):
    """The filter fields above the list."""

    q = forms.CharField(
        label=_("Name or tag"),
        required=False,
        max_length=200,
        validators=[validate_can_be_stored],
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("All states")),
            *CoursewareState.choices,
            (NEEDED, _("Not ready, and needed within a day")),
            (STUCK, _("Stuck")),
        ],
    )
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("All kinds")), *FileKind.choices]
    )
    owner = forms.ChoiceField(
        label=_("Whose"), required=False, choices=[("", _("Everybody's")), *Whose.choices]
    )

    def __init__(self, address: Mapping[str, object], *, offers_owners: bool) -> None:
        super().__init__(address)
        self._offered = {"owner": offers_owners, "state": offers_owners}

    def offered_fields(self) -> list[forms.BoundField]:
        """The fields that help this person. What the address says counts nevertheless."""
        return [field for field in self if self._offered.get(field.name, True)]

    def filters(self) -> Filters:
        self.is_valid()
        return Filters(**{name: self.cleaned_data.get(name, "") for name in self.fields})


class NameForm(forms.Form):
    """A new name."""

    name = forms.CharField(
        label=_("Name of the file"), max_length=NAME_MAX_CHARS, validators=[validate_can_be_stored]
    )


class TagsForm(forms.Form):
    """All tags of one piece of courseware, in one line."""

    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=TAGS_AT_MOST * (TAG_CHARS + 2),
        validators=[validate_can_be_stored],
        help_text=format_lazy(_("Separated by commas, at most {count}."), count=TAGS_AT_MOST),
    )

    def clean_tags(self) -> list[str]:
        words = map(seen_text, BETWEEN_TAGS.split(self.cleaned_data["tags"]))
        tags = list(dict.fromkeys(word for word in words if word))
        if len(tags) > TAGS_AT_MOST:
            raise ValidationError(_("At most %(count)s tags.") % {"count": TAGS_AT_MOST})
        if any(len(tag) > TAG_CHARS for tag in tags):
            raise ValidationError(
                _("A tag has at most %(count)s characters.") % {"count": TAG_CHARS}
            )
        return tags


class PublicForm(forms.Form):
    """The choice whether all teachers of the school may use it."""

    public = forms.BooleanField(required=False)


class ConfirmForm(forms.Form):
    """The confirmation of a warning."""

    confirm = forms.BooleanField(required=False)

    def is_confirmed(self) -> bool:
        return self.is_valid() and bool(self.cleaned_data["confirm"])


class PageNumberForm(forms.Form):
    """Names a page of a document."""

    page = forms.IntegerField(required=False)

    def number(self) -> int:
        return int(self.cleaned_data["page"] or 1) if self.is_valid() else 1
