"""The pages of class teachers: whose they are, what they show, and start passwords given there."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.enums import AuditKind, PasswordRefusal, PasswordState, Role, SignInMethod
from accounts.models import AuditEntry, ExternalAccount, Notice, User
from schedule.consents.writing import GivenConsent, give_consents
from schedule.enums import MembershipKind
from schedule.models import ClassGroup
from schedule.school_years import school_year_of
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ConsentTextFactory, MembershipFactory
from tests.support.pages import read

pytestmark = pytest.mark.django_db

LIST = "/schedule/class-groups/"
PROFILE = "/accounts/profile/"


@pytest.fixture
def class_teacher(teacher: User, class_group: ClassGroup) -> User:
    MembershipFactory.create(
        user=teacher, class_group=class_group, kind=MembershipKind.CLASS_TEACHER
    )
    return teacher


@pytest.fixture
def client(class_teacher: User, signed_in: SignedIn) -> Client:
    return signed_in(class_teacher, "en")


@pytest.fixture
def page(class_group: ClassGroup) -> str:
    return f"{LIST}{class_group.code}/"


def give(client: Client, page: str, *usernames: str, **more: str) -> Any:
    return client.post(f"{page}start-passwords/", {"username": usernames, **more})


def password_of(user: User) -> str:
    return User.objects.get(pk=user.pk).password


class TestWhose:
    def test_class_teacher_sees_their_class_groups(self, client: Client, page: str):
        assert f'href="{page}"' in client.get(LIST).content.decode()
        assert client.get(page).status_code == 200

    def test_for_others_there_is_nothing(
        self,
        page: str,
        other_teacher: User,
        assistant: User,
        student: User,
        supervisor: User,
        planner: User,
        superuser: User,
        class_teacher: User,
        signed_in: SignedIn,
    ):
        for person in (other_teacher, assistant, student, supervisor, planner, superuser):
            client = signed_in(person)

            answers = [client.get(LIST), client.get(page), give(client, page, student.username)]

            assert [answer.status_code for answer in answers] == [404] * 3, person
        assert not User.objects.get(pk=student.pk).has_usable_password()

    def test_class_teacher_of_another_class_group_sees_theirs_alone(
        self,
        page: str,
        class_teacher: User,
        other_class_group: ClassGroup,
        signed_in: SignedIn,
        other_teacher: User,
    ):
        MembershipFactory.create(
            user=other_teacher, class_group=other_class_group, kind=MembershipKind.CLASS_TEACHER
        )
        client = signed_in(other_teacher)

        assert client.get(page).status_code == 404
        assert page not in client.get(LIST).content.decode()

    def test_ends_with_the_membership_the_role_and_the_year(
        self, client: Client, page: str, class_teacher: User, class_group: ClassGroup
    ):
        yesterday = timezone.localdate() - dt.timedelta(days=1)
        memberships = class_teacher.memberships.all()
        memberships.update(to_date=yesterday)
        assert client.get(page).status_code == 404
        memberships.update(to_date=None)
        class_teacher.role_grants.update(role=Role.STUDENT)
        assert client.get(page).status_code == 404
        class_teacher.role_grants.update(role=Role.TEACHER)
        assert client.get(page).status_code == 200
        class_group.archived_at = timezone.now()
        class_group.save()
        assert client.get(page).status_code == 404

    def test_visitor_signs_in_first(self, page: str):
        assert Client().get(page)["Location"].startswith("/accounts/login/")


class TestStudents:
    def test_are_shown_with_their_passwords_state_and_last_day(
        self, client: Client, page: str, class_group: ClassGroup, student: User
    ):
        at = dt.datetime(2026, 11, 2, 23, 30, tzinfo=dt.UTC)  # the third, at 07:30, in school
        own = UserFactory.create(username="own", password="own-one", last_login=at)
        started = UserFactory.create(username="st", password="x", must_change_password=True)
        gone = UserFactory.create(username="gone")
        yesterday = timezone.localdate() - dt.timedelta(days=1)
        MembershipFactory.create(user=gone, class_group=class_group, to_date=yesterday)
        for user in (own, started):
            MembershipFactory.create(user=user, class_group=class_group)

        answer = client.get(page)

        rows = {row.user.username: row for row in answer.context["rows"]}
        assert {name: row.password_state for name, row in rows.items()} == {
            "student": PasswordState.NONE,
            "own": PasswordState.OWN,
            "st": PasswordState.START,
        }
        assert rows["own"].last_sign_in == dt.date(2026, 11, 3)
        assert "2026-11-03" in answer.content.decode()
        assert "07:30" not in answer.content.decode()

    def test_cost_as_many_queries_as_one(
        self, client: Client, page: str, class_group: ClassGroup, student: User
    ):
        def queries() -> int:
            with CaptureQueriesContext(connection) as counted:
                assert client.get(page).status_code == 200
            return len(counted)

        client.get(page)
        of_one = queries()
        for _ in range(3):
            MembershipFactory.create(class_group=class_group)

        assert queries() == of_one
        assert of_one <= 9

    def test_nobody_belongs_to_it(self, client: Client, page: str):
        assert "No student belongs to this class group today." in client.get(page).content.decode()


class TestConsents:
    def test_missing_ones_are_counted_with_the_way_there(
        self, client: Client, page: str, class_group: ClassGroup, student: User
    ):
        ConsentTextFactory.create()

        for address in (LIST, page):
            shown = read(client.get(address).content).one("main")
            assert shown.link("1 consent is missing") == f"{page}consents/"

    def test_nothing_is_said_where_none_is_missing_or_asked_for(
        self, client: Client, page: str, student: User
    ):
        without_text = client.get(LIST).content.decode()
        text = ConsentTextFactory.create()
        at = timezone.now()
        given = [GivenConsent(student)]
        year = school_year_of(timezone.localdate())
        give_consents(given, text=text, school_year=year, at=at, by=student)

        assert "missing" not in without_text
        assert "missing" not in client.get(LIST).content.decode()
        assert "missing" not in client.get(page).content.decode()


class TestStartPasswords:
    def test_of_several_are_shown_once(
        self, client: Client, page: str, class_group: ClassGroup, student: User, caplog: Any
    ):
        other = MembershipFactory.create(class_group=class_group).user

        answer = give(client, page, student.username, other.username)

        ((_title, given),) = answer.context["sheets"]
        assert {entry.user for entry in given} == {student, other}
        for entry in given:
            assert User.objects.get(pk=entry.user.pk).check_password(entry.password)
            assert entry.password in answer.content.decode()
            assert entry.password not in client.get(page).content.decode()
            assert entry.password not in caplog.text
        assert answer["Cache-Control"] == "no-store"

    def test_button_of_one_student_is_for_that_one(
        self, client: Client, page: str, class_group: ClassGroup, student: User
    ):
        other = MembershipFactory.create(class_group=class_group).user
        before = password_of(other)

        give(client, page, other.username, only=student.username)

        assert User.objects.get(pk=student.pk).must_change_password
        assert password_of(other) == before

    def test_are_audited_and_nobody_gets_a_notice(
        self, client: Client, page: str, student: User, class_teacher: User
    ):
        give(client, page, student.username)

        (entry,) = AuditEntry.objects.filter(kind=AuditKind.PASSWORD_RESET)
        assert (entry.actor, entry.person) == (class_teacher, student)
        assert not Notice.objects.exists()

    def test_end_where_the_student_is_signed_in(
        self, client: Client, page: str, student: User, signed_in: SignedIn
    ):
        theirs = signed_in(student)

        give(client, page, student.username)

        assert theirs.get("/schedule/").status_code == 302

    def test_are_for_students_alone_and_the_others_are_told_in_words(
        self, client: Client, page: str, class_group: ClassGroup, student: User
    ):
        refused = {
            UserFactory.create(roles=roles, **fields): refusal
            for roles, fields, refusal in (
                ([Role.STUDENT, Role.PLANNER], {}, PasswordRefusal.NOT_ONLY_STUDENT),
                ([Role.STUDENT, Role.TEACHER], {}, PasswordRefusal.NOT_ONLY_STUDENT),
                ([Role.STUDENT], {"is_superuser": True}, PasswordRefusal.NOT_ONLY_STUDENT),
                ([Role.STUDENT], {"is_active": False}, PasswordRefusal.DEACTIVATED),
            )
        }
        for user in refused:
            MembershipFactory.create(user=user, class_group=class_group)
        before = {user: password_of(user) for user in refused}

        answer = give(client, page, student.username, *(user.username for user in refused))

        assert sorted(answer.context["refused"], key=lambda each: each[0].pk) == list(
            refused.items()
        )
        lines = {line.text for line in read(answer.content).all("li")}
        with translation.override("en"):
            told = {f"{user}: {refusal.label}" for user, refusal in refused.items()}
        assert told - lines == set()
        assert {user: password_of(user) for user in refused} == before
        assert User.objects.get(pk=student.pk).must_change_password
        shown = client.get(page).content.decode()
        assert [user for user in refused if f'value="{user.username}"' in shown] == []

    def test_of_who_is_no_student_of_it_are_missing(
        self, client: Client, page: str, student: User, outsider: User
    ):
        for username in ("outsider", "teacher", "nobody", ""):
            answer = give(client, page, student.username, username)

            assert answer.status_code == 404, username
        assert not User.objects.get(pk=student.pk).has_usable_password()

    def test_of_nobody_are_a_fault_and_they_are_given_by_a_button(
        self, client: Client, page: str, student: User
    ):
        answer = give(client, page)

        assert answer.status_code == 422
        assert "Choose at least one student." in answer.content.decode()
        assert client.get(f"{page}start-passwords/").status_code == 405

    def test_need_the_page_s_own_token(self, class_teacher: User, page: str, student: User):
        client = Client(enforce_csrf_checks=True)
        client.force_login(class_teacher)

        assert give(client, page, student.username).status_code == 403


class TestLink:
    def test_stands_on_the_profile_of_class_teachers_alone(
        self, client: Client, other_teacher: User, student: User, signed_in: SignedIn
    ):
        def is_linked(each: Client) -> bool:
            return f'href="{LIST}"' in each.get(PROFILE).content.decode()

        assert is_linked(client)
        assert not is_linked(signed_in(other_teacher))
        assert not is_linked(signed_in(student))

    def test_costs_who_teaches_nothing_no_query(self, student: User, signed_in: SignedIn):
        client = signed_in(student)
        client.get(PROFILE)

        with CaptureQueriesContext(connection) as queries:
            client.get(PROFILE)

        assert "classgroup" not in str(queries.captured_queries)


class TestWholeClassGroup:
    def test_all_who_have_no_password_get_one_by_one_button(
        self, client: Client, page: str, student: User, class_group: ClassGroup
    ):
        keeps = UserFactory.create(username="keeps", password="correct horse")
        closed = UserFactory.create(username="closed", is_active=False)
        for each in (keeps, closed):
            MembershipFactory.create(user=each, class_group=class_group)
        before = password_of(keeps)
        assert "New start password for 1 student" in client.get(page).content.decode()

        shown = give(client, page, without="yes").content.decode()

        assert User.objects.get(pk=student.pk).password_state is PasswordState.START
        assert student.username in shown
        assert password_of(keeps) == before
        assert not User.objects.get(pk=closed.pk).has_usable_password()
        assert 'name="without"' not in client.get(page).content.decode()

    def test_who_signs_in_with_a_school_account_misses_no_password(
        self, client: Client, page: str, student: User
    ):
        ExternalAccount.objects.create(
            method=SignInMethod.CAS, issuer="https://cas.example", subject="1", user=student
        )

        shown = client.get(page).content.decode()
        give(client, page, without="yes")

        assert "signs in with a school account" in shown
        assert 'name="without"' not in shown
        assert not User.objects.get(pk=student.pk).has_usable_password()

    def test_enter_on_a_tick_is_not_the_button_of_the_first_student(
        self, client: Client, page: str, student: User
    ):
        shown = read(client.get(page).content)
        (form,) = (each for each in shown.all("form") if each.all("table", "row-table"))
        own = [each for each in form.all("button") if "form" not in each.attrs]
        (only,) = (each for each in form.all("button") if each.attrs.get("name") == "only")

        assert "chosen students" in own[0].text
        (other,) = shown.all("form", id=only.attrs["form"])
        assert other.attrs["action"] == form.attrs["action"]
