"""People who were erased stay so when an older backup is restored."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.utils import timezone

from accounts.enums import AuditKind
from accounts.erasing import work
from accounts.models import AuditEntry, Erasure, User
from courseware.models import Courseware
from edu_platform.backup import erased_people, sums
from edu_platform.backup.exceptions import BackupError
from schedule.models import Course, Lesson
from tests.factories.schedule import CourseFactory, LessonFactory, school_time
from tests.support.backups import back_up, remove_people
from tests.support.commands import run
from tests.support.database_texts import database_texts
from tests.support.erasing import ERASED, erased, somebody, under_way
from tests.support.threads import all_at_once

NAME = "欧阳明月"


@pytest.fixture
def yesterday(lesson_file: Courseware, backups: Path) -> Path:
    """Back up a school in which somebody lives who is erased today."""
    somebody(NAME, username="moonlight")
    LessonFactory.create(
        title=f"给{NAME}补课", starts_at=school_time(-9, 9), ends_at=school_time(-9, 10)
    )
    return back_up(backups / "yesterday")


@pytest.fixture
def today(yesterday: Path, backups: Path) -> Path:
    """Back the school up once more, when the person is erased."""
    erased(User.objects.get(username="moonlight"))
    return back_up(backups / "today")


def test_a_backup_lists_who_is_erased_and_its_sums_know_the_list(today: Path):
    content = (today / erased_people.NAME).read_bytes()
    (line,) = content.decode().splitlines()

    assert line.startswith(f"erased={Erasure.objects.get().key} ")
    assert NAME not in line
    assert (hashlib.sha256(content).hexdigest(), erased_people.NAME) in list(sums.read(today))


def test_a_backup_of_a_school_that_erased_nobody_has_an_empty_list(yesterday: Path):
    assert (yesterday / erased_people.NAME).read_text() == ""


def test_restoring_the_backup_of_before_erases_the_person_once_more(yesterday: Path, today: Path):
    (line,) = (today / erased_people.NAME).read_text().splitlines()
    key = Erasure.objects.get().key
    remove_people()

    outcome = run("restore", yesterday, "--erased", today / erased_people.NAME)

    assert outcome.code == 0
    assert line in outcome.stdout.splitlines()
    assert User.objects.get(code=key).display_name == ERASED
    for text in (NAME, "moonlight"):
        assert database_texts(text) == []
    assert Lesson.objects.get().title == f"给{ERASED}补课"
    # Whoever runs the command again hears of the same moment.
    assert run("erase_person", key).stdout.splitlines()[-1] == line


def test_a_course_called_like_the_person_is_left_for_somebody_to_decide(
    yesterday: Path, today: Path
):
    remove_people()
    run("restore", yesterday)
    CourseFactory.create(name=NAME)

    lines: list[str] = []
    assert erased_people.repeat(erased_people.read(today / erased_people.NAME), lines.append) == []

    assert Course.objects.filter(name=NAME).exists()
    assert "/people/erasures/" in lines[0]
    assert lines[-1].startswith("erased=")


def test_without_the_list_the_person_is_back(yesterday: Path, today: Path):
    remove_people()

    run("restore", yesterday)

    assert User.objects.filter(display_name=NAME).exists()


def test_a_backup_in_which_they_are_erased_says_so_and_changes_nothing(today: Path):
    remove_people()

    outcome = run("restore", today, "--erased", today / erased_people.NAME)

    assert outcome.code == 0
    assert f"erased={Erasure.objects.get().key} " in outcome.stdout


def test_somebody_whom_a_worker_erases_at_that_moment_is_left_to_it(yesterday: Path, today: Path):
    """Worker and beat were started too early, and an administrator erased the person by the page."""
    lines = erased_people.read(today / erased_people.NAME)
    remove_people()
    run("restore", yesterday)
    erasure = under_way(User.objects.get(username="moonlight"))
    assert Erasure.objects.all().lease(erasure, work.LEASE, at=timezone.now())

    output: list[str] = []
    (reason,) = erased_people.repeat(lines, output.append)

    assert reason == f"{lines[0].key}: 后台任务正在处理。"
    assert output == []
    # The worker goes on where it was, and who runs the command again hears that all is done.
    work.erase(erasure, asks_cloud=False)
    assert erased_people.repeat(lines, output.append) == []
    assert output[0].startswith(f"erased={lines[0].key} ")
    assert database_texts(NAME) == []


def test_two_who_restore_the_list_at_once_erase_everybody_once(yesterday: Path, today: Path):
    lines = erased_people.read(today / erased_people.NAME)
    remove_people()
    run("restore", yesterday)

    outputs: list[list[str]] = [[], []]
    all_at_once(lambda output: erased_people.repeat(lines, output.append), outputs)

    assert Erasure.objects.get().is_erased
    assert AuditEntry.objects.filter(kind=AuditKind.PERSON_ERASED).count() == 1
    assert database_texts(NAME) == []


def test_somebody_whom_the_backup_does_not_have_is_named_by_the_key(
    yesterday: Path, tmp_path: Path
):
    remove_people()
    file = tmp_path / "erased.txt"
    file.write_text("Other words\nerased=zzzzzzzzzzzz 2026-01-02T03:04:05Z\n", encoding="utf-8")

    outcome = run("restore", yesterday, "--erased", file)

    assert "zzzzzzzzzzzz" in outcome.stdout
    assert User.objects.filter(display_name=NAME).exists()


def test_a_list_that_went_through_windows_names_everybody(tmp_path: Path):
    file = tmp_path / "erased.txt"
    lines = [f"erased={key} 2026-01-02T03:04:05Z\r\n" for key in ("abcdefgh2345", "bcdefgh23456")]
    file.write_bytes("".join(lines).encode("utf-8-sig"))

    assert [line.key for line in erased_people.read(file)] == ["abcdefgh2345", "bcdefgh23456"]


@pytest.mark.parametrize(
    "line",
    [
        "erased=",
        "erased=abc",
        "erased=abcdefgh2345 yesterday",
        "erased=abcdefgh2345 2026-13-45T00:00:00Z",
        "erased=张三 2026-01-02T03:04:05Z",
    ],
)
def test_a_damaged_line_restores_nothing(yesterday: Path, tmp_path: Path, line: str):
    remove_people()
    file = tmp_path / "erased.txt"
    file.write_text(line, encoding="utf-8")

    with pytest.raises(CommandError, match="erased=KEY TIME"):
        run("restore", yesterday, "--erased", file)

    assert not User.objects.exists()


def test_a_list_that_is_no_text_or_not_there_restores_nothing(yesterday: Path, tmp_path: Path):
    remove_people()
    (tmp_path / "odd").write_bytes(b"erased=\xff\xfe")

    for name in ("odd", "missing"):
        with pytest.raises(CommandError):
            run("restore", yesterday, "--erased", tmp_path / name)
    with pytest.raises(BackupError):
        erased_people.read(tmp_path / "odd")

    assert not User.objects.exists()
