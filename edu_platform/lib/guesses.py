"""Count how often a client address asks for secret addresses that nobody gave it, and bound that.

The secret parts of these addresses have 192 bits, so that nobody finds one; the bound keeps guesses from costing
queries. It is counted in Redis, for all processes; without Redis nothing is bounded.

An address that worked lately is let through from a network that is bounded: a school's families and guests behind one
Wi-Fi are not shut out by somebody else in it. Who does not have such an address learns nothing from that, and it costs no
query to see that theirs is none.
"""

from __future__ import annotations

import datetime as dt
import logging
from functools import cache
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest

from edu_platform.lib import counters
from edu_platform.lib.client_address import client_address
from edu_platform.lib.redis_scripts import RedisScript
from edu_platform.lib.secret_tokens import digest_of

logger = logging.getLogger(__name__)

# From the first wrong guess on. A school whose families open links that a messenger cut may sit behind one address.
WRONG_AT_MOST = 60
COUNTED_FOR = dt.timedelta(minutes=10)
# An address that works passes for so long, each time from its last use on.
WORKED_FOR = dt.timedelta(days=1)
# When a refused browser may ask again.
RETRY_AFTER_S = round(COUNTED_FOR.total_seconds())
# A provider gives each of its customers as many addresses of IPv6 as this leaves open.
IPV6_PREFIX = 64


def is_spent(request: HttpRequest, token: str) -> bool:
    """Return whether this client address has guessed wrong too often lately, and count the refusal that follows.

    A token that has worked lately passes.
    """
    is_over = _run(request, token, "look", COUNTED_FOR) >= WRONG_AT_MOST
    if is_over:
        counters.GUESSES_REFUSED.inc()
    return is_over


def note_wrong(request: HttpRequest, token: str) -> None:
    """Count a wrong guess of this client address; a token that worked until now passes no more."""
    _run(request, token, "count", COUNTED_FOR)


def note_right(request: HttpRequest, token: str) -> None:
    """Let a token pass from now on. It was looked up: to note any other would let guesses pass."""
    _run(request, token, "pass", WORKED_FOR)


def _run(request: HttpRequest, token: str, act: str, length: dt.timedelta) -> int:
    guesser = f"guesses:{_guesser(client_address(request))}"
    # Redis holds no secret either.
    passing = f"guesses:passing:{digest_of(token)}"
    length_ms = round(length.total_seconds() * 1000)
    counted: int | None = _script(settings.REDIS_URL).run([guesser, passing], [act, length_ms])
    return counted or 0


def _guesser(address: str) -> str:
    """Return what is counted together: an address of IPv4, or the network of one of IPv6."""
    parsed = ip_address(address)
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((address, IPV6_PREFIX), strict=False))


@cache
def _script(redis_url: str) -> RedisScript:
    return RedisScript(redis_url, Path(__file__).with_suffix(".lua"), logger)
