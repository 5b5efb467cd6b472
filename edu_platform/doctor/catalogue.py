"""All checks, in the order in which they are told: what the others stand on comes first."""

from __future__ import annotations

from collections.abc import Iterable

from edu_platform.doctor import (
    address,
    backups,
    broker,
    clock,
    cloud,
    database,
    disks,
    mail,
    people,
    recordings,
    settings,
    storage,
    workers,
)
from edu_platform.doctor.findings import Check

CHECKS: tuple[Check, ...] = (
    settings.debug,
    settings.secret_key,
    settings.hosts,
    settings.https,
    settings.names,
    settings.system_checks,
    database.database,
    people.superusers,
    clock.database_clock,
    broker.broker,
    *workers.CHECKS,
    clock.cloud_clock,
    storage.files,
    storage.static,
    disks.disks,
    mail.server,
    mail.sender,
    address.reached_through_itself,
    address.reached_by_the_cloud,
    cloud.credentials,
    cloud.application,
    recordings.storage,
    recordings.signalling,
    recordings.delivery,
    backups.age,
)
TOPICS = tuple(dict.fromkeys(line.partition(".")[0] for each in CHECKS for line in each.lines))


class UnknownCheck(Exception):
    """No topic and no line is called so."""


def chosen(names: Iterable[str]) -> list[Check]:
    """The checks of these topics or lines; all of them where nothing is named.

    Raises:
        UnknownCheck: with the name.
    """
    wanted = list(names)
    for name in wanted:
        if not any(_is_named(each, name) for each in CHECKS):
            raise UnknownCheck(name)
    if not wanted:
        return list(CHECKS)
    return [each for each in CHECKS if any(_is_named(each, name) for name in wanted)]


def _is_named(one: Check, name: str) -> bool:
    return name in one.topics or name in one.lines
