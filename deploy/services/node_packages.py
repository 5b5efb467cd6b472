"""Packages of npm that tests need, for the Node.js that is among our own packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class NodePackages:
    """Packages that `package.json` and its lock in `source` name, installed into `folder`."""

    name: str
    source: Path
    folder: Path
    needed_for: str

    def find(self) -> Path | None:
        """The folder with the packages that `install_what_is_missing` fetched."""
        return self.folder if self._is_ready() and _program("node").is_file() else None

    def install_what_is_missing(self) -> None:
        """Fetch them once; why that is not possible is told, and those tests are skipped then."""
        if self.find() is not None:
            return
        without = f"{self.needed_for} with it are skipped"
        if not _program("npm").is_file():
            print(f"No npm beside this Python for {self.name}: {without}.", flush=True)
            return
        print(f"Fetching {self.name} for {self.needed_for}", flush=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        for file in (self.source / "package.json", self._lock):
            shutil.copy(file, self.folder)
        done = _run(
            [str(_program("npm")), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            self.folder,
        )
        if done.returncode:
            print(f"{done.stdout}{self.name} could not be fetched: {without}.", flush=True)
            return
        self._mark.write_bytes(self._lock.read_bytes())

    @property
    def _lock(self) -> Path:
        return self.source / "package-lock.json"

    @property
    def _mark(self) -> Path:
        return self.folder / ".ready"

    def _is_ready(self) -> bool:
        return self._mark.is_file() and self._mark.read_bytes() == self._lock.read_bytes()


def node() -> str:
    """Node.js itself: the program beside our Python only waits for it, and would leave it behind when ended."""
    asked = [str(_program("node")), "-p", "process.execPath"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def _program(name: str) -> Path:
    return Path(sys.executable).parent / name


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
