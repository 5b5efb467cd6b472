from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation
from django.utils.translation import gettext

from schedule.enums import ActionOrigin, ImportTopic
from schedule.imports.file_words import staying_lines_in_words
from schedule.imports.undo import (
    AlreadyUndone,
    Undoing,
    UndoRefused,
    undo_import,
    undoing_of,
)
from schedule.imports.undo_files import (
    FileUndoing,
    NothingToUndo,
    undo_file,
    undoing_of_file,
)
from schedule.imports.undo_parts import deleted_names_in_words
from schedule.imports.undo_words import lines_in_words
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.management.progress_line import progress_shown
from schedule.models import ImportedFile, PlanningAction

LISTED = 20
# What an import did to so many; the last of an import of an earlier release.
COUNTED = ("added", "changed", "removed", "deactivated", "lessons")


class Command(BaseCommand):
    help = (
        "Take an import back. Of lessons, as long as no class of them has begun: what it planned "
        "is deleted, with courses and class groups that nothing else uses, what it changed becomes what it was, and what was changed again since stays. "
        "Of people and weekly lessons, as far as nothing has come of them. "
        "Without a code: list the last imports."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("code", nargs="?", metavar="CODE", help="of the import, as listed")
        parser.add_argument("--dry-run", action="store_true", help="say what it would do")

    def handle(self, *_args: Any, **options: Any) -> None:
        with translation.override(settings.LANGUAGE_CODE):
            if options["code"] is None:
                self._list()
                return
            code, is_dry = options["code"], options["dry_run"]
            file = ImportedFile.objects.select_related("action").filter(code=code).first()
            if file is not None and file.action is None:
                self._undo_file(file, is_dry=is_dry)
                return
            # An earlier release that imports lessons during an upgrade notes no file.
            imports = PlanningAction.objects.filter(code=code, origin=ActionOrigin.IMPORT)
            if (imported := imports.first()) is None:
                raise CommandError(gettext("There is no import of this code."))
            self._undo_lessons(imported, is_dry=is_dry)

    def _list(self) -> None:
        files = ImportedFile.objects.select_related("by", "action__undone_by").order_by("-pk")
        for file in files[:LISTED]:
            by = file.by.username if file.by is not None else "-"
            count = sum(file.counts.get(name) or 0 for name in COUNTED)
            undone = gettext("undone") if file.is_undone else ""
            moment = f"{timezone.localtime(file.at):%Y-%m-%d %H:%M}"
            topic = ImportTopic(file.topic).name.lower()
            self.stdout.write(f"{file.code} {moment} {topic} {by} {count} {undone}".rstrip())

    # --- Lessons

    def _undo_lessons(self, imported: PlanningAction, *, is_dry: bool) -> None:
        action = PlanningAction(reason=gettext("An import was undone."))
        try:
            with progress_shown(), _refusing():
                undoing = _look(imported) if is_dry else undo_import(imported, action=action)
        except UndoRefused as refused:
            self._refuse(refused.undoing)
        else:
            self._tell(lines_in_words(undoing), undoing.made.names, undoing.counts())

    def _refuse(self, undoing: Undoing) -> None:
        for line in lines_in_words(undoing):
            self.stderr.write(line)
        if undoing.begun:
            raise CommandError(gettext("Classes of these lessons have begun. Nothing was undone."))
        if undoing.conflicts:
            text = gettext("Somebody is taken by what was planned meanwhile. Nothing was undone.")
            raise CommandError(text)
        raise CommandError(gettext("Nothing is left of this import that could be undone."))

    # --- People, weekly lessons, FET

    def _undo_file(self, file: ImportedFile, *, is_dry: bool) -> None:
        try:
            with progress_shown(), _refusing():
                undoing = _look_at_file(file) if is_dry else undo_file(file, by=None)
        except NothingToUndo as refused:
            for line in staying_lines_in_words(refused.undoing):
                self.stderr.write(line)
            text = gettext("Nothing is left of this import that could be undone.")
            raise CommandError(text) from refused
        self._tell(staying_lines_in_words(undoing), undoing.made.names, undoing.counts())

    def _tell(
        self, lines: Iterable[str], deleted_names: Sequence[str], counts: Mapping[str, int]
    ) -> None:
        for line in lines:
            self.stdout.write(line)
        if told := deleted_names_in_words(deleted_names):
            self.stderr.write(told)
        self.stdout.write("deleted={deleted} restored={restored} left={left}".format(**counts))


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except AlreadyUndone as err:
        raise CommandError(gettext("This import was undone before.")) from err
    except ChangedMeanwhile as err:
        raise CommandError(gettext("Something was changed meanwhile: try again.")) from err


def _look(imported: PlanningAction) -> Undoing:
    if imported.undoing is not None:
        raise AlreadyUndone
    undoing = undoing_of(imported, at=timezone.now())
    if not undoing.can_be_done:
        raise UndoRefused(undoing)
    return undoing


def _look_at_file(file: ImportedFile) -> FileUndoing:
    if file.is_undone:
        raise AlreadyUndone
    undoing = undoing_of_file(file, by=None)
    if not undoing.can_be_done:
        raise NothingToUndo(undoing)
    return undoing
