"""Icons in templates."""

from __future__ import annotations

import pytest
from django.template import Context, Template, TemplateSyntaxError


def test_icon_is_a_symbol_of_the_sprite_which_readers_of_the_page_do_not_hear():
    written = Template('{% icon "bell" %}').render(Context())

    assert written == (
        '<svg class="icon" aria-hidden="true" focusable="false">'
        '<use href="/static/vendor/lucide/icons.svg#bell"></use></svg>'
    )


def test_icon_may_be_named_by_a_variable_which_is_escaped():
    template = Template("{% icon_named name %}")

    assert "#sun" in template.render(Context({"name": "sun"}))
    assert '"><script>' not in template.render(Context({"name": '"><script>'}))


@pytest.mark.parametrize("tag", ["icon", "icon bell", 'icon "bell" "sun"'])
def test_anything_but_one_name_is_refused_when_the_template_is_read(tag: str):
    with pytest.raises(TemplateSyntaxError):
        Template("{% " + tag + " %}")
