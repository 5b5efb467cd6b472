"""A timetable of FET that a worker saves: asked for on its page, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, User
from accounts.services.people import deactivate_people
from edu_platform.lib.long_work import WorkState
from edu_platform.lib.versions import NotAsShown
from schedule.imports.fet.importing import meanings_of, preview_fet, read_file, save_fet
from schedule.imports.fet.meanings import Directory, Meaning, State
from schedule.lessons.trying_again import TRIES, ChangedMeanwhile
from schedule.models import CheckedFile, CheckedRows, ClassGroup, Term, WeeklyLesson, Work
from schedule.terms.term_versions import touch
from schedule.work import kinds
from schedule.work.writing import do_long_work
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, TermFactory, coming_monday
from tests.schedule.imports.meanwhile import after
from tests.support.fet_files import Activity, fet_file
from tests.support.long_work import stop
from tests.support.pages import main, read
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


def save(client: Client, page: str, **said: str) -> Work:
    """Choose a file, say what its names mean, look at what it does, and save it."""
    file = SimpleUploadedFile("week_timetable.csv", fet_file([NEW]))
    client.post(page, {"file": file, "kept": ""})
    answers = SAID | said | {"kept": CheckedFile.objects.get().code}
    preview = client.post(page, answers | {"check": "1"})
    answer = client.post(page, answers | {"known": preview.context["known"], "save": "1"})
    work = Work.objects.latest("pk")
    assert (answer.status_code, answer["Location"]) == (303, f"/schedule/work/{work.code}/")
    return work


def outcome_of(client: Client, work: Work) -> Any:
    return main(client.get(f"/schedule/work/{work.code}/"))


def way_of(client: Client, work: Work) -> str:
    address: str = outcome_of(client, work).one("div", "actions").all("a")[0].attrs["href"]
    return address


@pytest.fixture
def all_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "LONG_FROM_ROWS", 0)


@pytest.mark.usefixtures("all_is_long")
class TestPage:
    def test_is_saved_by_a_worker_as_the_planner_said(
        self, client: Client, page: str, term: Term, planner: User
    ):
        work = save(client, page)
        assert not WeeklyLesson.objects.exists()
        assert CheckedFile.objects.exists()
        do_long_work(timezone.now())

        weekly_lesson = term.weekly_lessons.get()
        assert weekly_lesson.teacher.username == "Mr-New"
        assert [group.name for group in weekly_lesson.class_groups.all()] == ["9b"]
        assert not CheckedFile.objects.exists()
        outcome = outcome_of(client, work)
        assert outcome.one("h1").text == "Timetable from FET: week_timetable.csv"
        assert "Weekly lessons from FET: 1 added, 0 changed, 0 removed" in outcome.text
        assert way_of(client, work) == page
        entry = AuditEntry.objects.get(kind=AuditKind.LESSONS_IMPORTED)
        assert (entry.actor, entry.details["added"]) == (planner, 1)

    def test_what_has_changed_since_is_shown_with_the_same_answers(
        self, client: Client, page: str, term: Term
    ):
        chosen = {"teacher-0": "other", "teacher-0-other": "Mr Wang"}
        work = save(client, page, **chosen)
        # By another file, of which the preview has not told.
        data, directory = fet_file([NEW]), Directory.read()
        meanings = meanings_of(read_file(data), term, directory)
        meanings.teachers["Mr New"] = Meaning(State.NEW)
        meanings.students["9b"] = Meaning(State.NEW)
        save_fet(read_file(data), meanings, term, directory, by=work.asked_by)
        do_long_work(timezone.now())

        assert "has changed since this was shown" in outcome_of(client, work).text
        answer = client.get(way_of(client, work))
        shown = read(answer.content)
        assert "so nothing was saved" in shown.text
        assert shown.one("input", name="teacher-0-other").attrs["value"] == "Mr Wang"
        assert answer.context["weekly_lessons"]["changed"] == 1
        form = {
            each.attrs["name"]: each.attrs.get("value", "")
            for each in shown.forms_to(page)[0].all("input")
        }
        client.post(page, form | {"save": "1"})
        do_long_work(timezone.now())
        assert term.weekly_lessons.get().teacher.username == "wang"

    def test_somebody_who_is_not_there_any_more_is_asked_for_again(self, client: Client, page: str):
        work = save(client, page, **{"teacher-0": "other", "teacher-0-other": "Mr Wang"})
        deactivate_people([User.objects.get(username="wang")], by=None)
        do_long_work(timezone.now())

        assert Work.objects.get(pk=work.pk).state == WorkState.FAILED
        answer = client.get(way_of(client, work))
        assert "Write the username of an active teacher." in read(answer.content).text

    def test_stopped_work_leads_back_with_its_answers(self, client: Client, page: str):
        work = save(client, page, **{"teacher-0": "other", "teacher-0-other": "Mr Wang"})
        stop(work)
        do_long_work(timezone.now())

        shown = read(client.get(way_of(client, work)).content)
        assert shown.one("input", name="teacher-0-other").attrs["value"] == "Mr Wang"
        assert "so nothing was saved" not in shown.text
        assert not WeeklyLesson.objects.exists()

    def test_answers_are_of_who_gave_them(self, client: Client, page: str, signed_in: SignedIn):
        stop(save(client, page))
        address = way_of(client, Work.objects.get())
        other = signed_in(UserFactory.create(roles=(Role.PLANNER,)), "en")

        assert "not kept any more" in other.get(address).content.decode()

    def test_term_that_is_deleted_leads_to_the_list_of_terms(self, client: Client, page: str):
        work = save(client, page)
        Term.objects.all().delete()
        do_long_work(timezone.now())

        assert "deleted meanwhile" in outcome_of(client, work).one("p", role="alert").text
        assert way_of(client, work) == "/schedule/terms/"

    def test_file_that_is_not_kept_any_more_is_chosen_again(self, client: Client, page: str):
        work = save(client, page)
        stop(work)
        CheckedFile.objects.all().delete()
        CheckedRows.objects.all().delete()

        assert way_of(client, work) == page


# --- Working it out before it is written ------------------------------------------------------------


def saved(term: Term, *changes: Callable[[], object], known: str = "") -> dict[str, int]:
    file, directory = read_file(fet_file([NEW])), Directory.read()
    meanings = meanings_of(file, term, directory)
    meanings.teachers["Mr New"] = Meaning(State.NEW)
    meanings.students["9b"] = Meaning(State.NEW)
    by = UserFactory.create()
    write_in = after(*changes)
    done = save_fet(file, meanings, term, directory, by=by, known=known, write_in=write_in)
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
