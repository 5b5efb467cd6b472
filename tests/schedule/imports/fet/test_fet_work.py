"""A timetable of FET that a worker saves: asked for on its page, and what becomes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, User
from accounts.services.leaving import deactivate_people
from edu_platform.lib.long_work import WorkState
from edu_platform.lib.versions import NotAsShown
from schedule.imports import importers
from schedule.imports.fet.importing import meanings_of, preview_fet, read_file, save_fet
from schedule.imports.fet.meanings import Directory, Meaning, State
from schedule.imports.records import FileSource
from schedule.lessons.trying_again import TRIES, ChangedMeanwhile
from schedule.models import CheckedFile, CheckedRows, ClassGroup, Term, WeeklyLesson, Work
from schedule.terms.term_versions import touch
from schedule.work import kinds
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, LessonFactory, TermFactory, coming_monday
from tests.schedule.imports.meanwhile import after
from tests.support.fet_files import Activity, fet_file
from tests.support.long_work import done_by_worker, page_of_work, refusal_on, stop, way_of
from tests.support.pages import read
from tests.support.transactions import reading_alone

pytestmark = pytest.mark.django_db
NEW = Activity(1, "Monday", ["8:00-8:45"], teachers="Mr New", students="9b")


@pytest.fixture
def term() -> Term:
    term: Term = TermFactory.create(name="2026秋", weeks=2, first_monday=coming_monday())
    return term


@pytest.fixture(autouse=True)
def names() -> None:
    UserFactory.create(username="wang", display_name="Mr Wang", roles=(Role.TEACHER,))
    ClassGroupFactory.create(name="9a")


@pytest.fixture
def client(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def page(term: Term) -> str:
    return f"/schedule/terms/{term.code}/fet/"


# --- The page ---------------------------------------------------------------------------------------

# What a planner says of the names of the file: one of each kind.
SAID = {"day-0": "1", "hour-0": "clock", "hour-0-from": "08:00", "hour-0-to": "08:45"}
SAID |= {"teacher-0": "new", "teacher-0-other": "", "students-0": "new", "students-0-other": ""}


def press(client: Client, page: str, button: str, **said: str) -> Any:
    """Choose a file, say what its names mean, and press a button of the page."""
    file = SimpleUploadedFile("week_timetable.csv", fet_file([NEW]))
    client.post(page, {"file": file, "kept": ""})
    kept_file = {"kept": CheckedFile.objects.get().code}
    return client.post(page, {**SAID, **said, **kept_file, button: "1"})


def last_work() -> Work:
    return Work.objects.latest("pk")


def led_to(client: Client) -> Any:
    """The page to which that of the last work leads."""
    return client.get(way_of(page_of_work(client, last_work())))


def fields_of(answer: Any, page: str) -> dict[str, str]:
    form = read(answer.content).forms_to(page)[0]
    return {
        field.attrs["name"]: field.attrs.get("value", "")
        for field in form.all("input")
        if "name" in field.attrs
    }


def save(client: Client, page: str, **said: str) -> Work:
    """Have a worker look at what a file does, and press the button that saves it."""
    press(client, page, "check", **said)
    done_by_worker()
    answer = client.post(page, fields_of(led_to(client), page) | {"save": "1", "makes": "on"})
    work = last_work()
    assert (answer.status_code, answer["Location"]) == (303, work.get_absolute_url())
    return work


def save_from_elsewhere(term: Term) -> None:
    """Save the same file by other answers, of which no preview has told."""
    data, directory = fet_file([NEW]), Directory.read()
    meanings = meanings_of(read_file(data), term, directory)
    meanings.teachers["Mr New"] = Meaning(State.NEW)
    meanings.students["9b"] = Meaning(State.NEW)
    save_fet(read_file(data), meanings, term, directory, source=FileSource(by=UserFactory.create()))


WANG = {"teacher-0": "other", "teacher-0-other": "Mr Wang"}


@pytest.mark.usefixtures("all_is_long")
class TestPreview:
    def test_is_left_to_a_worker_and_shown_as_it_found(self, client: Client, page: str):
        answer = press(client, page, "check", **WANG)

        work = last_work()
        assert (answer.status_code, answer["Location"]) == (303, work.get_absolute_url())
        done_by_worker()
        assert page_of_work(client, work).one("h1").text == (
            "Timetable from FET: check week_timetable.csv"
        )
        shown = read(led_to(client).content)
        rows = [[cell.text for cell in row.all("td")] for row in shown.all("tr")[1:]]
        assert rows == [["1", "0", "0", "0"], ["2", "0", "0", "0"]]
        assert shown.one("input", name="teacher-0-other").attrs["value"] == "Mr Wang"
        assert not WeeklyLesson.objects.exists()

    def test_is_not_worked_out_again_to_be_shown(
        self, client: Client, page: str, monkeypatch: pytest.MonkeyPatch
    ):
        press(client, page, "check")
        done_by_worker()
        monkeypatch.setattr(importers, "preview_fet", None)

        assert led_to(client).context["weekly_lessons"]["added"] == 1

    def test_conflicts_and_what_is_left_out_are_listed(self, client: Client, page: str, term: Term):
        at = timezone.make_aware(dt.datetime.combine(term.first_monday, dt.time(8)))
        wang = User.objects.get(username="wang")
        there = LessonFactory.create(teacher=wang, starts_at=at)
        press(client, page, "check", **WANG)
        done_by_worker()

        text = read(led_to(client).content).text
        assert "1 conflict" in text
        assert there.course.name in text

    def test_second_press_shows_the_work_that_runs_and_other_answers_wait(
        self, client: Client, page: str
    ):
        answer = press(client, page, "check")
        kept = {"kept": CheckedFile.objects.get().code, "check": "1"}

        assert client.post(page, SAID | kept)["Location"] == answer["Location"]
        assert client.post(page, SAID | WANG | kept)["Location"] != answer["Location"]

    def test_page_of_the_names_from_before_is_still_good(self, client: Client, page: str):
        press(client, page, "check")
        kept = {"kept": CheckedFile.objects.get().code}
        done_by_worker()

        client.post(page, SAID | WANG | kept | {"check": "1"})
        done_by_worker()

        shown = read(led_to(client).content)
        assert shown.one("input", name="teacher-0-other").attrs["value"] == "Mr Wang"

    def test_way_back_to_the_names_has_the_answers(self, client: Client, page: str):
        press(client, page, "check", **WANG)
        done_by_worker()

        answer = client.post(page, fields_of(led_to(client), page) | {"names": "1"})

        shown = read(answer.content)
        assert shown.one("input", name="teacher-0-other").attrs["value"] == "Mr Wang"

    def test_somebody_who_is_not_there_any_more_is_asked_for_again(self, client: Client, page: str):
        press(client, page, "check", **WANG)
        deactivate_people([User.objects.get(username="wang")], by=None)
        done_by_worker()

        assert "Write the username of an active teacher." in read(led_to(client).content).text

    def test_file_at_fault_by_then_shows_its_faults(
        self, client: Client, page: str, monkeypatch: pytest.MonkeyPatch
    ):
        press(client, page, "check")
        monkeypatch.setattr("schedule.imports.fet.fet_rows.MAX_NAMES", 1)
        done_by_worker()

        answer = led_to(client)
        assert answer.status_code == 422
        assert "more than 1 teachers and students sets" in read(answer.content).text

    def test_answers_are_of_who_gave_them(self, client: Client, page: str, signed_in: SignedIn):
        press(client, page, "check")
        done_by_worker()
        address = way_of(page_of_work(client, last_work()))
        other = signed_in(UserFactory.create(roles=(Role.PLANNER,)), "en")

        assert "not kept any more" in other.get(address).content.decode()


@pytest.mark.parametrize(("limit", "is_left"), [(4, False), (3, True)])
def test_lines_count_once_for_each_week(
    client: Client, page: str, monkeypatch: pytest.MonkeyPatch, limit: int, is_left: bool
):
    """Its head is a line too."""
    monkeypatch.setattr(kinds, "LONG_FROM_ROWS", limit)

    press(client, page, "check")
    press(client, page, "save", makes="on")

    assert Work.objects.count() == 2 * is_left


@pytest.mark.usefixtures("all_is_long")
class TestSaved:
    def test_is_saved_by_a_worker_as_the_planner_said(
        self, client: Client, page: str, term: Term, planner: User
    ):
        work = save(client, page)
        assert not WeeklyLesson.objects.exists()
        assert CheckedFile.objects.exists()
        done_by_worker()

        weekly_lesson = term.weekly_lessons.get()
        assert weekly_lesson.teacher.username == "Mr-New"
        assert [group.name for group in weekly_lesson.class_groups.all()] == ["9b"]
        assert not CheckedFile.objects.exists()
        outcome = page_of_work(client, work)
        assert outcome.one("h1").text == "Timetable from FET: week_timetable.csv"
        assert "Weekly lessons from FET: 1 added, 0 changed, 0 removed" in outcome.text
        assert way_of(outcome) == f"/schedule/terms/{term.code}/plan/"
        entry = AuditEntry.objects.get(kind=AuditKind.WEEKLY_LESSONS_IMPORTED)
        assert (entry.actor, entry.details["added"]) == (planner, 1)

    def test_what_has_changed_since_is_shown_with_the_same_answers(
        self, client: Client, page: str, term: Term
    ):
        work = save(client, page, **WANG)
        save_from_elsewhere(term)
        done_by_worker()

        assert "something has changed since" in refusal_on(page_of_work(client, work))
        answer = led_to(client)
        shown = read(answer.content)
        assert shown.one("input", name="teacher-0-other").attrs["value"] == "Mr Wang"
        assert answer.context["weekly_lessons"]["changed"] == 1
        client.post(page, fields_of(answer, page) | {"save": "1", "makes": "on"})
        done_by_worker()
        assert term.weekly_lessons.get().teacher.username == "wang"

    def test_somebody_who_is_not_there_any_more_is_asked_for_again(self, client: Client, page: str):
        work = save(client, page, **WANG)
        deactivate_people([User.objects.get(username="wang")], by=None)
        done_by_worker()

        assert Work.objects.get(pk=work.pk).state == WorkState.FAILED
        assert "Write the username of an active teacher." in read(led_to(client).content).text

    def test_stopped_work_leads_back_to_its_preview(self, client: Client, page: str):
        stop(save(client, page, **WANG))
        done_by_worker()

        answer = led_to(client)
        assert answer.context["weekly_lessons"]["added"] == 1
        shown = read(answer.content)
        assert shown.one("input", name="teacher-0-other").attrs["value"] == "Mr Wang"
        assert not WeeklyLesson.objects.exists()

    def test_term_that_is_deleted_leads_to_the_list_of_terms(self, client: Client, page: str):
        work = save(client, page)
        Term.objects.all().delete()
        done_by_worker()

        outcome = page_of_work(client, work)
        assert "deleted meanwhile" in refusal_on(outcome)
        assert way_of(outcome) == "/schedule/terms/"

    def test_file_that_is_not_kept_any_more_is_chosen_again(self, client: Client, page: str):
        work = save(client, page)
        stop(work)
        CheckedFile.objects.all().delete()
        CheckedRows.objects.all().delete()

        assert way_of(page_of_work(client, work)) == page


# --- Working it out before it is written ------------------------------------------------------------


def saved(term: Term, *changes: Callable[[], object], known: str = "") -> dict[str, int]:
    file, directory = read_file(fet_file([NEW])), Directory.read()
    meanings = meanings_of(file, term, directory)
    meanings.teachers["Mr New"] = Meaning(State.NEW)
    meanings.students["9b"] = Meaning(State.NEW)
    source = FileSource(by=UserFactory.create())
    write_in = after(*changes)
    done = save_fet(file, meanings, term, directory, source=source, known=known, write_in=write_in)
    return done.counts()


def test_preview_takes_no_transaction_from_anybody(term: Term):
    file = read_file(fet_file([NEW]))
    meanings = meanings_of(file, term, Directory.read())
    meanings.teachers["Mr New"] = Meaning(State.NEW)
    meanings.students["9b"] = Meaning(State.NEW)

    with reading_alone():
        result = preview_fet(file, meanings, term, at=timezone.now())

    assert (result.weekly_lessons.counts()["added"], result.lessons.counts()["added"]) == (1, 2)


def test_preview_names_who_is_not_saved_yet(term: Term):
    other = Activity(2, "Monday", ["8:00-8:45"], teachers="Mr New", students="9a")
    file = read_file(fet_file([NEW, other]))
    meanings = meanings_of(file, term, Directory.read())
    meanings.teachers["Mr New"] = Meaning(State.NEW)
    meanings.students["9b"] = Meaning(State.NEW)

    (conflict,) = preview_fet(file, meanings, term, at=timezone.now()).conflicts

    assert "Mr New" in conflict.reason


def test_term_that_changes_before_it_is_written_is_looked_at_anew(term: Term):
    assert saved(term, lambda: touch(term))["added"] == 1


def test_class_group_that_somebody_makes_before_is_taken(term: Term):
    assert saved(term, lambda: ClassGroupFactory.create(name="9b"))["added"] == 1
    assert ClassGroup.objects.filter(name="9b").count() == 1


def test_username_that_somebody_has_by_then_is_another_one(term: Term):
    """The term changes too, else the database refuses the name."""

    def come_in() -> None:
        UserFactory.create(username="Mr-New")
        touch(term)

    assert saved(term, come_in)["added"] == 1
    assert term.weekly_lessons.get().teacher.username == "Mr-New-2"


def test_what_was_seen_is_not_done_where_it_is_another_thing_by_then(term: Term):
    with pytest.raises(NotAsShown):
        saved(term, known="another")


def test_term_that_does_not_stay_as_it_is_ends_it(term: Term):
    with pytest.raises(ChangedMeanwhile):
        saved(term, *[lambda: touch(term)] * TRIES)
    assert not User.objects.filter(username="Mr-New").exists()
