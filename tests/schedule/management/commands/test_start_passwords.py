from __future__ import annotations

import csv
import datetime as dt
import io
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.models import ClassGroup
from tests.factories.accounts import UserFactory
from tests.factories.schedule import MembershipFactory
from tests.support.commands import run

pytestmark = pytest.mark.both_databases("a command")


def rows_of(path: Path) -> list[list[str]]:
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def make_passwords(path: Path, *more: str) -> dict[str, str]:
    run("start_passwords", "三年级1班", "--out", path, *more)
    _head, *rows = rows_of(path)
    return {username: password for _name, username, password, _address in rows}


def test_passwords_stand_in_a_private_file(student: User, tmp_path: Path, settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"
    path = tmp_path / "passwords.csv"

    outcome = run("start_passwords", "三年级1班", "--out", path)

    head, row = rows_of(path)
    student.refresh_from_db()
    assert head == ["Name", "Username", "Start password", "Sign in at"]
    assert row[:2] == ["王小明", "student"]
    assert student.check_password(row[2])
    assert student.must_change_password
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert row[2] not in outcome.stdout


def test_who_signed_in_keeps_the_password(class_group: ClassGroup, tmp_path: Path) -> None:
    people = {
        "new": UserFactory.create(username="new"),
        "unused": UserFactory.create(username="unused", password="given"),
        "used": UserFactory.create(username="used", password="own", last_login=timezone.now()),
        "emptied": UserFactory.create(username="emptied", last_login=timezone.now()),
    }
    for user in people.values():
        MembershipFactory.create(user=user, class_group=class_group)

    given = make_passwords(tmp_path / "some.csv")

    assert set(given) == {"new", "unused", "emptied"}
    assert User.objects.get(username="used").check_password("own")
    assert set(make_passwords(tmp_path / "all.csv", "--all")) == set(people)


def test_only_students_of_today_get_one(
    student: User, class_group: ClassGroup, tmp_path: Path
) -> None:
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    others: list[tuple[User, dict[str, Any]]] = [
        (UserFactory.create(username="left"), {"to_date": yesterday}),
        (UserFactory.create(username="inactive", is_active=False), {}),
        (UserFactory.create(roles=[Role.TEACHER]), {"kind": "class_teacher"}),
        (UserFactory.create(roles=[Role.STUDENT, Role.PLANNER]), {}),
        (UserFactory.create(is_superuser=True), {}),
    ]
    for user, fields in others:
        MembershipFactory.create(user=user, class_group=class_group, **fields)

    assert set(make_passwords(tmp_path / "passwords.csv", "--all")) == {"student"}


def test_a_file_that_is_there_is_never_overwritten(student: User, tmp_path: Path) -> None:
    path = tmp_path / "passwords.csv"
    path.write_text("precious")

    with pytest.raises(CommandError):
        run("start_passwords", "三年级1班", "--out", path)

    assert path.read_text() == "precious"
    student.refresh_from_db()
    assert not student.has_usable_password()


def test_passwords_that_cannot_be_written_are_not_given(student: User, tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        run("start_passwords", "三年级1班", "--out", tmp_path / "nowhere" / "passwords.csv")

    student.refresh_from_db()
    assert not student.has_usable_password()


def test_a_full_disk_leaves_neither_file_nor_passwords(
    student: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_file: int, _data: bytes) -> int:
        raise OSError("no space left")

    monkeypatch.setattr("os.write", refuse)
    path = tmp_path / "passwords.csv"

    with pytest.raises(OSError, match="no space"):
        run("start_passwords", "三年级1班", "--out", path)

    student.refresh_from_db()
    assert not student.has_usable_password()
    assert not path.exists()


def test_unknown_and_empty_class_groups_are_told(class_group: ClassGroup, tmp_path: Path) -> None:
    for name in ("九年级9班", class_group.name):
        with pytest.raises(CommandError, match=name):
            run("start_passwords", name, "--out", tmp_path / "passwords.csv")

    assert list(tmp_path.iterdir()) == []
