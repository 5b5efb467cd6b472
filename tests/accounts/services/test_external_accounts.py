"""People with an account of another system are found by its subject alone, and never get more than a teacher."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
from django.utils import timezone

from accounts.enums import AuditKind, GrantSource, Role, SignInMethod
from accounts.external.logins import ExternalLogin, external_login
from accounts.hooks import former_student_listeners, role_needs
from accounts.models import AuditEntry, ExternalAccount, Notice, RoleGrant, User
from accounts.names import sign_in_name
from accounts.notice_kinds import sentence_of
from accounts.services import external_accounts
from accounts.services.external_accounts import (
    MayNotLink,
    WaitsForStaff,
    keep_role,
    link,
    person_for,
    sync_roles,
    unlink,
)
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

ISSUER = "https://id.school.example"


def login(**values: Any) -> ExternalLogin:
    return external_login(
        **{
            "method": SignInMethod.OIDC,
            "issuer": ISSUER,
            "subject": "4711",
            "username": "li.ming",
            "display_name": "李明",
            **values,
        }
    )


def come(*, links_existing: bool = False, **values: Any) -> User:
    person = person_for(login(**values), links_existing=links_existing, at=timezone.now())
    return User.objects.get(pk=person.pk)


def keys_of(people: Collection[User], _role: Role) -> list[int]:
    """Need a role of everybody."""
    return [person.pk for person in people]


class TestFirstSignIn:
    def test_creates_a_person_without_a_password(self):
        person = come(role=Role.TEACHER)

        assert (person.username, person.display_name) == ("li.ming", "李明")
        assert person.roles == {Role.TEACHER}
        assert not person.has_usable_password()
        assert AuditEntry.objects.get(kind=AuditKind.PERSON_CREATED).person == person

    def test_without_a_word_of_roles_the_person_is_a_student(self):
        assert come().roles == {Role.STUDENT}

    def test_same_username_here_is_not_the_same_person(self):
        here = UserFactory.create(username="li.ming")

        with pytest.raises(WaitsForStaff):
            come()

        waiting = ExternalAccount.objects.get()
        assert waiting.user is None
        assert not here.external_accounts.exists()

    def test_same_username_in_another_casing_is_not_either(self):
        UserFactory.create(username="LI.Ming")

        with pytest.raises(WaitsForStaff):
            come()

    def test_links_by_username_where_the_school_wants_it(self):
        here = UserFactory.create(username="li.ming", roles=[Role.STUDENT])

        assert come(links_existing=True) == here
        entry = AuditEntry.objects.get(kind=AuditKind.EXTERNAL_ACCOUNT_LINKED)
        assert (entry.person, entry.actor) == (here, None)

    def test_links_a_username_of_other_case_and_width(self):
        here = UserFactory.create(username="li.ming", roles=[Role.STUDENT])

        assert come(links_existing=True, username="ＬＩ.Ming") == here

    @pytest.mark.parametrize(
        ("here", "values"),
        [
            ("li-ming", {"username": "li,ming"}),
            ("x" * 150, {"username": "x" * 151}),
            ("4711", {"username": ""}),
        ],
    )
    def test_never_links_a_username_that_the_other_system_does_not_say(
        self, here: str, values: dict[str, str]
    ):
        """It was replaced, cut, or made of the subject: it may be somebody else's."""
        UserFactory.create(username=here, roles=[Role.STUDENT])

        with pytest.raises(WaitsForStaff):
            come(links_existing=True, **values)

    def test_makes_a_person_of_an_altered_username_that_nobody_has(self):
        assert come(links_existing=True, username="li,ming").username == "li-ming"

    @pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.PLANNER, Role.ADMINISTRATOR])
    def test_never_links_an_account_with_power_by_itself(self, role: Role):
        UserFactory.create(username="li.ming", roles=[Role.TEACHER, role])

        with pytest.raises(WaitsForStaff):
            come(links_existing=True)

    def test_never_links_a_superuser_by_itself(self):
        UserFactory.create(username="li.ming", is_superuser=True)

        with pytest.raises(WaitsForStaff):
            come(links_existing=True)

    @pytest.mark.parametrize("was_here_before", [True, False])
    def test_username_that_was_given_to_somebody_else_links_nobody(self, was_here_before: bool):
        """The one who has it there now is not who had it when the account was linked."""
        if was_here_before:
            UserFactory.create(username="li.ming", roles=[Role.STUDENT])
        person = come(links_existing=True)

        with pytest.raises(WaitsForStaff):
            come(links_existing=True, subject="4712")

        assert list(person.external_accounts.values_list("subject", flat=True)) == ["4711"]

    def test_links_an_account_that_another_system_knows_too(self):
        person = come(method=SignInMethod.CAS)

        assert come(links_existing=True) == person

    def test_same_username_in_another_casing_that_comes_a_moment_earlier_waits(
        self, monkeypatch: pytest.MonkeyPatch
    ):
        looked: list[str] = []

        def as_if_there_were_nobody(username: str) -> str:
            looked.append(username)
            return "nobody" if len(looked) == 1 else sign_in_name(username)

        UserFactory.create(username="Li.Ming")
        monkeypatch.setattr(external_accounts, "sign_in_name", as_if_there_were_nobody)

        with pytest.raises(WaitsForStaff):
            come()

    def test_waiting_twice_is_one_row(self):
        UserFactory.create(username="li.ming")
        for _again in range(2):
            with pytest.raises(WaitsForStaff):
                come()

        assert ExternalAccount.objects.count() == 1


