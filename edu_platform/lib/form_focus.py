"""A form that was refused opens at its first field that is wrong."""

from __future__ import annotations

from typing import Any

from django import forms


class FocusedField(forms.BoundField):
    """A field that has the focus if it is the first of its form that is wrong.

    Without it a long page opens at its top, and what is said beside the field is out of view. Groups of
    boxes are left out: each of their boxes would have it.
    """

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        if self.errors and self.name == _first_wrong(self.form):
            attrs["autofocus"] = True
        return attrs


def _first_wrong(form: forms.BaseForm) -> str | None:
    """The name of the first field that is wrong and can have the focus."""
    can_have_it = (field for field in form if not (field.is_hidden or field.use_fieldset))
    return next((field.name for field in can_have_it if field.errors), None)
