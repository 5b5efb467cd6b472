"""The page of components: for developers, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
PAGE = "/styleguide/"


def test_there_is_no_such_page_on_an_installation(client: Client):
    assert client.get(PAGE).status_code == 404


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "空状态"), ("en", "Empty state")])
def test_it_shows_each_component_where_debug_is_on(
    client: Client, settings: Any, language: str, words: str
):
    settings.DEBUG = True

    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    page = client.get(PAGE).content.decode()

    assert words in page
    for component in ("page-head", "switch", "figure", "tile", "mark", "empty", "start-steps"):
        assert f'class="{component}' in page or f" {component}" in page, component
