"""The commonest fields of forms, written without templates.

Django renders one template for each field, one for each option of a list, and one for the attributes of
each: the two lists of a school's teachers and class groups would take longer than the rest of their page.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.html import conditional_escape, escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from edu_platform.lib.form_focus import FocusedField

Widget = Mapping[str, Any]
# So many lists of all pages are kept, in both languages; the longest are a school's people and class groups.
KEPT_LISTS = 64
NOTHING: SafeString = mark_safe("")
INPUT = '<input type="{}" name="{}"{}{}>'
SELECT = '<select name="{}"{}>{}\n</select>'
OPTION = '\n<option value="{}"{}>{}</option>'
GROUP = '\n<optgroup label="{}">{}\n</optgroup>'


def write_input(widget: Widget) -> SafeString:
    value, attrs = widget["value"], _attributes(widget["attrs"])
    shown = NOTHING if value is None else format_html(' value="{}"', str(value))
    return format_html(INPUT, widget["type"], widget["name"], shown, attrs)


def write_select(widget: Widget) -> SafeString:
    groups = [(name, options) for name, options, _number in widget["optgroups"]]
    if any(name for name, _options in groups):
        written = format_html_join("", "{}", ((_group(*each),) for each in groups))
    else:  # each option is in a group of its own then
        written = _options(chain.from_iterable(options for _name, options in groups))
    return format_html(SELECT, widget["name"], _attributes(widget["attrs"]), written)


def _group(name: str | None, options: Iterable[Widget]) -> SafeString:
    return format_html(GROUP, name, _options(options)) if name else _options(options)


def _options(options: Iterable[Widget]) -> SafeString:
    # Hundreds of them: format_html would take twice as long.
    return mark_safe("".join(map(_option, options)))  # noqa: S308 -- each part is escaped


def _option(option: Widget) -> str:
    value, label = conditional_escape(str(option["value"])), conditional_escape(option["label"])
    attrs = option["attrs"]
    return OPTION.format(value, _attributes(attrs) if attrs else "", label)


def _attributes(attrs: Mapping[str, object]) -> SafeString:
    if not attrs:
        return NOTHING
    given = ((name, value) for name, value in attrs.items() if value is not False)
    return format_html_join(
        "",
        " {}{}",
        (
            (name, NOTHING if value is True else format_html('="{}"', str(value)))
            for name, value in given
        ),
    )


class KeptSelect(forms.Select):
    """A list without groups, whose options are written once as long as they are the same."""

    def __deepcopy__(self, memo: dict[int, Any]) -> KeptSelect:
        """Each form has one of its own, which is given other choices, but changes none of these."""
        made = copy.copy(self)
        made.attrs = self.attrs.copy()
        memo[id(self)] = made
        return made

    def offer(self, choices: Sequence[tuple[str, Any]]) -> None:
        """Set the choices; they are in the form that Django would bring them into."""
        self._choices = choices

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        written = _written(tuple([(str(key), str(label)) for key, label in self.choices]))
        for chosen in self.format_value(value):
            unchosen = f'<option value="{escape(chosen)}">'
            written = written.replace(unchosen, f"{unchosen[:-1]} selected>", 1)
        given = _attributes(self.build_attrs(self.attrs, attrs))
        return format_html(SELECT, name, given, mark_safe(written))  # noqa: S308 -- as below


@lru_cache(KEPT_LISTS)
def _written(choices: tuple[tuple[str, str], ...]) -> str:
    return "".join([OPTION.format(escape(key), "", escape(label)) for key, label in choices])


WRITERS: dict[str, Callable[[Widget], SafeString]] = {
    "django/forms/widgets/text.html": write_input,
    "django/forms/widgets/date.html": write_input,
    "django/forms/widgets/hidden.html": write_input,
    "django/forms/widgets/file.html": write_input,
    "django/forms/widgets/checkbox.html": write_input,
    "django/forms/widgets/select.html": write_select,
}


class QuickRenderer(DjangoTemplates):
    """Django's own, but for what is written here, and for where a refused form has the focus."""

    bound_field_class = FocusedField

    def render(
        self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None
    ) -> str:
        write = WRITERS.get(template_name)
        if write is None:
            return super().render(template_name, context, request)
        return write(context["widget"])
