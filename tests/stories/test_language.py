"""The switch between Chinese and English; nothing else decides the language."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import SignedIn
from tests.support.pages import read

pytestmark = pytest.mark.django_db

SWITCH = "/language/"


def language_of(client: Client, path: str = "/accounts/login/", **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer["Content-Language"] == {"zh-Hans": "zh-hans", "en": "en"}[lang_of(answer)]
    assert "Cookie" in answer["Vary"]
    return lang_of(answer)


def lang_of(answer: object) -> str:
    return read(answer.content).one("html").attrs["lang"]  # type: ignore[attr-defined]


def test_chinese_comes_first(client: Client) -> None:
    assert language_of(client) == "zh-Hans"


@pytest.mark.parametrize("wanted", ["en", "en-US,en;q=0.9", "fr", "zh-hant"])
def test_browser_does_not_decide(client: Client, wanted: str) -> None:
    assert language_of(client, **{"Accept-Language": wanted}) == "zh-Hans"


def test_school_decides_before_anybody_chose(client: Client, settings) -> None:
    settings.LANGUAGE_CODE = "en"

    assert language_of(client) == "en"


@pytest.mark.parametrize("cookie", ["fr", "zh-hant", "", "../en"])
def test_unknown_choice_counts_as_none(client: Client, cookie: str) -> None:
    client.cookies["django_language"] = cookie

    assert language_of(client) == "zh-Hans"


@pytest.mark.parametrize(
    "path", ["/schedule/2022-10-24/", "/accounts/profile/", "/schedule/?day=tomorrow"]
)
def test_switch_comes_back_to_the_page(signed_in: SignedIn, teacher, path: str) -> None:
    client = signed_in(teacher)
    form = read(client.get(path).content).one("form", action=SWITCH)
    next_path = form.one("input", name="next").attrs["value"]
    button = form.one("button")
    assert (button.text, button.attrs["lang"]) == ("English", "en")

    answer = client.post(SWITCH, {"next": next_path, "language": button.attrs["value"]})

    assert (answer.status_code, answer["Location"]) == (302, path)
    cookie = client.cookies["django_language"]
    assert cookie.value == "en"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert int(cookie["max-age"]) == 365 * 24 * 3600
    assert language_of(client, path) == "en"
    back = read(client.get(path).content).one("form", action=SWITCH).one("button")
    assert (back.text, back.attrs["value"], back.attrs["lang"]) == ("中文", "zh-hans", "zh-Hans")


def test_works_signed_out(client: Client) -> None:
    client.post(SWITCH, {"next": "/accounts/login/", "language": "en"})

    assert language_of(client) == "en"
    assert read(client.get("/accounts/login/").content).one("h1").text == "Sign in"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_leads_to_nobody_else(client: Client, target: str) -> None:
    answer = client.post(
        SWITCH, {"next": target, "language": "en"}, headers={"Referer": "https://evil.example/"}
    )

    assert answer["Location"] == "/"


def test_administration_has_the_switch_too(signed_in: SignedIn, planner) -> None:
    client = signed_in(planner)

    form = read(client.get("/admin/").content).one("form", action=SWITCH)

    assert form.one("button").text == "English"
    assert form.one("input", name="next").attrs["value"] == "/admin/"
    client.cookies["django_language"] = "en"
    assert (
        read(client.get("/admin/").content).one("form", action=SWITCH).one("button").text == "中文"
    )
