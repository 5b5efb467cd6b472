"""Signing in by CAS as a browser meets it, beside a server that says whatever the test wants."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core import signing
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.enums import AuditKind, GrantSource, Role, SignInMethod
from accounts.external import cas
from accounts.models import AuditEntry, ExternalAccount, Session, User
from edu_platform.lib.bounded_log import LINES_A_MINUTE
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.support.fake_cas import FakeCas, failure, success
from tests.support.pages import main, read
from tests.support.refusals import forget_refusals

pytestmark = pytest.mark.django_db

BEGIN = "/accounts/cas/login/"
CALLBACK = "/accounts/cas/callback/"
LOGIN = "/accounts/login/"
TICKET = "ST-1-abc"
SITE = "https://class.school.example"


@pytest.fixture(scope="module")
def one_fake() -> Iterator[FakeCas]:
    with FakeCas() as fake:
        yield fake


@pytest.fixture(autouse=True)
def fake(one_fake: FakeCas, settings: Any) -> FakeCas:
    one_fake.begin()
    settings.CAS_SERVER_URL = one_fake.url
    settings.CAS_ROLE_ATTRIBUTE = "role"
    settings.CAS_TEACHER_VALUES = ["teacher"]
    settings.PUBLIC_BASE_URL = SITE
    settings.ALLOWED_HOSTS = ["testserver", "class.school.example"]
    cache.clear()
    forget_refusals()
    return one_fake


def begin(client: Client, **query: str) -> str:
    """Click the button; return the state that this sign-in got."""
    answer = client.post(BEGIN, query)
    assert answer.status_code == 303
    (service,) = parse_qs(urlsplit(answer["Location"]).query)["service"]
    (state,) = parse_qs(urlsplit(service).query)["state"]
    return state


def come_back(client: Client, *, state: str, ticket: str = TICKET) -> Any:
    return client.get(CALLBACK, {"state": state, "ticket": ticket})


def sign_in(client: Client, **query: str) -> Any:
    return come_back(client, state=begin(client, **query))


def user_of(client: Client) -> User | None:
    pk = client.session.get("_auth_user_id")
    return User.objects.get(pk=pk) if pk else None


class TestWithoutAServer:
    def test_there_is_no_such_page(self, client: Client, settings: Any):
        settings.CAS_SERVER_URL = ""

        assert client.get(BEGIN).status_code == 404
        assert client.get(CALLBACK).status_code == 404
        assert client.post(CALLBACK, {"logoutRequest": ""}).status_code == 404
        assert read(client.get(LOGIN).content).forms_to(BEGIN) == []


class TestBeginning:
    def test_button_of_the_sign_in_page_leads_to_the_server(self, client: Client, fake: FakeCas):
        page = read(client.get(LOGIN, {"next": "/replays/"}).content)
        (form,) = page.forms_to(BEGIN)

        assert form.one("button").text == "统一身份认证登录"
        assert form.one("input", name="next").attrs["value"] == "/replays/"
        answer = client.post(BEGIN)
        assert answer["Location"].startswith(f"{fake.url}/login?service=https%3A%2F%2Fclass.school")

    def test_button_is_guarded_against_foreign_pages(self):
        assert Client(enforce_csrf_checks=True).post(BEGIN).status_code == 403

    def test_address_leads_on_too(self, client: Client, fake: FakeCas):
        answer = client.get(BEGIN)

        assert answer.status_code == 303
        assert answer["Location"].startswith(f"{fake.url}/login?")
        assert "no-store" in answer["Cache-Control"]

    def test_service_is_our_public_address_whatever_host_was_asked(self, client: Client):
        answer = client.get(BEGIN, headers={"Host": "testserver"})

        (service,) = parse_qs(urlsplit(answer["Location"]).query)["service"]
        assert service.startswith(f"{SITE}{CALLBACK}?state=")

    def test_few_are_kept(self, client: Client):
        first, *others = [begin(client) for _ in range(6)]

        assert come_back(client, state=first).status_code == 403
        assert come_back(client, state=others[0]).status_code == 302

    def test_makes_no_row_of_sessions(self):
        for method in (Client().get, Client().post):
            method(BEGIN, {"next": "/replays/"})

        assert not Session.objects.exists()

    def test_is_kept_where_no_script_and_no_other_page_sees_it(self, settings: Any):
        settings.SESSION_COOKIE_SECURE = True

        cookie = Client().get(BEGIN).cookies["cas_begun"]

        assert (cookie["httponly"], cookie["secure"]) == (True, True)
        assert (cookie["samesite"], cookie["path"], cookie["max-age"]) == (
            "Lax",
            "/accounts/cas/",
            3600,
        )

    def test_is_over_after_an_hour(self, client: Client):
        with time_machine.travel(timezone.now()) as clock:
            state = begin(client)
            clock.shift(3601)

            assert come_back(client, state=state).status_code == 403

    def test_cookie_of_one_s_own_making_opens_nothing(self, client: Client):
        state = begin(client)
        forged = Client()
        forged.cookies["cas_begun"] = signing.dumps({"a": "/"}, salt="another")

        assert come_back(forged, state="a").status_code == 403
        forged.cookies["cas_begun"] = client.cookies["cas_begun"].value[:-1] + "!"
        assert come_back(forged, state=state).status_code == 403

    @pytest.mark.parametrize("char", ["a", "课"])
    def test_long_addresses_leave_room_for_the_sign_in(self, client: Client, char: str):
        """Browsers drop cookies of more than 4096 bytes without a word."""
        path = "/replays/?q=" + "".join(chr(ord(char) + number % 23) for number in range(1900))
        states = [begin(client, next=path) for _number in range(5)]

        assert len(client.cookies["cas_begun"].OutputString()) < 4096
        assert come_back(client, state=states[-1]).status_code == 302


class TestComingBack:
    def test_first_time_makes_an_account_and_signs_in(self, client: Client, fake: FakeCas):
        fake.body = success("li.ming", "<cas:cn>李明</cas:cn><cas:role>teacher</cas:role>")

        answer = sign_in(client)

        assert (answer.status_code, answer["Location"]) == (302, "/")
        person = user_of(client)
        assert person is not None
        assert (person.username, person.display_name) == ("li.ming", "李明")
        assert person.roles == {Role.TEACHER}
        account = ExternalAccount.objects.get()
        assert (account.method, account.issuer, account.subject, account.user) == (
            SignInMethod.CAS,
            fake.url,
            "li.ming",
            person,
        )
        assert not person.has_usable_password()

    def test_is_in_the_audit_log_and_among_the_sign_ins(self, client: Client):
        sign_in(client)

        entry = AuditEntry.objects.get(kind=AuditKind.SIGNED_IN)
        assert (entry.actor, entry.method) == (user_of(client), SignInMethod.CAS)
        row = Session.objects.get(user=user_of(client))
        assert (row.method, row.external_id) == (SignInMethod.CAS, cas.external_id_of(TICKET))

    def test_ticket_stands_nowhere(self, client: Client):
        answer = sign_in(client)

        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]
        assert TICKET not in answer["Location"] + answer.content.decode()
        assert TICKET not in str(dict(client.session))
        assert TICKET not in str(list(AuditEntry.objects.values()))

    def test_next_is_kept(self, client: Client):
        assert sign_in(client, next="/replays/?q=a")["Location"] == "/replays/?q=a"

    @pytest.mark.parametrize("wanted", ["//elsewhere.example/", f"{SITE}/replays/", "replays/"])
    def test_next_is_on_this_site(self, client: Client, wanted: str):
        assert sign_in(client, next=wanted)["Location"] == "/"

    def test_second_time_is_the_same_person_with_the_role_of_now(self, fake: FakeCas):
        fake.body = success(attributes="<cas:role>teacher</cas:role>")
        first = Client()
        sign_in(first)
        fake.body = success(attributes="<cas:role>student</cas:role>")
        second = Client()

        sign_in(second)

        person = user_of(second)
        assert person is not None
        assert person == user_of(first)
        assert person.roles == {Role.STUDENT}

    def test_role_of_an_administrator_is_never_given(self, client: Client, fake: FakeCas):
        fake.body = success(attributes="<cas:role>administrator</cas:role>")

        sign_in(client)

        person = user_of(client)
        assert person is not None
        assert person.roles == {Role.STUDENT}
        assert not person.is_superuser
        assert person.role_grants.get().source == GrantSource.CLAIM

    def test_closed_account_stays_closed(self, client: Client):
        sign_in(Client())
        User.objects.update(is_active=False)

        answer = sign_in(client)

        assert answer["Location"] == "/accounts/inactive/"
        assert user_of(client) is None
        assert "external_id" not in client.session


class TestExistingAccount:
    @pytest.fixture(autouse=True)
    def _li_ming_comes(self, fake: FakeCas) -> None:
        fake.body = success("li.ming", "<cas:role>student</cas:role>")

    def test_of_that_name_waits_for_staff(self, client: Client):
        UserFactory.create(username="Li.Ming", roles=[Role.STUDENT])

        answer = sign_in(client)

        assert answer.status_code == 403
        assert "li.ming" in main(answer).text
        assert user_of(client) is None
        assert "external_id" not in client.session
        assert ExternalAccount.objects.get().user is None

    def test_of_that_name_is_opened_where_the_school_says_so(self, client: Client, settings: Any):
        settings.CAS_LINK_EXISTING = True
        person = UserFactory.create(username="li.ming", roles=[Role.STUDENT])

        sign_in(client)

        assert user_of(client) == person

    def test_of_a_name_that_had_to_be_altered_waits(
        self, client: Client, fake: FakeCas, settings: Any
    ):
        settings.CAS_LINK_EXISTING = True
        fake.body = success("li,ming")
        UserFactory.create(username="li-ming", roles=[Role.STUDENT])

        assert sign_in(client).status_code == 403
        assert user_of(client) is None

    @pytest.mark.parametrize("role", [Role.PLANNER, Role.ADMINISTRATOR, Role.SUPERVISOR])
    def test_of_staff_waits_whatever_the_school_says(
        self, client: Client, settings: Any, role: Role
    ):
        settings.CAS_LINK_EXISTING = True
        UserFactory.create(username="li.ming", roles=[Role.STUDENT, role])

        assert sign_in(client).status_code == 403
        assert user_of(client) is None

    def test_of_a_superuser_waits_as_well(self, client: Client, settings: Any):
        settings.CAS_LINK_EXISTING = True
        UserFactory.create(username="li.ming", roles=[], is_superuser=True)

        assert sign_in(client).status_code == 403
        assert user_of(client) is None


class TestSomebodyElseIsSignedIn:
    def test_they_are_signed_out_first(self, signed_in: SignedIn, student: User):
        client = signed_in(student)
        earlier = client.session.session_key

        sign_in(client)

        person = user_of(client)
        assert person is not None
        assert person.username == "li.ming"
        assert not Session.objects.filter(session_key=earlier).exists()
        assert not Session.objects.filter(user=student).exists()

    def test_they_are_not_left_in_when_the_account_waits(self, signed_in: SignedIn, student: User):
        UserFactory.create(username="li.ming")
        client = signed_in(student)

        assert sign_in(client).status_code == 403
        assert user_of(client) is None

    def test_they_stay_when_the_ticket_is_refused(
        self, signed_in: SignedIn, student: User, fake: FakeCas
    ):
        fake.body = failure("INVALID_TICKET")
        client = signed_in(student)

        assert sign_in(client).status_code == 403
        assert user_of(client) == student


class TestRefusal:
    def assert_page(self, answer: Any, *, status: int, way: str = LOGIN) -> str:
        """A page in words, without the ticket, that leads on: to the sign-in, for who is not signed in."""
        assert answer.status_code == status
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]
        assert TICKET not in answer.content.decode()
        page = main(answer)
        assert way in {link.attrs["href"] for link in page.all("a")}
        return page.text

    def test_of_a_ticket_that_nobody_asked_for(self, fake: FakeCas):
        """A foreign page cannot have this browser sign in as somebody else."""
        attacker = Client()
        state = begin(attacker)

        answer = come_back(Client(), state=state)

        self.assert_page(answer, status=403)
        assert fake.asked == []
        assert not ExternalAccount.objects.exists()

    @pytest.mark.parametrize("query", [{}, {"ticket": TICKET}, {"state": "a", "ticket": TICKET}])
    def test_without_a_known_state(self, client: Client, fake: FakeCas, query: dict[str, str]):
        begin(client)

        self.assert_page(client.get(CALLBACK, query), status=403)
        assert fake.asked == []

    def test_of_an_address_that_was_used(self, client: Client, fake: FakeCas):
        state = begin(client)
        come_back(client, state=state)
        asked = len(fake.asked)

        self.assert_page(come_back(client, state=state), status=403, way="/")
        assert len(fake.asked) == asked

    def test_of_a_ticket_that_the_server_refuses(self, client: Client, fake: FakeCas):
        fake.body = failure("INVALID_TICKET")

        answer = sign_in(client)

        assert answer.context["error"].reference in self.assert_page(answer, status=403)
        assert user_of(client) is None

    def test_without_a_ticket(self, client: Client, fake: FakeCas):
        self.assert_page(client.get(CALLBACK, {"state": begin(client)}), status=403)
        assert fake.asked == []

    def test_of_a_name_that_cannot_be_kept(self, client: Client, fake: FakeCas):
        fake.body = success("li\nming")

        self.assert_page(sign_in(client), status=403)
        assert not ExternalAccount.objects.exists()

    def test_where_the_server_says_nothing_of_use(
        self, client: Client, fake: FakeCas, caplog: pytest.LogCaptureFixture
    ):
        fake.body = b"<html>"

        answer = sign_in(client)

        reference = answer.context["error"].reference
        assert reference in self.assert_page(answer, status=503)
        assert int(answer["Retry-After"]) > 0
        assert f"sign-in {reference}: no usable answer of the sign-in server: " in caplog.text
        assert TICKET not in caplog.text

    def test_of_many_tickets_a_few_are_logged(
        self, fake: FakeCas, caplog: pytest.LogCaptureFixture
    ):
        """Anybody can make up as many as they like."""
        fake.body = failure("INVALID_TICKET")

        pages = [main(sign_in(Client())) for _number in range(LINES_A_MINUTE + 3)]

        lines = [record for record in caplog.records if ": refused: " in record.getMessage()]
        assert len(lines) == LINES_A_MINUTE
        assert [bool(page.all("span", "reference")) for page in pages].count(False) == 3
        assert not [record for record in caplog.records if record.name.startswith("django")]

    def test_no_other_method(self, client: Client):
        assert client.head(BEGIN).status_code == 405
        assert client.head(CALLBACK).status_code == 405
        assert client.put(CALLBACK).status_code == 405


class TestSigningOut:
    def test_leads_to_the_server_and_from_there_to_our_sign_in(self, client: Client, fake: FakeCas):
        sign_in(client)

        answer = client.post("/accounts/logout/")

        assert answer["Location"] == (
            f"{fake.url}/logout?service=https%3A%2F%2Fclass.school.example%2Faccounts%2Flogin%2F"
        )
        assert user_of(client) is None

    def test_of_others_leads_to_our_sign_in(self, signed_in: SignedIn, student: User):
        assert signed_in(student).post("/accounts/logout/")["Location"] == LOGIN


def logout_request(ticket: str) -> dict[str, str]:
    return {
        "logoutRequest": '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">'
        f"<samlp:SessionIndex>{ticket}</samlp:SessionIndex></samlp:LogoutRequest>"
    }


class TestSingleLogout:
    def test_ends_what_that_ticket_opened(self):
        here, there = Client(), Client()
        come_back(here, state=begin(here), ticket="ST-1")
        come_back(there, state=begin(there), ticket="ST-2")
        server = Client(enforce_csrf_checks=True)

        answer = server.post(f"{CALLBACK}?state=a", logout_request("ST-1"))

        assert answer.status_code == 200
        assert user_of(here) is None
        assert user_of(there) is not None
        assert AuditEntry.objects.filter(kind=AuditKind.SIGN_INS_ENDED).count() == 1

    def test_says_the_same_of_tickets_that_opened_nothing(self, client: Client):
        sign_in(client)

        answer = Client().post(CALLBACK, logout_request("ST-9"))

        assert (answer.status_code, answer.content) == (200, b"ok\n")
        assert user_of(client) is not None

    def test_of_anything_else_is_a_bad_request(self, client: Client):
        sign_in(client)

        requests: list[dict[str, str]] = [
            {},
            {"logoutRequest": ""},
            {"logoutRequest": "<a>"},
            logout_request("everybody"),
        ]
        assert [Client().post(CALLBACK, data).status_code for data in requests] == [400] * 4
        assert user_of(client) is not None

    def test_of_many_bad_requests_a_few_are_logged(self, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.INFO)

        for _number in range(LINES_A_MINUTE + 3):
            Client().post(CALLBACK, logout_request("everybody"))

        assert caplog.messages.count("single logout refused: not a logoutRequest") == LINES_A_MINUTE
        assert not [record for record in caplog.records if record.name.startswith("django")]

    def test_takes_no_long_request(self, client: Client):
        sign_in(client)
        padded = logout_request(TICKET)["logoutRequest"].replace(
            "<samlp:S", " " * 8192 + "<samlp:S"
        )

        assert Client().post(CALLBACK, {"logoutRequest": padded}).status_code == 400
        assert Client().post(CALLBACK, {"logoutRequest": "a" * 70_000}).status_code == 413
        assert user_of(client) is not None

    def test_leaves_no_session_behind(self, client: Client):
        client.post(CALLBACK, logout_request(TICKET))

        assert "sessionid" not in client.cookies
