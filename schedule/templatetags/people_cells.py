"""The rows of the list of people as HTML: a template's own loops take several times as long."""

from __future__ import annotations

from html import escape  # Django's own asks of each text what kind it is

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.enums import PasswordState, power_names
from accounts.models import User
from schedule.people.reading import FoundPeople, PersonRow

register = template.Library()

ROW = """
<tr role="row"><th scope="row" role="rowheader" class="people-name">{}</th>\
<td role="cell" data-label="{}">{}</td><td role="cell" data-label="{}">{}</td>\
<td role="cell" data-label="{}">{}</td><td role="cell" data-label="{}">{}</td></tr>"""
LINK = '<a href="{}">{}</a>'
DEACTIVATED = ' <span class="mark mark-quiet">{}</span>'
BESIDE = '{} <span class="soft">· {}</span>'
ANY_CODE = "0"


@register.filter
def username_link(person: User) -> SafeString:
    """Write a username that leads to the person's page."""
    if person.code is None:
        return format_html("{}", person.username)
    address = reverse("people:person", args=[person.code])
    return format_html(LINK, address, person.username)


@register.filter
def people_rows(found: FoundPeople) -> SafeString:
    """A row for each person, whose name leads to their page."""
    named = (_("Username"), _("Roles"), _("Class groups"), _("Last sign-in"))
    heads = tuple(map(escape, named))
    address = reverse("people:person", args=[ANY_CODE])
    before, _between, after = address.rpartition(ANY_CODE)
    names: dict[tuple[object, ...], str] = {}
    written = []
    for row in found.rows:
        held = (row.roles, row.is_superuser)
        roles = names.get(held)
        if roles is None:
            roles = names[held] = (
                escape(power_names(row.roles, is_superuser=row.is_superuser)) or "–"
            )
        name = escape(row.display_name)
        link = name if row.code is None else LINK.format(f"{before}{row.code}{after}", name)
        if not row.is_active:
            link += DEACTIVATED.format(escape(_("Deactivated")))
        cells = (
            escape(row.username),
            roles,
            escape("、".join(row.class_groups)) or "–",
            _last_sign_in(row),
        )
        beside = (part for pair in zip(heads, cells, strict=True) for part in pair)
        written.append(ROW.format(link, *beside))
    return mark_safe("".join(written))  # noqa: S308 -- each part is escaped


def _last_sign_in(row: PersonRow) -> str:
    """Say when the person last signed in, and what they would need, or would do it with, the first time."""
    when = escape(_("Never signed in"))
    if row.last_login is not None:
        when = f"{timezone.localtime(row.last_login):%Y-%m-%d}"
    if not row.is_active:
        return when
    if row.password is PasswordState.START:
        return BESIDE.format(when, escape(_("Start password")))
    if row.password is PasswordState.NONE and row.last_login is None:
        return BESIDE.format(when, escape(_("No password yet")))
    return when
