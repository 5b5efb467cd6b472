"""`oidc-provider`, a certified server of OpenID Connect: its packages, and the server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy.services.processes import ROOT, Child, free_port, is_answering

FOLDER = ROOT / "var" / "oidc-provider"
SOURCE = ROOT / "tests" / "support" / "oidc_provider"
LOCK = SOURCE / "package-lock.json"
WITHOUT = "the tests of signing in by OpenID Connect with it are skipped"


def find() -> Path | None:
    """The folder with the packages that `install_what_is_missing` fetched."""
    return FOLDER if _is_ready() and _program("node").is_file() else None


def install_what_is_missing() -> None:
    """Fetch its packages once; why that is not possible is told, and those tests are skipped then."""
    if find() is not None:
        return
    if not _program("npm").is_file():
        print(f"No npm beside this Python for oidc-provider: {WITHOUT}.", flush=True)
        return
    print("Fetching oidc-provider for the tests of signing in by OpenID Connect", flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file in (SOURCE / "package.json", LOCK):
        shutil.copy(file, FOLDER)
    done = _run(
        [str(_program("npm")), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        FOLDER,
    )
    if done.returncode:
        print(f"{done.stdout}oidc-provider could not be fetched: {WITHOUT}.", flush=True)
        return
    _mark().write_bytes(LOCK.read_bytes())


def _program(name: str) -> Path:
    """A program of the Node.js that is among our packages."""
    return Path(sys.executable).parent / name


def _node() -> str:
    """Node.js itself: the program beside our Python only waits for it, and would leave it behind when ended."""
    asked = [str(_program("node")), "-p", "process.execPath"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def _mark() -> Path:
    return FOLDER / ".ready"


def _is_ready() -> bool:
    return _mark().is_file() and _mark().read_bytes() == LOCK.read_bytes()


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    # npm looks for its node along the path.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


class OidcProvider:
    """Listens on a free port of 127.0.0.1, and knows the platform at one address.

    `people` says who has an account there: claims by subject, which are also the names to sign in by.
    """

    client_id = "platform"
    client_secret = "a secret of the platform + its provider"  # noqa: S105 -- of tests

    def __init__(self, packages: Path, folder: Path, *, platform_url: str) -> None:
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        folder.mkdir(parents=True, exist_ok=True)
        self._people = folder / "people.json"
        self.set_people({})
        variables = {
            "PACKAGES": str(packages),
            "PORT": str(self.port),
            "PEOPLE": str(self._people),
            "CLIENT_ID": self.client_id,
            "CLIENT_SECRET": self.client_secret,
            "PLATFORM_URL": platform_url,
        }
        self._child = Child(
            [_node(), str(SOURCE / "server.mjs")],
            log=folder / "oidc-provider.log",
            env=os.environ | variables,
        )
        try:
            self._child.wait_until(
                lambda: is_answering(f"{self.issuer}/.well-known/openid-configuration")
            )
        except BaseException:
            self._child.kill()
            raise

    def set_people(self, people: dict[str, dict[str, Any]]) -> None:
        new = self._people.with_suffix(".new")
        new.write_text(json.dumps(people), encoding="utf-8")
        new.replace(self._people)

    def stop(self) -> None:
        self._child.stop()
