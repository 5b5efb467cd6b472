"""Sessions by the key in a cookie, which anybody may write."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.session_store import SessionStore

pytestmark = pytest.mark.django_db

WITH_NUL = "\0" * 32


def test_key_that_is_none_of_ours_is_not_looked_up(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        assert SessionStore(WITH_NUL).get("anything") is None


def test_cookie_with_nul_leads_to_the_sign_in(client: Client) -> None:
    quoted = "\\000" * 32

    response = client.get("/schedule/", headers={"Cookie": f'sessionid="{quoted}"'})

    assert response.status_code == 302
