"""Records of a sign-in, of its end, and of a new password."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth.hashers import make_password
from django.test import Client, RequestFactory

from accounts.enums import AuditKind, SignInMethod
from accounts.models import AuditEntry, Session, User
from accounts.sign_in.records import note_sign_in
from accounts.sign_in.session_store import SIGN_IN, SessionStore
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
PASSWORD = "correct horse"
NEW_PASSWORD = "battery staple 42"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture
def wang() -> User:
    return UserFactory.create(username="wang", password=PASSWORD)


def sign_in(client: Client, **headers: str) -> Any:
    return client.post(LOGIN, {"login": "wang", "password": PASSWORD}, headers=headers)


def kinds() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("kind", flat=True))


def test_password_is_kept_as_the_way(wang: User, client: Client) -> None:
    sign_in(client, user_agent=FIREFOX)

    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.actor, entry.person) == (AuditKind.SIGNED_IN, wang, wang)
    assert (entry.method, entry.address) == (SignInMethod.PASSWORD, "127.0.0.1")
    row = Session.objects.get()
    assert (row.user, row.method, row.address) == (wang, SignInMethod.PASSWORD, "127.0.0.1")
    assert (row.user_agent, row.signed_in_at is not None) == (FIREFOX, True)


def test_wrong_password_keeps_nothing(wang: User, client: Client) -> None:
    client.post(LOGIN, {"login": "wang", "password": "wrong"})

    assert kinds() == []
    assert not Session.objects.exists()


def test_browser_with_a_long_or_odd_name_is_kept_as_far_as_it_can_be(
    wang: User, client: Client
) -> None:
    sign_in(client, user_agent="\0" + "x" * 5000)

    assert Session.objects.get().user_agent == "x" * 255


@pytest.mark.parametrize(
    ("steps", "kept"),
    [
        (["cas"], SignInMethod.CAS),
        (["password", "mfa"], SignInMethod.PASSWORD),
        # Somebody left at the second factor, and signed in another way.
        (["password", "oidc", "mfa"], SignInMethod.OIDC),
    ],
)
def test_way_is_what_told_who_it_is(wang: User, steps: list[str], kept: SignInMethod) -> None:
    request = RequestFactory().get("/")
    request.session = SessionStore()
    for method in steps:
        record_authentication(request, wang, method=method)

    note_sign_in(request, wang)

    assert AuditEntry.objects.get().method == kept
    assert request.session[SIGN_IN]["method"] == kept


def test_nobody_comes_in_by_no_way(wang: User) -> None:
    request = RequestFactory().get("/")
    request.session = SessionStore()

    with pytest.raises(ValueError, match="no known way"):
        note_sign_in(request, wang)


class TestNewPassword:
    def change(self, client: Client) -> None:
        answer = client.post(
            "/accounts/password/change/",
            {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
        )
        assert answer.status_code == 302

    def test_ends_the_other_sign_ins_alone(self, wang: User, client: Client):
        sign_in(client)
        other = Client()
        sign_in(other)

        self.change(client)

        assert client.get("/accounts/profile/").status_code == 200
        assert other.get("/accounts/profile/").status_code == 302
        assert Session.objects.get().user == wang

    def test_is_told_without_it(self, wang: User, client: Client):
        sign_in(client)

        self.change(client)

        assert kinds() == [AuditKind.SIGNED_IN, AuditKind.PASSWORD_CHANGED]
        entry = AuditEntry.objects.get(kind=AuditKind.PASSWORD_CHANGED)
        assert (entry.actor, entry.person, entry.details) == (wang, wang, {})

    def test_that_staff_set_ends_all_sign_ins(self, wang: User, client: Client, superuser: User):
        sign_in(client)
        staff = Client()
        staff.force_login(superuser)

        answer = staff.post(
            f"/admin/accounts/user/{wang.pk}/password/",
            {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
        )

        assert answer.status_code == 302
        assert not Session.objects.filter(user=wang).exists()
        assert kinds() == [
            AuditKind.SIGNED_IN,
            AuditKind.PASSWORD_RESET,
            AuditKind.SIGN_INS_ENDED,
        ]
        reset = AuditEntry.objects.get(kind=AuditKind.PASSWORD_RESET)
        assert (reset.actor, reset.person, reset.details) == (superuser, wang, {})

    def test_of_a_superuser_in_the_administration_keeps_them_there(self, superuser: User):
        staff = Client()
        staff.force_login(superuser)

        staff.post(
            f"/admin/accounts/user/{superuser.pk}/password/",
            {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
        )

        assert Session.objects.get().user == superuser
        assert staff.get("/accounts/password/change/").status_code == 200


def test_administration_has_no_door_of_its_own_to_a_new_password(superuser: User) -> None:
    staff = Client()
    staff.force_login(superuser)
    hashed = superuser.password = make_password(PASSWORD)
    superuser.save()
    staff.force_login(superuser)
    fields = {
        "old_password": PASSWORD,
        "new_password1": NEW_PASSWORD,
        "new_password2": NEW_PASSWORD,
    }

    answer = staff.post("/admin/password_change/", fields)

    assert answer["Location"] == "/accounts/password/change/"
    assert User.objects.get(pk=superuser.pk).password == hashed
