"""Registration of people in the classroom cloud, and keeping it up to date.

No public function here may run inside a transaction: each asks the cloud, then saves what it said.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.enums import IdentityState, Role
from accounts.models import ClassroomIdentity, ClassroomIdentityQuerySet, SchoolSettings, User
from accounts.nicknames import neutral_nickname, nickname_of
from classroom.client import users as cloud_users
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudProtocolError, CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.transport import sdk_app_id
from classroom.client.users import Participant
from edu_platform.lib.due import DueLoop, Rules, exponential

logger = logging.getLogger(__name__)

# While one person's turn fails: each pause is twice the one before.
FIRST_RETRY = dt.timedelta(minutes=1)
LAST_RETRY = dt.timedelta(hours=1)
NO_PAUSE = dt.timedelta()
# Longer than a run and its last call together.
LEASE = dt.timedelta(minutes=2)
# Shorter than the pause between two runs, so that they seldom overlap.
RUN_LIMIT_S = 50.0


CHANGING = Rules(
    name="people who have changed",
    limit_s=RUN_LIMIT_S,
    silent=(CloudUnavailable,),
    stop_after=1,
    expected=(CloudRejected, CloudProtocolError),
)


def ensure_registered(user: User, priority: Priority) -> ClassroomIdentity:
    """Return the person's identity, registering it in the cloud when it is not yet.

    Safe to repeat: the OriginId stands before the call, so a lost answer is found again by it.

    Raises:
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not register the person.
    """
    identity, _created = ClassroomIdentity.objects.get_or_create(user=user, sdk_app_id=sdk_app_id())
    if identity.is_known_to_cloud:
        return identity
    participant = participant_of(identity, SchoolSettings.load())
    try:
        participant, user_id = _register(identity, participant, priority)
    except CloudRejected as err:
        if is_kind(err, ErrorKind.ORIGIN_TAKEN):
            return _recover(identity, priority)
        _save_failure(identity, err)
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
    neutral = _with_neutral_nickname(identity, participant)
    return neutral, cloud_users.register_user(neutral, priority)


def register_again(identity: ClassroomIdentity, priority: Priority) -> ClassroomIdentity:
    """Register a person whom the cloud has forgotten, under the same OriginId.

    Of several at once only one empties the stale id; the others find the new one.
    """
    ClassroomIdentity.objects.filter(
        pk=identity.pk, classroom_user_id=identity.classroom_user_id
    ).update(
        classroom_user_id="",
        is_supervisor_in_cloud=False,
        state=IdentityState.UNREGISTERED,
        reason="",
    )
    logger.warning("cloud forgot identity %s, registering it again", identity.pk)
    return ensure_registered(identity.user, priority)


def sync_profile(identity: ClassroomIdentity, priority: Priority) -> None:
    """Tell the cloud a changed nickname or picture. Safe to repeat.

    Raises:
        CloudUnavailable, CloudProtocolError: the cloud gave no answer; a refusal is saved instead.
    """
    participant = participant_of(identity, SchoolSettings.load())
    try:
        participant = _change_profile(identity, participant, priority)
    except CloudRejected as err:
        if not is_kind(err, ErrorKind.USER_GONE):
            _save_failure(identity, err)
            return
        register_again(identity, priority)
        return
    save_registered(identity, participant, identity.classroom_user_id)


def sync_people(priority: Priority) -> None:
    """Take former supervisors off the list, and tell the cloud new nicknames and pictures."""
    if _sync_due(former_supervisors(), withdraw_supervisor, priority):
        _sync_due(stale_identities(), sync_profile, priority)


def _sync_due(
    identities: ClassroomIdentityQuerySet,
    sync: Callable[[ClassroomIdentity, Priority], None],
    priority: Priority,
) -> bool:
    """Sync one after the other; say whether the cloud has answered and there is time left."""
    at = timezone.now()
    identities.plan_missing(at)
    rows = ClassroomIdentity.objects.all()
    loop = DueLoop(rules=CHANGING, rows=rows, lease=LEASE, pause=_pause_of_changed)
    due = identities.due(at).select_related("user")
    return not loop.run(due, lambda identity: sync(identity, priority), at).is_over


def _pause_of_changed(
    identity: ClassroomIdentity, err: Exception, _at: dt.datetime
) -> dt.timedelta | None:
    if isinstance(err, CloudUnavailable) and identity.attempts == 1:
        return NO_PAUSE
    return exponential(identity.attempts, FIRST_RETRY, LAST_RETRY)


def _change_profile(
    identity: ClassroomIdentity, participant: Participant, priority: Priority
) -> Participant:
    """Set nickname and picture, or a neutral nickname; what the cloud took."""
    try:
        _send_profile(identity, participant, priority)
    except CloudRejected as err:
        if not is_kind(err, ErrorKind.WORDS_REFUSED):
            raise
        participant = _with_neutral_nickname(identity, participant)
        _send_profile(identity, participant, priority)
    return participant


def _send_profile(
    identity: ClassroomIdentity, participant: Participant, priority: Priority
) -> None:
    has_picture = bool(participant.avatar_url or identity.sent_avatar)
    cloud_users.change_profile(
        identity.classroom_user_id,
        nickname=participant.nickname,
        avatar_url=participant.avatar_url if has_picture else None,
        priority=priority,
    )


def ensure_supervisor(identity: ClassroomIdentity, priority: Priority) -> ClassroomIdentity:
    """Put the person on the cloud's list of supervisors, if they are not on it yet."""
    if identity.is_supervisor_in_cloud:
        return identity
    try:
        cloud_users.add_supervisor(identity.classroom_user_id, priority)
    except CloudRejected as err:
        if not is_kind(err, ErrorKind.USER_GONE):
            raise
        identity = register_again(identity, priority)
        cloud_users.add_supervisor(identity.classroom_user_id, priority)
    identity.is_supervisor_in_cloud = True
    identity.save(update_fields=["is_supervisor_in_cloud"])
    return identity


