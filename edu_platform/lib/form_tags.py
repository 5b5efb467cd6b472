"""Give `_form.html` the groups of a form, and the faults that stand in a list above it."""

from __future__ import annotations

from django import forms
from django.template import Library

from edu_platform.lib.form_focus import list_faults
from edu_platform.lib.form_groups import ShownGroup, groups_shown

register = Library()


@register.filter
def field_groups(form: forms.BaseForm) -> list[ShownGroup]:
    return groups_shown(form)


@register.filter
def listed_faults(form: forms.BaseForm) -> list[forms.BoundField]:
    return list_faults(form)
