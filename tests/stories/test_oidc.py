"""People sign in with accounts at a certified provider of OpenID Connect, and at one that speaks otherwise."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as django_settings
from django.test import Client

from accounts.enums import AuditKind, GrantSource, Role, SignInMethod
from accounts.models import AuditEntry, ExternalAccount, RoleGrant, User
from deploy.services.oidc_provider import OidcProvider
from schedule.models import Lesson
from tests.factories.accounts import UserFactory
from tests.factories.schedule import LessonFactory
from tests.support.fake_provider import FakeProvider, forget_provider, rsa_key
from tests.support.oidc import BUTTON, VisitThere, configure

pytestmark = [pytest.mark.django_db, pytest.mark.processes]

WANG = {"preferred_username": "wang.xiaoming", "name": "王小明"}


def claims(*roles: str, **more: Any) -> dict[str, Any]:
    return {**WANG, "realm_access": {"roles": list(roles)}, **more}


@pytest.fixture
def provider(oidc_server: OidcProvider, settings: Any) -> OidcProvider:
    oidc_server.begin(settings.PUBLIC_BASE_URL)
    configure(
        settings,
        oidc_server,
        OIDC_EXTRA_SCOPES=["roles"],
        OIDC_ROLE_CLAIM="realm_access.roles",
        OIDC_TEACHER_VALUES=["teacher"],
    )
    return oidc_server


def sign_in(name: str = "s-1", client: Client | None = None, **form: str) -> tuple[Client, Any]:
    """Click the button, sign in at oidc-provider, and come back."""
    client = client or Client()
    there = VisitThere(django_settings.PUBLIC_BASE_URL)
    page = there.follow(client.post(BUTTON, form)["Location"])
    return client, client.get(there.submit(page, login=name))


def person() -> User:
    return ExternalAccount.objects.get(subject="s-1").user  # type: ignore[return-value]


class TestCertifiedProvider:
    def test_first_sign_in_creates_and_the_second_finds(self, provider: OidcProvider):
        provider.set_people({"s-1": claims("pupil")})

        client, answer = sign_in()
        sign_in()

        assert answer["Location"] == "/"
        assert client.get("/schedule/").status_code == 200
        wang = User.objects.get()
        assert (wang.username, wang.display_name) == ("wang.xiaoming", "王小明")
        assert wang.roles == {Role.STUDENT}
        assert not wang.has_usable_password()
        account = ExternalAccount.objects.get()
        assert (account.method, account.issuer) == (SignInMethod.OIDC, provider.issuer)
        assert (account.subject, account.user) == ("s-1", wang)
        assert SocialAccount.objects.count() == 0
        kinds = [entry.kind for entry in AuditEntry.objects.order_by("pk")]
        assert kinds.count(AuditKind.SIGNED_IN) == 2

    def test_leads_to_where_the_person_wanted_to_go(self, provider: OidcProvider):
        provider.set_people({"s-1": claims()})

        _client, answer = sign_in(next="/replays/")

        assert answer["Location"] == "/replays/"

    def test_role_is_given_and_taken_again(self, provider: OidcProvider):
        for roles, held in (
            (["pupil"], {Role.STUDENT}),
            (["teacher"], {Role.TEACHER}),
            (["pupil"], {Role.STUDENT}),
        ):
            provider.set_people({"s-1": claims(*roles)})
            sign_in()

            assert person().roles == held

    def test_claim_that_is_missing_changes_nothing(self, provider: OidcProvider):
        for given in (claims("teacher"), WANG, claims()):
            provider.set_people({"s-1": given})
            sign_in()

            assert person().roles == {Role.TEACHER}

    def test_role_given_by_hand_stays(self, provider: OidcProvider):
        provider.set_people({"s-1": claims("pupil")})
        sign_in()
        RoleGrant.objects.create(user=person(), role=Role.PLANNER, source=GrantSource.HAND)

        provider.set_people({"s-1": claims("teacher")})
        sign_in()

        assert person().roles == {Role.TEACHER, Role.PLANNER}

    def test_no_claim_makes_more_than_a_teacher(self, provider: OidcProvider):
        provider.set_people({"s-1": claims("administrator", "planner", "superuser", "teacher")})

        sign_in()

        assert person().roles == {Role.TEACHER}
        assert not person().is_superuser

    def test_teacher_with_a_coming_lesson_stays_one_and_is_marked(self, provider: OidcProvider):
        provider.set_people({"s-1": claims("teacher")})
        sign_in()
        lesson: Lesson = LessonFactory.create(teacher=person())

        provider.set_people({"s-1": claims("pupil")})
        sign_in()

        grant = RoleGrant.objects.get(user=lesson.teacher, role=Role.TEACHER)
        assert grant.withdrawn_at is not None
        assert person().roles == {Role.TEACHER, Role.STUDENT}

    def test_mail_address_of_somebody_else_opens_nothing(self, provider: OidcProvider):
        other = UserFactory.create(username="zheng", email="zheng@school.example")
        for email in ("zheng@school.example", "another@school.example"):
            provider.set_people({"s-1": claims(email=email, email_verified=True)})
            sign_in()

        assert person() != other
        assert User.objects.count() == 2
        assert person().email == ""

    def test_another_subject_is_another_person_whatever_the_name(self, provider: OidcProvider):
        provider.set_people({"s-1": claims(), "s-2": claims()})
        sign_in("s-1")

        client, answer = sign_in("s-2")

        assert answer.status_code == 403
        assert client.get("/schedule/").status_code == 302
        assert ExternalAccount.objects.get(subject="s-2").user is None

    def test_account_with_the_same_username_waits_or_is_linked_as_the_school_sets(
        self, provider: OidcProvider, settings: Any
    ):
        here = UserFactory.create(username="wang.xiaoming")
        provider.set_people({"s-1": claims("pupil"), "s-2": claims("pupil")})

        _client, waits = sign_in("s-2")
        settings.OIDC_LINK_EXISTING = True
        _client, linked = sign_in("s-1")

        assert waits.status_code == 403
        assert linked["Location"] == "/"
        assert person() == here

    def test_inactive_person_is_refused(self, provider: OidcProvider):
        provider.set_people({"s-1": claims()})
        sign_in()
        User.objects.update(is_active=False)

        client, answer = sign_in()

        assert answer["Location"] == "/accounts/inactive/"
        assert client.get("/schedule/").status_code == 302

    def test_who_leaves_there_is_told_what_to_do(self, provider: OidcProvider):
        client = Client()
        there = VisitThere(django_settings.PUBLIC_BASE_URL)
        page = there.follow(client.post(BUTTON)["Location"])

        answer = client.get(there.submit(page, leave="yes"))

        assert answer.status_code == 403
        assert "/accounts/login/" in answer.content.decode()

    def test_somebody_else_on_the_same_machine_is_not_mixed_with_the_first(
        self, provider: OidcProvider
    ):
        provider.set_people({"s-1": claims(), "s-2": {"preferred_username": "li"}})
        client, _answer = sign_in("s-1")

        sign_in("s-2", client)

        page = client.get("/accounts/profile/").content.decode()
        assert "li" in page
        assert "王小明" not in page

    def test_sign_out_ends_it_at_both_ends(self, provider: OidcProvider):
        provider.set_people({"s-1": claims()})
        client = Client()
        there = VisitThere(django_settings.PUBLIC_BASE_URL)
        page = there.follow(client.post(BUTTON)["Location"])
        client.get(there.submit(page, login="s-1"))

        answer = client.post("/accounts/logout/")
        there.follow(answer["Location"])
        secret = there.page.partition('name="xsrf" value="')[2].partition('"')[0]
        end = f"{provider.issuer}/session/end/confirm"
        back = there.submit(end, xsrf=secret, logout="yes")

        assert answer.status_code == 303
        assert back == f"{django_settings.PUBLIC_BASE_URL}/accounts/login/"
        assert client.get("/schedule/").status_code == 302
        # The next one is asked who they are.
        assert there.follow(client.post(BUTTON)["Location"]).startswith(provider.issuer)


class TestToolkit:
    """django-oauth-toolkit 3.4.1, whose answers are written down here.

    It says all claims twice, and names neither its session nor, on the way back, itself.
    """

    @pytest.fixture
    def toolkit(self, settings: Any) -> Iterator[FakeProvider]:
        with FakeProvider() as running:
            running.documents = {
                "id_token_signing_alg_values_supported": ["RS256", "HS256"],
                "token_endpoint_auth_methods_supported": [
                    *("client_secret_post", "client_secret_basic")
                ],
                "code_challenge_methods_supported": ["plain", "S256"],
                "claims_supported": ["sub"],
                "end_session_endpoint": f"{running.issuer}/logout/",
            }
            groups = {
                "OIDC_EXTRA_SCOPES": ["groups"],
                "OIDC_ROLE_CLAIM": "groups",
                "OIDC_TEACHER_VALUES": ["staff"],
            }
            for setting, value in {**running.settings(), **groups}.items():
                setattr(settings, setting, value)
            forget_provider()
            yield running

    @pytest.mark.parametrize(
        ("who", "name", "group", "role"),
        [
            ("wang", "小明 王", "pupils", Role.STUDENT),
            ("li", "老师 李", "staff", Role.TEACHER),
        ],
    )
    def test_signs_in_and_out(
        self, toolkit: FakeProvider, who: str, name: str, group: str, role: Role
    ):
        now = int(time.time())
        toolkit.userinfo = {
            "sub": "2",
            "preferred_username": who,
            "name": name,
            "groups": [group],
        }
        toolkit.claims = {
            **toolkit.userinfo,
            "at_hash": "YiHPD2T9DaX5B837XJXtow",
            "auth_time": now,
            "exp": now + 36_000,
            "jti": "55f6b5db-31ba-4fd0-ba76-c507d9967dd2",
        }
        client = Client()

        answer = toolkit.sign_in(client)

        assert toolkit.authorization["scope"].split() == ["openid", "profile", "groups"]
        assert answer["Location"] == "/"
        user = User.objects.get()
        assert (user.username, user.display_name) == (who, name)
        assert user.roles == {role}

        end = client.post("/accounts/logout/")["Location"]

        assert end.startswith(f"{toolkit.issuer}/logout/?")
        query = parse_qs(urlsplit(end).query)
        assert query["client_id"] == ["platform"]
        (hint,) = query["id_token_hint"]
        public = rsa_key().public_key()
        assert jwt.decode(hint, public, ["RS256"], audience="platform")["sub"] == "2"
        assert query["post_logout_redirect_uri"] == [
            f"{django_settings.PUBLIC_BASE_URL}/accounts/login/"
        ]
        assert client.get("/schedule/").status_code == 302
