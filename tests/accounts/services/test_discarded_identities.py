"""Deleted people are deleted in the cloud too, by a worker."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.enums import IdentityState
from accounts.models import ClassroomIdentity, DiscardedIdentity
from accounts.services import discarded_identities
from accounts.services.people import delete_unused_people
from classroom.client import users as cloud_users
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

APP = 3000001


@pytest.fixture
def calls(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return whom the cloud was asked to delete."""
    calls: list[str] = []
    settings.LCIC_SDK_APP_ID = APP
    monkeypatch.setattr(discarded_identities, "is_configured", lambda: True)
    monkeypatch.setattr(
        cloud_users, "delete_user", lambda user_id, _priority: calls.append(user_id)
    )
    return calls


def deleted_person(**columns: Any) -> None:
    user = UserFactory.create()
    ClassroomIdentity.objects.create(
        user=user, origin_id="origin", **{"sdk_app_id": APP, **columns}
    )
    delete_unused_people([user])


def test_what_finds_them_there_is_kept_until_they_are_deleted(calls: list[str]):
    deleted_person(classroom_user_id="cloud-1", state=IdentityState.REGISTERED)

    kept = DiscardedIdentity.objects.get()
    assert (kept.origin_id, kept.classroom_user_id) == ("origin", "cloud-1")
    discarded_identities.delete_discarded(timezone.now())
    assert not calls  # an answer may still be on its way
    discarded_identities.delete_discarded(timezone.now() + dt.timedelta(minutes=11))
    assert calls == ["cloud-1"]
    assert not DiscardedIdentity.objects.exists()


def test_registration_that_was_under_way_is_looked_for(
    calls: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cloud_users, "find_user", lambda origin, _priority: f"found-{origin}")
    deleted_person()

    discarded_identities.delete_discarded(timezone.now() + dt.timedelta(minutes=11))

    assert calls == ["found-origin"]


def test_people_of_another_application_wait(calls: list[str]):
    deleted_person(classroom_user_id="cloud-1", sdk_app_id=APP + 1)

    discarded_identities.delete_discarded(timezone.now() + dt.timedelta(minutes=11))

    assert not calls
    assert DiscardedIdentity.objects.exists()
