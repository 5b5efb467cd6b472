"""Registration of people in the classroom cloud, one by one.

No public function here may run inside a transaction: each asks the cloud, then saves what it said.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.enums import IdentityState
from accounts.erasing.erased_ids import keep_out
from accounts.models import ClassroomIdentity, SchoolSettings, User
from accounts.nicknames import neutral_nickname, nickname_of
from accounts.services.discarded_identities import discard
from classroom.client import users as cloud_users
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudProtocolError, CloudRejected
from classroom.client.rate_limits import Priority
from classroom.client.transport import sdk_app_id
from classroom.client.users import Participant
from edu_platform.lib.statements import Statement

logger = logging.getLogger(__name__)


# While one person's turn fails: each pause is twice the one before.
FIRST_RETRY = dt.timedelta(minutes=1)
LAST_RETRY = dt.timedelta(hours=1)
NO_PAUSE = dt.timedelta()
# Longer than a run and its last call together.
LEASE = dt.timedelta(minutes=2)
# Shorter than the pause between two runs, so that they seldom overlap.
RUN_LIMIT_S = 50.0


class PersonErased(CloudRejected):
    """Two people have decided to erase the person: as if the cloud refused, since it is never told of them again."""

    def __init__(self) -> None:
        super().__init__("RegisterUser", "PersonErased", "this person is erased")


def ensure_registered(user: User, priority: Priority) -> ClassroomIdentity:
    """Return the person's identity, registering it in the cloud when it is not yet.

    Safe to repeat: the OriginId stands before the call, so a lost answer is found again by it.

    Raises:
        PersonErased: nobody registers the person again.
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not register the person.
    """
    identity, _created = ClassroomIdentity.objects.get_or_create(user=user, sdk_app_id=sdk_app_id())
    if identity.is_known_to_cloud:
        return identity
    if User.objects.filter(pk=user.pk, erasing_since__isnull=False).exists():
        raise PersonErased
    participant = participant_of(identity, SchoolSettings.load())
    try:
        participant, user_id = _register(identity, participant, priority)
    except CloudRejected as err:
        if is_kind(err, ErrorKind.ORIGIN_TAKEN):
            return _recover(identity, priority)
        save_failure(identity, err)
        raise
    save_registered(identity, participant, user_id)
    return identity


def _register(
    identity: ClassroomIdentity, participant: Participant, priority: Priority
) -> tuple[Participant, str]:
    """Register under the nickname, or under a neutral one; the UserId and which of both it was."""
    try:
        return participant, cloud_users.register_user(participant, priority)
    except CloudRejected as err:
        if not is_kind(err, ErrorKind.WORDS_REFUSED):
            raise
    neutral = with_neutral_nickname(identity, participant)
    return neutral, cloud_users.register_user(neutral, priority)


def register_again(identity: ClassroomIdentity, priority: Priority) -> ClassroomIdentity:
    """Register a person whom the cloud has forgotten, under the same OriginId.

    Of several at once only one empties the stale id; the others find the new one.
    """
    ClassroomIdentity.objects.filter(
        pk=identity.pk, classroom_user_id=identity.classroom_user_id
    ).update(
        classroom_user_id="",
        earlier_user_ids=[*identity.earlier_user_ids, identity.classroom_user_id],
        is_supervisor_in_cloud=False,
        state=IdentityState.UNREGISTERED,
        reason="",
    )
    logger.warning("cloud forgot identity %s, registering it again", identity.pk)
    return ensure_registered(identity.user, priority)


def _recover(identity: ClassroomIdentity, priority: Priority) -> ClassroomIdentity:
    """Find the person registered before: the mapping was lost here, or the answer on its way."""
    user_id = cloud_users.find_user(identity.origin_id, priority)
    if user_id is None:
        raise CloudProtocolError(
            "LoginOriginId", "an OriginId is taken and unknown at the same time"
        )
    # Which nickname it came with is unknown, so the right one is carried over.
    save_registered(identity, Participant(identity.origin_id, ""), user_id)
    return identity


def participant_of(identity: ClassroomIdentity, school: SchoolSettings) -> Participant:
    nickname = nickname_of(identity.user.display_name, pattern=school.nickname_pattern)
    if not nickname or nickname == identity.refused_nickname:
        nickname = neutral_nickname(identity.origin_id)
    avatar = identity.user.avatar
    avatar_url = f"{settings.PUBLIC_BASE_URL}{avatar.url}" if avatar else ""
    return Participant(identity.origin_id, nickname, avatar_url)


def with_neutral_nickname(identity: ClassroomIdentity, refused: Participant) -> Participant:
    """Remember that the cloud refuses the nickname.

    The neutral one keeps the person from missing a class.
    """
    identity.refused_nickname = refused.nickname
    identity.save(update_fields=["refused_nickname"])
    return Participant(refused.origin_id, neutral_nickname(identity.origin_id), refused.avatar_url)


def save_registered(identity: ClassroomIdentity, participant: Participant, user_id: str) -> None:
    """Save what the cloud holds now; the name may have changed while the cloud was asked.

    Raises:
        PersonErased: it was decided meanwhile to erase the person; a worker has the cloud delete them once more.
    """
    with transaction.atomic():
        # The lock puts a change of name, which marks identities as stale, before or after this.
        person = _LOCKED.first(user_id=identity.user_id)
        if person is None:
            raise User.DoesNotExist
        *shown, erasing_since = person
        identity.classroom_user_id = user_id
        if erasing_since is None:
            identity.user.display_name, identity.user.avatar = shown
            _save_registered(identity, participant)
        else:
            keep_out([user_id])
            discard([identity])
    if erasing_since is not None:
        raise PersonErased


def _save_registered(identity: ClassroomIdentity, participant: Participant) -> None:
    identity.sent_nickname = participant.nickname
    identity.sent_avatar = participant.avatar_url
    is_current = participant == participant_of(identity, SchoolSettings.load())
    identity.state = IdentityState.REGISTERED if is_current else IdentityState.STALE
    identity.reason = ""
    identity.due_at, identity.attempts, identity.unreachable_since = None, 0, None
    identity.registered_at = identity.registered_at or timezone.now()
    identity.refused_since = None
    identity.save(
        update_fields=[
            "classroom_user_id",
            "sent_nickname",
            "sent_avatar",
            "state",
            "reason",
            "due_at",
            "attempts",
            "unreachable_since",
            "registered_at",
            "refused_since",
        ]
    )


_LOCKED = Statement(
    lambda user_id: (
        User.objects.get_queryset()
        .select_for_update(no_key=True)
        .filter(pk=user_id)
        .values_list("display_name", "avatar", "erasing_since")
    )
)


def save_failure(identity: ClassroomIdentity, error: CloudRejected) -> None:
    identity.state = IdentityState.FAILED
    identity.reason = str(error)[:255]
    identity.refused_since = identity.refused_since or timezone.now()
    identity.save(update_fields=["state", "reason", "refused_since"])
