"""Keeping the cloud's nicknames, pictures and list of supervisors up to date.

No public function here but `mark_stale` and `try_again` may run inside a transaction: each asks the cloud, then saves what it said.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from accounts.enums import IdentityState, Role
from accounts.models import ClassroomIdentity, ClassroomIdentityQuerySet, SchoolSettings, User
from accounts.services.registration import (
    FIRST_RETRY,
    LAST_RETRY,
    LEASE,
    NO_PAUSE,
    RUN_LIMIT_S,
    participant_of,
    register_again,
    save_failure,
    save_registered,
    with_neutral_nickname,
)
from classroom.client import users as cloud_users
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudProtocolError, CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.transport import sdk_app_id
from classroom.client.users import Participant
from edu_platform.lib.due import DueLoop, Rules, exponential
from edu_platform.lib.queueing import enqueue_on_commit

logger = logging.getLogger(__name__)


CHANGING = Rules(
    name="people who have changed",
    limit_s=RUN_LIMIT_S,
    silent=(CloudUnavailable,),
    stop_after=1,
    expected=(CloudRejected, CloudProtocolError),
)


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
            save_failure(identity, err)
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
        participant = with_neutral_nickname(identity, participant)
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


def try_again(identities: ClassroomIdentityQuerySet) -> int:
    """Have workers register or update these people now; return how many."""
    with transaction.atomic():
        count = identities.count()
        mark_stale(identities)
        enqueue_on_commit("accounts.register_people")
        enqueue_on_commit("accounts.sync_people")
    return count


def mark_stale(identities: ClassroomIdentityQuerySet) -> None:
    # Whatever went wrong before may pass with what has changed.
    from_start = {"due_at": timezone.now(), "attempts": 0, "unreachable_since": None}
    identities.exclude(classroom_user_id="").update(state=IdentityState.STALE, **from_start)
    # A refused registration may pass under the new name.
    identities.filter(classroom_user_id="", state=IdentityState.FAILED).update(
        state=IdentityState.UNREGISTERED, reason="", **from_start
    )
