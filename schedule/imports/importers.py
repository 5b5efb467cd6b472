"""Importers of people, lessons, the weekly lessons of a term, and a timetable of FET."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.bulk_writing import WriteIn
from edu_platform.lib.spreadsheets.reading import read_sheet
from edu_platform.lib.spreadsheets.rows import SheetFault, SheetRefused
from edu_platform.lib.versions import NotAsShown, require_as_shown
from schedule.enums import ImportTopic
from schedule.imports import lesson_rows, user_rows, weekly_lesson_rows
from schedule.imports.examples import example_lessons, example_people, example_weekly_lessons
from schedule.imports.fet import fet_rows
from schedule.imports.fet.answers import AskedFile
from schedule.imports.fet.importing import FetResult, preview_fet, read_file, save_fet
from schedule.imports.lesson_previews import preview_lessons
from schedule.imports.lesson_spreadsheet import check_lessons, import_lessons
from schedule.imports.new_names import with_nearest
from schedule.imports.pages import Asked, DoneWords, Importer, Link, shown_faults
from schedule.imports.previews import Preview, PreviewRows, named_by_file, whole_in_words
from schedule.imports.records import FileSource
from schedule.imports.results import ImportResult, LessonImportResult
from schedule.imports.user_previews import MISSING, STAYING, preview_users
from schedule.imports.user_spreadsheet import UserImportOptions, check_users, import_users
from schedule.imports.weekly_lesson_previews import preview_weekly_lessons
from schedule.imports.weekly_lesson_spreadsheet import (
    WeeklyLessonCheck,
    check_weekly_lessons,
    take_weekly_lessons,
)
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import Term
from schedule.terms.weekly_lessons.bulk_writing import WeeklyLessonDifference

# To hash a password takes as long as so many rows: 20 to 50 ms.
ROWS_A_PASSWORD = 25
LESSON_HEADS = (_("Course"), _("Class groups"), _("Teacher"), _("Time"))


# --- People


def _check_people(asked: Asked) -> Preview:
    options = _people_options(asked)
    check = check_users(asked.content, by=asked.by, options=options)
    return preview_users(
        check, named_by_file(check.faults, asked.headings), asked.headings, options
    )


def _take_people(asked: Asked, known: str, write_in: WriteIn) -> ImportResult:
    # In the name of the person who is signed in, who may not give every role.
    options = _people_options(asked, known)
    done = import_users(
        asked.content,
        by=asked.by,
        options=options,
        file_name=asked.file_name,
        write_in=write_in,
    )
    return done.result()


def _people_options(asked: Asked, known: str = "") -> UserImportOptions:
    deactivates = asked.answers["deactivates_missing"]
    return UserImportOptions(
        reactivates=asked.answers["reactivates"],
        deactivates_missing=deactivates,
        known=known,
    )


def _passwords_in(content: bytes) -> int:
    """Count the passwords of a file as rows: to hash one is slow on purpose."""
    try:
        rows = read_sheet(content, user_rows.COLUMNS, [])
    except SheetRefused:
        return 0
    return ROWS_A_PASSWORD * sum(row.cells.get("password", "") != "" for row in rows)


def people_in_words(noted: Mapping[str, Any]) -> DoneWords:
    done = [_counts_in_words(noted)]
    if noted["deactivated"] is not None:
        text = ngettext(
            "%(count)s account was deactivated.",
            "%(count)s accounts were deactivated.",
            noted["deactivated"],
        )
        done.append(text % {"count": noted["deactivated"]})
    link = _link_to_file(noted)
    if not noted["added"]:
        return DoneWords(done, link=link)
    text = gettext(
        "New people without a way to sign in get start passwords from the page of this import."
    )
    return DoneWords(done, [text], link)


def _link_to_file(noted: Mapping[str, Any]) -> Link | None:
    """Lead to the page of an import, where it is undone; nowhere where nothing was changed."""
    code = noted.get("file_code")
    text = gettext("What was imported, and how it is undone")
    return Link(reverse("imports:file", args=[code]), text) if code else None


def _counts_in_words(noted: Mapping[str, Any]) -> str:
    text = gettext("Imported: %(added)s added, %(changed)s changed, %(unchanged)s unchanged.")
    return text % noted


PEOPLE: Importer[ImportResult] = Importer(
    topic=ImportTopic.PEOPLE,
    columns=user_rows.COLUMNS,
    check=_check_people,
    take=_take_people,
    more_to_take=_passwords_in,
    row_heads=(_("Username"), _("Name")),
    answers=("reactivates", "deactivates_missing"),
    beside={MISSING: _("Missing: to be deactivated"), STAYING: _("Missing: stay as they are")},
    make_examples=example_people,
)


# --- Lessons


def _check_lessons(asked: Asked) -> Preview:
    check = check_lessons(asked.content)
    return preview_lessons(check, asked.headings, as_draft=asked.answers["as_draft"])


def _take_lessons(asked: Asked, known: str, write_in: WriteIn) -> LessonImportResult:
    return import_lessons(
        asked.content,
        by=asked.by,
        as_draft=asked.answers["as_draft"],
        known=known,
        file_name=asked.file_name,
        write_in=write_in,
    )


def lessons_in_words(noted: Mapping[str, Any]) -> DoneWords:
    return DoneWords([_counts_in_words(noted)], link=_link_to_file(noted))


LESSONS: Importer[LessonImportResult] = Importer(
    topic=ImportTopic.LESSONS,
    columns=lesson_rows.COLUMNS,
    check=_check_lessons,
    take=_take_lessons,
    row_heads=LESSON_HEADS,
    answers=("as_draft",),
    make_examples=lambda: example_lessons(timezone.localdate()),
)


# --- The weekly lessons of a term


def weekly_lessons_in_words(noted: Mapping[str, Any]) -> DoneWords:
    text = gettext(
        "Weekly lessons: %(added)s added, %(changed)s changed, %(unchanged)s unchanged, %(removed)s removed."
    )
    changes_anything = noted["added"] or noted["changed"] or noted["removed"]
    return DoneWords([text % noted], _planning_follows() if changes_anything else ())


def weekly_lessons(term: Term) -> Importer[WeeklyLessonDifference]:
    def check(asked: Asked) -> Preview:
        weekly_lesson_check = check_weekly_lessons(asked.content, term, at=asked.at)
        return preview_weekly_lessons(term, weekly_lesson_check, asked.headings)

    def take(asked: Asked, known: str, write_in: WriteIn) -> WeeklyLessonDifference:
        def require(weekly_lesson_check: WeeklyLessonCheck) -> None:
            version = preview_weekly_lessons(term, weekly_lesson_check, asked.headings).version
            require_as_shown(weekly_lesson_check, known, version)
            if weekly_lesson_check.conflicts:
                # None stood in the way when it was checked.
                raise NotAsShown(weekly_lesson_check)

        try:
            return take_weekly_lessons(
                asked.content,
                term,
                at=asked.at,
                require=require,
                source=FileSource(asked.file_name, asked.by),
                write_in=write_in,
            )
        except ChangedMeanwhile as err:
            raise NotAsShown(term) from err

    return Importer(
        topic=ImportTopic.WEEKLY_LESSONS,
        columns=weekly_lesson_rows.COLUMNS,
        check=check,
        take=take,
        # Each row is looked at in every week, among the lessons that it stands for.
        rows_a_line=term.weeks,
        row_heads=LESSON_HEADS,
        scope=term.code,
        make_examples=example_weekly_lessons,
    )


# --- A timetable of FET


def fet_in_words(noted: Mapping[str, Any]) -> DoneWords:
    text = gettext(
        "Weekly lessons from FET: %(added)s added, %(changed)s changed, %(removed)s removed, %(unchanged)s unchanged."
    )
    changes_anything = noted["added"] or noted["changed"] or noted["removed"]
    return DoneWords([text % noted], _planning_follows() if changes_anything else ())


def _planning_follows() -> list[str]:
    return [gettext("The lessons themselves follow once you plan the term.")]


def fet(term: Term) -> Importer[WeeklyLessonDifference]:
    """Its first check reads the file alone: what that does depends on what is said of its names afterwards."""
    return Importer(
        topic=ImportTopic.FET,
        columns=fet_rows.COLUMNS,
        check=partial(_check_fet, term),
        take=partial(_take_fet, term),
        # Each row is a lesson in every week.
        rows_a_line=term.weeks,
        keeps_code=True,
        answers=("names",),
        scope=term.code,
        headings=lambda _content, _columns: whole_in_words(),
    )


def _check_fet(term: Term, asked: Asked) -> Preview:
    answers = asked.answers["names"]
    if answers is None:
        remarks = read_file(asked.content).remarks
        return Preview(rows=PreviewRows([]), scope=term.code, remarks=remarks)
    asked_file = AskedFile(asked.content, term)
    form = asked_file.answered_form(answers)
    if not form.is_valid():
        # Somebody whom they name is not there any more: the page asks again.
        return Preview(rows=PreviewRows([]), scope=term.code, answers=asked.answers)
    result = preview_fet(asked_file.file, form.meanings, term, at=asked.at)
    return Preview(
        rows=PreviewRows([]),
        scope=term.code,
        answers=asked.answers,
        version=result.version,
        remarks=result.remarks,
        figures=_figures(result),
        new_names=with_nearest(result.new_names),
        reused=result.reused,
    )


def _take_fet(term: Term, asked: Asked, known: str, write_in: WriteIn) -> WeeklyLessonDifference:
    asked_file = AskedFile(asked.content, term)
    form = asked_file.answered_form(asked.answers["names"])
    if not form.is_valid():
        raise NotAsShown(form)
    try:
        return save_fet(
            asked_file.file,
            form.meanings,
            term,
            asked_file.directory,
            source=FileSource(asked.file_name, asked.by),
            known=known,
            write_in=write_in,
        )
    except ChangedMeanwhile as err:
        raise NotAsShown(term) from err


def _figures(result: FetResult) -> dict[str, Any]:
    """Return what the page shows of what saving the weekly lessons, and then planning the term, would do."""
    return {
        "weekly_lessons": result.weekly_lessons.counts(),
        "lessons": result.lessons.counts(),
        "holidays": len(result.lessons.on_holidays),
        "conflicts": _listed(result.conflicts),
        "left_out": _listed(result.left_out),
    }


def _listed(faults: Sequence[SheetFault]) -> dict[str, Any]:
    shown = shown_faults(named_by_file(faults, whole_in_words()))
    return {**shown, "faults": [asdict(fault) for fault in shown["faults"]]}
