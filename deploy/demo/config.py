"""Settings of the demo's processes: ports, secrets made once, addresses of each other; how long the start may take."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deploy.services.processes import ROOT, is_port_free

VAR = Path(os.environ.get("DEMO_VAR", ROOT / "var")).resolve()
SECRETS = VAR / "demo.env"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class CannotStartError(RuntimeError):
    """The demo does not start, for a reason in one sentence for the terminal."""


@dataclass(frozen=True, slots=True)
class Ports:
    web: int
    cloud: int


USUAL_PORTS = Ports(web=8000, cloud=8100)
START_WITHIN_S = 60
PORTS = VAR / "demo.ports"


def is_verbose() -> bool:
    """Tell whether the terminal shows what the processes log."""
    return os.environ.get("VERBOSE", "") not in {"", "0"}


def chosen_ports(running: Ports = USUAL_PORTS) -> Ports:
    """PORT and CLOUD_PORT, else those given.

    Raises:
        CannotStartError: one is no port number.
    """
    return Ports(web=_port("PORT", running.web), cloud=_port("CLOUD_PORT", running.cloud))


def keep_ports(ports: Ports) -> None:
    """Write down where this demo listens, for commands on its school."""
    PORTS.write_text(f"{ports.web} {ports.cloud}\n", encoding="utf-8")


def kept_ports() -> Ports:
    """Return the ports at which the demo of this folder listens, or did when it was last open."""
    if not PORTS.is_file():
        return USUAL_PORTS
    web, cloud = PORTS.read_text(encoding="utf-8").split()
    return Ports(web=int(web), cloud=int(cloud))


def free_ports() -> Ports:
    """PORT and CLOUD_PORT, both free.

    Raises:
        CannotStartError: one is no port number, or in use; or both are the same.
    """
    ports = chosen_ports()
    if ports.web == ports.cloud:
        raise CannotStartError(f"PORT and CLOUD_PORT are both {ports.web}: choose two ports.")
    for name, port in (("PORT", ports.web), ("CLOUD_PORT", ports.cloud)):
        if not is_port_free(port):
            raise CannotStartError(
                f"Port {port} cannot be used, most likely because another program listens there:"
                f" stop that, or choose another port with make demo {name}={port + 1}"
            )
    return ports


def _port(name: str, default: int) -> int:
    given = os.environ.get(name) or str(default)
    if not (given.isascii() and given.isdecimal() and 0 < int(given) < 65536):
        raise CannotStartError(f"{name} must be a number from 1 to 65535, not {given!r}.")
    return int(given)


def environment(ports: Ports) -> dict[str, str]:
    """The environment of every process; what is really set in ours wins over the demo's own.

    Raises:
        CannotStartError: LCIC_ENDPOINT is not on this machine: the demo makes rooms and people.
    """
    cloud = f"http://127.0.0.1:{ports.cloud}"
    own = {
        "DEBUG": "false",
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{ports.web}",
        "DATABASE_URL": f"sqlite:///{VAR / 'demo.sqlite3'}",
        "MEDIA_ROOT": str(VAR / "demo-media"),
        # Collecting them again takes each file away for a moment: not from under another demo.
        "STATIC_ROOT": str(VAR / "static"),
        # Nothing leaves this machine: each mail is a file there.
        "EMAIL_URL": f"filemail:///{VAR / 'demo-mail'}",
        "LCIC_ENDPOINT": cloud,
        "LCIC_CLASS_URL": f"{cloud}/class.html",
        "REPLAY_HOSTS": f"127.0.0.1:{ports.cloud}",
        "COURSEWARE_HOSTS": f"127.0.0.1:{ports.cloud}",
    }
    asked = {
        "ENV_FILE": os.devnull,
        "PORT": str(ports.web),
        "CLOUD_PORT": str(ports.cloud),
        "DEMO_VAR": str(VAR),
        "PYTHONUNBUFFERED": "1",
    }
    env = own | kept_secrets() | os.environ | asked
    if urlsplit(env["LCIC_ENDPOINT"]).hostname not in LOOPBACK:
        raise CannotStartError(
            "LCIC_ENDPOINT is set to a cloud elsewhere, and the demo would fill it: unset it first."
        )
    return env


def kept_secrets() -> dict[str, str]:
    """The demo's own secrets, each made once and kept in a file that only we can read."""
    made = {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "LCIC_SDK_APP_ID": "3520371",
        "LCIC_SECRET_ID": f"AKID{secrets.token_hex(16)}",
        "LCIC_SECRET_KEY": secrets.token_hex(16),
        "LCIC_CALLBACK_KEY": secrets.token_hex(16),
    }
    kept = _read_secrets()
    if made.keys() - kept.keys():
        kept = made | kept
        _write_private(SECRETS, "".join(f"{name}={value}\n" for name, value in kept.items()))
    return kept


def _read_secrets() -> dict[str, str]:
    if not SECRETS.is_file():
        return {}
    lines = SECRETS.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _write_private(path: Path, text: str) -> None:
    """Write the whole file or none of it: a start that is cut short leaves no half of a secret."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
