"""Nobody who was erased comes back under their old username, unless somebody says that it is a new person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.enums import ErasureState, Role, SignInMethod
from accounts.erasing import asking
from accounts.erasing.earlier_usernames import day_erased, days_erased
from accounts.external.logins import external_login
from accounts.models import ExternalAccount, Notice, User
from accounts.notice_kinds import sentence_of
from accounts.services.external_accounts import WaitsForStaff, make_person, person_for
from tests.factories.accounts import UserFactory
from tests.support import tickets
from tests.support.erasing import asked, erased, somebody, under_way
from tests.support.pages import read
from tests.support.tickets import ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def by_ticket(settings: Any) -> None:
    settings.HANDOVER_KEYS = tickets.handover_keys()
    settings.PUBLIC_BASE_URL = tickets.SITE
    settings.HANDOVER_LINK_EXISTING = True
    settings.LANGUAGE_CODE = "en"


def come(username: str, *, links_existing: bool = True) -> User:
    login = external_login(
        method=SignInMethod.CAS,
        issuer="https://cas.example",
        subject=username,
        username=username,
        display_name="欧阳明月",
    )
    return person_for(login, links_existing=links_existing, at=timezone.now())


class TestDays:
    def test_username_is_known_however_it_is_typed(self):
        erasure = erased(somebody(username="ouyang.my"))

        assert erasure.erased_at is not None
        day = timezone.localdate(erasure.erased_at)
        assert days_erased(["ouyang.my", "OuYang.my", "ｏuyang.my", "ouyang"]) == {
            "ouyang.my": day,
            "OuYang.my": day,
            "ｏuyang.my": day,
        }

    def test_request_that_was_taken_back_erased_nobody(self, superuser: User):
        erasure = asked(somebody(username="stays"))
        asking.withdraw(erasure, by=superuser)

        assert day_erased("stays") is None

    def test_erasing_on_its_way_counts_from_the_day_that_it_was_confirmed(self):
        erasure = under_way(somebody(username="goes"))

        assert erasure.state == ErasureState.UNDER_WAY
        assert day_erased("goes") == timezone.localdate(erasure.confirmed_at)

    def test_many_are_looked_up_by_one_query(self):
        with CaptureQueriesContext(connection) as queries:
            days_erased(f"s{number}" for number in range(400))

        assert len(queries) == 1


class TestSigningIn:
    def test_old_username_makes_no_account_and_waits(self, administrator: User):
        erased(somebody(username="ouyang.my"))
        count = User.objects.count()

        for _time in range(2):
            with pytest.raises(WaitsForStaff):
                come("ouyang.my")

        assert User.objects.count() == count
        assert ExternalAccount.objects.get().user is None
        notice = Notice.objects.get(user=administrator)
        assert "is erased: is this a new person?" in sentence_of(notice.kind, notice.arguments)

    def test_account_that_is_about_to_be_erased_is_linked_with_nobody(self):
        person = somebody(username="ouyang.my", roles=[Role.STUDENT])
        under_way(person)

        with pytest.raises(WaitsForStaff):
            come("ouyang.my")

        assert not person.external_accounts.exists()

    def test_new_person_with_the_username_comes_in_once_staff_have_said_so(self, superuser: User):
        erased(somebody(username="ouyang.my"))
        with pytest.raises(WaitsForStaff):
            come("ouyang.my")

        person = make_person(ExternalAccount.objects.get(), username="ouyang.my", by=superuser)

        assert come("ouyang.my") == person

    def test_ticket_of_somebody_who_was_erased_is_refused_in_words(self, by_ticket: None):
        person = somebody(username="20260815", roles=[Role.STUDENT])
        login = {"method": SignInMethod.HANDOVER, "issuer": tickets.ISSUER, "subject": "20260815"}
        ExternalAccount.objects.create(user=person, username="20260815", **login)
        erased(person)
        client = Client()

        answer = client.get("/accounts/handover/", {"ticket": ticket(sub="20260815")})

        assert answer.status_code == 403
        words = read(answer.content).one("main").text
        assert "Somebody named 20260815 was erased here" in words
        assert "_auth_user_id" not in client.session

    def test_ticket_of_somebody_who_is_to_be_erased_lets_nobody_in(self, by_ticket: None):
        person = somebody(username="20260815", roles=[Role.STUDENT])
        login = {"method": SignInMethod.HANDOVER, "issuer": tickets.ISSUER, "subject": "20260815"}
        ExternalAccount.objects.create(user=person, username="20260815", **login)
        under_way(person)
        client = Client()

        client.get("/accounts/handover/", {"ticket": ticket(sub="20260815")})

        assert "_auth_user_id" not in client.session

    def test_staff_read_beside_the_waiting_account_that_somebody_was_erased(
        self, administrator: User, settings: Any
    ):
        settings.LANGUAGE_CODE = "en"
        erased(somebody(username="ouyang.my"))
        with pytest.raises(WaitsForStaff):
            come("ouyang.my")
        client = Client()
        client.force_login(administrator)

        answer = client.get(
            f"/admin/accounts/externalaccount/{ExternalAccount.objects.get().pk}/change/"
        )

        assert "somebody with this username was erased on" in answer.content.decode()


def test_other_usernames_come_in_as_before(db: None):
    erased(somebody(username="ouyang.my"))
    UserFactory.create(username="ouyang")

    assert come("ouyang.new").username == "ouyang.new"
