"""A provider, or somebody who claims to be one, may say such things to come in, and does not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.conf import settings as django_settings
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.enums import Role, SignInMethod
from accounts.models import ExternalAccount, RoleGrant, Session, User
from edu_platform.lib.bounded_log import LINES_A_MINUTE
from tests.factories.accounts import UserFactory
from tests.support import tickets
from tests.support.fake_provider import (
    BACK,
    CLIENT_ID,
    LOGIN,
    FakeProvider,
    forget_provider,
    part,
    public_pem,
    rsa_key,
)
from tests.support.refusals import forget_refusals
from tests.support.second_factor import CODE, give_second_factor

pytestmark = pytest.mark.django_db

BACK_CHANNEL = "/accounts/oidc/school/backchannel-logout/"


@pytest.fixture(scope="module")
def running_provider() -> Iterator[FakeProvider]:
    with FakeProvider() as running:
        yield running


@pytest.fixture
def provider(running_provider: FakeProvider, settings: Any) -> FakeProvider:
    running_provider.begin()
    forget_provider()
    forget_refusals()
    for name, value in running_provider.settings().items():
        setattr(settings, name, value)
    return running_provider


def assert_refused(client: Client, answer: Any, status: int = 403) -> None:
    """A page in words, and nobody is signed in or known."""
    assert answer.status_code == status, answer.content.decode()
    assert "/accounts/login/" in answer.content.decode()
    assert answer["Referrer-Policy"] == "no-referrer"
    assert client.get("/schedule/").status_code == 302
    assert not ExternalAccount.objects.exists()


def test_the_right_answer_signs_in(provider: FakeProvider, client: Client):
    """Without it the refusals below would show nothing."""
    answer = provider.sign_in(client)

    assert answer["Location"] == "/"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert client.get("/schedule/").status_code == 200
    sent = provider.authorization
    assert sent["redirect_uri"] == f"{django_settings.PUBLIC_BASE_URL}{BACK}"
    assert sorted(sent["scope"].split()) == ["openid", "profile"]
    assert (sent["response_type"], sent["code_challenge_method"]) == ("code", "S256")
    assert len(sent["nonce"]) >= 32


class TestState:
    def test_of_nobody(self, provider: FakeProvider, client: Client):
        provider.lead_there(client)

        assert_refused(client, provider.come_back(client, state="made-up"))
        assert_refused(client, client.get(f"{BACK}?code=a-code"))
        assert "/token" not in provider.paths_asked()

    def test_of_another_browser(self, provider: FakeProvider, client: Client):
        """A link that would sign the victim in as the attacker."""
        provider.lead_there(Client())

        assert_refused(client, provider.come_back(client))

    def test_is_used_once(self, provider: FakeProvider, client: Client):
        provider.sign_in(client)
        client.post("/accounts/logout/")
        ExternalAccount.objects.all().delete()

        assert_refused(client, provider.come_back(client))

    def test_is_too_old(self, provider: FakeProvider, client: Client):
        provider.lead_there(client)

        with time_machine.travel(time.time() + 700, tick=True):
            assert_refused(client, provider.come_back(client))


def unsigned(provider: FakeProvider) -> str:
    return f"{part({'alg': 'none'})}.{part(provider.all_claims())}."


def signed_with_public_key(provider: FakeProvider) -> str:
    """HS256, whose secret would be the key that the provider shows to everybody."""
    head = f"{part({'alg': 'HS256', 'kid': 'key 1'})}.{part(provider.all_claims())}"
    digest = hmac.new(public_pem(rsa_key()), head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def with_own_key(provider: FakeProvider) -> str:
    """A token that brings the key that it is signed by."""
    return provider.token(key=rsa_key("an attacker's"))


def changed_afterwards(provider: FakeProvider) -> str:
    head, _claims, signature = provider.token().split(".")
    return f"{head}.{part(provider.all_claims(sub='s-2'))}.{signature}"


WRONG_TOKENS: dict[str, Callable[[FakeProvider], object]] = {
    "none": lambda provider: False,
    "no text": lambda provider: {"sub": "s-1"},
    "no token": lambda provider: "a.b.c",
    "unsigned": unsigned,
    "signed with the public key": signed_with_public_key,
    "signed by another": with_own_key,
    "changed afterwards": changed_afterwards,
    "of another issuer": lambda provider: provider.token(iss="https://evil.example"),
    "of an issuer that looks alike": lambda provider: provider.token(iss=f"{provider.issuer}/"),
    "of no issuer": lambda provider: provider.token(iss=None),
    "for another client": lambda provider: provider.token(aud="another"),
    "for nobody": lambda provider: provider.token(aud=None),
    "for several": lambda provider: provider.token(aud=[CLIENT_ID, "another"]),
    "made for another": lambda provider: provider.token(aud=[CLIENT_ID, "b"], azp="b"),
    "made for another, who is no audience": lambda provider: provider.token(azp="b"),
    "expired": lambda provider: provider.token(exp=int(time.time()) - 120),
    "without end": lambda provider: provider.token(exp=None),
    "end that is no number": lambda provider: provider.token(exp="soon"),
    "end beyond all numbers": lambda provider: provider.token(exp=float("inf")),
    "from tomorrow": lambda provider: provider.token(iat=int(time.time()) + 86_400),
    "not yet": lambda provider: provider.token(nbf=int(time.time()) + 3600),
    "with another nonce": lambda provider: provider.token(nonce="another"),
    "without nonce": lambda provider: provider.token(nonce=None),
    "with a nonce that is no text": lambda provider: provider.token(nonce=["a"]),
    "with a nonce of half a character": lambda provider: provider.token(nonce="\ud800"),
    "of nobody": lambda provider: provider.token(sub=None),
    "of an empty subject": lambda provider: provider.token(sub=""),
    "of a number": lambda provider: provider.token(sub=7),
    "of a subject without end": lambda provider: provider.token(sub="s" * 256),
    "of a subject that cannot be kept": lambda provider: provider.token(sub="s\0"),
    "endless": lambda provider: provider.token(more="x" * 20_000),
}


@pytest.mark.parametrize("fault", WRONG_TOKENS)
def test_token_is_refused(fault: str, provider: FakeProvider, client: Client):
    provider.lead_there(client)
    provider.id_token = WRONG_TOKENS[fault](provider)

    assert_refused(client, provider.come_back(client))


class TestIssuer:
    def test_answer_of_another_issuer_does_not_bring_its_code_to_ours(
        self, provider: FakeProvider, client: Client
    ):
        provider.lead_there(client)

        assert_refused(client, provider.come_back(client, iss="https://evil.example"))
        assert "/token" not in provider.paths_asked()

    def test_answer_that_names_no_issuer_is_refused_of_a_provider_that_always_does(
        self, provider: FakeProvider, client: Client
    ):
        provider.documents["authorization_response_iss_parameter_supported"] = True
        provider.lead_there(client)

        assert_refused(client, provider.come_back(client))

    def test_answer_of_the_right_issuer(self, provider: FakeProvider, client: Client):
        provider.documents["authorization_response_iss_parameter_supported"] = True
        provider.lead_there(client)

        assert provider.come_back(client, iss=provider.issuer)["Location"] == "/"

    def test_discovery_that_speaks_for_another(self, provider: FakeProvider, client: Client):
        provider.documents["issuer"] = f"{provider.issuer}/"

        answer = provider.lead_there(client)

        assert answer.status_code == 403

    @pytest.mark.parametrize(
        "name",
        ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"],
    )
    @pytest.mark.parametrize(
        "place",
        ["https://evil.example/x", "http://169.254.169.254/", "//evil.example", "file:///etc"],
    )
    def test_discovery_that_leads_elsewhere(
        self,
        name: str,
        place: str,
        provider: FakeProvider,
        client: Client,
        caplog: pytest.LogCaptureFixture,
    ):
        provider.documents[name] = place

        answer = provider.lead_there(client)

        assert answer.status_code == 403
        assert f"{name} lies at" in caplog.text
        assert "OIDC_OTHER_ORIGINS" in caplog.text

    def test_named_origins_are_the_providers_too(
        self, provider: FakeProvider, client: Client, settings: Any
    ):
        settings.OIDC_OTHER_ORIGINS = ["https://sign-in.school.example"]
        place = "https://sign-in.school.example/authorize?tenant=1"
        provider.documents["authorization_endpoint"] = place

        answer = provider.lead_there(client)

        assert answer["Location"].startswith(f"{place}&")


class TestUserinfo:
    @pytest.fixture(autouse=True)
    def _token_says_little(self, provider: FakeProvider) -> None:
        provider.claims = {"sub": "s-1"}

    def test_of_the_same_person(self, provider: FakeProvider, client: Client):
        provider.userinfo = {"sub": "s-1", "preferred_username": "wang", "name": "王小明"}

        provider.sign_in(client)

        assert User.objects.get().display_name == "王小明"

    @pytest.mark.parametrize("sub", ["s-2", None, ["s-1"]])
    def test_of_another_person(self, sub: object, provider: FakeProvider, client: Client):
        provider.userinfo = {"sub": sub, "preferred_username": "zheng"}

        assert_refused(client, provider.sign_in(client))

    def test_overrules_nothing_of_the_token(self, provider: FakeProvider, client: Client):
        provider.claims = {"sub": "s-1", "preferred_username": "wang"}
        provider.userinfo = {"sub": "s-1", "preferred_username": "zheng", "name": "王"}

        provider.sign_in(client)

        assert User.objects.get().username == "wang"


class TestWaysThatAreClosed:
    @pytest.mark.parametrize("process", ["connect", "redirect", "signup"])
    def test_other_processes(self, process: str, provider: FakeProvider, client: Client):
        answer = provider.lead_there(client, process=process)

        assert answer.status_code == 403
        assert Session.objects.count() == 0

    def test_signed_in_person_gets_no_second_account_linked(
        self, provider: FakeProvider, client: Client
    ):
        """`connect` would let who borrows a machine for a minute come back for ever."""
        teacher = UserFactory.create(username="teacher")
        client.force_login(teacher)

        client.post(f"{LOGIN}?process=connect")
        provider.sign_in(client)

        assert ExternalAccount.objects.get().user != teacher
        assert SocialAccount.objects.count() == 0

    def test_request_adds_nothing_to_what_is_asked_for(
        self, provider: FakeProvider, client: Client
    ):
        query = "auth_params=prompt%3Dnone%26client_id%3Devil&scope=admin&action=reauthenticate"

        answer = client.post(f"{LOGIN}?{query}")

        assert "evil" not in answer["Location"]
        assert "prompt" not in answer["Location"]
        assert "admin" not in answer["Location"]

    def test_link_does_not_begin_a_sign_in(self, provider: FakeProvider, client: Client):
        answer = client.get(LOGIN)

        assert answer.status_code == 405
        assert provider.asked == []

    def test_foreign_page_does_not_begin_a_sign_in(self, provider: FakeProvider):
        assert Client(enforce_csrf_checks=True).post(LOGIN).status_code == 403

    @pytest.mark.parametrize(
        "name",
        [
            *("socialaccount_signup", "socialaccount_connections"),
            *("socialaccount_login_error", "socialaccount_login_cancelled"),
        ],
    )
    def test_pages_of_the_library_have_no_address(self, name: str):
        with pytest.raises(NoReverseMatch):
            reverse(name)

    def test_providers_of_the_database_are_none(self, provider: FakeProvider, client: Client):
        SocialApp.objects.create(
            provider="openid_connect",
            provider_id="evil",
            client_id="x",
            settings={"server_url": "https://evil.example"},
        )

        assert client.post("/accounts/oidc/evil/login/").status_code == 404
        assert provider.lead_there(client).status_code == 302

    def test_all_is_closed_where_no_issuer_is_set(self, client: Client):
        for path in (LOGIN, BACK_CHANNEL):
            assert client.post(path).status_code == 404
        assert client.get(BACK).status_code == 404
        assert LOGIN not in client.get("/accounts/login/").content.decode()

    @pytest.mark.parametrize(
        "address", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "replays/"]
    )
    def test_next_address_is_of_this_site(
        self, address: str, provider: FakeProvider, client: Client
    ):
        answer = provider.sign_in(client, next=address)

        assert answer["Location"] == "/"


class TestProviderThatFails:
    def test_is_down(self, provider: FakeProvider, client: Client, settings: Any):
        settings.OIDC_ISSUER = "http://127.0.0.1:9"  # nobody listens there

        answer = client.post(LOGIN)

        assert answer.status_code == 503
        assert int(answer["Retry-After"]) > 0

    @pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
    @pytest.mark.parametrize("status", [302, 429, 500, 503])
    def test_answers_with_a_fault(
        self, path: str, status: int, provider: FakeProvider, client: Client
    ):
        provider.statuses[path] = status
        # Nobody goes there: it would be met as a request of its own.
        provider.headers["Location"] = f"{provider.issuer}/userinfo"

        answer = provider.lead_there(client)
        if answer.status_code == 302:
            answer = provider.come_back(client)

        assert answer.status_code == 503
        assert int(answer["Retry-After"]) > 0
        assert "/userinfo" not in provider.paths_asked()

    @pytest.mark.parametrize(
        "said", [b"", b"<html>", b"[]", b"{}", b'{"a":' * 100_000, b" " * 600_000]
    )
    @pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
    def test_answers_with_nonsense(
        self, path: str, said: bytes, provider: FakeProvider, client: Client
    ):
        provider.bodies[path] = said

        answer = provider.lead_there(client)
        if answer.status_code == 302:
            answer = provider.come_back(client)

        assert answer.status_code in {403, 503}
        assert not ExternalAccount.objects.exists()

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            *(("access_denied", 403), ("login_required", 403), ("invalid_scope", 403)),
            *(("server_error", 503), ("temporarily_unavailable", 503), ("<script>", 403)),
        ],
    )
    def test_sends_the_person_back_with_an_error(
        self, error: str, status: int, provider: FakeProvider, client: Client
    ):
        provider.lead_there(client)
        query = f"?error={error}&error_description=x&state={provider.authorization['state']}"

        assert_refused(client, client.get(BACK + query), status)

    def test_refuses_the_code(self, provider: FakeProvider, client: Client):
        provider.statuses["/token"] = 400

        assert_refused(client, provider.sign_in(client))

    def test_is_asked_once_for_many_sign_ins(self, provider: FakeProvider):
        for _each in range(3):
            provider.sign_in(Client())

        paths = provider.paths_asked()
        assert paths.count("/.well-known/openid-configuration") == 1
        assert paths.count("/keys") == 1

    def test_log_says_why_without_secrets(
        self, provider: FakeProvider, client: Client, caplog: pytest.LogCaptureFixture
    ):
        provider.lead_there(client)
        token = provider.id_token = provider.token(aud="another")

        answer = provider.come_back(client, code="the-code")

        assert "InvalidAudienceError" in caplog.text
        for secret in ("the-code", token, "an-access-token", provider.authorization["state"]):
            assert secret not in caplog.text
            assert secret not in answer.content.decode()
        reference = answer["X-Request-ID"]
        assert f"sign-in {reference}: " in caplog.text
        assert reference in answer.content.decode()
        assert all(record.levelno < logging.ERROR for record in caplog.records)


class TestSecretOfTheClient:
    def test_goes_in_a_header_unless_the_provider_wants_it_otherwise(
        self, provider: FakeProvider, client: Client
    ):
        provider.sign_in(client)

        (form, headers) = next(
            (form, head) for path, form, head in provider.asked if path == "/token"
        )
        pair = base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
        assert pair == "platform:a+secret%2Fof+%2B+tests%3A"
        assert "client_secret" not in form

    def test_goes_in_the_body_where_only_that_is_taken(
        self, provider: FakeProvider, client: Client
    ):
        provider.documents["token_endpoint_auth_methods_supported"] = ["client_secret_post"]

        provider.sign_in(client)

        (form, headers) = next(
            (form, head) for path, form, head in provider.asked if path == "/token"
        )
        assert form["client_secret"] == provider.settings()["OIDC_CLIENT_SECRET"]
        assert "Authorization" not in headers


class TestSigningOut:
    def test_provider_that_is_down_keeps_nobody_signed_in(
        self, provider: FakeProvider, client: Client
    ):
        provider.sign_in(client)
        forget_provider()
        provider.statuses["/.well-known/openid-configuration"] = 500

        answer = client.post("/accounts/logout/", follow=True)

        assert answer.redirect_chain[-1][0] == "/accounts/login/"
        assert client.get("/schedule/").status_code == 302
        assert [str(each) for each in answer.context["messages"]][-1:] != []

    def test_who_came_by_password_is_not_led_to_the_provider(
        self, provider: FakeProvider, client: Client
    ):
        UserFactory.create(username="li", password="correct horse")
        client.post("/accounts/login/", {"login": "li", "password": "correct horse"})

        assert client.post("/accounts/logout/")["Location"] == "/accounts/login/"

    def test_administrations_way_out_is_the_same(self, provider: FakeProvider, client: Client):
        provider.sign_in(client)
        RoleGrant.objects.create(user=User.objects.get(), role=Role.PLANNER)

        answer = client.post("/admin/logout/")

        assert answer["Location"].startswith(f"{provider.issuer}/end?")


class TestBackChannel:
    def send(self, token: str) -> int:
        return Client().post(BACK_CHANNEL, {"logout_token": token}).status_code

    def test_ends_the_named_sign_in_alone(self, provider: FakeProvider):
        first, second = Client(), Client()
        for browser, sid in ((first, "a"), (second, "b")):
            provider.claims["sid"] = sid
            provider.sign_in(browser)

        assert self.send(provider.logout_token(sid="a")) == 200

        assert first.get("/schedule/").status_code == 302
        assert second.get("/schedule/").status_code == 200

    def test_ends_all_of_a_person_when_no_sign_in_is_named(self, provider: FakeProvider):
        browsers = [Client(), Client(), Client()]
        for browser in browsers[:2]:
            provider.sign_in(browser)
        browsers[2].force_login(User.objects.get())  # by another way

        assert self.send(provider.logout_token()) == 200

        assert [browser.get("/schedule/").status_code for browser in browsers] == [302, 302, 200]

    def test_token_works_once(self, provider: FakeProvider, client: Client):
        token = provider.logout_token()
        assert self.send(token) == 200
        provider.sign_in(client)

        assert self.send(token) == 400

        assert client.get("/schedule/").status_code == 200

    WRONG: dict[str, Callable[[FakeProvider], str]] = {
        "nothing": lambda provider: "",
        "ID token": lambda provider: provider.token(jti="x", nonce="n"),
        "of another issuer": lambda provider: provider.logout_token(iss="https://evil.example"),
        "for another client": lambda provider: provider.logout_token(aud="another"),
        "old": lambda provider: provider.logout_token(iat=int(time.time()) - 3600, exp=None),
        "expired": lambda provider: provider.logout_token(exp=int(time.time()) - 120),
        "without number": lambda provider: provider.logout_token(jti=None),
        "of no event": lambda provider: provider.logout_token(events=None),
        "of another event": lambda provider: provider.logout_token(events={"x": {}}),
        "with a nonce": lambda provider: provider.logout_token(nonce="n"),
        "of nobody": lambda provider: provider.logout_token(sub=None),
        "of no text": lambda provider: provider.logout_token(sid=["a"]),
        "of a moment that is no number": lambda provider: provider.logout_token(
            iat=str(int(time.time()))
        ),
        "of a name that no database takes": lambda provider: provider.logout_token(sub="\ud800"),
        "unsigned": lambda provider: (
            f"{part({'alg': 'none'})}.{provider.logout_token().split('.')[1]}."
        ),
    }

    def test_wrong_token_ends_nothing(self, provider: FakeProvider, client: Client):
        provider.sign_in(client)

        for fault, make in self.WRONG.items():
            answer = Client().post(BACK_CHANNEL, {"logout_token": make(provider)})

            assert answer.status_code == 400, fault
            assert json.loads(answer.content) == {"error": "invalid_request"}, fault
            assert "no-store" in answer["Cache-Control"], fault
            assert client.get("/schedule/").status_code == 200, fault

    def test_provider_that_is_down_is_asked_to_try_again(self, provider: FakeProvider):
        provider.statuses["/keys"] = 500

        assert self.send(provider.logout_token()) == 503

    def test_of_many_forged_tokens_a_few_are_logged(
        self, provider: FakeProvider, caplog: pytest.LogCaptureFixture
    ):
        for _number in range(LINES_A_MINUTE + 3):
            assert self.send("a.b.c") == 400

        lines = [text for text in caplog.messages if "back-channel logout refused" in text]
        assert len(lines) == LINES_A_MINUTE
        assert not [record for record in caplog.records if record.name.startswith("django")]


def test_page_has_a_button_for_it(provider: FakeProvider, client: Client):
    page = client.get("/accounts/login/?next=/replays/").content.decode()

    assert f'action="{LOGIN}"' in page
    assert page.count('value="/replays/"') >= 2


def test_start_password_does_not_stand_in_the_way(
    provider: FakeProvider, client: Client, settings: Any
):
    """A person who has one from before need not even know it."""
    settings.OIDC_LINK_EXISTING = True
    UserFactory.create(username="wang", must_change_password=True)

    provider.sign_in(client)

    assert client.get("/schedule/").status_code == 200


@pytest.mark.parametrize(
    ("here", "said"), [("li-ming", {"preferred_username": "li,ming"}), ("s-1", {})]
)
def test_username_that_the_provider_does_not_say_opens_nobody_s_account(
    provider: FakeProvider, client: Client, settings: Any, here: str, said: dict[str, str]
):
    settings.OIDC_LINK_EXISTING = True
    UserFactory.create(username=here)
    provider.claims = provider.userinfo = {"sub": "s-1", "name": "李明", **said}

    assert provider.sign_in(client).status_code == 403
    assert client.get("/schedule/").status_code == 302


@pytest.mark.parametrize("is_active", [True, False])
def test_nothing_of_a_refused_person_stays_in_the_session(
    is_active: bool, provider: FakeProvider, client: Client, settings: Any
):
    """A person whose account waits for staff, or is closed, left no token on a machine that others use."""
    settings.OIDC_LINK_EXISTING = not is_active
    UserFactory.create(username="wang", is_active=is_active)

    answer = provider.sign_in(client)

    assert answer.status_code == (403 if is_active else 302)
    assert client.get("/schedule/").status_code == 302
    assert "oidc_id_token" not in client.session
    assert "external_id" not in client.session


def test_sign_in_that_stopped_at_the_second_factor_leaves_nothing_to_the_next_person(
    provider: FakeProvider, client: Client, settings: Any
):
    """Else who began would end the other's sign-in, by signing out there."""
    settings.HANDOVER_KEYS = tickets.handover_keys()
    settings.PUBLIC_BASE_URL = tickets.SITE
    person = UserFactory.create(username="wang")
    ExternalAccount.objects.create(
        method=SignInMethod.OIDC, issuer=provider.issuer, subject="s-1", user=person
    )
    give_second_factor(person)
    provider.claims["sid"] = "of wang"
    assert provider.sign_in(client)["Location"] == CODE

    client.get(tickets.ADDRESS, {"ticket": tickets.ticket(sub="zhao")})
    sent = Client().post(BACK_CHANNEL, {"logout_token": provider.logout_token(sid="of wang")})

    assert sent.status_code == 200
    assert client.get("/schedule/").status_code == 200
    assert "oidc_id_token" not in client.session
