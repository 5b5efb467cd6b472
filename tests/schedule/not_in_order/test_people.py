"""People whom the cloud refuses, and notices that are not mailed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import IdentityState
from accounts.models import ClassroomIdentity, Notice, User
from accounts.services.registration import save_failure, save_registered
from classroom.client.errors import CloudRejected
from classroom.client.users import Participant
from schedule.not_in_order.people import mail_not_in_order, people_not_in_order
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.support.not_in_order import mended, told

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def office(signed_in: SignedIn, administrator: User) -> Client:
    return signed_in(administrator, "en")


class TestPeople:
    def test_those_whom_the_cloud_refuses(self, office: Client):
        for number, (is_active, state) in enumerate(
            [
                (True, IdentityState.FAILED),
                (True, IdentityState.FAILED),
                (True, IdentityState.UNREGISTERED),
                (True, IdentityState.REGISTERED),
                (False, IdentityState.FAILED),
            ]
        ):
            ClassroomIdentity.objects.create(
                user=UserFactory.create(is_active=is_active),
                sdk_app_id=1,
                classroom_user_id=str(number),
                state=state,
            )

        (found,) = told(people_not_in_order)

        assert found.sentence == "The cloud refuses 2 people, who cannot enter any class."
        assert office.get(found.address).context["found"].pager.count == 2

    def test_without_any_nothing_is_told(self, teacher: User):
        ClassroomIdentity.objects.create(user=teacher, sdk_app_id=1)

        assert told(people_not_in_order) == []

    def test_age_is_that_of_the_first_refusal_until_the_cloud_takes_the_person(self, teacher: User):
        identity = ClassroomIdentity.objects.create(user=teacher, sdk_app_id=1)
        save_failure(identity, CloudRejected("RegisterUser", "refused", "no"))
        since = identity.refused_since
        save_failure(identity, CloudRejected("RegisterUser", "refused", "no"))

        (found,) = told(people_not_in_order)
        assert found.since == since

        save_registered(identity, Participant(identity.origin_id, "张"), "u1")
        identity.refresh_from_db()
        assert identity.refused_since is None

    def test_button_has_workers_register_them_again(self, teacher: User, sent: list[str]):
        identity = ClassroomIdentity.objects.create(
            user=teacher, sdk_app_id=1, state=IdentityState.FAILED
        )

        assert mended(people_not_in_order) == "A worker takes care of 1 person now."

        identity.refresh_from_db()
        assert identity.state == IdentityState.UNREGISTERED
        assert sent == ["accounts.register_people", "accounts.sync_people"]


class TestMail:
    def notice(self, user: User, **fields: Any) -> Notice:
        return Notice.objects.create(
            user=user, kind="late", address="/", cause=str(Notice.objects.count()), **fields
        )

    def test_what_the_mail_server_does_not_take_is_for_administrators(
        self, teacher: User, administrator: User, planner: User, sent: list[str]
    ):
        at = timezone.now()
        self.notice(teacher, due_at=at)
        self.notice(teacher, unreachable_since=at - HOUR)  # given up
        waiting = self.notice(teacher, due_at=at + HOUR, unreachable_since=at - HOUR)

        (found,) = told(mail_not_in_order)
        assert found.sentence == "1 notice could not be mailed yet."
        assert found.since == at - HOUR
        assert [found.is_for(each) for each in (administrator, planner)] == [True, False]

        assert mended(mail_not_in_order) == "A worker mails 1 notice now."
        waiting.refresh_from_db()
        assert waiting.due_at is not None
        assert waiting.due_at <= timezone.now()
        assert sent == ["accounts.mail_notices"]

    def test_without_any_nothing_is_told(self, teacher: User):
        self.notice(teacher, due_at=timezone.now())

        assert told(mail_not_in_order) == []
