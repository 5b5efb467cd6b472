from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from deploy.demo import config
from deploy.services.processes import ROOT, free_port
from edu_platform import env
from tests.support.demo import Demo


def test_secrets_are_made_once_and_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(config, "SECRETS", tmp_path / "demo.env")

    made = config.kept_secrets()

    assert made.keys() == {
        "SECRET_KEY",
        "LCIC_SDK_APP_ID",
        "LCIC_SECRET_ID",
        "LCIC_SECRET_KEY",
        "LCIC_CALLBACK_KEY",
    }
    assert stat.S_IMODE((tmp_path / "demo.env").stat().st_mode) == 0o600
    assert config.kept_secrets() == made


def test_secret_that_an_older_demo_lacks_is_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(config, "SECRETS", tmp_path / "demo.env")
    (tmp_path / "demo.env").write_text("SECRET_KEY=old\nLCIC_SECRET_ID=id\n")

    kept = config.kept_secrets()

    assert (kept["SECRET_KEY"], kept["LCIC_SECRET_ID"]) == ("old", "id")
    assert len(kept["LCIC_CALLBACK_KEY"]) == 32
    assert config.kept_secrets() == kept


def test_a_cloud_elsewhere_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(config, "SECRETS", tmp_path / "demo.env")
    monkeypatch.setenv("LCIC_ENDPOINT", "https://lcic.tencentcloudapi.com")

    with pytest.raises(config.CannotStartError, match="unset it first"):
        config.environment(config.Ports(web=8000, cloud=8100))


def test_mail_is_written_to_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(config, "SECRETS", tmp_path / "demo.env")
    monkeypatch.setattr(config, "VAR", tmp_path)
    monkeypatch.delenv("EMAIL_URL", raising=False)

    monkeypatch.setenv(
        "EMAIL_URL", config.environment(config.Ports(web=8000, cloud=8100))["EMAIL_URL"]
    )

    mail = env.email("EMAIL_URL", "consolemail://")
    assert mail["EMAIL_FILE_PATH"] == str(tmp_path / "demo-mail")
    assert mail["EMAIL_BACKEND"].endswith("filebased.EmailBackend")


@pytest.mark.parametrize("name", ["PORT", "CLOUD_PORT"])
def test_port_in_use_is_told_before_anything_starts(tmp_path: Path, name: str):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        other = {"PORT": "CLOUD_PORT", "CLOUD_PORT": "PORT"}[name]
        done = subprocess.run(
            [sys.executable, "-m", "deploy.demo"],
            cwd=ROOT,
            env=os.environ
            | {name: str(port), other: str(free_port()), "DEMO_VAR": str(tmp_path / "var")},
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"Port {port} cannot be used")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "var").exists()


def still_running(folder: Path) -> list[str]:
    """Command lines of processes that were told of this folder."""
    found = []
    for process in psutil.process_iter():
        try:
            told = process.environ().get("DEMO_VAR") == str(folder)
            alive = process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            continue
        if told and alive:
            found.append(" ".join(process.cmdline()))
    return found


@pytest.mark.processes
@pytest.mark.timeout(240)
def test_demo_starts_says_who_can_sign_in_and_leaves_nothing_running(tmp_path: Path):
    with Demo(tmp_path) as first:
        roles = [role for _, _, role in first.sign_ins]
        first_school = first.cloud.state()
        assert len(still_running(tmp_path)) > 4
    assert still_running(tmp_path) == []
    with Demo(tmp_path) as second:
        assert second.sign_ins == first.sign_ins
        assert len(second.cloud.users()) >= len(first_school["users"])
    assert still_running(tmp_path) == []

    assert first.lines[-1] == f"ready: {first.url}/"
    assert [role.split()[0] for role in roles] == [
        "teacher",
        "student",
        "student",
        "supervisor",
        "planner",
        "administrator",
    ]
    signs_first = len(first.lines) - len(roles) - 1
    assert all(line.startswith("sign-in: ") for line in first.lines[signs_first:-1])
