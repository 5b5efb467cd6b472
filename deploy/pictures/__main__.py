"""Open a demo of its own, take the pictures in each language, and close it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.pictures.camera import LOCALES, CannotTakePictures, take_all
from deploy.services.processes import ROOT, free_port

PICTURES = ROOT / "docs" / "help" / "pictures"
SIGN_IN_LINE = "sign-in: "
READY_LINE = "ready: "


@contextmanager
def demo(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A demo in this folder: its address, and the password of each username.

    Raises:
        CannotTakePictures: it did not start; the terminal has its reason.
    """
    ports = {"PORT": str(free_port()), "CLOUD_PORT": str(free_port())}
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.demo"],
        cwd=ROOT,
        env=os.environ | ports | {"DEMO_VAR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield _wait_until_ready(process)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.wait()


def _wait_until_ready(process: subprocess.Popen[str]) -> tuple[str, dict[str, str]]:
    passwords: dict[str, str] = {}
    for line in process.stdout or ():
        if line.startswith(SIGN_IN_LINE):
            username, password, _role = line.removeprefix(SIGN_IN_LINE).split(" ", 2)
            passwords[username] = password
        elif line.startswith(READY_LINE):
            return line.removeprefix(READY_LINE).strip(), passwords
        else:
            print(line, end="", flush=True)
    raise CannotTakePictures("The demo did not start.")


def take_pictures_of(url: str, passwords: dict[str, str]) -> None:
    for language in LOCALES:
        folder = PICTURES / language
        folder.mkdir(parents=True, exist_ok=True)
        taken = set()
        for name, picture in take_all(url, passwords, language):
            path = folder / f"{name}.webp"
            path.write_bytes(picture)
            taken.add(path)
            print(f"{path.relative_to(ROOT)}  {len(picture) // 1024} KiB", flush=True)
        for path in set(folder.iterdir()) - taken:
            path.unlink()


def main() -> int:
    try:
        with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as (url, passwords):
            take_pictures_of(url, passwords)
    except CannotTakePictures as err:
        print(err, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
