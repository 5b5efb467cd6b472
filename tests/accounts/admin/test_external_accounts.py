"""Staff say whose an external account is, within what each of them may hand over."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.enums import AuditKind, Role, SignInMethod
from accounts.models import AuditEntry, ExternalAccount, Session, User
from tests.factories.accounts import UserFactory
from tests.support.pages import Element, read
from tests.support.variants import variant

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/externalaccount/"
ISSUER = "https://www.school.example"


@pytest.fixture(autouse=True)
def _english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def waiting() -> ExternalAccount:
    return account("20260815", username="student", display_name="李明")


def account(subject: str, **values: Any) -> ExternalAccount:
    return ExternalAccount.objects.create(
        **{"method": SignInMethod.HANDOVER, "issuer": ISSUER, "subject": subject, **values}
    )


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page_of(some: ExternalAccount) -> str:
    return f"{LIST}{some.pk}/change/"


def page(viewer: User, path: str) -> Element:
    answer = client_of(viewer).get(path)
    assert answer.status_code == 200
    return read(answer.content)


def subjects(viewer: User, query: str = "") -> list[str]:
    shown = page(viewer, f"{LIST}{query}")
    return [each.text for each in shown.all("th", "field-subject")]


def errors(answer: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = answer.context["adminform"].form.errors
    return found


def again(some: ExternalAccount) -> ExternalAccount:
    return ExternalAccount.objects.get(pk=some.pk)


def test_page_of_one_that_waits_leads_to_who_has_its_username_here(
    planner: User, student: User, waiting: ExternalAccount
) -> None:
    told = page(planner, page_of(waiting)).one("div", "field-with_this_username")

    (link,) = told.all("a")
    assert link.attrs["href"] == f"/admin/accounts/user/{student.pk}/change/"
    assert student.display_name in link.text


def test_page_of_one_that_waits_says_when_nobody_has_its_username_any_more(
    planner: User, waiting: ExternalAccount
) -> None:
    told = page(planner, page_of(waiting)).one("div", "field-with_this_username")

    assert "nobody any more" in told.text


class TestList:
    def test_shows_those_that_wait_first_and_is_filtered_by_state_and_method(
        self, planner: User, waiting: ExternalAccount
    ):
        account("2", user=planner, method=SignInMethod.CAS)
        expected = {
            "": ["20260815", "2"],
            "?waiting=yes": ["20260815"],
            "?waiting=no": ["2"],
            "?method=cas": ["2"],
        }

        assert {query: subjects(planner, query) for query in expected} == expected

    def test_is_searched_by_subject_username_and_person(
        self, planner: User, waiting: ExternalAccount
    ):
        account("other", user=UserFactory.create(username="x", display_name="赵"))
        person = UserFactory.create(username="y", display_name="王小")
        account("of-wang", user=person)
        expected = {"20260815": ["20260815"], "student": ["20260815"], "王": ["of-wang"]}

        assert {word: subjects(planner, f"?q={word}") for word in expected} == expected

    def test_nothing_is_added_by_hand_and_nothing_deleted_in_bulk(
        self, superuser: User, waiting: ExternalAccount
    ):
        shown = page(superuser, LIST)

        assert client_of(superuser).get(f"{LIST}add/").status_code == 403
        assert not shown.all("option", value="delete_selected")

    def test_is_for_staff(self, planner: User, administrator: User, superuser: User):
        staff = (planner, administrator, superuser)

        assert [client_of(viewer).get(LIST).status_code for viewer in staff] == [200] * 3


class TestLinking:
    def test_to_a_student(self, planner: User, student: User, waiting: ExternalAccount):
        answer = client_of(planner).post(page_of(waiting), {"user": student.pk})

        assert answer.status_code == 302
        assert again(waiting).user == student
        entry = AuditEntry.objects.get(kind=AuditKind.EXTERNAL_ACCOUNT_LINKED)
        assert (entry.actor, entry.person) == (planner, student)

    @pytest.mark.parametrize("who", ["planner", "administrator"])
    def test_to_the_powerful_is_for_superusers(
        self,
        who: str,
        request: pytest.FixtureRequest,
        superuser: User,
        supervisor: User,
        waiting: ExternalAccount,
    ):
        by = request.getfixturevalue(who)
        for person in (superuser, supervisor):
            answer = client_of(by).post(page_of(waiting), {"user": person.pk})
            (error,) = errors(answer)["user"]
            assert error.endswith("are linked by superusers alone: 郑校长.")
        assert again(waiting).user is None

        client_of(superuser).post(page_of(waiting), {"user": supervisor.pk})
        assert again(waiting).user == supervisor

    def test_of_the_powerful_is_only_shown_to_others(
        self, planner: User, supervisor: User, student: User
    ):
        theirs = account("2", user=supervisor)

        assert not page(planner, page_of(theirs)).all("input", name="_save")
        assert client_of(planner).post(page_of(theirs), {"user": student.pk}).status_code == 403
        assert (
            client_of(planner).post(f"{LIST}{theirs.pk}/delete/", {"post": "yes"}).status_code
            == 403
        )
        assert again(theirs).user == supervisor

    def test_to_somebody_else_ends_where_the_one_before_is_signed_in(
        self, planner: User, student: User, outsider: User
    ):
        theirs = account("2", user=outsider)
        client_of(outsider)
        Session.objects.filter(user=outsider).update(method=SignInMethod.HANDOVER)

        client_of(planner).post(page_of(theirs), {"user": student.pk})

        assert again(theirs).user == student
        assert not Session.objects.filter(user=outsider).exists()
        entry = AuditEntry.objects.get(kind=AuditKind.EXTERNAL_ACCOUNT_UNLINKED)
        assert (entry.actor, entry.person) == (planner, outsider)

    def test_nobody_chosen(self, planner: User, waiting: ExternalAccount):
        answer = client_of(planner).post(page_of(waiting), {"user": ""})

        assert errors(answer)["user"] == ["Whose external account is it?"]

    def test_saved_as_it_was(self, planner: User, student: User):
        theirs = account("2", user=student)

        client_of(planner).post(page_of(theirs), {"user": student.pk})

        assert not AuditEntry.objects.filter(kind__startswith="external").exists()


class TestNewPerson:
    def test_is_made_with_a_free_username(
        self, planner: User, student: User, waiting: ExternalAccount
    ):
        answer = client_of(planner).post(
            page_of(waiting), {"user": "", "new_username": "student-2"}
        )

        assert answer.status_code == 302
        person = User.objects.get(username="student-2")
        assert again(waiting).user == person
        assert person.display_name == "李明"
        assert person.roles == {Role.STUDENT}
        assert not person.has_usable_password()

    def test_needs_a_username_that_is_free(
        self, planner: User, student: User, waiting: ExternalAccount
    ):
        client = client_of(planner)
        for username in ("student", "STUDENT", "ｓｔｕｄｅｎｔ"):
            answer = client.post(page_of(waiting), {"user": "", "new_username": username})

            with variant(username):
                told = errors(answer)["new_username"]
                assert told == ["Somebody has this username already."]
        assert again(waiting).user is None

    def test_needs_a_username_that_can_be_one(self, planner: User, waiting: ExternalAccount):
        client = client_of(planner)
        for username in ("a b", "a/b", "a" * 151):
            answer = client.post(page_of(waiting), {"user": "", "new_username": username})

            with variant(username):
                assert errors(answer)["new_username"]

    def test_or_somebody_who_is_here(self, planner: User, student: User, waiting: ExternalAccount):
        answer = client_of(planner).post(
            page_of(waiting), {"user": student.pk, "new_username": "student-2"}
        )

        assert errors(answer)["new_username"] == ["Choose a person or give a username, not both."]

    def test_is_not_offered_where_the_account_is_linked(self, planner: User, student: User):
        theirs = account("2", user=student)

        assert not page(planner, page_of(theirs)).all("input", name="new_username")


def test_deleting_takes_the_link_away(planner: User, student: User) -> None:
    theirs = account("2", user=student)

    client_of(planner).post(f"{LIST}{theirs.pk}/delete/", {"post": "yes"})

    assert not ExternalAccount.objects.exists()
    entry = AuditEntry.objects.get(kind=AuditKind.EXTERNAL_ACCOUNT_UNLINKED)
    assert (entry.actor, entry.person) == (planner, student)


def test_page_of_a_person_shows_their_accounts(superuser: User, student: User) -> None:
    account("20260815", user=student)

    shown = page(superuser, f"/admin/accounts/user/{student.pk}/change/")

    (line,) = shown.one("div", "field-external_accounts").all("a")
    assert line.text == f"Hand-over from the school's site {ISSUER}: 20260815"
    assert "20260815" in page(superuser, line.attrs["href"]).text


def test_who_makes_a_superuser_is_told_what_opens_the_account(
    superuser: User, student: User
) -> None:
    """Planners may have linked it, while it was a student's."""
    account("4711", user=student)

    answer = client_of(superuser).post(
        f"/admin/accounts/user/{student.pk}/change/", {"is_superuser": "on"}, follow=True
    )

    texts = [str(each) for each in answer.context["messages"]]
    assert any("4711" in text and "more power" in text for text in texts)
