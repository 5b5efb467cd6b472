"""Registering everybody who takes part in classes, many with one call.

No public function here may run inside a transaction: each asks the cloud, then saves what it said.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby

from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from accounts.enums import IdentityState, Role
from accounts.models import ClassroomIdentity, ClassroomIdentityQuerySet, SchoolSettings, User
from accounts.services.registration import (
    FIRST_RETRY,
    LAST_RETRY,
    LEASE,
    NO_PAUSE,
    RUN_LIMIT_S,
    ensure_registered,
    participant_of,
    save_registered,
)
from classroom.client import users as cloud_users
from classroom.client.error_codes import ErrorKind, is_kind, refuses_everybody
from classroom.client.errors import CloudProtocolError, CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.transport import is_configured, sdk_app_id
from classroom.client.users import REGISTER_AT_MOST, Participant
from edu_platform.lib.due import DueLoop, Rules, exponential
from edu_platform.lib.progress import Portion

logger = logging.getLogger(__name__)

# Refusals of one person: tried once more alone, with a remedy, then failed. Other refusals of one
# person are tried again later.
REFUSED_ALONE = (ErrorKind.WORDS_REFUSED, ErrorKind.VALUE_REFUSED, ErrorKind.ORIGIN_TAKEN)
# Those who take part in classes; the others become known when they first enter one.
PARTICIPANT_ROLES = (Role.STUDENT, Role.TEACHER, Role.SUPERVISOR)
# A batch that failed as a whole is tried again in batches of a tenth, down to single people: in the end
# the one who spoils it stands alone.
SPLIT_INTO = 10


class NobodyRegistered(Exception):
    """The cloud refuses a batch for a reason that is about no person."""


REGISTERING = Rules(
    name="people to be registered",
    limit_s=RUN_LIMIT_S,
    silent=(CloudUnavailable, NobodyRegistered),
    stop_after=1,
    expected=(CloudRejected, CloudProtocolError),
)


def register_people(priority: Priority) -> int:
    """Register everybody who takes part in classes and is unknown to the cloud; say how many are done.

    A silent cloud ends the run, and so does a refusal that is about no person.
    """
    if not is_configured():
        return 0
    _make_missing_identities()
    at = timezone.now()
    unknown = unknown_identities()
    unknown.plan_missing(at)
    due = list(unknown.due(at).order_by("attempts", "due_at", "pk").select_related("user"))
    register = partial(_register_batch, priority=priority)
    done: int = 0
    deadline = time.monotonic() + RUN_LIMIT_S
    for size, alike in groupby(due, key=_batch_size):
        loop = DueLoop(
            rules=replace(REGISTERING, limit_s=deadline - time.monotonic()),
            rows=ClassroomIdentity.objects.all(),
            lease=LEASE,
            pause=_pause_of_unknown,
            failed=_forget_attempt,
        )
        run = loop.run_batches(alike, register, at, size=size)
        done += run.done
        if run.is_over:
            break
    return done


def _batch_size(identity: ClassroomIdentity) -> int:
    """As many as the cloud takes; ever fewer of those whose batch failed before."""
    size: int = REGISTER_AT_MOST // SPLIT_INTO**identity.attempts
    return max(size, 1)


def _pause_of_unknown(
    identity: ClassroomIdentity, err: Exception, _at: dt.datetime
) -> dt.timedelta | None:
    # Tried at once in smaller batches, until the one that the cloud is silent about stands alone.
    attempts = identity.attempts
    if isinstance(err, REGISTERING.silent) and SPLIT_INTO ** (attempts - 1) < REGISTER_AT_MOST:
        return NO_PAUSE
    return exponential(attempts, FIRST_RETRY, LAST_RETRY)


def _forget_attempt(identity: ClassroomIdentity, err: Exception, _at: dt.datetime) -> None:
    """Count no attempt where the cloud refuses everybody: their batches stay as large as they were."""
    if isinstance(err, NobodyRegistered):
        ClassroomIdentity.objects.filter(pk=identity.pk).update(attempts=identity.attempts - 1)


def unknown_identities() -> ClassroomIdentityQuerySet:
    """Identities of active people that are to be registered."""
    return (
        ClassroomIdentity.objects.of_app(sdk_app_id())
        .filter(classroom_user_id="", user__is_active=True)
        .exclude(state=IdentityState.FAILED)
    )


def registering() -> Portion | None:
    """Return how many of those who take part in classes the cloud knows, until none is left to be told of; one query.

    Whom the cloud refuses is not waited for.
    """
    if not is_configured():
        return None
    identities = ClassroomIdentity.objects.of_app(sdk_app_id()).filter(user=OuterRef("pk"))
    is_known = Exists(identities.exclude(classroom_user_id=""))
    is_refused = Exists(identities.filter(state=IdentityState.FAILED))
    people = User.objects.active().with_role(*PARTICIPANT_ROLES)
    counts = people.aggregate(
        total=Count("pk"),
        known=Count("pk", filter=is_known),
        settled=Count("pk", filter=is_known | is_refused),
    )
    return (
        Portion(counts["known"], counts["total"]) if counts["settled"] < counts["total"] else None
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
    identities: Sequence[ClassroomIdentity], priority: Priority
) -> dict[int, Exception]:
    """Register a batch; return what stands against some of it, by their keys.

    Raises:
        CloudRejected: one of several is refused: halve the batch until that one stands alone.
        NobodyRegistered: the refusal is about no person.
        CloudUnavailable, CloudProtocolError: the cloud did not register them.
    """
    participants, errors = _participants(identities)
    if not participants:
        return errors
    try:
        user_ids = cloud_users.register_users(list(participants.values()), priority)
    except CloudRejected as err:
        if refuses_everybody(err):
            raise NobodyRegistered(str(err)) from err
        if len(identities) > 1 or not any(is_kind(err, kind) for kind in REFUSED_ALONE):
            raise
        _register_alone(identities[0], priority)
        return {}
    for identity, participant in participants.items():
        user_id = user_ids.get(participant.origin_id)
        try:
            if user_id is not None:
                save_registered(identity, participant, user_id)
        except Exception as err:  # noqa: BLE001 -- the others of the batch are saved, and the loop logs it
            errors[identity.pk] = err
    return errors


def _participants(
    identities: Sequence[ClassroomIdentity],
) -> tuple[dict[ClassroomIdentity, Participant], dict[int, Exception]]:
    """Return what the cloud is told of each, and what goes wrong where nothing can be told."""
    school, participants, errors = SchoolSettings.load(), {}, {}
    for identity in identities:
        try:
            participants[identity] = participant_of(identity, school)
        except Exception as err:  # noqa: BLE001 -- it spoils no batch, and the loop logs it
            errors[identity.pk] = err
    return participants, errors


def _register_alone(identity: ClassroomIdentity, priority: Priority) -> None:
    """Register alone the person who made a batch fail; save a refusal."""
    try:
        ensure_registered(identity.user, priority)
    except CloudRejected as err:
        logger.warning("cloud refuses to register identity %s: %s", identity.pk, err)
