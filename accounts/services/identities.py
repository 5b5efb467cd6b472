"""How people become known to the classroom cloud, and stay so.

No public function here may run inside a transaction: each asks the cloud, then saves what it said.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts.enums import IdentityState, Role
from accounts.models import (
    ClassroomIdentity,
    ClassroomIdentityQuerySet,
    SchoolSettings,
    User,
    nickname_of,
)
from classroom.client import users as cloud_users
from classroom.client.codes import ErrorKind, is_kind
from classroom.client.errors import CloudError, CloudProtocolError, CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.transport import is_configured, sdk_app_id
from classroom.client.users import REGISTER_AT_MOST, Participant

logger = logging.getLogger(__name__)

# Refusals that one person of a batch brings on all.
SPOILS_BATCH = (ErrorKind.WORDS_REFUSED, ErrorKind.VALUE_REFUSED)
# Those who take part in classes; the others become known when they first enter one.
PARTICIPANT_ROLES = (Role.STUDENT, Role.TEACHER, Role.SUPERVISOR)
# A batch that failed as a whole is tried again in batches of a tenth, down to single people: in the end
# whoever spoils it stands alone.
SPLIT_INTO = 10
# While one person's turn fails: each pause is twice the one before.
FIRST_RETRY = dt.timedelta(minutes=1)
LAST_RETRY = dt.timedelta(hours=1)
MOST_ATTEMPTS = 20
# Looked at between two batches: shorter than the pause between two runs, so that they seldom overlap.
RUN_LIMIT_S = 50.0


def ensure_registered(user: User, priority: Priority) -> ClassroomIdentity:
    """Return the person's identity, registering it in the cloud when it is not yet.

    Safe to repeat: the OriginId stands before the call, so a lost answer is found again by it.

    Raises:
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not register the person.
    """
    identity, _created = ClassroomIdentity.objects.get_or_create(user=user, sdk_app_id=sdk_app_id())
    if identity.is_known_to_cloud:
        return identity
    participant = _participant(identity, SchoolSettings.load())
    try:
        participant, user_id = _register(identity, participant, priority)
    except CloudRejected as err:
        if is_kind(err, ErrorKind.ORIGIN_TAKEN):
            return _recover(identity, priority)
        _save_failure(identity, err)
        raise
    _save_registered(identity, participant, user_id)
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


def register_people(priority: Priority) -> int:
    """Register everybody who takes part in classes and is unknown to the cloud; say how many are tried.

    Raises:
        CloudUnavailable: the cloud gave no answer; the next run goes on, with the others first.
        CloudRejected: the refusal is about no person; the next run tries all of them again.
    """
    if not is_configured():
        return 0
    _make_missing_identities()
    unknown = list(
        ClassroomIdentity.objects.of_app(sdk_app_id())
        .filter(classroom_user_id="", user__is_active=True)
        .exclude(state=IdentityState.FAILED)
        .due(timezone.now())
        .select_related("user")
    )
    school = SchoolSettings.load()
    deadline = time.monotonic() + RUN_LIMIT_S
    for batch in _batches(unknown):
        if time.monotonic() > deadline:
            break
        _register_or_put_off(batch, school, priority)
    return len(unknown)


def _batches(identities: Sequence[ClassroomIdentity]) -> Iterator[list[ClassroomIdentity]]:
    """Batches as large as the cloud takes; ever smaller ones of those whose batch failed before."""
    for attempts, group in groupby(identities, key=lambda identity: identity.attempts):
        size = max(REGISTER_AT_MOST // SPLIT_INTO**attempts, 1)
        alike = list(group)
        for start in range(0, len(alike), size):
            yield alike[start : start + size]


def _register_or_put_off(
    batch: Sequence[ClassroomIdentity], school: SchoolSettings, priority: Priority
) -> None:
    """Register a batch; what goes wrong with it, but for a silent cloud, holds up no other.

    Raises:
        CloudUnavailable, CloudRejected: see `register_people`.
    """
    try:
        _register_batch(batch, school, priority)
    except CloudUnavailable as err:
        _put_off(batch, err)
        raise
    except CloudRejected:
        raise
    except CloudError as err:
        logger.warning("%s people, from identity %s: %s", len(batch), batch[0].pk, err)
        _put_off(batch, err)
    except Exception as err:  # whatever it is, it holds up no other batch
        logger.exception("registering %s people, from identity %s", len(batch), batch[0].pk)
        _put_off(batch, err)


def _put_off(identities: Sequence[ClassroomIdentity], err: Exception) -> None:
    """Let these come after all others; one that failed alone waits as well, save after a first silence."""
    attempts = identities[0].attempts
    due_at = None
    if len(identities) == 1 and (attempts or not isinstance(err, CloudUnavailable)):
        due_at = timezone.now() + min(FIRST_RETRY * 2**attempts, LAST_RETRY)
    ClassroomIdentity.objects.filter(pk__in=[identity.pk for identity in identities]).update(
        due_at=due_at, attempts=min(attempts + 1, MOST_ATTEMPTS)
    )


def carry_profile(identity: ClassroomIdentity, priority: Priority) -> None:
    """Tell the cloud a changed nickname or picture. Safe to repeat.

    Raises:
        CloudUnavailable, CloudProtocolError: the cloud gave no answer; a refusal is saved instead.
    """
    participant = _participant(identity, SchoolSettings.load())
    try:
        participant = _change_profile(identity, participant, priority)
    except CloudRejected as err:
        if not is_kind(err, ErrorKind.USER_GONE):
            _save_failure(identity, err)
            return
        register_again(identity, priority)
        return
    _save_registered(identity, participant, identity.classroom_user_id)


def carry_changes(priority: Priority) -> None:
    """Take former supervisors off the list, and carry new nicknames and pictures over.

    Raises:
        CloudUnavailable: the cloud gave no answer; the next run goes on, with the others first.
    """
    _carry_each(former_supervisors(), withdraw_supervisor, priority)
    _carry_each(stale_identities(), carry_profile, priority)


def _carry_each(
    identities: ClassroomIdentityQuerySet,
    carry: Callable[[ClassroomIdentity, Priority], None],
    priority: Priority,
) -> None:
    """Carry one after the other; what goes wrong with one, but for a silent cloud, holds up no other."""
    for identity in identities.due(timezone.now()).select_related("user"):
        try:
            carry(identity, priority)
        except CloudUnavailable as err:
            _put_off([identity], err)
            raise
        except CloudError as err:
            logger.warning("identity %s: %s", identity.pk, err)
            _put_off([identity], err)
        except Exception as err:  # whatever it is, it holds up nobody else
            logger.exception("identity %s", identity.pk)
            _put_off([identity], err)


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
    identity.due_at, identity.attempts = None, 0
    identity.save(update_fields=["is_supervisor_in_cloud", "due_at", "attempts"])


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
    anew = {"due_at": None, "attempts": 0}
    identities.exclude(classroom_user_id="").update(state=IdentityState.STALE, **anew)
    # A refused registration may pass under the new name.
    identities.filter(classroom_user_id="", state=IdentityState.FAILED).update(
        state=IdentityState.UNREGISTERED, reason="", **anew
    )


def _make_missing_identities() -> None:
    app_id = sdk_app_id()
    known = ClassroomIdentity.objects.of_app(app_id).values("user")
    missing = User.objects.active().with_role(*PARTICIPANT_ROLES).exclude(pk__in=known)
    ClassroomIdentity.objects.bulk_create(
        [ClassroomIdentity(user=user, sdk_app_id=app_id) for user in missing],
        ignore_conflicts=True,
        batch_size=500,
    )


def _register_batch(
    identities: Sequence[ClassroomIdentity], school: SchoolSettings, priority: Priority
) -> None:
    """Register a batch; when the cloud refuses it for one person, halve it until that one stands alone.

    Raises:
        CloudRejected: the refusal is about no person; the next run tries all of them again.
        CloudUnavailable, CloudProtocolError: the cloud did not register them.
    """
    participants = _participants(identities, school)
    if not participants:
        return
    try:
        user_ids = cloud_users.register_users(list(participants.values()), priority)
    except CloudRejected as err:
        if not any(is_kind(err, meaning) for meaning in SPOILS_BATCH):
            raise
        told = list(participants)
        if len(told) == 1:
            _register_alone(told[0], priority)
            return
        middle = len(told) // 2
        _register_batch(told[:middle], school, priority)
        _register_batch(told[middle:], school, priority)
        return
    for identity, participant in participants.items():
        user_id = user_ids.get(participant.origin_id)
        if user_id is not None:
            _save_or_put_off(identity, participant, user_id)


def _participants(
    identities: Sequence[ClassroomIdentity], school: SchoolSettings
) -> dict[ClassroomIdentity, Participant]:
    """What the cloud is told of each; without those of whom nothing can be told."""
    participants = {}
    for identity in identities:
        try:
            participants[identity] = _participant(identity, school)
        except Exception as err:  # whatever it is, it spoils no batch
            logger.exception("identity %s", identity.pk)
            _put_off([identity], err)
    return participants


def _save_or_put_off(identity: ClassroomIdentity, participant: Participant, user_id: str) -> None:
    try:
        _save_registered(identity, participant, user_id)
    except Exception as err:  # whatever it is, the others of the batch are saved
        logger.exception("identity %s", identity.pk)
        _put_off([identity], err)


def _register_alone(identity: ClassroomIdentity, priority: Priority) -> None:
    """Register the person who spoilt a batch; a refusal is saved, and the others go on."""
    try:
        ensure_registered(identity.user, priority)
    except CloudRejected as err:
        logger.warning("cloud refuses to register identity %s: %s", identity.pk, err)


def _recover(identity: ClassroomIdentity, priority: Priority) -> ClassroomIdentity:
    """Find the person registered before: the mapping was lost here, or the answer on its way."""
    user_id = cloud_users.find_user(identity.origin_id, priority)
    if user_id is None:
        raise CloudProtocolError(
            "LoginOriginId", "an OriginId is taken and unknown at the same time"
        )
    # Which nickname it came with is unknown, so the right one is carried over.
    _save_registered(identity, Participant(identity.origin_id, ""), user_id)
    return identity


def _participant(identity: ClassroomIdentity, school: SchoolSettings) -> Participant:
    nickname = nickname_of(identity.user, school)
    if not nickname or nickname == identity.refused_nickname:
        nickname = _neutral_nickname(identity)
    avatar = identity.user.avatar
    avatar_url = f"{settings.PUBLIC_BASE_URL}{avatar.url}" if avatar else ""
    return Participant(identity.origin_id, nickname, avatar_url)


def _with_neutral_nickname(identity: ClassroomIdentity, refused: Participant) -> Participant:
    """Remember that the cloud refuses the nickname: a class is never missed for a word."""
    identity.refused_nickname = refused.nickname
    identity.save(update_fields=["refused_nickname"])
    return Participant(refused.origin_id, _neutral_nickname(identity), refused.avatar_url)


def _neutral_nickname(identity: ClassroomIdentity) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return gettext("Participant %(code)s") % {"code": identity.origin_id[:4]}


@transaction.atomic
def _save_registered(identity: ClassroomIdentity, participant: Participant, user_id: str) -> None:
    """Save what the cloud holds now; the name may have changed while the cloud was asked."""
    # The lock puts a change of name, which marks identities as stale, before or after this.
    User.objects.select_for_update(no_key=True).get(pk=identity.user_id)
    identity.user.refresh_from_db(fields=["display_name", "avatar"])
    identity.classroom_user_id = user_id
    identity.sent_nickname = participant.nickname
    identity.sent_avatar = participant.avatar_url
    is_current = participant == _participant(identity, SchoolSettings.load())
    identity.state = IdentityState.REGISTERED if is_current else IdentityState.STALE
    identity.reason = ""
    identity.due_at, identity.attempts = None, 0
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
            "registered_at",
        ]
    )


def _save_failure(identity: ClassroomIdentity, error: CloudRejected) -> None:
    identity.state = IdentityState.FAILED
    identity.reason = str(error)[:255]
    identity.save(update_fields=["state", "reason"])
