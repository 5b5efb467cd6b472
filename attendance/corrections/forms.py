"""Read what a page or a program sends to correct the attendance of people of a lesson."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms import validate_can_be_stored
from attendance.corrections.writing import NotOnRoster, Wanted
from attendance.enums import AttendanceState
from attendance.models.lessons import REASON_CHARS
from edu_platform.lib.formatting import listed
from edu_platform.lib.text import storable_text
from edu_platform.lib.versions import known_in

# Instead of a state: what the times say counts again.
AS_TIMES_SAY = "times"


class UsernamesField(forms.Field):
    """One username or several, each sent for itself."""

    widget = forms.MultipleHiddenInput
    default_error_messages = {"required": _("Choose somebody.")}

    def clean(self, value: Any) -> list[str]:
        names = [storable_text(str(name)) for name in value or ()]
        sent = [name for name in names if name]
        self.validate(sent)
        return sent


class CorrectionForm(forms.Form):
    """Another state for people of a lesson, and why."""

    person = UsernamesField(label=_("People"))
    state = forms.ChoiceField(
        label=pgettext_lazy("attendance", "Correct to"),
        choices=[
            ("", pgettext_lazy("attendance", "Choose a state")),
            *AttendanceState.choices,
            (AS_TIMES_SAY, _("What the times say")),
        ],
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_CHARS,
        validators=[validate_can_be_stored],
        help_text=_("Needed. The students read it in a notice."),
    )

    @property
    def wanted(self) -> Wanted:
        state = self.cleaned_data["state"]
        return Wanted(
            usernames=self.cleaned_data["person"],
            state="" if state == AS_TIMES_SAY else state,
            reason=self.cleaned_data["reason"],
            known=known_in(self.data),
        )

    @property
    def chosen(self) -> frozenset[str]:
        """Return the usernames that were sent, so that a page which comes back has them chosen."""
        if not isinstance(self.data, QueryDict):
            return frozenset()
        return frozenset(self.data.getlist("person"))

    def refuse_unknown(self, err: NotOnRoster) -> None:
        sentence = gettext("Not on the roster of this lesson: %(names)s.")
        self.add_error("person", sentence % {"names": listed(err.usernames)})
