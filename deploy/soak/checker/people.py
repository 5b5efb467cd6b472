"""People, and the users of the cloud that stand for them."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.soak.checker.evidence import Evidence
from deploy.soak.checker.findings import Finding, lost, unexplained


def find(evidence: Evidence) -> Iterator[Finding]:
    """Every user of the cloud is known here by the same number, and the other way round."""
    identities = evidence.tables.rows(
        "SELECT i.origin_id, i.classroom_user_id, i.state, u.username "
        "FROM accounts_classroomidentity i JOIN accounts_user u ON u.id = i.user_id"
    )
    in_cloud = {user["OriginId"]: user["UserId"] for user in evidence.cloud["users"]}
    known = {identity["origin_id"] for identity in identities}
    for origin_id in in_cloud.keys() - known:
        yield unexplained(
            f"the cloud has user {in_cloud[origin_id]}, whom nobody here is (OriginId {origin_id})"
        )
    for identity in identities:
        username, user_id = identity["username"], identity["classroom_user_id"]
        there = in_cloud.get(identity["origin_id"], "")
        if user_id and not there:
            yield lost(
                f"{username} is registered here as {user_id}, and the cloud has no such user"
            )
        elif user_id != there:
            yield unexplained(f"{username} is {user_id or 'nobody'} here, and {there} in the cloud")
        if identity["state"] != "registered" and there:
            yield unexplained(f"the registration of {username} is {identity['state']}")