class TestLaterSignIns:
    def test_finds_the_person_by_subject_whatever_the_names_are_now(self):
        person = come()

        assert come(username="somebody.else", display_name="别人") == person
        assert User.objects.count() == 1

    def test_changed_subject_is_another_person(self):
        come()

        with pytest.raises(WaitsForStaff):
            come(subject="4712")

    @pytest.mark.parametrize(
        "other", [{"issuer": "https://other.example"}, {"method": SignInMethod.CAS}]
    )
    def test_same_subject_of_another_system_is_another_person(self, other: dict[str, Any]):
        person = come()

        assert come(username="other", **other) != person


class TestRoles:
    def test_role_is_given_and_taken_again(self):
        come(role=Role.STUDENT)

        assert come(role=Role.TEACHER).roles == {Role.TEACHER}
        assert come(role=Role.STUDENT).roles == {Role.STUDENT}
        changes = AuditEntry.objects.filter(kind=AuditKind.ROLES_CHANGED).order_by("pk")
        assert [entry.details["after"] for entry in changes] == [["teacher"], ["student"]]

    def test_silence_changes_nothing(self):
        come(role=Role.TEACHER)

        assert come(role=None).roles == {Role.TEACHER}

    def test_role_given_by_hand_stays(self):
        person = come(role=Role.STUDENT)
        RoleGrant.objects.create(user=person, role=Role.TEACHER)
        RoleGrant.objects.create(user=person, role=Role.PLANNER)

        assert come(role=Role.STUDENT).roles == {Role.STUDENT, Role.TEACHER, Role.PLANNER}

    def test_student_who_becomes_a_teacher_is_told_of_as_a_former_student(self):
        former: list[int] = []
        with former_student_listeners.only(lambda keys, _at: former.extend(keys)):
            person = come(role=Role.STUDENT)
            assert former == []
            come(role=Role.TEACHER)

        assert former == [person.pk]

    def test_role_that_coming_work_needs_is_marked_for_staff_and_not_taken(self):
        come(role=Role.TEACHER)
        with role_needs.only(lambda who, role: keys_of(who, role) if role == Role.TEACHER else ()):
            come(role=Role.STUDENT)
            roles = come(role=Role.STUDENT).roles

        assert roles == {Role.STUDENT, Role.TEACHER}
        assert RoleGrant.objects.get(role=Role.TEACHER).withdrawn_at is not None

    def test_staff_are_told_once_of_a_role_that_coming_work_needs(self):
        planner = UserFactory.create(roles=[Role.PLANNER])
        person = come(role=Role.TEACHER)

        with role_needs.only(keys_of):
            come(role=Role.STUDENT)
            come(role=Role.STUDENT)

        notice = Notice.objects.get()
        assert notice.user == planner
        assert notice.address == "/people/?state=withdrawn"
        told = sentence_of(notice.kind, notice.arguments)
        assert person.display_name in told
        assert "老师" in told

    def test_marked_role_that_is_given_again_is_marked_no_more(self):
        come(role=Role.TEACHER)
        with role_needs.only(keys_of):
            come(role=Role.STUDENT)

        come(role=Role.TEACHER)

        assert RoleGrant.objects.get(role=Role.TEACHER).withdrawn_at is None

    def test_marked_role_that_staff_keep_is_theirs(self):
        planner = UserFactory.create(roles=[Role.PLANNER])
        come(role=Role.TEACHER)
        with role_needs.only(keys_of):
            come(role=Role.STUDENT)

        keep_role(RoleGrant.objects.get(role=Role.TEACHER), by=planner)

        kept = RoleGrant.objects.get(role=Role.TEACHER)
        assert (kept.source, kept.withdrawn_at) == (GrantSource.HAND, None)
        assert come(role=Role.STUDENT).roles == {Role.STUDENT, Role.TEACHER}

    def test_role_that_somebody_else_took_meanwhile_is_not_marked(self):
        person = come(role=Role.TEACHER)
        held = list(person.role_grants.all())
        RoleGrant.objects.filter(role=Role.TEACHER).delete()

        with role_needs.only(keys_of):
            sync_roles(person, Role.STUDENT, held, at=timezone.now())

        assert User.objects.get().roles == {Role.STUDENT}


class TestLinkingByStaff:
    def waiting(self) -> ExternalAccount:
        with pytest.raises(WaitsForStaff) as caught:
            come()
        return caught.value.account

    def test_links_a_students_account(self):
        planner = UserFactory.create(roles=[Role.PLANNER])
        here = UserFactory.create(username="li.ming", roles=[Role.STUDENT])

        link(self.waiting(), here, by=planner)

        assert come() == here
        assert AuditEntry.objects.get(kind=AuditKind.EXTERNAL_ACCOUNT_LINKED).actor == planner

    def test_account_with_power_is_linked_by_superusers_alone(self):
        administrator = UserFactory.create(roles=[Role.ADMINISTRATOR])
        superuser = UserFactory.create(is_superuser=True)
        here = UserFactory.create(username="li.ming", roles=[Role.SUPERVISOR])
        waiting = self.waiting()

        with pytest.raises(MayNotLink):
            link(waiting, here, by=administrator)
        link(waiting, here, by=superuser)

        assert come() == here

    def test_unlinked_account_waits_again(self):
        planner = UserFactory.create(roles=[Role.PLANNER])
        person = come()

        unlink(person.external_accounts.get(), by=planner)

        with pytest.raises(WaitsForStaff):
            come()
