"""Ending sign-ins, one or all, and what the audit log keeps of it."""

from __future__ import annotations

import pytest

from accounts.enums import AuditKind, SignInMethod
from accounts.models import AuditEntry, ExternalAccount, Session, User
from accounts.services import sign_ins
from accounts.sign_in.session_store import EXTERNAL_ID, SIGN_IN, SessionStore, SignIn
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def wang() -> User:
    return UserFactory.create()


@pytest.fixture
def li() -> User:
    return UserFactory.create()


def signed_in(
    person: User, *, method: SignInMethod = SignInMethod.PASSWORD, external_id: str = ""
) -> Session:
    store = SessionStore()
    store["_auth_user_id"] = str(person.pk)
    store[SIGN_IN] = SignIn(
        method=method, address="192.0.2.1", user_agent="", at="2026-01-05T08:00:00+00:00"
    )
    store[EXTERNAL_ID] = external_id
    store.create()
    return Session.objects.get(session_key=store.session_key)


def left() -> set[Session]:
    return set(Session.objects.all())


def entries() -> list[tuple[str, User | None, User | None, int]]:
    return [
        (entry.kind, entry.actor, entry.person, entry.details["count"])
        for entry in AuditEntry.objects.order_by("pk")
    ]


def test_one_is_ended_by_its_code(wang: User) -> None:
    here, there = signed_in(wang), signed_in(wang)

    assert sign_ins.end_sign_in(wang, there.code, by=wang) == 1

    assert left() == {here}
    assert entries() == [(AuditKind.SIGN_INS_ENDED, wang, wang, 1)]


def test_code_of_somebody_else_ends_nothing(wang: User, li: User) -> None:
    other = signed_in(li)

    assert sign_ins.end_sign_in(wang, other.code, by=wang) == 0

    assert left() == {other}
    assert entries() == []


def test_session_key_is_no_code(wang: User) -> None:
    row = signed_in(wang)

    assert sign_ins.end_sign_in(wang, row.session_key, by=wang) == 0


def test_all_others_are_ended(wang: User, li: User) -> None:
    here, _there, _elsewhere = (signed_in(wang) for _each in range(3))
    other = signed_in(li)

    assert sign_ins.end_other_sign_ins(wang, keep=here.session_key, by=wang) == 2

    assert left() == {here, other}
    assert entries() == [(AuditKind.SIGN_INS_ENDED, wang, wang, 2)]


def test_all_of_a_person_are_ended(wang: User, li: User) -> None:
    signed_in(wang)
    other = signed_in(li)

    assert sign_ins.end_all(wang, by=li) == 1

    assert left() == {other}
    assert entries() == [(AuditKind.SIGN_INS_ENDED, li, wang, 1)]


def test_another_system_ends_what_it_began(wang: User, li: User) -> None:
    signed_in(wang, external_id="ST-1")
    other = signed_in(li, external_id="ST-2")
    without = signed_in(li)

    assert sign_ins.end_by_external_id("ST-1") == 1
    assert sign_ins.end_by_external_id("") == 0

    assert left() == {other, without}
    assert entries() == [(AuditKind.SIGN_INS_ENDED, None, wang, 1)]


def test_another_system_ends_what_its_account_began(wang: User) -> None:
    ExternalAccount.objects.create(
        method=SignInMethod.OIDC, issuer="https://id.example", subject="w", user=wang
    )
    by_password = signed_in(wang)
    signed_in(wang, method=SignInMethod.OIDC)

    def end(issuer: str, subject: str) -> int:
        return sign_ins.end_by_external_account(SignInMethod.OIDC, issuer, subject)

    assert end("https://id.example", "somebody else") == 0
    assert end("https://other.example", "w") == 0
    assert end("https://id.example", "w") == 1

    assert left() == {by_password}


def test_account_that_waits_for_staff_has_no_sign_ins() -> None:
    ExternalAccount.objects.create(method=SignInMethod.CAS, issuer="i", subject="s")

    assert sign_ins.end_by_external_account(SignInMethod.CAS, "i", "s") == 0
