"""A field of a form for a name or a sentence in one line."""

from __future__ import annotations

from django import forms

from edu_platform.lib.text import has_visible


class LineField(forms.CharField):
    """A text in one line, however it was typed; one of which nobody sees anything is empty."""

    def to_python(self, value: object) -> str:
        text = " ".join((super().to_python(value) or "").split())
        return text if has_visible(text) else ""
