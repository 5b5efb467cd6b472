"""Forms whose fields stand in groups, each with a legend and a line that says what it is for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from django import forms
from django.utils.translation import gettext as _
from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class FieldGroup:
    legend: StrPromise | str
    words: StrPromise | str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group as a page shows it: with those of its fields that the form has."""

    legend: StrPromise | str
    words: StrPromise | str
    fields: list[forms.BoundField]


class GroupedForm(forms.Form):
    groups: ClassVar[Sequence[FieldGroup]] = ()


def fields_of(groups: Iterable[FieldGroup]) -> tuple[str, ...]:
    """Return the fields in the order in which the groups have them, for `field_order`."""
    return tuple(name for group in groups for name in group.names)


def groups_shown(form: forms.BaseForm) -> list[ShownGroup]:
    """Return the groups that have a field to show, and last the fields of none; nothing for a form without groups."""
    groups = form.groups if isinstance(form, GroupedForm) else ()
    if not groups:
        return []
    visible = {field.name: field for field in form.visible_fields()}
    shown = [
        ShownGroup(group.legend, group.words, [visible.pop(n) for n in group.names if n in visible])
        for group in groups
    ]
    shown.append(ShownGroup(_("Further fields"), "", list(visible.values())))
    return [group for group in shown if group.fields]
