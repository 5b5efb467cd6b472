"""What a player tells of how far somebody has watched."""

from __future__ import annotations

from django import forms

from replays.services.watching import LONGEST_S


class ProgressForm(forms.Form):
    """Which file, where in it, and whether it was seen to its end."""

    file = forms.IntegerField(min_value=1)
    position_s = forms.FloatField(min_value=0, max_value=LONGEST_S)
    seen = forms.BooleanField(required=False)
