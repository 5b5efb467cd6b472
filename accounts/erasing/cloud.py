"""Delete a person in the classroom cloud: out of its groups first, by every id by which it ever knew them."""

from __future__ import annotations

import logging

from accounts.erasing.erased_ids import keep_out
from accounts.models import ClassroomIdentity, Erasure
from classroom.client import groups as cloud_groups
from classroom.client import users as cloud_users
from classroom.client.rate_limits import Priority
from classroom.client.transport import is_configured, sdk_app_id

logger = logging.getLogger(__name__)

PRIORITY = Priority.BACKGROUND


class StillThere(Exception):
    """The cloud knows the person once more, such as by a registration that was under way."""


def delete_in_cloud(erasure: Erasure) -> None:
    """Delete the person in the cloud. Safe to repeat: one who is not there any more is deleted.

    Applications that are not configured cannot be asked; the erasure says which these are.

    Raises:
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud has not deleted them yet.
    """
    identities = list(ClassroomIdentity.objects.filter(user=erasure.person_id))
    keep_out([user_id for identity in identities for user_id in _user_ids(identity)])
    reachable = [identity for identity in identities if _is_reachable(identity)]
    for identity in reachable:
        _delete(identity)
    erasure.applications_left = sorted(
        {identity.sdk_app_id for identity in identities if identity not in reachable}
        | set(erasure.applications_left)
    )


def require_gone(erasure: Erasure) -> None:
    """Ask the cloud once more whether it knows the person.

    Raises:
        StillThere: it does.
        CloudUnavailable, CloudRejected, CloudProtocolError: it does not say.
    """
    for identity in ClassroomIdentity.objects.filter(user=erasure.person_id):
        if _is_reachable(identity) and cloud_users.find_user(identity.origin_id, PRIORITY):
            raise StillThere


def _is_reachable(identity: ClassroomIdentity) -> bool:
    return is_configured() and identity.sdk_app_id == sdk_app_id()


def _user_ids(identity: ClassroomIdentity) -> list[str]:
    return [*identity.earlier_user_ids, *filter(None, [identity.classroom_user_id])]


def _delete(identity: ClassroomIdentity) -> None:
    user_ids = set(_user_ids(identity))
    # An answer to a registration may have been lost on its way: then the id is found by ours alone.
    if lost_id := cloud_users.find_user(identity.origin_id, PRIORITY):
        user_ids.add(lost_id)
        keep_out([lost_id])
    for user_id in sorted(user_ids):
        if identity.is_supervisor_in_cloud:
            cloud_users.remove_supervisor(user_id, PRIORITY)
        for group_id in cloud_groups.groups_of(user_id, PRIORITY):
            cloud_groups.leave_group(group_id, user_id, PRIORITY)
        cloud_users.delete_user(user_id, PRIORITY)
    logger.info("the cloud has deleted identity %s, whose person is erased", identity.pk)
