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
        is_hidden = (widget or self.field.widget).is_hidden
        if self.errors and not (is_hidden or self.use_fieldset) and self._is_first_wrong:
            attrs["autofocus"] = True
        return attrs

    @property
    def _is_first_wrong(self) -> bool:
        return self.name == next(field.name for field in self.form.visible_fields() if field.errors)
