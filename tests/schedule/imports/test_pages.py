"""The steps of imports that all of them share, whichever pages show them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from edu_platform.lib.spreadsheets.rows import SheetFault
from edu_platform.lib.versions import NotAsShown
from schedule.enums import RowKind
from schedule.imports.importers import LESSONS, PEOPLE, fet, weekly_lessons
from schedule.imports.pages import FileImport, Importer, SentFile
from schedule.imports.previews import PreviewRow, PreviewRows, refused_preview
from schedule.models import CheckedFile, CheckedRows, Course, Term
from tests.factories.schedule import TermFactory
from tests.support.sheets import csv_of

LESSON_HEAD = "course,teacher,class_groups,date,start,end,room_type,record"
WEEKLY_HEAD = "course,teacher,class_groups,weekday,start,end,weeks,room_type,record"
FET_HEAD = "Activity Id,Day,Hour,Students Sets,Subject,Teachers,Activity Tags,Room,Comments"
IMPORTERS: dict[str, tuple[Callable[[Term], Importer[Any]], str, str]] = {
    "people": (
        lambda _term: PEOPLE,
        "username,display_name,role",
        "ming,王小明,student",
    ),
    "lessons": (lambda _term: LESSONS, LESSON_HEAD, "语文课,teacher,1班,2099-09-02,8:00,8:45,,"),
    "weekly lessons": (weekly_lessons, WEEKLY_HEAD, "语文课,teacher,1班,1,8:00,8:45,,,"),
    "FET": (fet, FET_HEAD, "1,Monday,8:00-8:45,1班,语文课,teacher,,,"),
}
ANSWERS = {"reactivates": False, "deactivates_missing": False, "as_draft": False}

pytestmark = pytest.mark.django_db


@pytest.fixture
def term() -> Term:
    return TermFactory.create()


@pytest.fixture(params=IMPORTERS)
def way(request: pytest.FixtureRequest, term: Term, planner: User, teacher: User) -> Any:
    make, head, row = IMPORTERS[request.param]
    return FileImport(make(term), planner), head, row


class TestEveryImport:
    def test_keeps_a_sound_file_for_who_had_it_checked_and_writes_nothing(
        self, way: Any, teacher: User
    ):
        run, head, row = way
        sent = SentFile("一.csv", csv_of(head, row))

        preview = run.check(sent, ANSWERS)
        kept = run.keep(sent, preview)

        assert not preview.is_refused, preview.faults
        assert run.find(kept.code).preview.version == preview.version
        assert run.kept_file(kept.code).content == sent.content
        assert FileImport(run.importer, teacher).find(kept.code) is None
        assert FileImport(run.importer, teacher).kept_file(kept.code) is None
        assert not Course.objects.exists()
        assert not User.objects.filter(username="ming").exists()

    def test_says_what_is_wrong_and_keeps_no_such_file(self, way: Any):
        run, head, row = way
        sent = SentFile(
            "一.csv", csv_of(head, row, f"{row},more" if "more" in head else row + ",x")
        )

        preview = run.check(sent, ANSWERS)
        kept = run.keep(sent, preview)

        assert [fault.line for fault in preview.faults][:1] == [3]
        assert preview.is_refused
        assert run.kept_file(kept.code) is None

    def test_keeps_one_file_a_person(self, way: Any):
        run, head, row = way
        sent = SentFile("一.csv", csv_of(head, row))

        first = run.keep(sent, run.check(sent, ANSWERS))
        run.keep(sent, run.check(sent, ANSWERS))

        assert run.find(first.code) is None
        assert CheckedFile.objects.count() == CheckedRows.objects.count() == 1

    def test_of_another_form_is_gone_as_if_its_hour_were_over(self, way: Any):
        """Read no file that a release before has kept as if it were of this one."""
        run, head, row = way
        sent = SentFile("一.csv", csv_of(head, row))
        kept = run.keep(sent, run.check(sent, ANSWERS))
        CheckedRows.objects.update(packed=zlib.compress(json.dumps({"rows": []}).encode()))

        assert run.find(kept.code) is None


@pytest.mark.parametrize("name", ["lessons", "weekly lessons"])
def test_takes_only_what_was_seen_and_forgets_it(
    name: str, term: Term, planner: User, teacher: User
):
    make, head, row = IMPORTERS[name]
    run = FileImport(make(term), planner)
    sent = SentFile("一.csv", csv_of(head, row))
    kept = run.keep(sent, run.check(sent, ANSWERS))
    there = run.kept_file(kept.code)
    assert there is not None

    with pytest.raises(NotAsShown):
        run.take(there, ANSWERS, known="another")
    assert run.find(kept.code) is not None
    assert not Course.objects.exists()

    run.take(there, ANSWERS, known=kept.preview.version)
    assert Course.objects.get().name == "语文课"
    assert not CheckedFile.objects.exists()
    assert not CheckedRows.objects.exists()


def test_weekly_lessons_are_of_their_term(planner: User, teacher: User, term: Term):
    _make, head, row = IMPORTERS["weekly lessons"]
    sent = SentFile("一.csv", csv_of(head, row))
    run = FileImport(weekly_lessons(term), planner)

    kept = run.keep(sent, run.check(sent, {}))

    assert FileImport(weekly_lessons(TermFactory.create()), planner).find(kept.code) is None


class TestPreview:
    def test_has_rows_of_no_line_before_and_after_those_of_the_file(self):
        rows = PreviewRows.of(
            [PreviewRow(3, RowKind.NEW), PreviewRow(2, RowKind.NEW)],
            before=[PreviewRow(0, RowKind.CONFLICT)],
            after=[PreviewRow(0, RowKind.REMOVED)],
        )

        assert [(row.line, row.kind) for row in rows] == [
            (0, RowKind.CONFLICT),
            (2, RowKind.NEW),
            (3, RowKind.NEW),
            (0, RowKind.REMOVED),
        ]

    def test_of_faults_alone_has_a_row_for_each_line(self):
        faults = [SheetFault(4, "a", "x"), SheetFault(2, "a", "x"), SheetFault(4, "b", "y")]

        preview = refused_preview(faults)

        assert [(row.line, len(row.cells)) for row in preview.rows] == [(2, 1), (4, 2)]
        assert preview.is_refused
