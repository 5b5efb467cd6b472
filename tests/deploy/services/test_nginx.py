"""The origin of nginx of the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.services import nginx


@pytest.fixture(autouse=True)
def _bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(nginx, "FOLDER", tmp_path / "own")
    monkeypatch.setattr("shutil.which", lambda *_words, **_more: None)


def test_machine_without_a_package_manager_goes_without(capsys: pytest.CaptureFixture[str]):
    nginx.install_what_is_missing()

    assert nginx.find() is None
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("script", "is_found"), [("exit 0", True), ("exit 127", False)])
def test_unpacked_program_counts_when_it_starts(tmp_path: Path, script: str, is_found: bool):
    program = tmp_path / "own" / "usr" / "sbin" / "nginx"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)

    assert nginx.find() == (program if is_found else None)
