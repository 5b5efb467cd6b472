"""Redis or Valkey: the queue of the workers, and the count of calls to the cloud."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.utils.translation import gettext as _

from edu_platform.doctor.findings import Finding, check, error, ok, warning
from edu_platform.lib.redis_clients import client_without_retries
from edu_platform.lib.text import error_summary

TIMEOUT_S = 2.0
TRIED_KEY_LASTS_S = 10
FULL_SHARE = 0.9
# A ValueError is of the address: a host or a database that cannot be one.
UNREACHED = (redis.RedisError, ValueError)


def client() -> redis.Redis:
    return client_without_retries(settings.REDIS_URL, TIMEOUT_S)


@check("broker.connection", "broker.persistence", "broker.memory")
def broker() -> Iterator[Finding]:
    parts = urlsplit(settings.REDIS_URL)
    place = f"{parts.hostname}:{parts.port or 6379}"
    try:
        with closing(client()) as server:
            _write_and_read(server)
            info: dict[str, Any] = server.info()
    except UNREACHED as err:
        yield error(
            "broker.connection",
            _("Redis at %(place)s does not take what is written: %(reason)s")
            % {"place": place, "reason": error_summary(err)},
            _("Start it, correct REDIS_URL, or see its log: the workers are told nothing now."),
        )
        return
    version = info.get("valkey_version") or info.get("redis_version")
    told = _("Redis at %(place)s takes what is written (version %(version)s).")
    yield ok("broker.connection", told % {"place": place, "version": version})
    yield check_persistence(info)
    yield check_memory(info)


def _write_and_read(server: redis.Redis) -> None:
    key, value = f"doctor:{secrets.token_hex(8)}", secrets.token_hex(8)
    server.set(key, value, ex=TRIED_KEY_LASTS_S)
    if server.get(key) != value.encode():
        raise redis.RedisError("a value was read back otherwise than written")
    server.delete(key)


def check_persistence(info: dict[str, Any]) -> Finding:
    advice = _("Set `appendonly yes` in its configuration, and see that its disk has room.")
    states = (info.get("aof_last_write_status"), info.get("aof_last_bgrewrite_status"))
    if not info.get("aof_enabled"):
        return warning(
            "broker.persistence",
            _(
                "Redis writes no append-only file: what waits is lost when it ends, and found again"
                " only minutes later."
            ),
            advice,
        )
    if "err" in states:
        return warning("broker.persistence", _("Redis cannot write its append-only file."), advice)
    return ok("broker.persistence", _("Redis keeps an append-only file."))


def check_memory(info: dict[str, Any]) -> Finding:
    most, used = int(info.get("maxmemory") or 0), int(info.get("used_memory") or 0)
    policy = str(info.get("maxmemory_policy") or "noeviction")
    if most and policy != "noeviction":
        return warning(
            "broker.memory",
            _("Redis throws messages away when its memory is full (%(policy)s).")
            % {"policy": policy},
            _("Set `maxmemory-policy noeviction` in its configuration."),
        )
    if most and used > FULL_SHARE * most:
        return warning(
            "broker.memory",
            _("The memory of Redis is %(percent)d %% full.")
            % {"percent": round(100 * used / most)},
            _("Raise maxmemory, and see whether workers run: lines that begin with queues."),
        )
    return ok("broker.memory", _("Redis throws no message away."))
