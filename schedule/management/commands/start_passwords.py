from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import translation

from accounts.models import User
from accounts.services.start_passwords import (
    StartPassword,
    as_csv,
    give_start_passwords,
    judge,
    make_start_passwords,
)
from schedule.class_groups.start_passwords import students_by_class_group
from schedule.models import ClassGroup


class Command(BaseCommand):
    help = (
        "Make one-time passwords for the students of a class group who have never signed in or "
        "have no password, and write them into a new file for printing. The first sign-in asks for "
        "a password of one's own. Passwords handed out before and not used yet are replaced."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("class_group", metavar="CLASS_GROUP", help="the class group's name")
        parser.add_argument(
            "--out", type=Path, required=True, metavar="FILE", help="the CSV file, made by this"
        )
        parser.add_argument(
            "--all",
            action="store_true",
            dest="everyone",
            help="for all students of the class group, also those who have a password",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        name, path = options["class_group"], options["out"]
        class_group = ClassGroup.objects.active().filter(name=name).first()
        if class_group is None:
            raise CommandError(f"There is no class group {name}.")
        ((_class_group, people),) = students_by_class_group([class_group])
        chosen = judge(people).chosen(everyone=options["everyone"])
        students = [person for person in people if person in chosen]
        if not students:
            raise CommandError(f"Nobody in {name} needs a start password.")
        passwords = self._write(path, students)
        self.stdout.write(
            f"{len(passwords)} start passwords stand in {path}. Delete it after printing."
        )

    def _write(self, path: Path, students: Iterable[User]) -> list[StartPassword]:
        """Write the file first and commit the passwords after it, so that none is lost alone."""
        file = _create_private(path)
        try:
            passwords = make_start_passwords(students)
            with translation.override(settings.LANGUAGE_CODE):
                table = as_csv(passwords)
            with transaction.atomic():
                give_start_passwords(passwords, by=None)
                os.write(file, table)
                os.fsync(file)
        except BaseException:
            path.unlink()
            raise
        finally:
            os.close(file)
        return passwords


def _create_private(path: Path) -> int:
    """A new file that only its owner may read; one that is there is never touched."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as err:
        raise CommandError(f"{path} is there already, and is not overwritten.") from err
    except OSError as err:
        raise CommandError(f"{path} cannot be written: {err.strerror}.") from err
