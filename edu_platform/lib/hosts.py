"""Hosts that media may come from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

# No name or password, no blanks, nothing that programs read in different ways.
HOST_AND_PORT = re.compile(r"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")
DEFAULT_PORTS = {"http": 80, "https": 443}


def is_allowed(url: str, hosts: Sequence[str]) -> bool:
    """Tell whether an address lies on one of the hosts: `host`, `host:port`, or `*.host` for what is below it.

    A host without a port stands for the usual ones only.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    # A browser reads a backslash as a slash, so what looks like one host may be another.
    if parts.scheme not in DEFAULT_PORTS or not HOST_AND_PORT.fullmatch(parts.netloc):
        return False
    return any(_matches(parts, port, host.lower()) for host in hosts)


def host_of(url: str) -> str:
    """The host and port of an address as they stand there, to be shown; empty when nobody can read them."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def _matches(parts: SplitResult, port: int | None, host: str) -> bool:
    wanted = urlsplit(f"//{host}")
    usual = DEFAULT_PORTS[parts.scheme]
    if (usual if port is None else port) != (usual if wanted.port is None else wanted.port):
        return False
    own, name = parts.hostname or "", wanted.hostname or ""
    return own.endswith(name[1:]) if name.startswith("*.") else own == name
