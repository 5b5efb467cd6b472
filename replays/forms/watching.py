"""The report of a player."""

from __future__ import annotations

from django import forms

from replays.services.watching import LONGEST_S
from replays.watched_parts import MOST_TOLD_CHARS, Part, read_told


class ProgressForm(forms.Form):
    """Names a file, a place in it, whether it was seen to its end, and which parts were watched since the last report."""

    file = forms.IntegerField(min_value=1)
    position_s = forms.FloatField(min_value=0, max_value=LONGEST_S)
    seen = forms.BooleanField(required=False)
    watched = forms.CharField(required=False, max_length=MOST_TOLD_CHARS)

    def clean_watched(self) -> list[Part]:
        try:
            return read_told(self.cleaned_data["watched"])
        except ValueError as err:
            # No page shows it: players send what they are made to.
            raise forms.ValidationError(str(err)) from err
