"""Forms as the pages read them that show them in English."""

from __future__ import annotations

from django.forms import BaseForm
from django.utils import translation


def faults_of(form: BaseForm) -> list[str]:
    """All that is wrong with what was sent, field by field."""
    with translation.override("en"):
        return [str(fault) for faults in form.errors.values() for fault in faults]
