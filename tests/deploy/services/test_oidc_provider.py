"""The server of OpenID Connect of the tests: its packages are fetched once, where there is an npm."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from deploy.services import oidc_provider
from deploy.services.processes import is_listening
from tests.support.oidc import start_provider


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it."""
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setattr(oidc_provider, "FOLDER", tmp_path / "own")
    return tmp_path


def test_machine_without_npm_is_told_in_one_sentence(
    machine: Path, capsys: pytest.CaptureFixture[str]
):
    oidc_provider.install_what_is_missing()

    said = capsys.readouterr().out
    assert said.startswith("No npm beside this Python")
    assert said.endswith(f"{oidc_provider.WITHOUT}.\n")
    assert oidc_provider.find() is None


def test_failed_fetch_is_told_and_tried_again_the_next_time(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for name in ("npm", "node"):
        (machine / name).touch()
    codes = [1, 0]

    def run(command: list[str], folder: Path) -> Any:
        return subprocess.CompletedProcess(command, codes.pop(0), stdout="no network\n")

    monkeypatch.setattr(oidc_provider, "_run", run)

    oidc_provider.install_what_is_missing()
    assert oidc_provider.find() is None
    assert "no network\noidc-provider could not be fetched" in capsys.readouterr().out

    oidc_provider.install_what_is_missing()
    assert oidc_provider.find() == machine / "own"

    oidc_provider.install_what_is_missing()
    assert codes == []


@pytest.mark.processes
def test_stopped_server_leaves_no_process_behind(tmp_path: Path):
    running = start_provider(tmp_path / "provider", platform_url="http://127.0.0.1:1")

    running.stop()

    assert not is_listening(running.port)


def test_lock_names_versions_and_sums_and_no_place_to_fetch_from():
    lock = json.loads(oidc_provider.LOCK.read_text(encoding="utf-8"))
    packages = {name: each for name, each in lock["packages"].items() if name}
    for each in packages.values():
        each.pop("funding", None)

    assert "node_modules/oidc-provider" in packages
    assert all(each["version"] and each["integrity"] for each in packages.values())
    assert "://" not in json.dumps(packages)
