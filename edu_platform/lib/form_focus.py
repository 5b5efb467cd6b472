"""A form that was refused opens where it says why: at the list of its faults, or at its first field that is wrong."""

from __future__ import annotations

from typing import Any

from django import forms

# So many fields are seen at once: the fault beside one of them needs no list.
SEEN_AT_ONCE = 3


class FocusedField(forms.BoundField):
    """A field that has the focus if it is the first of its form that is wrong.

    Without it a long page opens at its top, and what is said beside the field is out of view. A group of
    fields has none: each of them would have it. Where faults are listed above the form, the list has it.
    """

    # Set where the page shows that list.
    is_listed_above = False

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        # Where nothing is wrong, a form may give the focus to a field of its own choice.
        if self.errors or "autofocus" in widget.attrs:
            first = self._first_wrong()
            if first is not None:
                may_have_it = not (widget.is_hidden or self.use_fieldset or self.is_listed_above)
                attrs["autofocus"] = may_have_it and self.name == first
        return attrs

    @property
    def first_input_id(self) -> str:
        """Return where a link leads that is to give the focus to it; of several boxes to the first."""
        return self.id_for_label or f"{self.auto_id}_0"

    def _first_wrong(self) -> str | None:
        """Its name, among those that are shown."""
        wrong = self.form.errors
        shown = (name for name, field in self.form.fields.items() if not field.widget.is_hidden)
        return next((name for name in shown if name in wrong), None)


def list_faults(form: forms.BaseForm) -> list[forms.BoundField]:
    """Return the fields that are wrong, for a list above the form, which then has the focus in their place.

    None of a form so short that all of it is seen at once.
    """
    visible = form.visible_fields()
    wrong = [field for field in visible if field.errors]
    if len(visible) <= SEEN_AT_ONCE:
        return []
    for field in wrong:
        if isinstance(field, FocusedField):
            field.is_listed_above = True
    return wrong
