"""The cloud's side of an erasure: out of groups, deleted, and never registered again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.enums import ErasureState, ErasureStep, Role
from accounts.erasing import work
from accounts.erasing.erased_ids import erased_among
from accounts.models import ClassroomIdentity, DiscardedIdentity, Erasure, User
from accounts.services import batch_registration, discarded_identities, profile_sync, registration
from accounts.services.registration import PersonErased
from classroom.client import users as cloud_users
from classroom.client.rate_limits import Priority
from tests.support.cloud import SDK_APP_ID, LocalCloud
from tests.support.erasing import erased, somebody, under_way

pytestmark = pytest.mark.django_db

BACKGROUND = Priority.BACKGROUND


@pytest.fixture
def person(local_cloud: LocalCloud) -> User:
    person = somebody()
    registration.ensure_registered(person, BACKGROUND)
    return person


def identity_of(person: User) -> ClassroomIdentity:
    return ClassroomIdentity.objects.get(user=person)


def actions(cloud: LocalCloud) -> list[str]:
    return [call["action"] for call in cloud.calls()]


def test_the_person_leaves_all_groups_and_is_deleted(local_cloud: LocalCloud, person: User):
    user_id = identity_of(person).classroom_user_id
    local_cloud.make_group([user_id])
    local_cloud.make_group([user_id])

    erased(person)

    assert local_cloud.users() == []
    assert not ClassroomIdentity.objects.exists()
    assert erased_among([user_id, "another"]) == {user_id}


def test_a_supervisor_is_taken_off_the_list(local_cloud: LocalCloud, person: User):
    profile_sync.ensure_supervisor(identity_of(person), BACKGROUND)

    erased(person)

    assert local_cloud.state()["supervisors"] == []


def test_every_id_of_before_is_deleted_too(local_cloud: LocalCloud, person: User):
    identity = identity_of(person)
    earlier = cloud_users.register_user(cloud_users.Participant("old", "欧阳明月"), BACKGROUND)
    ClassroomIdentity.objects.filter(pk=identity.pk).update(earlier_user_ids=[earlier, "lost"])

    erased(person)

    assert local_cloud.users() == []


def test_somebody_whom_the_cloud_has_lost_is_erased(local_cloud: LocalCloud, person: User):
    local_cloud.delete_user(identity_of(person).classroom_user_id)

    assert erased(person).state == ErasureState.ERASED


def test_an_answer_that_was_lost_is_found_by_our_own_id(local_cloud: LocalCloud, person: User):
    ClassroomIdentity.objects.update(classroom_user_id="")

    erased(person)

    assert local_cloud.users() == []


@pytest.mark.parametrize(
    ("action", "kind", "code"),
    [
        ("DeleteUser", "fail", "UnauthorizedOperation"),
        ("DeleteUser", "fail", "FailedOperation.UserIsAlreadyInGroup"),
        ("DescribeGroupList", "http500", ""),
        ("*", "drop_before", ""),
    ],
)
def test_a_cloud_that_refuses_or_is_silent_is_asked_again_and_nothing_is_lost(
    local_cloud: LocalCloud, person: User, action: str, kind: str, code: str
):
    local_cloud.switch(action, kind, **({"code": code} if code else {}))
    erasure = under_way(person)

    reasons = work.erase_now(erasure)

    current = Erasure.objects.get()
    assert (current.state, current.step) == (ErasureState.UNDER_WAY, ErasureStep.CLOUD)
    assert reasons == [current.last_error]
    assert current.due_at is not None
    assert current.due_at > timezone.now()
    assert User.objects.get(pk=person.pk).display_name == "欧阳明月"
    local_cloud.clear()
    work.erase_due(timezone.now() + dt.timedelta(hours=2))
    assert Erasure.objects.get().state == ErasureState.ERASED
    assert local_cloud.users() == []


def test_where_no_cloud_is_connected_the_application_is_named(
    local_cloud: LocalCloud, person: User, settings: Any
):
    settings.LCIC_SDK_APP_ID = SDK_APP_ID + 1

    erasure = erased(person)

    assert erasure.applications_left == [SDK_APP_ID]


class TestNobodyRegistersThePersonAgain:
    def test_by_opening_a_class(self, local_cloud: LocalCloud, person: User):
        under_way(person)
        ClassroomIdentity.objects.all().delete()

        with pytest.raises(PersonErased):
            registration.ensure_registered(person, BACKGROUND)

        assert "RegisterUser" not in actions(local_cloud)[1:]

    def test_by_the_repair_of_those_whom_the_cloud_has_forgotten(
        self, local_cloud: LocalCloud, person: User
    ):
        identity = identity_of(person)
        local_cloud.delete_user(identity.classroom_user_id)
        under_way(person)

        with pytest.raises(PersonErased):
            registration.register_again(identity, BACKGROUND)

        assert local_cloud.users() == []

    def test_by_the_nightly_registration(self, local_cloud: LocalCloud, person: User):
        erased(person)

        batch_registration.register_people(BACKGROUND)

        assert local_cloud.users() == []

    def test_by_an_answer_that_was_on_its_way(
        self, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
    ):
        person = somebody(roles=[Role.STUDENT])
        register = cloud_users.register_user

        def register_late(*args: Any) -> str:
            user_id = register(*args)
            under_way(person)
            return user_id

        monkeypatch.setattr(cloud_users, "register_user", register_late)
        with pytest.raises(PersonErased):
            registration.ensure_registered(person, BACKGROUND)
        (discarded,) = DiscardedIdentity.objects.all()

        discarded_identities.delete_discarded(timezone.now() + dt.timedelta(minutes=11))

        assert erased_among([discarded.classroom_user_id])
        assert local_cloud.users() == []
