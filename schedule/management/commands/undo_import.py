from __future__ import annotations

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count
from django.utils import timezone, translation
from django.utils.translation import gettext

from schedule.enums import ActionOrigin
from schedule.imports.undo import (
    AlreadyUndone,
    Undoing,
    UndoRefused,
    undo_import,
    undoing_of,
)
from schedule.imports.undo_parts import deleted_names_in_words
from schedule.imports.undo_words import lines_in_words
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.management.progress_line import progress_shown
from schedule.models import PlanningAction

LISTED = 20


class Command(BaseCommand):
    help = (
        "Take an import of lessons back, as long as no class of its lessons has begun: what it planned "
        "is deleted, with courses and class groups that nothing else uses, what it changed becomes what it was, and what was changed again since stays. "
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
            imported = PlanningAction.objects.filter(
                code=options["code"], origin=ActionOrigin.IMPORT
            ).first()
            if imported is None:
                raise CommandError(gettext("There is no import of this code."))
            self._undo(imported, is_dry=options["dry_run"])

    def _list(self) -> None:
        imports = PlanningAction.objects.filter(origin=ActionOrigin.IMPORT).order_by("-pk")
        counted = imports.select_related("by", "undone_by").annotate(lesson_count=Count("changes"))
        for action in counted[:LISTED]:
            by = action.by.username if action.by is not None else "-"
            undone = gettext("undone") if action.undoing is not None else ""
            moment = f"{timezone.localtime(action.at):%Y-%m-%d %H:%M}"
            self.stdout.write(
                f"{action.code} {moment} {by} {action.lesson_count} {undone}".rstrip()
            )

    def _undo(self, imported: PlanningAction, *, is_dry: bool) -> None:
        action = PlanningAction(reason=gettext("An import was undone."))
        try:
            with progress_shown():
                undoing = self._look(imported) if is_dry else undo_import(imported, action=action)
        except AlreadyUndone as err:
            raise CommandError(gettext("This import was undone before.")) from err
        except UndoRefused as refused:
            self._refuse(refused.undoing)
        except ChangedMeanwhile as err:
            raise CommandError(gettext("The timetable was changed meanwhile: try again.")) from err
        else:
            self._tell(undoing)

    def _look(self, imported: PlanningAction) -> Undoing:
        if imported.undoing is not None:
            raise AlreadyUndone
        undoing = undoing_of(imported, at=timezone.now())
        if not undoing.can_be_done:
            raise UndoRefused(undoing)
        return undoing

    def _refuse(self, undoing: Undoing) -> None:
        for line in lines_in_words(undoing):
            self.stderr.write(line)
        if undoing.begun:
            raise CommandError(gettext("Classes of these lessons have begun. Nothing was undone."))
        if undoing.conflicts:
            text = gettext("Somebody is taken by what was planned meanwhile. Nothing was undone.")
            raise CommandError(text)
        raise CommandError(gettext("Nothing is left of this import that could be undone."))

    def _tell(self, undoing: Undoing) -> None:
        for line in lines_in_words(undoing):
            self.stdout.write(line)
        if deleted_names := deleted_names_in_words(undoing.made.names):
            self.stderr.write(deleted_names)
        counts = (len(undoing.deleted), len(undoing.restored), len(undoing.left_alone))
        self.stdout.write("deleted={} restored={} left={}".format(*counts))
