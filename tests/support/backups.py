"""Backups, as tests look at them and damage them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError
from django.db import connection, transaction

from edu_platform.backup import folders
from tests.support.commands import run
from tests.support.emptying import delete_rows


def back_up(folder: Path, *words: str) -> Path:
    """Run the command; return the folder of the new backup, which it names in its last line."""
    outcome = run("backup", folder, *words)
    made = folders.finished_in(folder)[-1]
    assert outcome.stdout.splitlines()[-1].endswith(str(made))
    return made


def refused(command: str, *words: str | Path) -> str:
    """The sentence with which a command ends that must not succeed."""
    with pytest.raises(CommandError) as failed:
        run(command, *words)
    assert failed.value.returncode == 1
    return str(failed.value)


def remove_people() -> None:
    """Leave the tables, and nobody and nothing in them."""
    with transaction.atomic():
        delete_rows(connection)
