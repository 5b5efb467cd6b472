"""Things that all workers of all parts of a test run use, made by one of them."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.services.processes import ROOT


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return what the first that asks for it makes under another name, and the others wait for.

    `make test` names a folder for all its parts; else it is once for the workers of this run.
    """
    made = _shared_folder(factory) / name
    with made.with_name(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            unfinished = made.with_name(f"{name}.made")
            make(unfinished)
            unfinished.rename(made)
    return made


def _shared_folder(factory: pytest.TempPathFactory) -> Path:
    if named := os.environ.get("TEST_SHARED_FOLDER"):
        return Path(named)
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def run_manage(command: str, **variables: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "deploy.services.commands", command],
        cwd=ROOT,
        env=os.environ | variables,
        check=True,
        capture_output=True,
    )
