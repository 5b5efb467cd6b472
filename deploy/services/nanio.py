"""`nanio`, an S3-compatible server that checks signatures: its own environment, and the server."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.services.processes import ROOT, Child, free_port

FOLDER = ROOT / "var" / "nanio"
REQUIREMENTS = Path(__file__).with_name("nanio.txt")
# It needs this Python or a newer one, whichever the platform itself runs on.
INTERPRETERS = ("python3.13", "python3.14", "python3.15", "python3")
OLDEST = (3, 13)
WITHOUT = "the tests of files on an S3 are skipped"


def find() -> Path | None:
    """The program that `install_what_is_missing` made, or the one that the machine has."""
    own = FOLDER / "bin" / "nanio"
    if _is_ready() and own.is_file():
        return own
    found = shutil.which("nanio")
    return Path(found) if found else None


def install_what_is_missing() -> None:
    """Make its environment once; why that is not possible is told, and those tests are skipped then."""
    if find() is not None:
        return
    python = interpreter()
    if python is None:
        print(f"No Python {'.'.join(map(str, OLDEST))} for nanio here: {WITHOUT}.", flush=True)
        return
    print("Installing nanio for the tests of files on an S3", flush=True)
    pip = [str(FOLDER / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    for command in (
        [python, "-m", "venv", "--clear", str(FOLDER)],
        [*pip, "install", "--quiet", "-r", str(REQUIREMENTS)],
    ):
        done = _run(command)
        if done.returncode:
            print(f"{done.stdout}nanio could not be installed: {WITHOUT}.", flush=True)
            return
    _mark().write_bytes(REQUIREMENTS.read_bytes())


def interpreter() -> str | None:
    """A Python that is new enough, and does start: some that are found are mere signposts."""
    check = f"import sys, venv, ensurepip; sys.exit(sys.version_info < {OLDEST})"
    candidates = [sys.executable]
    for name in INTERPRETERS:
        folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
        candidates += filter(None, (shutil.which(name, path=folder) for folder in folders))
    return next((each for each in candidates if not _run([each, "-c", check]).returncode), None)


def _mark() -> Path:
    return FOLDER / ".ready"


def _is_ready() -> bool:
    return _mark().is_file() and _mark().read_bytes() == REQUIREMENTS.read_bytes()


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


class Nanio:
    """Listens on a free port of 127.0.0.1; keeps its files in `folder`. Knows one key."""

    def __init__(self, program: Path, folder: Path, *, key: str, secret: str) -> None:
        self._program, self._folder = program, folder
        self._environment = {"NANIO_ACCESS_KEY": key, "NANIO_SECRET_KEY": secret}
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        folder.mkdir(parents=True, exist_ok=True)
        self._start()

    def start_again(self) -> None:
        """Start it after `kill`, at the same address and with the same files; it may also be running."""
        if not self._child.is_running:
            self._start()

    def _start(self) -> None:
        self._child = Child(
            [
                *(str(self._program), "serve", "--data-dir", str(self._folder / "data")),
                *("--host", "127.0.0.1", "--port", str(self.port)),
            ],
            log=self._folder / "nanio.log",
            env=os.environ | self._environment,
        )
        try:
            self._child.wait_until(self._answers)
        except BaseException:
            self._child.kill()
            raise

    def stop(self) -> None:
        self._child.stop()

    def kill(self) -> None:
        self._child.kill()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except OSError:  # not up yet
            return False
        finally:
            connection.close()
        return True
