"""A form that was refused opens at its first field that is wrong."""

from __future__ import annotations

from typing import Any

from django import forms


class FocusedField(forms.BoundField):
    """A field that has the focus if it is the first of its form that is wrong.

    Without it a long page opens at its top, and what is said beside the field is out of view. A group of
    fields has none: each of them would have it.
    """

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        # Where nothing is wrong, a form may give the focus to a field of its own choice.
        if self.errors or "autofocus" in widget.attrs:
            first = self._first_wrong()
            if first is not None:
                may_have_it = not (widget.is_hidden or self.use_fieldset)
                attrs["autofocus"] = may_have_it and self.name == first
        return attrs

    def _first_wrong(self) -> str | None:
        """Its name, among those that are shown."""
        wrong = self.form.errors
        shown = (name for name, field in self.form.fields.items() if not field.widget.is_hidden)
        return next((name for name in shown if name in wrong), None)
