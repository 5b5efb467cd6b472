"""The hand-over as docs/accounts.md describes it, done word by word: its keys, its program, its sign-in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import environ
import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from edu_platform import env

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).parents[2] / "docs" / "accounts.md"
HEADING = "## Hand-over from the school's own site"
PLATFORM = "https://class.school.example"
SECRET, KEY_PAIR = 0, 1  # the shell's blocks, in order


def blocks(language: str) -> list[str]:
    section = DOCUMENT.read_text().partition(HEADING)[2].partition("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


def run(*command: str, folder: Path) -> str:
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("kind", [SECRET, KEY_PAIR], ids=["secret", "key pair"])
def test_worked_example_signs_a_student_in(
    kind: int, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = run("sh", "-c", blocks("sh")[kind], folder=tmp_path).splitlines()[-1]
    (tmp_path / ".env").write_text(printed + "\n")
    monkeypatch.setattr(environ.Env, "ENVIRON", {})
    env.read_dotenv(tmp_path / ".env")
    settings.HANDOVER_KEYS = env.handover_keys("HANDOVER_KEYS")
    settings.PUBLIC_BASE_URL = PLATFORM

    address = run(sys.executable, "-c", program(kind), folder=tmp_path).strip()

    assert address.startswith(f"{PLATFORM}/accounts/handover/?ticket=")
    client = Client()
    answer = client.get(address.removeprefix(PLATFORM))
    assert (answer.status_code, answer["Location"]) == (302, "/schedule/")
    assert client.get("/schedule/").status_code == 200
    person = User.objects.get(username="20260815")
    assert person.display_name == "李明"
    assert person.roles == {Role.STUDENT}


def program(kind: int) -> str:
    """The example in Python; its line for a pair of keys stands there as a comment."""
    (written,) = blocks("python")
    if kind == SECRET:
        return written
    without_secret = re.sub(r"^ALGORITHM.*\n", "", written, flags=re.MULTILINE)
    return re.sub(r"^# (?=ALGORITHM)", "", without_secret, flags=re.MULTILINE)
