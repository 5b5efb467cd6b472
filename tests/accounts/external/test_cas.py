"""Answers of a CAS server: what they are taken for, and what never comes through, however it is said."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.enums import Role, SignInMethod
from accounts.external import cas
from accounts.external.logins import UnusableSubject
from edu_platform.lib.bounded_http import NoUsableAnswer
from tests.support.fake_cas import FakeCas, failure, response, success

TICKET = "ST-1-abc.cas.school.example"
STATE = "the-state"


@pytest.fixture(scope="module")
def one_fake() -> Iterator[FakeCas]:
    with FakeCas() as fake:
        yield fake


@pytest.fixture
def fake(one_fake: FakeCas, settings: Any) -> FakeCas:
    one_fake.begin()
    settings.CAS_SERVER_URL = one_fake.url
    settings.CAS_ROLE_ATTRIBUTE = "eduPersonAffiliation"
    settings.CAS_TEACHER_VALUES = ["faculty", "staff"]
    settings.PUBLIC_BASE_URL = "https://class.school.example"
    return one_fake


def check(fake: FakeCas, body: bytes) -> Any:
    fake.body = body
    return cas.check_ticket(TICKET, STATE)


class TestAddresses:
    def test_service_is_our_public_address(self, fake: FakeCas):
        assert cas.service_address("a-b_c") == (
            "https://class.school.example/accounts/cas/callback/?state=a-b_c"
        )

    def test_sign_in_and_out_lie_below_the_server_s_address(self, fake: FakeCas):
        assert cas.sign_in_address("a") == (
            f"{fake.url}/login?service=https%3A%2F%2Fclass.school.example"
            "%2Faccounts%2Fcas%2Fcallback%2F%3Fstate%3Da"
        )
        assert cas.sign_out_address() == (
            f"{fake.url}/logout?service=https%3A%2F%2Fclass.school.example%2Faccounts%2Flogin%2F"
        )


class TestConfirmedTicket:
    def test_server_is_asked_once_with_ticket_and_service(self, fake: FakeCas):
        cas.check_ticket(TICKET, STATE)

        service = f"https://class.school.example/accounts/cas/callback/?state={STATE}"
        assert fake.asked == [
            ("/cas/p3/serviceValidate", {"ticket": [TICKET], "service": [service]})
        ]

    def test_says_who_it_is(self, fake: FakeCas):
        attributes = (
            "<cas:displayName>李明</cas:displayName>"
            "<cas:eduPersonAffiliation>member</cas:eduPersonAffiliation>"
            "<cas:eduPersonAffiliation>faculty</cas:eduPersonAffiliation>"
        )

        login = check(fake, success("Li.Ming", attributes))

        assert (login.method, login.issuer, login.subject) == (
            SignInMethod.CAS,
            fake.url,
            "Li.Ming",
        )
        assert (login.username, login.display_name) == ("Li.Ming", "李明")
        assert login.role is Role.TEACHER

    @pytest.mark.parametrize(
        ("attributes", "name"),
        [
            ("<cas:cn>李明</cas:cn><cas:name>Li</cas:name>", "李明"),
            ("<cas:displayName/><cas:name>Li</cas:name>", "Li"),
            ("<cas:cn> </cas:cn><cas:cn>李明</cas:cn>", "李明"),
            ("<cas:name>李\n明</cas:name>", "李 明"),
            ("<cas:nickname>阿明</cas:nickname>", "li.ming"),
            ("", "li.ming"),
        ],
    )
    def test_name_is_the_first_that_says_something(self, fake: FakeCas, attributes: str, name: str):
        assert check(fake, success(attributes=attributes)).display_name == name

    @pytest.mark.parametrize(
        ("said", "role"),
        [
            ("student", Role.STUDENT),
            ("staff", Role.TEACHER),
            ("administrator", Role.STUDENT),
            ("superuser,staff", Role.STUDENT),
            ("", None),
        ],
    )
    def test_role_is_student_or_teacher_or_not_told(
        self, fake: FakeCas, said: str, role: Role | None
    ):
        told = f"<cas:eduPersonAffiliation>{said}</cas:eduPersonAffiliation>"

        assert check(fake, success(attributes=told)).role is role
        assert check(fake, success()).role is None

    def test_without_a_role_attribute_nothing_is_told(self, fake: FakeCas, settings: Any):
        settings.CAS_ROLE_ATTRIBUTE = ""

        assert check(fake, success(attributes="<cas:role>staff</cas:role>")).role is None

    def test_attributes_name_nobody_else(self, fake: FakeCas):
        assert check(fake, success(attributes="<cas:user>zheng</cas:user>")).subject == "li.ming"


class TestRefusedTicket:
    @pytest.mark.parametrize("code", ["INVALID_TICKET", "INVALID_SERVICE", "NEW_CODE", ""])
    def test_whatever_the_server_s_reason(self, fake: FakeCas, code: str):
        with pytest.raises(cas.TicketRefused):
            check(fake, failure(code))

    @pytest.mark.parametrize(
        "ticket",
        ["", "PT-1-a", "TGT-1-a", "ST-", "ST-1 a", "ST-1\n", "ST-票", "ST-\0", "ST-" + "a" * 254],
    )
    def test_what_is_no_ticket_is_not_asked_about(self, fake: FakeCas, ticket: str):
        with pytest.raises(cas.TicketRefused):
            cas.check_ticket(ticket, STATE)

        assert fake.asked == []


class TestUnusableName:
    @pytest.mark.parametrize("user", ["", "li\nming", "li&#13;ming", "李&#x2028;明", "a" * 256])
    def test_is_refused(self, fake: FakeCas, user: str):
        with pytest.raises(UnusableSubject):
            check(fake, success(user))


GARBAGE = {
    "nothing": b"",
    "no document": b"yes\nli.ming\n",
    "cut off": success()[:-5],
    "a page": b"<html><body>Sign in</body></html>",
    "another version": b"<serviceResponse><authenticationSuccess/></serviceResponse>",
    "nothing in it": response(""),
    "a foreign success": response("<x:authenticationSuccess xmlns:x='urn:x'/>"),
    "success and failure": response("<cas:authenticationSuccess/><cas:authenticationFailure/>"),
    "nobody": response("<cas:authenticationSuccess/>"),
    "two people": response(
        "<cas:authenticationSuccess><cas:user>a</cas:user><cas:user>b</cas:user>"
        "</cas:authenticationSuccess>"
    ),
    "a person among the attributes": response(
        "<cas:authenticationSuccess><cas:attributes><cas:user>zheng</cas:user></cas:attributes>"
        "</cas:authenticationSuccess>"
    ),
    "attributes before the person": response(
        "<cas:authenticationSuccess><cas:attributes><cas:user>zheng</cas:user></cas:attributes>"
        "<cas:user>li.ming</cas:user></cas:authenticationSuccess>"
    ),
    "a person with parts": success("li.ming<cas:b/>"),
    "a NUL": success("li\0ming"),
    "a NUL as a number": success("li&#0;ming"),
    "an encoding that nobody knows": success(before='<?xml version="1.0" encoding="x-none"?>'),
    "compressed": b"\x1f\x8b\x08\x00",
    "the server's own failure": failure("INTERNAL_ERROR"),
    "too long": success(attributes="<cas:a>a</cas:a>" * 40_000),
}
ENTITIES = '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname"><!ENTITY x "xx">]>'


class TestNoUsableAnswer:
    @pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE)
    def test_is_nobody(self, fake: FakeCas, body: bytes):
        with pytest.raises(NoUsableAnswer):
            check(fake, body)

    @pytest.mark.parametrize(
        "body",
        [
            success("&e;", before=ENTITIES),
            success("&x;", before=ENTITIES),
            success(before='<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">'),
            success("&x;", before=ENTITIES).decode().encode("utf-16"),
            # Latin letters of another code, in which no filter would find the declaration.
            b"<?xml version='1.0' encoding='cp037'?>" + success("&x;", before=ENTITIES),
        ],
        ids=["a file", "an entity", "a foreign declaration", "UTF-16", "EBCDIC"],
    )
    def test_document_types_are_not_read(self, fake: FakeCas, body: bytes):
        with pytest.raises(NoUsableAnswer):
            check(fake, body)

    @pytest.mark.parametrize("status", [201, 302, 403, 404, 500, 503])
    def test_other_answers_than_200(self, fake: FakeCas, status: int):
        fake.status = status
        fake.headers = {"Location": f"{fake.url}/elsewhere"}

        with pytest.raises(NoUsableAnswer, match=f"status {status}"):
            cas.check_ticket(TICKET, STATE)
        assert len(fake.asked) == 1

    def test_nobody_listens(self, fake: FakeCas, settings: Any):
        settings.CAS_SERVER_URL = "http://127.0.0.1:9/cas"

        with pytest.raises(NoUsableAnswer, match="ConnectionError"):
            cas.check_ticket(TICKET, STATE)

    def test_no_line_of_a_log_holds_the_ticket(
        self, fake: FakeCas, settings: Any, caplog: pytest.LogCaptureFixture
    ):
        caplog.set_level(logging.DEBUG, logger="cas")
        settings.CAS_SERVER_URL = "http://127.0.0.1:9/cas"

        with pytest.raises(NoUsableAnswer) as raised:
            cas.check_ticket(TICKET, STATE)

        assert TICKET not in caplog.text + str(raised.value)


def logout_request(inside: str, *, before: str = "", root: str = "LogoutRequest") -> str:
    return (
        f'{before}<samlp:{root} xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="a">'
        f"{inside}</samlp:{root}>"
    )


class TestLogoutRequest:
    def test_names_the_ticket_whose_sign_in_ended(self):
        said = logout_request(f"<samlp:SessionIndex> {TICKET}\n</samlp:SessionIndex>")

        assert cas.ticket_to_end(said) == TICKET

    @pytest.mark.parametrize(
        "said",
        [
            "",
            "no document",
            "\ud800",
            logout_request(""),
            logout_request("<samlp:SessionIndex/>"),
            logout_request("<samlp:SessionIndex>everybody</samlp:SessionIndex>"),
            logout_request(f"<SessionIndex>{TICKET}</SessionIndex>"),
            logout_request(f"<samlp:SessionIndex>{TICKET}</samlp:SessionIndex>" * 2),
            logout_request(f"<samlp:SessionIndex>{TICKET}</samlp:SessionIndex>", root="Response"),
            logout_request(f"<samlp:SessionIndex>{TICKET}</samlp:SessionIndex>", before=ENTITIES),
        ],
    )
    def test_anything_else_ends_nothing(self, said: str):
        assert cas.ticket_to_end(said) is None

    def test_session_s_name_does_not_tell_the_ticket(self):
        name = cas.external_id_of(TICKET)

        assert name.startswith("cas:")
        assert len(name) == len("cas:") + 64
        assert TICKET not in name
        assert name != cas.external_id_of(f"{TICKET}x")
