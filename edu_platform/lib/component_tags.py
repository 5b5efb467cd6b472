"""Parts of a page that are given to a component: `{% part as actions %}…{% endpart %}`, then an include with them.

The components are the templates in `templates/components/`; `docs/pages.md` says what each takes.
"""

from __future__ import annotations

from django.template import Library
from django.utils.safestring import SafeString, mark_safe

register = Library()


@register.simple_block_tag
def part(content: str) -> SafeString:
    """Keep what stands inside, under the name that `as` gives it; nothing but blanks is nothing."""
    return mark_safe(content.strip())  # noqa: S308 -- written by a template, which has escaped it
