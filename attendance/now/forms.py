"""Forms of the board: what is said into a class, and the name of a wall screen."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import validate_can_be_stored
from attendance.models import WALL_NAME_CHARS
from attendance.now.messages import MESSAGE_CHARS
from edu_platform.lib.filter_forms import NO_NUL
from edu_platform.lib.line_field import LineField

# What the office says most often; each is sent at a click, in the language of the page.
READY_SENTENCES = (
    _("Your teacher will be here in a few minutes. Please stay in the class."),
    _("Another teacher comes in a moment. Please stay in the class."),
    _("This class ends in five minutes."),
    _("Please end the class now: the next lesson begins."),
    _("Please look whether the class is being recorded."),
)


class MessageForm(forms.Form):
    text = LineField(
        label=_("Message"),
        max_length=MESSAGE_CHARS,
        validators=[validate_can_be_stored],
        error_messages=NO_NUL,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everybody in the class reads it at once. At most 200 characters."),
    )


class WallForm(forms.Form):
    name = LineField(
        label=_("Name of the screen"),
        max_length=WALL_NAME_CHARS,
        validators=[validate_can_be_stored],
        error_messages=NO_NUL,
        help_text=_("For example where it hangs."),
    )
