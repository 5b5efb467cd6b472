"""The form's answer to what was sent."""

from __future__ import annotations

from django.forms import BaseForm
from django.utils import translation


def form_faults(form: BaseForm) -> list[str]:
    """All faults in English, in the order in which they were found."""
    with translation.override("en"):
        return [str(fault) for faults in form.errors.values() for fault in faults]
