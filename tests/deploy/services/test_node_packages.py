"""Packages of npm for tests: they are fetched once, where there is an npm."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from deploy.services import ical_js, node_packages, oidc_provider
from deploy.services.node_packages import NodePackages


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it."""
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    return tmp_path


@pytest.fixture
def packages(machine: Path) -> NodePackages:
    return NodePackages(
        "ical.js", source=ical_js.SOURCE, folder=machine / "own", needed_for="the tests of feeds"
    )


def test_machine_without_npm_is_told_in_one_sentence(
    packages: NodePackages, capsys: pytest.CaptureFixture[str]
):
    packages.install_what_is_missing()

    said = capsys.readouterr().out
    assert said.startswith("No npm beside this Python")
    assert said.endswith("the tests of feeds with it are skipped.\n")
    assert packages.find() is None


def test_failed_fetch_is_told_and_tried_again_the_next_time(
    machine: Path,
    packages: NodePackages,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    for name in ("npm", "node"):
        (machine / name).touch()
    codes = [1, 0]

    def run(command: list[str], folder: Path) -> Any:
        return subprocess.CompletedProcess(command, codes.pop(0), stdout="no network\n")

    monkeypatch.setattr(node_packages, "_run", run)

    packages.install_what_is_missing()
    assert packages.find() is None
    assert "no network\nical.js could not be fetched" in capsys.readouterr().out

    packages.install_what_is_missing()
    assert packages.find() == machine / "own"

    packages.install_what_is_missing()
    assert codes == []


@pytest.mark.parametrize("wanted", [oidc_provider.PACKAGES, ical_js.PACKAGES])
def test_lock_names_versions_and_sums_and_no_place_to_fetch_from(wanted: NodePackages):
    lock = json.loads((wanted.source / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: each for name, each in lock["packages"].items() if name}
    for each in packages.values():
        each.pop("funding", None)

    assert f"node_modules/{wanted.name}" in packages
    assert all(each["version"] and each["integrity"] for each in packages.values())
    assert "://" not in json.dumps(packages)
