"""The menus of every page: `edu_platform.menu` as HTML, which is written once for all who have the same on such a page."""

from __future__ import annotations

from functools import lru_cache

from django.http import HttpRequest
from django.template import Context, Library
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from edu_platform.menu import Menu, menu_of

register = Library()

# A larger number of unread notices is read by nobody.
UNREAD_AT_MOST = 99
HEADER, TABS, BELOW_NAME = "_menu.html", "_menu_tabs.html", "_menu_below_name.html"
# There are some ten kinds of menus, each with an entry for the page, in two languages.
KEPT = 1024


@register.simple_tag(takes_context=True)
def site_menu(context: Context) -> Menu:
    """Return the reader's menu; to be asked for once a page."""
    request: HttpRequest = context["request"]
    match = request.resolver_match
    return menu_of(context["user"], "" if match is None else match.view_name)


@register.simple_tag
def menu_header(menu: Menu) -> SafeString:
    return _written(HEADER, menu, "", get_language(), get_script_prefix())


@register.simple_tag
def menu_below_name(menu: Menu) -> SafeString:
    return _written(BELOW_NAME, menu, "", get_language(), get_script_prefix())


@register.simple_tag(takes_context=True)
def menu_tabs(context: Context, menu: Menu) -> SafeString:
    unread = unread_text(context["unread_notices"]) if menu.has_notices_tab else ""
    return _written(TABS, menu, unread, get_language(), get_script_prefix())


@register.filter
def unread_text(count: int) -> str:
    """Return the number beside a bell; empty: none."""
    if count > UNREAD_AT_MOST:
        return f"{UNREAD_AT_MOST}+"
    return str(count) if count else ""


@lru_cache(maxsize=KEPT)
def _written(
    template: str, menu: Menu, unread: str, _language: str | None, _script_prefix: str
) -> SafeString:
    return render_to_string(template, {"menu": menu, "unread": unread})
