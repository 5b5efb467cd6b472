from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from attendance.models import NOTE_CHARS


class TakeForm(forms.Form):
    note = forms.CharField(label=_("Note"), max_length=NOTE_CHARS, required=False)
