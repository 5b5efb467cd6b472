"""Pages for visitors keep their secret address to themselves, also where no view answers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from edu_platform.lib.body_limits import VISITOR_LIMIT_BYTES

pytestmark = pytest.mark.django_db
PATHS = ["/guest/s3cr3t/", "/family/s3cr3t/", "/family/s3cr3t/mail/", "/replays/shared/s3cr3t/"]


def policies(answer: Any) -> tuple[int, str, str]:
    return answer.status_code, answer["Referrer-Policy"], answer["X-Robots-Tag"]


@pytest.mark.parametrize("path", PATHS)
def test_page_that_refuses_a_large_form_sends_no_referrer(client: Client, path: str):
    form = "a=" + "x" * VISITOR_LIMIT_BYTES

    answer = client.post(path, form, content_type="application/x-www-form-urlencoded")

    assert policies(answer) == (413, "no-referrer", "noindex, nofollow")


@pytest.mark.parametrize("path", PATHS)
def test_page_that_refuses_a_foreign_host_sends_no_referrer(client: Client, path: str):
    answer = client.get(path, headers={"host": "elsewhere.example"})

    assert policies(answer) == (400, "no-referrer", "noindex, nofollow")


@pytest.mark.parametrize("path", PATHS)
def test_page_of_a_fault_sends_no_referrer(
    client: Client, path: str, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_arguments: object, **_more: object) -> None:
        raise ValueError

    for place in (
        "schedule.guests.visiting.find_guest",
        "schedule.families.page.views.family_of",
        "schedule.families.mailing.views.family_of",
        "replays.views.shares.access.get_shared_link",
    ):
        monkeypatch.setattr(place, fail)
    client.raise_request_exception = False

    assert policies(client.get(path)) == (500, "no-referrer", "noindex, nofollow")


def test_other_pages_tell_this_site_where_one_comes_from(client: Client):
    assert client.get("/accounts/login/")["Referrer-Policy"] == "same-origin"
