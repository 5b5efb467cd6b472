"""The audit log: what services write of accounts, and how long it is kept."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, Session, User
from accounts.services import audit, people
from accounts.sign_in.session_store import SessionStore
from tests.factories.accounts import UserFactory

APPS = ("accounts", "classroom", "courseware", "edu_platform", "replays", "schedule")

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> User:
    return UserFactory.create(is_superuser=True)


@pytest.fixture
def person() -> User:
    return UserFactory.create(roles=[Role.STUDENT])


def is_signed_in_somewhere(person: User) -> bool:
    return Session.objects.filter(user=person).exists()


def sign_in(person: User) -> None:
    store = SessionStore()
    store["_auth_user_id"] = str(person.pk)
    store.create()


def told() -> list[tuple[str, User | None, User | None, dict[str, Any]]]:
    return [
        (entry.kind, entry.actor, entry.person, entry.details)
        for entry in AuditEntry.objects.order_by("pk")
    ]


class TestRoles:
    def test_are_told_before_and_after(self, by: User, person: User):
        people.set_roles(person, [Role.TEACHER, Role.PLANNER], by=by)

        details = {"before": ["student"], "after": ["planner", "teacher"]}
        assert told() == [(AuditKind.ROLES_CHANGED, by, person, details)]

    def test_that_stay_are_not_told(self, by: User, person: User):
        people.set_roles(person, [Role.STUDENT], by=by)

        assert told() == []


class TestAccounts:
    def test_new_one_is_told_with_its_roles(self, by: User):
        person = people.create_person(
            username="ming", display_name="王小明", roles=[Role.STUDENT], by=by
        )

        details = {"roles": ["student"]}
        assert told() == [(AuditKind.PERSON_CREATED, by, person, details)]

    def test_changed_columns_are_named_without_their_values(self, by: User, person: User):
        person.email, person.display_name = "secret@school.example", "王大明"
        people.save_person(person, changed={"email", "display_name"}, by=by)

        details = {"fields": ["display_name", "email"]}
        assert told() == [(AuditKind.PERSON_CHANGED, by, person, details)]

    def test_flag_is_told_before_and_after(self, by: User, person: User):
        person.is_superuser = True

        people.save_person(person, changed={"is_superuser"}, by=by)

        details = {"before": False, "after": True}
        assert told() == [(AuditKind.SUPERUSER_CHANGED, by, person, details)]

    def test_start_password_is_told_without_it_and_signs_out(self, by: User, person: User):
        sign_in(person)

        people.set_start_password(person, password_hash="pbkdf2$hash", by=by)

        assert not is_signed_in_somewhere(person)
        assert told() == [
            (AuditKind.PASSWORD_RESET, by, person, {}),
            (AuditKind.SIGN_INS_ENDED, by, person, {"count": 1}),
        ]


class TestForgetting:
    def test_entries_are_kept_for_three_years(self, by: User):
        now = timezone.now()
        for age in (audit.KEPT_FOR - dt.timedelta(days=1), audit.KEPT_FOR + dt.timedelta(days=1)):
            AuditEntry.objects.create(kind=AuditKind.SIGNED_IN, person=by, at=now - age)

        assert audit.forget_old(now, audit.KEPT_FOR) == 1

        assert AuditEntry.objects.get().at == now - audit.KEPT_FOR + dt.timedelta(days=1)

    def test_many_are_forgotten_in_parts(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(audit, "ENTRIES_A_STATEMENT", 2)
        at = timezone.now() - audit.KEPT_FOR - dt.timedelta(days=1)
        AuditEntry.objects.bulk_create(
            AuditEntry(kind=AuditKind.SIGNED_IN, at=at) for _each in range(5)
        )

        assert audit.forget_old(timezone.now(), audit.KEPT_FOR) == 5


def test_only_the_log_of_the_administration_says_that_it_was_done_there() -> None:
    root = Path(settings.BASE_DIR)
    sources = (path for name in APPS for path in (root / name).rglob("*.py"))
    sayers = {
        str(path.relative_to(root)) for path in sources if "AuditKind.OBJECT_" in path.read_text()
    }

    assert sayers == {"accounts/admin_log.py", "accounts/audit_words.py"}
