"""Due work of people: what the cloud is told of them, and what they are mailed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from accounts.enums import IdentityState, Role
from accounts.erasing.work import erase_due
from accounts.models import ClassroomIdentity, Erasure, Notice, RequestedMail, User
from accounts.services import batch_registration, people, profile_sync, registration
from accounts.services.notices import mail_due
from accounts.sign_in import password_mails
from classroom.client.rate_limits import Priority
from classroom.client.users import Participant
from tests.factories.accounts import UserFactory
from tests.support.cloud import LocalCloud
from tests.support.duework.case import DueCase
from tests.support.erasing import under_way

BACKGROUND = Priority.BACKGROUND


def two_unknown(_cloud: LocalCloud) -> tuple[User, User]:
    odd, sound = UserFactory.create_batch(2)
    return odd, sound


def identity_of(user: User) -> ClassroomIdentity:
    return ClassroomIdentity.objects.get(user=user)


def is_known(user: User) -> bool:
    return ClassroomIdentity.objects.filter(user=user).exclude(classroom_user_id="").exists()


def holds(odd: User, participants: Sequence[Participant], *_more: Any) -> bool:
    return identity_of(odd).origin_id in {each.origin_id for each in participants}


def two_renamed(_cloud: LocalCloud) -> tuple[User, User]:
    odd, sound = UserFactory.create_batch(2)
    for user in (odd, sound):
        registration.ensure_registered(user, BACKGROUND)
        people.rename_person(user, display_name="王大明")
    return odd, sound


def two_former_supervisors(_cloud: LocalCloud) -> tuple[User, User]:
    odd, sound = UserFactory.create_batch(2, roles=[Role.SUPERVISOR])
    for user in (odd, sound):
        profile_sync.ensure_supervisor(registration.ensure_registered(user, BACKGROUND), BACKGROUND)
        people.set_roles(user, [Role.TEACHER], by=None)
    return odd, sound


def is_user_id(odd: User, user_id: str, *_more: Any, **_options: Any) -> bool:
    return identity_of(odd).classroom_user_id == user_id


def two_to_be_mailed(_cloud: LocalCloud) -> tuple[Notice, Notice]:
    user = UserFactory.create(email="a@school.example", notice_mail_language="en")
    odd, sound = (
        Notice.objects.create(
            user=user,
            kind="courseware.failed",
            arguments={"name": cause},
            address="/courseware/",
            cause=cause,
            due_at=timezone.now(),
        )
        for cause in ("one", "two")
    )
    return odd, sound


def two_who_ask(_cloud: LocalCloud) -> tuple[RequestedMail, RequestedMail]:
    people = [UserFactory.create(email=f"{name}@school.example") for name in "ab"]
    password_mails.request_links(people, language="en")
    odd, sound = RequestedMail.objects.order_by("pk")
    return odd, sound


def two_to_be_erased(cloud: LocalCloud) -> tuple[Erasure, Erasure]:
    odd, sound = (registered_and_to_be_erased(user) for user in two_unknown(cloud))
    return odd, sound


def registered_and_to_be_erased(user: User) -> Erasure:
    registration.ensure_registered(user, BACKGROUND)
    return under_way(user)


CASES = (
    DueCase(
        "people who are to be erased",
        make=two_to_be_erased,
        breaks="accounts.erasing.work.delete_in_cloud",
        is_about=lambda odd, erasure: erasure.pk == odd.pk,
        run=lambda: erase_due(timezone.now()),
        is_done=lambda erasure: Erasure.objects.get(pk=erasure.pk).is_erased,
    ),
    DueCase(
        "people that the cloud does not know, of whom one spoils the batch",
        make=two_unknown,
        breaks="classroom.client.users.register_users",
        is_about=holds,
        run=lambda: batch_registration.register_people(BACKGROUND),
        is_done=is_known,
    ),
    DueCase(
        "people that the cloud does not know, of whom one has nothing to be told",
        make=two_unknown,
        breaks="accounts.services.batch_registration.participant_of",
        is_about=lambda odd, identity, _school: identity.user_id == odd.pk,
        run=lambda: batch_registration.register_people(BACKGROUND),
        is_done=is_known,
    ),
    DueCase(
        "people that the cloud does not know, of whom one cannot be saved",
        make=two_unknown,
        breaks="accounts.services.batch_registration.save_registered",
        is_about=lambda odd, identity, *_more: identity.user_id == odd.pk,
        run=lambda: batch_registration.register_people(BACKGROUND),
        is_done=is_known,
    ),
    DueCase(
        "nicknames that have changed",
        make=two_renamed,
        breaks="classroom.client.users.change_profile",
        is_about=is_user_id,
        run=lambda: profile_sync.sync_people(BACKGROUND),
        is_done=lambda user: identity_of(user).state == IdentityState.REGISTERED,
    ),
    DueCase(
        "former supervisors",
        make=two_former_supervisors,
        breaks="classroom.client.users.remove_supervisor",
        is_about=is_user_id,
        run=lambda: profile_sync.sync_people(BACKGROUND),
        is_done=lambda user: not identity_of(user).is_supervisor_in_cloud,
    ),
    DueCase(
        "notices to be mailed",
        make=two_to_be_mailed,
        breaks="accounts.services.notices._mail",
        is_about=lambda odd, notice: notice.pk == odd.pk,
        run=lambda: mail_due(timezone.now()),
        is_done=lambda notice: Notice.objects.get(pk=notice.pk).mailed_at is not None,
    ),
    DueCase(
        "links for a new password that people ask for",
        make=two_who_ask,
        breaks="accounts.sign_in.password_mails._send",
        is_about=lambda odd, mail: mail.pk == odd.pk,
        run=lambda: password_mails.send_requested(timezone.now()),
        is_done=lambda mail: not RequestedMail.objects.filter(pk=mail.pk).exists(),
    ),
)
