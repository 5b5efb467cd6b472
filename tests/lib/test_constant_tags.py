"""Constants are looked up once, and are what Django would look up each time."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.urls import NoReverseMatch, set_script_prefix
from django.utils import translation

LOAD = "{% load i18n static constant_tags %}"
PLAIN = "{% load i18n static %}"


def text_of(source: str, **values: Any) -> str:
    return Template(LOAD + source).render(Context(values))


@pytest.mark.parametrize(
    "source",
    [
        "{% translate 'Sign out' %}",
        "{% translate 'Address' context 'network' %}",
        "{% translate 'Sign out' as words %}[{{ words }}]",
        "{% translate 'Sign out' noop %}",
        "{% translate 'a & b, 100%' %}",
        "{% translate word %}",
        "{% translate 'Sign out'|upper %}",
        "{% url 'profile' %}",
        "{% url 'profile' as address %}[{{ address }}]",
        "{% url 'nowhere' as address %}[{{ address }}]",
        "{% url name %}",
        "{% url 'replays:detail' 'CODE' %}",
        "{% static 'css/base.css' %}",
        "{% static 'css/base.css' as address %}[{{ address }}]",
        "{% static path %}",
    ],
)
def test_same_as_django_every_time(source: str) -> None:
    kept, plain = Template(LOAD + source), Template(PLAIN + source)
    for word, name, path in (("Sign out", "profile", "a&b"), ("Save", "notices", "css/base.css")):
        for language in ("zh-hans", "en"):
            values = {"word": word, "name": name, "path": path}
            with translation.override(language):
                written = kept.render(Context(values))

                assert written == plain.render(Context(values))


def test_words_follow_the_language() -> None:
    template = Template(LOAD + "{% translate 'Sign out' %}")
    with translation.override("en"):
        english = template.render(Context())
    with translation.override("zh-hans"):
        chinese = template.render(Context())

    assert (english, chinese) == ("Sign out", "退出登录")


def test_addresses_follow_where_the_site_is() -> None:
    template = Template(LOAD + "{% url 'profile' %}")
    assert template.render(Context()) == "/accounts/profile/"

    set_script_prefix("/school/")
    try:
        assert template.render(Context()) == "/school/accounts/profile/"
    finally:
        set_script_prefix("/")


def test_address_that_there_is_not_is_a_fault_each_time() -> None:
    template = Template(LOAD + "{% url 'nowhere' %}")
    request = RequestFactory().get("/")

    for _each in range(2):
        with pytest.raises(NoReverseMatch):
            template.render(RequestContext(request))


def test_blocks_of_a_page_that_is_extended_twice() -> None:
    page = Template("{% extends base %}{% block title %}{{ title }}{% endblock title %}")
    base = Template(
        "<{% block title %}base{% endblock title %}{% block rest %}!{% endblock rest %}>"
    )

    for title in ("a", "b"):
        assert page.render(Context({"base": base, "title": title})) == f"<{title}!>"


def test_page_extends_one_other_alone() -> None:
    with pytest.raises(TemplateSyntaxError):
        Template("{% extends 'base.html' %}{% extends 'base.html' %}")
