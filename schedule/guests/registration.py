"""Registration of guests in the classroom cloud, by an identity of their own.

No public function here may run inside a transaction: each asks the cloud, then saves what it said.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import SchoolSettings
from accounts.nicknames import nickname_of
from accounts.random_codes import make_origin_id
from accounts.services.discarded_identities import discard
from classroom.client import users as cloud_users
from classroom.client.error_codes import ErrorKind, error_kind, is_kind
from classroom.client.errors import CloudProtocolError, CloudRejected
from classroom.client.rate_limits import Priority
from classroom.client.transport import sdk_app_id
from classroom.client.users import Participant
from schedule.models import Guest

logger = logging.getLogger(__name__)

PRIORITY = Priority.INTERACTIVE
NAME_REFUSED = frozenset({ErrorKind.WORDS_REFUSED, ErrorKind.VALUE_REFUSED})


class GuestGone(Exception):
    """They were sent away, or their lesson was deleted, since their address was looked up."""


def ensure_known(guest: Guest) -> Guest:
    """Return the guest as the cloud knows them, registered there when they are not yet.

    Safe to repeat: the OriginId stands before the call, so a lost answer is found again by it.

    Raises:
        GuestGone: they may not come in any more.
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not register them.
    """
    guest = _claim(guest.pk)
    if guest.classroom_user_id:
        return guest
    nickname, user_id = _register(guest)
    _save_registered(guest, nickname, user_id)
    return guest


def register_again(guest: Guest) -> Guest:
    """Register a guest whom the cloud has forgotten, under the same OriginId; of several at once only one empties the id."""
    Guest.objects.filter(pk=guest.pk, classroom_user_id=guest.classroom_user_id).update(
        classroom_user_id="", earlier_user_ids=_all_user_ids(guest)
    )
    logger.warning("cloud forgot guest %s, registering them again", guest.code)
    return ensure_known(guest)


@transaction.atomic
def _claim(guest_pk: int) -> Guest:
    """Note that the cloud will know of the guest, so that they are deleted there whatever happens next.

    Those whom it was told to delete meanwhile, and those of another application, get a new identity.

    Raises:
        GuestGone: see there.
    """
    guest = Guest.objects.invited().select_for_update(no_key=True).filter(pk=guest_pk).first()
    if guest is None:
        raise GuestGone
    is_of_other = guest.sdk_app_id not in {None, sdk_app_id()}
    if is_of_other and guest.discarded_at is None:
        discard([guest])
    if is_of_other or guest.discarded_at is not None:
        guest.earlier_user_ids, guest.classroom_user_id = _all_user_ids(guest), ""
        guest.origin_id, guest.discarded_at = make_origin_id(), None
    guest.sdk_app_id = sdk_app_id()
    guest.save(
        update_fields=[
            *("sdk_app_id", "origin_id", "classroom_user_id"),
            *("earlier_user_ids", "discarded_at"),
        ]
    )
    return guest


def _register(guest: Guest) -> tuple[str, str]:
    """Register a guest, and return their nickname, empty where it is unknown, and the UserId."""
    try:
        return _register_by_name(guest)
    except CloudRejected as err:
        if not is_kind(err, ErrorKind.ORIGIN_TAKEN):
            raise
    return "", _find(guest)


def _register_by_name(guest: Guest) -> tuple[str, str]:
    """Register under the guest's name, or where the cloud refuses that, under none of their own."""
    pattern = SchoolSettings.load().nickname_pattern
    nickname = nickname_of(guest.name, pattern=pattern) or nickname_without_name()
    try:
        return nickname, cloud_users.register_user(Participant(guest.origin_id, nickname), PRIORITY)
    except CloudRejected as err:
        if error_kind(err.action, err.code) not in NAME_REFUSED:
            raise
    nickname = nickname_without_name()
    return nickname, cloud_users.register_user(Participant(guest.origin_id, nickname), PRIORITY)


def _find(guest: Guest) -> str:
    """Return the UserId of a guest registered before: by another click, or the answer was lost on its way."""
    user_id = cloud_users.find_user(guest.origin_id, PRIORITY)
    if user_id is None:
        raise CloudProtocolError(
            "LoginOriginId", "an OriginId is taken and unknown at the same time"
        )
    return user_id


def _save_registered(guest: Guest, nickname: str, user_id: str) -> None:
    """Save what the cloud holds now.

    Raises:
        GuestGone: their identity was discarded meanwhile; a worker has the cloud delete it once more.
    """
    guest.classroom_user_id = user_id
    values = {"classroom_user_id": user_id} | ({"sent_nickname": nickname} if nickname else {})
    rows = Guest.objects.filter(pk=guest.pk, origin_id=guest.origin_id, discarded_at=None)
    if not rows.update(**values):
        discard([guest])
        raise GuestGone


def nickname_without_name() -> str:
    """Return what a guest is called whose name the cloud refuses; in the school's language."""
    with translation.override(settings.LANGUAGE_CODE):
        return gettext("Guest")


def _all_user_ids(guest: Guest) -> list[str]:
    return [*guest.earlier_user_ids, *filter(None, [guest.classroom_user_id])]
