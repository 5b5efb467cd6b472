"""The roster and start passwords as `docs/accounts.md` describes them, done to the letter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.models import User
from schedule.models import Membership
from tests.support.commands import run

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("commands of the contract")]

DOC = Path(__file__).parents[2] / "docs" / "accounts.md"
SECTIONS = ("The roster", "Start passwords")
# A file, named in the last line before it; or what somebody types, with what they read.
BLOCK = re.compile(
    r"`(?P<name>[\w.-]+)`[^`\n]*:\n\n```csv\n(?P<csv>.*?)```|```console\n(?P<console>.*?)```",
    re.DOTALL,
)
PROMPT = "$ python manage.py "


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", DOC.read_text(), re.DOTALL | re.MULTILINE)
    assert found is not None, title
    return found[1]


def follow(text: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each command, with what the document says it prints and what it does print."""
    for block in BLOCK.finditer(text):
        if block["name"]:
            Path(block["name"]).write_text(block["csv"])
            continue
        for part in block["console"].split(PROMPT)[1:]:
            command, *expected = part.splitlines()
            outcome = run(*command.split())
            printed = [*outcome.stdout.splitlines(), *outcome.stderr.splitlines()]
            yield command, expected, printed


def test_worked_examples_do_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    steps = [step for title in SECTIONS for step in follow(section(title))]

    assert [step[1] for step in steps] == [step[2] for step in steps]
    assert len(steps) == 10
    assert set(User.objects.values_list("username", "is_active")) == {
        ("zhang.wei", True),
        ("wang.fang", True),
        ("li.na", True),
        ("liu.yang", True),
    }
    assert Membership.objects.of_class_teachers().get().user.username == "li.na"
