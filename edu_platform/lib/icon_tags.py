"""Icons in templates: `{% icon "bell" %}` shows one of `static/vendor/lucide/icons.svg`, beside a text that says the same."""

from __future__ import annotations

from django.template import Context, Library, Node, TemplateSyntaxError
from django.template.base import Parser, Token
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = Library()

SPRITE = "vendor/lucide/icons.svg"


def icon_html(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static(SPRITE),
        name,
    )


class IconNode(Node):
    """Written once: an icon is the same on every page."""

    child_nodelists = ()

    def __init__(self, name: str) -> None:
        self._name = name
        self._written: SafeString | None = None

    def render(self, context: Context) -> SafeString:
        if self._written is None:
            self._written = icon_html(self._name)
        return self._written


@register.tag("icon")
def icon(_parser: Parser, token: Token) -> IconNode:
    _tag, *words = token.split_contents()
    if len(words) != 1 or not words[0].startswith('"'):
        raise TemplateSyntaxError("an icon has one name, as a text")
    return IconNode(words[0].strip('"'))


@register.simple_tag
def icon_named(name: str) -> SafeString:
    """Show the icon that a variable names."""
    return icon_html(name)