def withdraw_supervisor(identity: ClassroomIdentity, priority: Priority) -> None:
    """Take a person whose role went off the cloud's list; after a refusal the next run tries."""
    try:
        cloud_users.remove_supervisor(identity.classroom_user_id, priority)
    except CloudRejected as err:
        logger.warning("cloud keeps identity %s as a supervisor: %s", identity.pk, err)
        return
    identity.is_supervisor_in_cloud = False
    identity.save(update_fields=["is_supervisor_in_cloud"])


def stale_identities() -> ClassroomIdentityQuerySet:
    """Identities of which the cloud holds an old nickname or picture."""
    return (
        ClassroomIdentity.objects.of_app(sdk_app_id())
        .filter(state=IdentityState.STALE)
        .exclude(classroom_user_id="")
    )


def former_supervisors() -> ClassroomIdentityQuerySet:
    """Identities on the cloud's list whose person is no supervisor any more."""
    supervisors = User.objects.active().with_role(Role.SUPERVISOR)
    return (
        ClassroomIdentity.objects.of_app(sdk_app_id())
        .filter(is_supervisor_in_cloud=True)
        .exclude(user__in=supervisors)
    )


def mark_stale(identities: ClassroomIdentityQuerySet) -> None:
    # Whatever went wrong before may pass with what has changed.
    from_start = {"due_at": timezone.now(), "attempts": 0, "unreachable_since": None}
    identities.exclude(classroom_user_id="").update(state=IdentityState.STALE, **from_start)
    # A refused registration may pass under the new name.
    identities.filter(classroom_user_id="", state=IdentityState.FAILED).update(
        state=IdentityState.UNREGISTERED, reason="", **from_start
    )


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


def _with_neutral_nickname(identity: ClassroomIdentity, refused: Participant) -> Participant:
    """Remember that the cloud refuses the nickname.

    The neutral one keeps the person from missing a class.
    """
    identity.refused_nickname = refused.nickname
    identity.save(update_fields=["refused_nickname"])
    return Participant(refused.origin_id, neutral_nickname(identity.origin_id), refused.avatar_url)


@transaction.atomic
def save_registered(identity: ClassroomIdentity, participant: Participant, user_id: str) -> None:
    """Save what the cloud holds now; the name may have changed while the cloud was asked."""
    # The lock puts a change of name, which marks identities as stale, before or after this.
    User.objects.select_for_update(no_key=True).get(pk=identity.user_id)
    identity.user.refresh_from_db(fields=["display_name", "avatar"])
    identity.classroom_user_id = user_id
    identity.sent_nickname = participant.nickname
    identity.sent_avatar = participant.avatar_url
    is_current = participant == participant_of(identity, SchoolSettings.load())
    identity.state = IdentityState.REGISTERED if is_current else IdentityState.STALE
    identity.reason = ""
    identity.due_at, identity.attempts, identity.unreachable_since = None, 0, None
    identity.registered_at = identity.registered_at or timezone.now()
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
        ]
    )


def _save_failure(identity: ClassroomIdentity, error: CloudRejected) -> None:
    identity.state = IdentityState.FAILED
    identity.reason = str(error)[:255]
    identity.save(update_fields=["state", "reason"])
