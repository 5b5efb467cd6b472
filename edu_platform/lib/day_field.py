"""A day in a form: the browser's own date field, with its calendar on every phone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError


class DayInput(forms.DateInput):
    """Browsers show the day as their person writes days, and take and send it in ISO form alone."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day; addresses that people write may have it with slashes too."""

    widget = DayInput
    input_formats = ("%Y-%m-%d", "%Y/%m/%d")

    def bound_data(self, data: Any, initial: Any) -> dt.date | Any:
        """The day itself where there is one, since the field shows nothing else."""
        try:
            return self.to_python(data)
        except ValidationError:
            return data
