"""Tickets that are no tickets: each attack is refused, and for the reason that the log names."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import Any

import jwt
import pytest
from django.utils import timezone
from jwcrypto.jwk import JWK

from accounts.enums import Role, SignInMethod
from accounts.external import handover
from accounts.external.handover import Ticket, WrongTicket, read_ticket
from tests.support import tickets
from tests.support.tickets import ABSENT, SECRET, SHARED, SIGNED, claims, handmade, signed, ticket

NOT_SIGNED_SO = "its algorithm is not that of its key"
UNKNOWN_KEY = "its key is not one of HANDOVER_KEYS"


@pytest.fixture(autouse=True)
def _keys(settings: Any) -> None:
    settings.HANDOVER_KEYS = tickets.handover_keys()
    settings.PUBLIC_BASE_URL = tickets.SITE


def read(text: str) -> Ticket:
    return read_ticket(text, at=timezone.now())


def assert_refused(text: str, reason: str) -> None:
    with pytest.raises(WrongTicket) as refused:
        read(text)
    assert str(refused.value) == reason


def by_key_pair(payload: Any, **header: Any) -> str:
    return signed(payload, kid=SIGNED, alg="RS256", key=tickets.key_pair(), **header)


class TestGoodTickets:
    def test_signed_with_a_shared_secret(self):
        exp = int(time.time()) + 20

        found = read(ticket(jti="one", role="teacher", exp=exp))

        assert found.login.method == SignInMethod.HANDOVER
        assert (found.login.issuer, found.login.subject) == (tickets.ISSUER, "20260815")
        assert (found.login.username, found.login.display_name) == ("20260815", "李明")
        assert found.login.role == Role.TEACHER
        assert found.ticket_id == "one"
        assert found.expires_at == dt.datetime.fromtimestamp(exp, dt.UTC)

    def test_signed_with_a_private_key(self):
        assert read(by_key_pair(claims())).login.subject == "20260815"

    def test_of_a_student(self):
        assert read(ticket(role="student")).login.role == Role.STUDENT

    def test_without_a_word_of_roles(self):
        assert read(ticket(role=ABSENT)).login.role is None

    def test_for_the_longest_time_that_is_allowed(self):
        now_s = int(time.time())

        assert read(ticket(iat=now_s, exp=now_s + 60)).ticket_id

    def test_made_a_while_ago(self):
        now_s = int(time.time())

        assert read(ticket(iat=now_s - 40, exp=now_s + 30)).ticket_id

    def test_of_a_clock_that_is_a_little_ahead(self):
        now_s = int(time.time())

        assert read(ticket(iat=now_s + handover.CLOCK_SKEW_S - 2, exp=now_s + 40)).ticket_id

    def test_with_moments_in_fractions_of_a_second(self):
        assert read(ticket(iat=time.time() - 0.5, exp=time.time() + 30.5)).ticket_id

    def test_of_the_library_that_schools_with_python_have(self):
        text = jwt.encode(claims(), SECRET, algorithm="HS256", headers={"kid": SHARED})

        assert read(text).login.subject == "20260815"


class TestSignatures:
    def test_none_algorithm(self):
        assert_refused(handmade({"alg": "none", "kid": SHARED}, claims()), NOT_SIGNED_SO)

    @pytest.mark.parametrize("word", ["None", "NONE", "nOnE", "", None, 7, ["HS256"], {"a": 1}])
    def test_none_algorithm_in_other_words(self, word: object):
        assert_refused(handmade({"alg": word, "kid": SHARED}, claims()), NOT_SIGNED_SO)

    def test_no_algorithm(self):
        assert_refused(handmade({"kid": SHARED}, claims()), NOT_SIGNED_SO)

    def test_algorithm_of_the_key_and_no_signature(self):
        text = handmade({"alg": "HS256", "kid": SHARED}, claims())

        assert_refused(text, "it does not hold (InvalidSignatureError)")

    @pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
    def test_algorithm_swap(self, algorithm: str):
        key = tickets.as_secret(SECRET * 2)

        assert_refused(signed(claims(), alg=algorithm, key=key), NOT_SIGNED_SO)

    def test_algorithm_swap_of_a_key_pair(self):
        text = signed(claims(), kid=SIGNED, alg="PS256", key=tickets.key_pair())

        assert_refused(text, NOT_SIGNED_SO)

    def test_key_confusion_with_the_public_key_as_the_secret(self):
        """RS256 → HS256: the public key is known to everybody, so nobody may sign with it."""
        header = {"alg": "HS256", "kid": SIGNED}
        for secret in (tickets.public_pem(), tickets.public_pem().strip()):
            assert_refused(handmade(header, claims(), secret=secret.encode()), NOT_SIGNED_SO)

    def test_key_confusion_that_claims_the_algorithm_of_the_key(self):
        header = {"alg": "RS256", "kid": SIGNED}
        text = handmade(header, claims(), secret=tickets.public_pem().encode())

        assert_refused(text, "it does not hold (InvalidSignatureError)")

    def test_secret_of_somebody_else(self):
        text = signed(claims(), key=tickets.as_secret("of somebody else, and as long as ours"))

        assert_refused(text, "it does not hold (InvalidSignatureError)")

    def test_private_key_of_somebody_else(self):
        text = signed(claims(), kid=SIGNED, alg="RS256", key=JWK.generate(kty="RSA", size=2048))

        assert_refused(text, "it does not hold (InvalidSignatureError)")

    def test_other_claims_under_the_signature(self):
        head, _claims, signature = ticket().split(".")
        other = tickets.encoded(json.dumps(claims(sub="principal")).encode())

        assert_refused(f"{head}.{other}.{signature}", "it does not hold (InvalidSignatureError)")


class TestKeys:
    def test_old_key_that_was_removed(self, settings: Any):
        text = ticket()
        del settings.HANDOVER_KEYS[SHARED]

        assert_refused(text, UNKNOWN_KEY)

    def test_two_keys_while_one_replaces_the_other(self, settings: Any):
        new = "the secret that replaces the other one"
        settings.HANDOVER_KEYS["new"] = {"alg": "HS256", "key": new, "iss": tickets.ISSUER}

        assert read(ticket()).ticket_id
        assert read(signed(claims(), kid="new", key=tickets.as_secret(new))).ticket_id
        assert_refused(signed(claims(), kid="new"), "it does not hold (InvalidSignatureError)")

    @pytest.mark.parametrize(
        "kid",
        [
            *("", "unknown", SHARED.upper(), f"{SHARED} ", f"{SHARED}\0"),
            *("../../../../dev/null", "/etc/passwd", "' OR '1'='1", "https://evil.example/keys"),
        ],
    )
    def test_key_id_that_is_none(self, kid: str):
        assert_refused(signed(claims(), kid=kid), UNKNOWN_KEY)

    @pytest.mark.parametrize("kid", [0, 1, True, None, [SHARED], {"a": SHARED}, 1e400])
    def test_key_id_that_is_no_text(self, kid: object):
        text = handmade({"alg": "HS256", "kid": kid}, claims(), secret=SECRET.encode())

        with pytest.raises(WrongTicket):
            read(text)

    def test_no_key_id(self):
        assert_refused(signed(claims(), kid=ABSENT), UNKNOWN_KEY)

    def test_key_that_the_ticket_brings_along(self):
        own = JWK.generate(kty="RSA", size=2048)
        text = signed(
            claims(),
            kid=SIGNED,
            alg="RS256",
            key=own,
            jwk=json.loads(own.export_public()),
            jku="https://evil.example/keys",
            x5u="https://evil.example/certificate",
        )

        assert_refused(text, "it does not hold (InvalidSignatureError)")

    def test_foreign_issuer_with_the_right_key(self):
        text = ticket(iss="https://evil.example")

        assert_refused(text, "it does not hold (InvalidIssuerError)")

    def test_issuer_of_another_key(self, settings: Any):
        settings.HANDOVER_KEYS[SIGNED]["iss"] = "https://other.example"

        assert_refused(ticket(iss="https://other.example"), "it does not hold (InvalidIssuerError)")


class TestHeaders:
    @pytest.mark.parametrize(
        "extension",
        [
            {"crit": ["b64"], "b64": False},
            {"crit": ["b64"], "b64": True},
            {"b64": True},
            {"b64": False},
            {"crit": []},
            {"crit": ["exp"], "exp": 1},
            {"crit": "b64"},
        ],
    )
    def test_extension_of_the_form(self, extension: dict[str, Any]):
        header = {"alg": "HS256", "kid": SHARED, **extension}

        with pytest.raises(WrongTicket):
            read(handmade(header, claims(), secret=SECRET.encode()))

    def test_header_that_says_something_twice(self):
        """Find the same one of the two where the key is chosen and where the signature is checked."""
        twice = b'{"alg":"none","alg":"HS256","kid":"unknown","kid":"%s"}' % SHARED.encode()
        assert read(handmade(twice, claims(), secret=SECRET.encode())).ticket_id

        other_way = b'{"alg":"HS256","alg":"none","kid":"%s"}' % SHARED.encode()
        assert_refused(handmade(other_way, claims(), secret=SECRET.encode()), NOT_SIGNED_SO)

    @pytest.mark.parametrize(
        "header", [b"", b"{", b"[]", b'"HS256"', b"null", b"1", b"\xff\xfe", b"[" * 1500]
    )
    def test_header_that_is_none(self, header: bytes):
        assert_refused(handmade(header, claims(), secret=SECRET.encode()), "it is no token")


class TestClaims:
    @pytest.mark.parametrize("name", ["iss", "aud", "sub", "name", "iat", "exp", "jti"])
    def test_missing(self, name: str):
        for value in (ABSENT, None):
            assert_refused(ticket(**{name: value}), f"its {name} is missing")

    @pytest.mark.parametrize(
        "audience",
        [
            "https://evil.example",
            f"{tickets.SITE}/",
            tickets.SITE.upper(),
            f"{tickets.SITE}.evil.example",
            tickets.SITE.replace("https", "http"),
            [tickets.SITE],
            ["https://evil.example", tickets.SITE],
            7,
            {"aud": tickets.SITE},
        ],
    )
    def test_foreign_audience(self, audience: object):
        assert_refused(ticket(aud=audience), "it does not hold (InvalidAudienceError)")

    @pytest.mark.parametrize(
        "role",
        [
            *("administrator", "planner", "supervisor", "superuser", "Teacher", "student ", ""),
            *(None, 1, True, ["teacher"], ["student", "administrator"], {"role": "teacher"}),
        ],
    )
    def test_administrator_role_or_any_other(self, role: object):
        assert_refused(ticket(role=role), "its role is neither student nor teacher")

    @pytest.mark.parametrize(
        "payload", [b"", b"not JSON", b"[]", b'"text"', b"7", b"\xff", b"null"]
    )
    def test_payload_that_is_no_object(self, payload: bytes):
        assert_refused(signed(payload), "it does not hold (DecodeError)")

    @pytest.mark.parametrize("name", ["sub", "name", "jti"])
    @pytest.mark.parametrize("value", [7, True, ["a"], {"a": 1}, 1.5])
    def test_of_another_kind_than_text(self, name: str, value: object):
        with pytest.raises(WrongTicket):
            read(ticket(**{name: value}))

    @pytest.mark.parametrize("value", ["", "a\0b", "\ud800", "a" * 256])
    def test_subject_that_cannot_be_kept(self, value: str):
        assert_refused(ticket(sub=value), "its sub cannot be kept")

    @pytest.mark.parametrize("value", ["", "a\0b", "\udfff", "a" * 256])
    def test_ticket_id_that_cannot_be_kept(self, value: str):
        assert_refused(ticket(jti=value), "its jti cannot be kept")

    def test_name_is_brought_into_a_form_that_can_be_kept(self):
        assert read(ticket(name=f" 李\0明 \ud800 {'长' * 200}")).login.display_name.startswith(
            "李明 ?"
        )
        assert len(read(ticket(name="长" * 200)).login.display_name) == 64
        assert read(ticket(name="")).login.display_name == "20260815"

    def test_subject_stays_as_it_is_where_the_username_cannot(self):
        login = read(ticket(sub="a/b c")).login

        assert (login.subject, login.username) == ("a/b c", "a-b-c")

    def test_huge(self):
        text = ticket(name="a" * handover.TICKET_CHARS_AT_MOST)

        assert_refused(text, "it is too long, or no text of a token")


class TestMoments:
    def test_expired(self):
        now_s = int(time.time())

        assert_refused(ticket(iat=now_s - 31, exp=now_s - 1), "it has expired")
        assert_refused(ticket(iat=now_s - 31, exp=now_s), "it has expired")

    def test_exp_too_far_ahead(self):
        now_s = int(time.time())

        assert_refused(ticket(exp=now_s + 63), "its exp is more than 60 seconds ahead")

    def test_iat_in_the_future(self):
        now_s = int(time.time())
        reason = "its iat is still to come: one of the clocks is wrong"

        assert_refused(ticket(iat=now_s + handover.CLOCK_SKEW_S + 3, exp=now_s + 50), reason)

    def test_not_before_a_time_to_come(self):
        text = ticket(nbf=int(time.time()) + 25)

        assert_refused(text, "it does not hold (ImmatureSignatureError)")

    @pytest.mark.parametrize("name", ["iat", "exp"])
    @pytest.mark.parametrize(
        "value",
        [
            *("soon", "1790000000", "", True, [1], {"a": 1}, -1, 0, 10**10, 10**300),
            *(float("nan"), float("inf"), float("-inf")),
        ],
    )
    def test_that_are_none(self, name: str, value: object):
        with pytest.raises(WrongTicket):
            read(ticket(**{name: value}))


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ".", "..", "...", "a.b", "a.b.c", "a.b.c.d", "=.=.=", "é.é.é", "\0", "\ud800"),
        *("eyJ", "eyJhbGciOiJIUzI1NiJ9", "." * 4096, "a" * 4097, "a" * 10**6),
    ],
)
def test_what_is_no_token_at_all(text: str):
    with pytest.raises(WrongTicket):
        read(text)


def test_token_of_several_signatures_is_none():
    assert_refused(json.dumps({"payload": "", "signatures": []}), "it is no token")


@pytest.mark.parametrize("name", ["iss", "aud", "role"])
def test_refusal_repeats_nothing_of_the_ticket(name: str):
    with pytest.raises(WrongTicket) as refused:
        read(ticket(**{name: "a mark"}))

    assert "a mark" not in str(refused.value)
