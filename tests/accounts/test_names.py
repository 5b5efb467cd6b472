"""Nobody gets a username that sign-in, and its locks, take for somebody else's."""

from __future__ import annotations

import io
from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client, RequestFactory

from accounts.enums import Role
from accounts.models import User
from accounts.services import people
from accounts.sign_in.lockout import name_for_lock
from tests.factories.accounts import UserFactory
from tests.support.variants import variant

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases("casing is the database's matter"),
    pytest.mark.usefixtures("no_counts_of_others"),
]

PASSWORD = "correct horse"
LOOK_ALIKES = ["Wang", "WANG", "ｗａｎｇ", "Ｗang"]


@pytest.fixture
def wang(db: None) -> User:
    return UserFactory.create(username="wang", display_name="王小明", password=PASSWORD)


@pytest.fixture
def older_pair(wang: User) -> User:
    """Somebody who came in before, with the same name in capitals."""
    other = UserFactory.create(username="other", display_name="王大明", password="battery staple")
    User.objects.get_queryset().filter(pk=other.pk).update(
        username="WANG", sign_in_name="wang", shares_sign_in_name=True
    )
    other.refresh_from_db()
    return other


class TestNew:
    def test_is_refused_with_the_other_named(self, wang: User):
        for username in LOOK_ALIKES[:2]:
            with variant(username), pytest.raises(ValidationError, match=r"王小明 \(wang\)"):
                people.create_person(
                    username=username, display_name="王大明", roles=[Role.STUDENT], by=None
                )

        assert User.objects.get_queryset().count() == 1

    def test_letters_beyond_ascii_are_compared_too(self):
        UserFactory.create(username="éric")

        with pytest.raises(ValidationError), transaction.atomic():
            UserFactory.create(username="ÉRIC")

    def test_database_refuses_it_too(self, wang: User):
        with pytest.raises(IntegrityError), transaction.atomic():
            User(username="WANG").save()

    def test_superuser_of_the_command_line_is_refused_in_words(self, wang: User):
        with pytest.raises(CommandError, match="王小明"):
            call_command(
                "createsuperuser",
                "--noinput",
                "--username=WANG",
                "--display_name=chief",
                stdout=io.StringIO(),
            )


class TestOlderPair:
    def test_each_signs_in_as_it_is_written(self, wang: User, older_pair: User):
        for user, password in ((wang, PASSWORD), (older_pair, "battery staple")):
            client = Client()
            client.post("/accounts/login/", {"login": user.username, "password": password})

            assert client.session["_auth_user_id"] == str(user.pk)

    def test_other_casing_means_neither(self, wang: User, older_pair: User):
        answer = Client().post("/accounts/login/", {"login": "Wang", "password": PASSWORD})

        assert answer.status_code == 200

    def test_third_is_refused(self, wang: User, older_pair: User):
        with pytest.raises(ValidationError), transaction.atomic():
            UserFactory.create(username="Wang")

    def test_migration_takes_pairs_as_they_are(self, wang: User, older_pair: User):
        User.objects.get_queryset().update(sign_in_name="", shares_sign_in_name=False)
        migration = import_module("accounts.migrations.0006_sign_in_names")

        migration.fill_sign_in_names(apps, connection.schema_editor())

        rows = User.objects.get_queryset().order_by("pk")
        assert list(rows.values_list("username", "sign_in_name", "shares_sign_in_name")) == [
            ("wang", "wang", False),
            ("WANG", "wang", True),
        ]


class TestSignIn:
    def test_takes_any_casing_and_width(self, wang: User):
        codes = {
            login: Client()
            .post("/accounts/login/", {"login": login, "password": PASSWORD})
            .status_code
            for login in LOOK_ALIKES
        }

        assert codes == dict.fromkeys(LOOK_ALIKES, 302)

    def test_lock_takes_them_for_one(self, wang: User):
        for login in (*LOOK_ALIKES, " wang "):
            request = RequestFactory().post("/accounts/login/", {"login": login})

            assert name_for_lock(request, None) == wang.sign_in_name, login
