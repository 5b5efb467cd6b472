from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.external.oidc import provider, sign_ins
from accounts.external.oidc.asking import ProviderUnavailable, is_known_place
from edu_platform.lib import bounded_http
from tests.support.fake_provider import FakeProvider, forget_provider
from tests.support.threads import all_at_once

WELL_KNOWN = "/.well-known/openid-configuration"


@pytest.fixture
def fake(settings: Any) -> Iterator[FakeProvider]:
    forget_provider()
    with FakeProvider() as running:
        for name, value in running.settings().items():
            setattr(settings, name, value)
        yield running
    forget_provider()


class TestAddresses:
    def test_are_asked_for_once_by_all_threads(self, fake: FakeProvider):
        found = all_at_once(lambda _number: provider.addresses().token, range(8))

        assert set(found) == {f"{fake.issuer}/token"}
        assert fake.paths_asked() == [WELL_KNOWN]

    def test_that_are_optional_may_be_missing(self, fake: FakeProvider):
        fake.documents = {"userinfo_endpoint": None, "end_session_endpoint": None}

        assert (provider.addresses().userinfo, provider.addresses().sign_out) == ("", "")

    def test_that_are_needed_may_not(self, fake: FakeProvider):
        fake.documents = {"jwks_uri": 7}

        with pytest.raises(ProviderUnavailable):
            provider.addresses()

    def test_of_an_issuer_with_a_slash_at_its_end(self, fake: FakeProvider, settings: Any):
        settings.OIDC_ISSUER = fake.documents["issuer"] = f"{fake.issuer}/"

        assert provider.addresses().keys == f"{fake.issuer}/keys"

    def test_failure_is_remembered_a_moment(
        self, fake: FakeProvider, monkeypatch: pytest.MonkeyPatch
    ):
        fake.statuses[WELL_KNOWN] = 500
        for _each in range(3):
            with pytest.raises(ProviderUnavailable):
                provider.addresses()
        assert len(fake.asked) == 1

        fake.statuses.clear()
        monkeypatch.setattr(provider, "PAUSE_AFTER_FAILURE_S", 0)

        assert provider.addresses().token


class TestKeys:
    def test_new_ones_are_found_when_a_token_needs_them(
        self, fake: FakeProvider, monkeypatch: pytest.MonkeyPatch
    ):
        old = fake.keys()
        monkeypatch.setattr(fake, "keys", lambda: {"keys": []})
        assert provider.keys() == []

        monkeypatch.setattr(fake, "keys", lambda: old)

        assert provider.keys() == []
        assert provider.keys(max_age_s=provider.ASKED_AGAIN_AFTER_S) == []
        assert provider.keys(max_age_s=0) == old["keys"]

    @pytest.mark.parametrize("said", [{}, {"keys": 7}, {"keys": [7, None]}])
    def test_nonsense_is_no_key(
        self, said: dict[str, Any], fake: FakeProvider, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(fake, "keys", lambda: {"x": 1, **said})

        assert provider.keys() == []


@pytest.mark.parametrize(
    ("address", "is_known"),
    [
        ("https://sign-in.school.example/token", True),
        ("https://SIGN-IN.school.example/token", True),
        ("https://sign-in.school.example", True),
        ("https://keys.school.example/a", True),
        ("http://sign-in.school.example/token", False),
        ("https://sign-in.school.example:8443/token", False),
        ("https://sign-in.school.example.evil.example/", False),
        ("https://sign-in.school.example@evil.example/", False),
        ("https://evil.example#https://sign-in.school.example", False),
        ("https://evil.example\\@sign-in.school.example/", False),
        ("//sign-in.school.example/", False),
        ("/token", False),
        ("", False),
    ],
)
def test_only_configured_origins_are_the_providers(address: str, is_known: bool, settings: Any):
    settings.OIDC_ISSUER = "https://sign-in.school.example/realms/school"
    settings.OIDC_OTHER_ORIGINS = ["https://keys.school.example"]

    assert is_known_place(address) is is_known


def test_answer_out_of_bounds_is_none(fake: FakeProvider, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bounded_http, "ANSWER_BYTES_AT_MOST", 10)

    with pytest.raises(ProviderUnavailable, match="too long"):
        provider.addresses()


def test_those_who_wait_for_a_slow_fetch_give_up(
    fake: FakeProvider, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bounded_http, "WAIT_FOR_PLACE_S", 0.01)

    with provider._documents.lock, pytest.raises(ProviderUnavailable, match="too many"):
        provider.addresses()

    assert fake.asked == []
    assert provider.addresses().token


@pytest.mark.parametrize("name", ["a" * 201, "a\0", "a\n", "\ud800", "a" * 5000])
def test_odd_name_of_a_session_gets_one_that_can_be_kept(name: str):
    kept = sign_ins.external_id(name)

    assert kept.startswith("oidc:")
    assert kept.isprintable()
    assert len(kept) <= 255
    assert kept != sign_ins.external_id(name + "b")


def test_address_may_have_a_query_of_its_own():
    assert sign_ins.with_query("https://x.example/end", {"a": "b c"}).endswith("/end?a=b+c")
    assert sign_ins.with_query("https://x.example/?p=1", {"a": "b"}).endswith("?p=1&a=b")
