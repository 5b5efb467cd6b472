"""Tickets from the school's own site: one ticket, one sign-in, and never more than the ticket may open."""

from __future__ import annotations

import logging
import re
from typing import Any
from urllib.parse import quote

import pytest
from allauth.mfa.base.views import authenticate
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from axes.models import AccessAttempt
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse

from accounts.enums import AuditKind, GrantSource, Role, SignInMethod
from accounts.models import (
    AuditEntry,
    ExternalAccount,
    Notice,
    RoleGrant,
    SchoolSettings,
    Session,
    UsedTicket,
    User,
)
from accounts.views import handover
from edu_platform.lib import bounded_log
from edu_platform.urls import urlpatterns as platform_urls
from tests.factories.accounts import UserFactory
from tests.support import tickets
from tests.support.pages import read
from tests.support.threads import all_at_once
from tests.support.tickets import ABSENT, ADDRESS, claims, handmade, signed, ticket

pytestmark = pytest.mark.django_db

# With the page that asks for the second factor, at whatever address the platform has it.
urlpatterns = [*platform_urls, path("code/", authenticate, name="mfa_authenticate")]
SIGNED_IN, REFUSED = "/", 403
LOGGER = "accounts.views.handover"


@pytest.fixture(autouse=True)
def _keys(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HANDOVER_KEYS = tickets.handover_keys()
    settings.PUBLIC_BASE_URL = tickets.SITE
    settings.LANGUAGE_CODE = "en"
    # This test has a log of its own: others have refused many within this minute.
    own = bounded_log.BoundedLog(logging.getLogger(LOGGER), "refused")
    monkeypatch.setattr(handover, "_refusals", own)


def come(text: str, client: Client | None = None, **more: str) -> Any:
    return (client or Client()).get(ADDRESS, {"ticket": text, **more})


def messages_of_page(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the page itself logged: each request has a line of its own beside it."""
    name = "accounts.views.handover"
    return [record.getMessage() for record in caplog.records if record.name == name]


def who_is_in(client: Client) -> User | None:
    key = client.session.get("_auth_user_id")
    return None if key is None else User.objects.get(pk=key)


def known(person: User, subject: str = "20260815") -> ExternalAccount:
    return ExternalAccount.objects.create(
        method=SignInMethod.HANDOVER, issuer=tickets.ISSUER, subject=subject, user=person
    )


class TestGoodWay:
    def test_student_who_comes_for_the_first_time(self):
        client = Client()

        answer = come(ticket(), client)

        person = User.objects.get(username="20260815")
        assert (answer.status_code, answer["Location"]) == (302, SIGNED_IN)
        assert who_is_in(client) == person
        assert person.display_name == "李明"
        assert person.roles == {Role.STUDENT}
        assert not person.has_usable_password()
        entry = AuditEntry.objects.get(kind=AuditKind.SIGNED_IN)
        assert (entry.person, entry.method) == (person, SignInMethod.HANDOVER)

    def test_teacher(self):
        client = Client()

        come(ticket(sub="wang", name="王老师", role="teacher"), client)

        assert User.objects.get(username="wang").roles == {Role.TEACHER}
        assert who_is_in(client) == User.objects.get(username="wang")

    def test_the_second_time_it_is_the_same_person(self):
        come(ticket())
        client = Client()

        come(ticket(name="李明明"), client)

        assert who_is_in(client) == User.objects.get(username="20260815")
        assert ExternalAccount.objects.count() == 1

    def test_roles_are_given_and_taken_again(self):
        come(ticket(role="teacher"))
        come(ticket(role="student"))

        assert User.objects.get(username="20260815").roles == {Role.STUDENT}

    def test_ticket_without_a_role_changes_none(self):
        person = UserFactory.create(roles=[Role.TEACHER])
        known(person)

        come(ticket(role=ABSENT))

        assert set(RoleGrant.objects.values_list("user", "role", "source")) == {
            (person.pk, Role.TEACHER, GrantSource.HAND)
        }

    def test_ticket_in_a_form(self):
        client = Client(enforce_csrf_checks=True)

        answer = client.post(ADDRESS, {"ticket": ticket(), "next": "/replays/"})

        assert answer["Location"] == "/replays/"
        assert who_is_in(client) == User.objects.get(username="20260815")

    def test_signed_by_a_key_pair(self):
        client = Client()
        text = signed(claims(), kid=tickets.SIGNED, alg="RS256", key=tickets.key_pair())

        come(text, client)

        assert who_is_in(client) == User.objects.get(username="20260815")


@pytest.mark.urls(__name__)
class TestStaff:
    def test_with_a_second_factor_are_asked_for_it(self, planner: User):
        known(planner)
        TOTP.activate(planner, generate_totp_secret())
        client = Client()

        answer = come(ticket(), client)

        assert answer["Location"] == reverse("mfa_authenticate")
        assert who_is_in(client) is None
        assert not AuditEntry.objects.filter(kind=AuditKind.SIGNED_IN).exists()

    def test_with_a_second_factor_who_are_signed_in_already_are_asked_again(self, planner: User):
        known(planner)
        TOTP.activate(planner, generate_totp_secret())
        client = Client()
        client.force_login(planner)

        answer = come(ticket(), client)

        assert answer["Location"] == reverse("mfa_authenticate")
        assert who_is_in(client) is None

    def test_without_one_come_in(self, planner: User):
        known(planner)
        client = Client()

        come(ticket(role=ABSENT), client)

        assert who_is_in(client) == planner
        assert not Authenticator.objects.exists()


class TestNotSignedIn:
    def test_existing_username_waits_for_administrators(self, student: User, administrator: User):
        client = Client()

        answer = come(ticket(sub=student.username), client)

        assert answer.status_code == REFUSED
        assert who_is_in(client) is None
        waiting = ExternalAccount.objects.get()
        assert (waiting.user, waiting.username) == (None, student.username)
        notice = Notice.objects.get()
        assert notice.user == administrator
        assert notice.address == f"/admin/accounts/externalaccount/{waiting.pk}/change/"

    def test_administrators_hear_of_a_waiting_account_once(
        self, student: User, administrator: User, superuser: User, planner: User
    ):
        """Planners have no page for it."""
        for _time in range(2):
            come(ticket(sub=student.username))

        told = [notice.user for notice in Notice.objects.order_by("user")]
        assert told == [administrator, superuser]

    def test_existing_username_is_linked_where_the_school_wants_it(
        self, student: User, settings: Any
    ):
        settings.HANDOVER_LINK_EXISTING = True
        client = Client()

        come(ticket(sub=student.username), client)

        assert who_is_in(client) == student

    def test_username_that_had_to_be_altered_is_not_linked(self, settings: Any):
        settings.HANDOVER_LINK_EXISTING = True
        person, client = UserFactory.create(username="li-ming", roles=[Role.STUDENT]), Client()

        answer = come(ticket(sub="li,ming"), client)

        assert answer.status_code == REFUSED
        assert who_is_in(client) is None
        assert not person.external_accounts.exists()

    def test_username_of_the_powerful_is_never_linked_by_itself(
        self, request: pytest.FixtureRequest, settings: Any
    ):
        settings.HANDOVER_LINK_EXISTING = True
        for who in ("planner", "administrator", "supervisor", "superuser"):
            person, client = request.getfixturevalue(who), Client()

            answer = come(ticket(sub=person.username, role="teacher"), client)

            assert answer.status_code == REFUSED, who
            assert who_is_in(client) is None, who
            assert not person.external_accounts.exists(), who

    def test_no_ticket(self):
        for answer in (Client().get(ADDRESS), come(""), Client().post(ADDRESS)):
            assert answer.status_code == REFUSED

    def test_administrator_role(self):
        answer = come(ticket(role="administrator"))

        assert answer.status_code == REFUSED
        assert not User.objects.exists()

    def test_closed_account(self, student: User):
        known(student)
        User.objects.filter(pk=student.pk).update(is_active=False)
        client = Client()

        answer = come(ticket(), client)

        assert answer["Location"] == "/accounts/inactive/"
        assert not Session.objects.exists()
        assert who_is_in(client) is None

    def test_replayed_ticket(self):
        text = ticket()
        come(text)
        client = Client()

        answer = come(text, client)

        assert answer.status_code == REFUSED
        assert who_is_in(client) is None

    def test_replayed_jti_in_another_ticket(self):
        come(ticket(jti="same"))
        client = Client()

        assert come(ticket(jti="same", sub="another"), client).status_code == REFUSED
        assert who_is_in(client) is None

    def test_ticket_that_is_refused_is_not_used_up(self, settings: Any):
        settings.PUBLIC_BASE_URL = "https://other.example"
        text = ticket()
        assert come(text).status_code == REFUSED
        settings.PUBLIC_BASE_URL = tickets.SITE

        assert come(text)["Location"] == SIGNED_IN

    def test_without_keys_there_is_no_such_page(self, settings: Any):
        settings.HANDOVER_KEYS = {}

        assert come(ticket()).status_code == 404

    def test_head_uses_up_no_ticket(self):
        text = ticket()

        assert Client().head(ADDRESS, {"ticket": text}).status_code == 405
        assert come(text)["Location"] == SIGNED_IN

    @pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
    def test_other_methods(self, method: str):
        assert getattr(Client(), method)(ADDRESS).status_code == 405


def test_wrong_passwords_are_not_forgotten_by_a_ticket(student: User) -> None:
    """A person who comes with one has said no password: somebody else may still be guessing it."""
    known(student)
    Client().post("/accounts/login/", {"login": student.username, "password": "a guess"})
    assert AccessAttempt.objects.exists()

    come(ticket())

    assert AccessAttempt.objects.exists()


class TestWhoSatHereBefore:
    def test_is_signed_out(self, teacher: User, student: User):
        known(student)
        client = Client()
        client.force_login(teacher)
        client.get("/schedule/")
        key = client.session.session_key
        before = client.session
        before["of the teacher"] = "kept"
        before.save()

        come(ticket(), client)

        assert who_is_in(client) == student
        assert "of the teacher" not in client.session
        assert client.session.session_key != key
        assert not Session.objects.filter(user=teacher).exists()

    def test_stays_when_the_ticket_is_wrong(self, teacher: User):
        client = Client()
        client.force_login(teacher)

        come(ticket(aud="https://evil.example"), client)

        assert who_is_in(client) == teacher

    def test_with_a_start_password_keeps_nobody_out(self, teacher: User, student: User):
        known(student)
        User.objects.filter(pk=teacher.pk).update(must_change_password=True)
        client = Client()
        client.force_login(teacher)

        come(ticket(), client)

        assert who_is_in(client) == student

    def test_key_that_somebody_planted_is_not_gone_on_with(self, student: User):
        known(student)
        client = Client()
        visitor = client.session
        visitor["planted"] = True
        visitor.save()
        key = visitor.session_key or ""
        client.cookies["sessionid"] = key

        come(ticket(), client)

        assert who_is_in(client) == student
        assert client.cookies["sessionid"].value != key
        assert not Session.objects.filter(session_key=key).exists()


class TestNext:
    def test_path_of_this_site(self):
        assert come(ticket(), next="/replays/?q=a&page=2")["Location"] == "/replays/?q=a&page=2"

    @pytest.mark.parametrize(
        "address", ["//evil.example", "/\\evil.example", "https://evil.example"]
    )
    def test_anything_else_leads_to_the_start_page(self, address: str):
        assert come(ticket(), next=address)["Location"] == SIGNED_IN

    @pytest.mark.parametrize(
        ("address", "location"),
        [
            ("/%2F%2Fevil.example", "/%2F%2Fevil.example"),
            ("/a\r\nSet-Cookie: a=b", "/"),
            ("/课程", "/%E8%AF%BE%E7%A8%8B"),
        ],
    )
    def test_path_is_one_in_the_answer_as_well(self, address: str, location: str):
        assert come(ticket(), next=address)["Location"] == location

    @pytest.mark.urls(__name__)
    def test_survives_the_question_for_the_second_factor(self, planner: User):
        known(planner)
        TOTP.activate(planner, generate_totp_secret())
        client = Client()

        come(ticket(), client, next="/admin/")

        assert client.session["account_login"]["redirect_url"] == "/admin/"


class TestAnswers:
    def test_keep_the_ticket_from_caches_and_other_sites(self):
        text = ticket()
        for answer in (come(text), come(text), come(""), Client().head(ADDRESS)):
            assert answer["Referrer-Policy"] == "no-referrer"
            assert answer["Cache-Control"] == "no-store"

    def test_page_of_a_refusal_says_what_to_do(self):
        page = read(come("").content)

        assert page.one("h1").text == "The sign-in from the school's site did not work"
        assert "Go back to the school's site and click there again." in page.text
        assert page.one("span", "reference").text

    def test_page_does_not_repeat_the_ticket(self, settings: Any):
        text = ticket(aud="https://evil.example")

        for part in (text, *text.split(".")):
            assert part.encode() not in come(text).content

    def test_log_names_the_reason_and_never_the_ticket(self, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.INFO)
        text = ticket(aud="https://evil.example")

        page = read(come(text).content)

        reference = page.one("span", "reference").text
        reason = "the hand-over ticket is refused: it does not hold (InvalidAudienceError)"
        assert text not in caplog.text
        assert messages_of_page(caplog) == [f"sign-in {reference}: {reason}"]

    def test_flood_of_wrong_tickets_does_not_flood_the_log(self, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.INFO)
        pages = [read(come("a").content) for _number in range(bounded_log.LINES_A_MINUTE + 5)]

        assert len(messages_of_page(caplog)) == bounded_log.LINES_A_MINUTE
        assert [bool(page.all("span", "reference")) for page in pages].count(False) == 5

    def test_fault_while_signing_in_tells_the_ticket_to_no_log(
        self, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ):
        def fail(*_arguments: Any, **_more: Any) -> None:
            raise RuntimeError("no such luck")

        monkeypatch.setattr(handover, "complete_sign_in", fail)
        text = ticket()

        answer = Client(raise_request_exception=False).get(ADDRESS, {"ticket": text})

        assert answer.status_code == 500
        assert "no such luck" in caplog.text
        assert text.split(".")[2] not in caplog.text

    def test_language_can_be_changed_on_the_page_of_a_refusal(self):
        page = read(come(ticket(aud="https://evil.example")).content)

        assert page.one("input", name="next").attrs["value"] == "/accounts/login/"


@pytest.mark.django_db(transaction=True)
class TestStatements:
    """Counted as the server makes them, in no transaction of a test's."""

    def statements(self, client: Client, text: str, expected: Any) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            answer = come(text, client)
        assert (answer.get("Location") or answer.status_code) == expected
        return [each["sql"] for each in captured.captured_queries]

    def test_of_a_sign_in_in_a_new_browser(self):
        come(ticket())

        assert len(self.statements(Client(), ticket(), SIGNED_IN)) == 6

    def test_of_a_sign_in_where_somebody_sat_before(self, teacher: User):
        come(ticket())
        client = Client()
        client.force_login(teacher)

        assert len(self.statements(client, ticket(), SIGNED_IN)) == 8

    def test_of_a_sign_in_where_the_same_person_is_signed_in(self):
        client = Client()
        come(ticket(), client)

        assert len(self.statements(client, ticket(), SIGNED_IN)) == 8

    def test_of_a_wrong_ticket_write_nothing(self):
        SchoolSettings.objects.get_or_create(pk=1)
        used = ticket()
        come(used)

        for text in ("", ticket(aud="https://evil.example"), handmade({}, {})):
            for sql in self.statements(Client(), text, REFUSED):
                assert re.match(r"SELECT", sql), sql
        (insert,) = [
            sql for sql in self.statements(Client(), used, REFUSED) if not sql.startswith("SELECT")
        ]
        assert insert.startswith("INSERT INTO accounts_usedticket")


@pytest.mark.django_db(transaction=True)
def test_of_two_with_one_ticket_at_once_one_is_signed_in() -> None:
    come(ticket())
    text = ticket()

    answers = all_at_once(lambda _number: come(text), range(8))

    assert sorted(each.status_code for each in answers) == [302, *[REFUSED] * 7]
    assert UsedTicket.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_first_tickets_of_one_person_at_once_make_one_person() -> None:
    answers = all_at_once(lambda _number: come(ticket()), range(4))

    assert [each.status_code for each in answers] == [302] * 4
    assert User.objects.count() == ExternalAccount.objects.count() == 1


@pytest.mark.both_databases("locks")
@pytest.mark.django_db(transaction=True)
def test_of_many_accounts_with_one_username_at_once_one_is_linked(settings: Any) -> None:
    settings.HANDOVER_LINK_EXISTING = True
    person = UserFactory.create(username="li", roles=[Role.STUDENT])

    answers = all_at_once(lambda subject: come(ticket(sub=subject)), ["li", "LI", "Li", "ｌｉ"])

    assert sorted(each.status_code for each in answers) == [302, *[REFUSED] * 3]
    assert person.external_accounts.count() == 1


def test_ticket_in_an_address_that_is_no_text() -> None:
    for query in ("ticket=%FF%FE", "ticket=%00", "ticket", "ticket=&ticket=", "ticket[]=a"):
        assert Client().get(f"{ADDRESS}?{query}").status_code == REFUSED


def test_last_of_two_tickets_counts() -> None:
    query = f"ticket={quote(ticket(sub='one'))}&ticket={quote(ticket(sub='two'))}"
    client = Client()

    client.get(f"{ADDRESS}?{query}")

    assert who_is_in(client) == User.objects.get(username="two")


def test_sign_in_page_says_where_people_of_the_schools_site_come_in(settings: Any) -> None:
    told = "If you come here from the school's own site"

    assert told in Client().get("/accounts/login/").content.decode()
    settings.HANDOVER_KEYS = {}
    assert told not in Client().get("/accounts/login/").content.decode().replace("&#x27;", "'")


def test_refusal_leads_who_is_signed_in_back_to_the_timetable() -> None:
    client = Client()
    come(ticket(), client)

    refused = read(come("x", client).content).one("main")
    visitors = read(come("x").content).one("main")

    assert [link.attrs["href"] for link in refused.all("a")] == ["/"]
    assert [link.attrs["href"] for link in visitors.all("a")] == ["/accounts/login/"]
