from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.demo import config
from deploy.services.processes import ROOT, free_port
from edu_platform import env


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
