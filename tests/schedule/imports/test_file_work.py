"""Files that a worker checks and takes: asked for on the pages of imports, and what becomes of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone, translation

from accounts.enums import Role
from accounts.models import Notice, User
from edu_platform.lib.long_work import WorkState
from schedule.imports import importers
from schedule.imports.lesson_spreadsheet import import_lessons
from schedule.models import CheckedFile, CheckedRows, ClassGroup, Lesson, Term, WeeklyLesson, Work
from schedule.models.imports import KEPT_FOR
from schedule.terms.term_versions import touch
from schedule.work import kinds
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import MembershipFactory, TermFactory, WeeklyLessonFactory
from tests.support.long_work import done_by_worker, page_of_work, refusal_on, stop, way_of
from tests.support.pages import read
from tests.support.sheets import csv_of

pytestmark = pytest.mark.django_db

LESSONS, PEOPLE = "/imports/lessons/", "/imports/people/"
LESSON_HEAD = "course,teacher,class_groups,date,start,end,room_type,record,title"
LESSON = "语文课,li,1班,2099-09-02,8:00,8:45,0,yes,"
PERSON_HEAD = "username,display_name,role,class_groups,password"
PERSON = "ming,王小明,student,1班,"
WEEKLY_HEAD = "课程,老师,班级,星期,开始,结束,周次,课堂类型,录制"
WEEKLY = "语文课,li,1班,周一,8:00,8:45,,,"


@pytest.fixture(autouse=True)
def li() -> User:
    return UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])


@pytest.fixture
def staff(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def term() -> Term:
    term: Term = TermFactory.create(name="秋季学期", weeks=4)
    return term


def sent(*lines: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("名单.csv", csv_of(*lines))


def check(client: Client, page: str, *lines: str, **more: str) -> Any:
    return client.post(page, {"file": sent(*lines), "check": "", **more})


def checked(client: Client, page: str, *lines: str, **more: str) -> Any:
    """The preview to which the way leads after a worker has checked the file."""
    check(client, page, *lines, **more)
    done_by_worker()
    return led_to(client)


def take(client: Client, page: str, **more: str) -> Any:
    """Press the button of the preview."""
    code = CheckedFile.objects.get().code
    return client.post(page, {"kept": code, "import": "", "makes": "on", **more})


def last_work() -> Work:
    return Work.objects.latest("pk")


def led_to(client: Client) -> Any:
    """The page to which that of the last work leads."""
    return client.get(way_of(page_of_work(client, last_work())))


def kinds_of_rows(page: Any) -> list[tuple[int, str]]:
    return [(row.line, row.kind.value) for row in page.context["rows"]]


@pytest.mark.usefixtures("all_is_long")
class TestCheck:
    def test_is_left_to_a_worker_and_leads_to_the_preview(self, staff: Client):
        answer = check(staff, LESSONS, LESSON_HEAD, LESSON)

        work = last_work()
        assert (answer.status_code, answer["Location"]) == (303, work.get_absolute_url())
        assert not CheckedRows.objects.exists()
        done_by_worker()
        page = page_of_work(staff, work)
        assert page.one("h1").text == "Import lessons: check 名单.csv"
        assert "nothing was imported yet" in page.text
        assert kinds_of_rows(led_to(staff)) == [(2, "new")]
        assert CheckedFile.objects.get().name == "名单.csv"
        assert not Lesson.objects.exists()

    def test_says_what_is_wrong(self, staff: Client):
        preview = checked(staff, LESSONS, LESSON_HEAD, LESSON, LESSON.replace("li", "wang"))

        assert "it cannot be imported" in page_of_work(staff, last_work()).text
        assert (3, "faulty") in kinds_of_rows(preview)
        assert not CheckedFile.objects.exists()

    def test_says_so_of_what_is_no_table(self, staff: Client):
        check(staff, LESSONS, "nothing")
        file = SimpleUploadedFile("x.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\n")
        staff.post(LESSONS, {"file": file, "check": ""})
        done_by_worker()

        preview = led_to(staff)
        assert "save it as XLSX" in preview.content.decode()

    def test_second_press_shows_the_work_that_runs_and_another_file_waits(self, staff: Client):
        first = check(staff, LESSONS, LESSON_HEAD, LESSON)

        assert check(staff, LESSONS, LESSON_HEAD, LESSON)["Location"] == first["Location"]
        other = check(staff, LESSONS, LESSON_HEAD, LESSON.replace("8:", "9:"))
        assert other["Location"] != first["Location"]

    def test_file_that_is_checked_since_stays(self, staff: Client, monkeypatch: pytest.MonkeyPatch):
        check(staff, LESSONS, LESSON_HEAD, LESSON)
        with monkeypatch.context() as short:
            short.setattr(kinds, "LONG_FROM_ROWS", 1000)
            check(staff, LESSONS, LESSON_HEAD, LESSON.replace("8:", "9:"))
        newer = CheckedFile.objects.get()
        done_by_worker()

        assert list(CheckedFile.objects.all()) == [newer]
        assert CheckedRows.objects.get().code == newer.code
        page = page_of_work(staff, last_work())
        assert "not kept any more: choose it again" in page.text
        assert "Nothing is wrong" not in page.text
        assert way_of(page) == LESSONS

    def test_of_two_files_the_one_that_was_sent_last_is_kept(self, staff: Client):
        check(staff, LESSONS, LESSON_HEAD, LESSON)
        check(staff, LESSONS, LESSON_HEAD, LESSON.replace("8:", "9:"))
        done_by_worker()
        done_by_worker()

        assert b"9:00" in bytes(CheckedFile.objects.get().content)
        assert last_work().result["kept"] == CheckedFile.objects.get().code

    def test_keeps_the_other_answers(self, staff: Client):
        preview = checked(staff, LESSONS, LESSON_HEAD, LESSON, as_draft="on")

        assert preview.context["form"]["as_draft"].value() is True

    def test_of_weekly_lessons_leads_to_their_preview(self, staff: Client, term: Term):
        preview = checked(staff, f"/schedule/terms/{term.code}/import/", WEEKLY_HEAD, WEEKLY)

        assert kinds_of_rows(preview) == [(2, "new")]
        assert "Import this file" in preview.content.decode()

    def test_of_weekly_lessons_at_fault_offers_no_import(self, staff: Client, term: Term):
        other = WEEKLY.replace("li", "wang").replace("8:", "9:")
        page = f"/schedule/terms/{term.code}/import/"

        preview = checked(staff, page, WEEKLY_HEAD, WEEKLY, other)

        text = read(preview.content).one(id="preview").text
        assert "Rows of 名单.csv are at fault" in text
        assert "老师: nobody has the username or name wang" in text
        assert kinds_of_rows(preview) == [(2, "new"), (3, "faulty")]
        assert "Import this file" not in text

    def test_for_a_term_that_is_deleted_leads_to_the_list_of_terms(self, staff: Client, term: Term):
        check(staff, f"/schedule/terms/{term.code}/import/", WEEKLY_HEAD, WEEKLY)
        Term.objects.all().delete()
        done_by_worker()

        page = page_of_work(staff, last_work())
        assert "deleted meanwhile" in page.one("p", role="alert").text
        assert way_of(page_of_work(staff, last_work())) == "/schedule/terms/"


@pytest.mark.usefixtures("all_is_long")
class TestTaken:
    def test_is_left_to_a_worker_and_kept_until_it_is_done(self, staff: Client, planner: User):
        checked(staff, LESSONS, LESSON_HEAD, LESSON)

        answer = take(staff, LESSONS)

        work = last_work()
        assert (answer.status_code, answer["Location"]) == (303, work.get_absolute_url())
        assert take(staff, LESSONS)["Location"] == work.get_absolute_url()
        assert not Lesson.objects.exists()
        assert CheckedFile.objects.exists()
        done_by_worker()
        assert Lesson.objects.count() == 1
        assert not CheckedFile.objects.exists()
        assert not CheckedRows.objects.exists()
        page = page_of_work(staff, work)
        assert page.one("h1").text == "Import lessons: 名单.csv"
        assert "Imported: 1 added, 0 changed, 0 unchanged." in page.text
        action = Lesson.objects.get().changes.get().action
        assert action.by == planner
        assert way_of(page_of_work(staff, work)) == f"/imports/{action.code}/"
        assert Notice.objects.filter(user=planner, address=work.get_absolute_url()).count() == 1

    def test_answers_as_the_request_does(self, staff: Client, monkeypatch: pytest.MonkeyPatch):
        """The same words, whoever takes the file."""
        checked(staff, PEOPLE, PERSON_HEAD, PERSON, deactivates_missing="on")
        take(staff, PEOPLE, deactivates_missing="on")
        done_by_worker()
        by_worker = page_of_work(staff, last_work())

        monkeypatch.setattr(kinds, "LONG_FROM_ROWS", 1000)
        check(staff, PEOPLE, PERSON_HEAD, PERSON.replace("ming", "hong"))
        answer = staff.get(take(staff, PEOPLE)["Location"])
        told = read(answer.content).one("ul", "messages").text
        assert "Imported: 1 added, 0 changed, 0 unchanged." in told
        assert "Imported: 1 added, 0 changed, 0 unchanged." in by_worker.text
        assert "0 accounts were deactivated." in by_worker.text
        assert "from the page of this import" in told
        assert "from the page of this import" in by_worker.text

    def test_needs_a_tick_for_what_is_new(self, staff: Client):
        checked(staff, LESSONS, LESSON_HEAD, LESSON)
        count = Work.objects.count()

        answer = staff.post(LESSONS, {"kept": CheckedFile.objects.get().code, "import": ""})

        assert answer.status_code == 422
        assert Work.objects.count() == count

    def test_its_passwords_are_gone_with_its_end(self, staff: Client):
        checked(staff, PEOPLE, PERSON_HEAD, f"{PERSON}secret")
        take(staff, PEOPLE)
        assert b"secret" in bytes(last_work().content or b"")
        done_by_worker()

        work = last_work()
        assert work.content is None
        assert "secret" not in str((work.arguments, work.result))
        assert User.objects.get(username="ming").check_password("secret")

    def test_weekly_lessons_are_taken(self, staff: Client, term: Term):
        page = f"/schedule/terms/{term.code}/import/"
        checked(staff, page, WEEKLY_HEAD, WEEKLY)
        staff.post(page, {"kept": CheckedFile.objects.get().code, "take": "", "makes": "on"})
        assert not WeeklyLesson.objects.exists()
        done_by_worker()

        assert WeeklyLesson.objects.count() == 1
        text = page_of_work(staff, last_work()).text
        assert "Weekly lessons: 1 added, 0 changed, 0 unchanged, 0 removed." in text
        assert "once you plan the term" in text
        assert way_of(page_of_work(staff, last_work())) == f"/schedule/terms/{term.code}/plan/"


@pytest.mark.usefixtures("all_is_long")
class TestChangedSince:
    """Nothing is done, and the way leads to what the file would do by now."""

    def refused(self, client: Client) -> Any:
        done_by_worker()
        work = last_work()
        assert work.state == WorkState.FAILED
        alert = refusal_on(page_of_work(client, work))
        assert "something has changed since this file was checked" in alert
        return led_to(client)

    def test_lesson(self, staff: Client):
        import_lessons(csv_of(LESSON_HEAD, LESSON))
        checked(staff, LESSONS, LESSON_HEAD, f"{LESSON}复习")
        take(staff, LESSONS)
        import_lessons(csv_of(LESSON_HEAD, LESSON.replace("8:45", "9:00")))

        preview = self.refused(staff)

        assert kinds_of_rows(preview) == [(2, "changed")]
        assert "9:00" in preview.content.decode()
        assert Lesson.objects.get().title != "复习"
        take(staff, LESSONS)
        done_by_worker()
        assert Lesson.objects.get().title == "复习"

    def test_somebody_is_taken(self, staff: Client):
        checked(staff, LESSONS, LESSON_HEAD, LESSON)
        take(staff, LESSONS)
        import_lessons(csv_of(LESSON_HEAD, LESSON.replace("语文课", "数学课")))

        assert kinds_of_rows(self.refused(staff)) == [(2, "conflict")]
        assert Lesson.objects.count() == 1

    def test_others_are_missing(self, staff: Client, class_group: ClassGroup):
        row = f"ming,王小明,student,{class_group.name},"
        left = MembershipFactory.create(class_group=class_group).user
        checked(staff, PEOPLE, PERSON_HEAD, row, deactivates_missing="on")
        take(staff, PEOPLE, deactivates_missing="on", confirmed="on")
        late = MembershipFactory.create(class_group=class_group).user

        preview = self.refused(staff)

        missing = staff.get(preview.request["PATH_INFO"], {"kind": "missing"})
        assert {row.names[0] for row in missing.context["rows"]} >= {left.username, late.username}
        assert not User.objects.filter(is_active=False).exists()
        assert not User.objects.filter(username="ming").exists()

    def test_term(self, staff: Client, term: Term):
        page = f"/schedule/terms/{term.code}/import/"
        checked(staff, page, WEEKLY_HEAD, WEEKLY)
        staff.post(page, {"kept": CheckedFile.objects.get().code, "take": "", "makes": "on"})
        WeeklyLessonFactory.create(term=term, teacher=User.objects.get(username="li"))
        WeeklyLesson.objects.update(weekday=1, starts=dt.time(8), ends=dt.time(8, 45))
        touch(term)

        assert kinds_of_rows(self.refused(staff)) == [(2, "conflict")]
        assert WeeklyLesson.objects.count() == 1

    def test_file_that_was_kept_for_too_long_is_kept_again(self, staff: Client):
        import_lessons(csv_of(LESSON_HEAD, LESSON))
        checked(staff, LESSONS, LESSON_HEAD, f"{LESSON}复习")
        take(staff, LESSONS)
        import_lessons(csv_of(LESSON_HEAD, LESSON.replace("8:45", "9:00")))
        CheckedFile.objects.all().delete()
        CheckedRows.objects.all().delete()

        self.refused(staff)

        assert CheckedFile.objects.count() == 1

    def test_another_file_that_was_checked_meanwhile_stays(self, staff: Client):
        checked(staff, LESSONS, LESSON_HEAD, LESSON)
        take(staff, LESSONS)
        import_lessons(csv_of(LESSON_HEAD, LESSON.replace("语文课", "数学课")))
        with time_machine.travel(timezone.now() + dt.timedelta(seconds=2)):
            check(staff, LESSONS, LESSON_HEAD, LESSON.replace("2099", "2098"))
            other = last_work()
            Work.objects.exclude(pk=other.pk).update(due_at=timezone.now() + dt.timedelta(days=1))
            done_by_worker()
            kept = CheckedFile.objects.get()
            Work.objects.open().update(due_at=timezone.now())
            done_by_worker()

        work = Work.objects.exclude(pk=other.pk).latest("pk")
        assert work.state == WorkState.FAILED
        assert CheckedFile.objects.get() == kept
        assert way_of(page_of_work(staff, work)) == LESSONS
        assert "choose it again" in page_of_work(staff, work).text


@pytest.mark.usefixtures("all_is_long")
class TestNotDone:
    def test_stopped_work_leads_back_to_its_preview(self, staff: Client):
        checked(staff, LESSONS, LESSON_HEAD, LESSON)
        take(staff, LESSONS)
        work = last_work()

        stop(work)
        done_by_worker()

        assert not Lesson.objects.exists()
        assert kinds_of_rows(led_to(staff)) == [(2, "new")]
        take(staff, LESSONS)
        done_by_worker()
        assert Lesson.objects.count() == 1

    def test_file_that_waits_is_kept_for_as_long_as_one_that_was_checked_now(self, staff: Client):
        checked(staff, LESSONS, LESSON_HEAD, LESSON)
        with time_machine.travel(timezone.now() + KEPT_FOR - dt.timedelta(minutes=1)):
            take(staff, LESSONS)
        later = timezone.now() + KEPT_FOR + dt.timedelta(minutes=1)

        assert CheckedFile.objects.kept(at=later).exists()
        assert CheckedRows.objects.kept(at=later).exists()

    def test_what_is_not_kept_any_more_is_chosen_again(self, staff: Client):
        checked(staff, LESSONS, LESSON_HEAD, LESSON)
        take(staff, LESSONS)
        stop(last_work())
        CheckedRows.objects.all().delete()

        assert way_of(page_of_work(staff, last_work())) == LESSONS
        assert "choose it again" in page_of_work(staff, last_work()).text

    def test_somebody_who_was_quicker_is_told_of(
        self, staff: Client, monkeypatch: pytest.MonkeyPatch
    ):
        checked(staff, PEOPLE, PERSON_HEAD, PERSON)
        take(staff, PEOPLE)

        def collide(*_args: Any, **_options: Any) -> None:
            raise IntegrityError("UNIQUE constraint failed: accounts_user.username")

        monkeypatch.setattr(importers, "import_users", collide)
        done_by_worker()

        page = page_of_work(staff, last_work())
        assert "try again" in page.one("p", role="alert").text
        assert "Somebody has this username already." in page.text
        assert way_of(page_of_work(staff, last_work())).startswith(f"{PEOPLE}preview/")

    def test_administrator_without_the_right_any_more_imports_nothing(
        self, staff: Client, planner: User
    ):
        checked(staff, LESSONS, LESSON_HEAD, LESSON)
        take(staff, LESSONS)
        planner.role_grants.all().delete()
        done_by_worker()

        assert last_work().result == {"fault": "account"}
        assert not Lesson.objects.exists()

    def test_list_of_missing_people_that_nobody_confirmed_begins_nothing(
        self, staff: Client, class_group: ClassGroup
    ):
        MembershipFactory.create(class_group=class_group)
        row = f"ming,王小明,student,{class_group.name},"
        checked(staff, PEOPLE, PERSON_HEAD, row, deactivates_missing="on")
        count = Work.objects.count()

        answer = take(staff, PEOPLE, deactivates_missing="on")

        assert answer.status_code == 422
        assert "Look through the list and tick this too." in answer.content.decode()
        assert Work.objects.count() == count


class TestHowManyRows:
    """Small files stay in the request."""

    @pytest.mark.parametrize(("limit", "status"), [(2, 200), (1, 303)])
    def test_check_is_measured_by_its_lines(
        self, staff: Client, monkeypatch: pytest.MonkeyPatch, limit: int, status: int
    ):
        monkeypatch.setattr(kinds, "LONG_FROM_ROWS", limit)

        answer = check(staff, LESSONS, LESSON_HEAD, LESSON, LESSON.replace("8:", "9:"))

        assert answer.status_code == status

    @pytest.mark.parametrize(("limit", "is_left"), [(4, False), (3, True)])
    def test_weekly_lessons_are_measured_by_their_lessons(
        self, staff: Client, term: Term, monkeypatch: pytest.MonkeyPatch, limit: int, is_left: bool
    ):
        monkeypatch.setattr(kinds, "LONG_FROM_ROWS", limit)

        answer = check(staff, f"/schedule/terms/{term.code}/import/", WEEKLY_HEAD, WEEKLY)

        assert ("/schedule/work/" in answer["Location"]) is is_left

    def test_passwords_weigh_more_than_rows(self, staff: Client, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(kinds, "LONG_FROM_ROWS", 2)

        def taken(row: str) -> str:
            check(staff, PEOPLE, PERSON_HEAD, row)
            address: str = take(staff, PEOPLE)["Location"]
            return address

        assert "/imports/" in taken(PERSON)
        assert "/schedule/work/" in taken("hong,李小红,student,1班,secret")

    def test_check_in_another_language_than_the_workers_is_taken_as_it_was_seen(
        self, staff: Client, term: Term, monkeypatch: pytest.MonkeyPatch
    ):
        """The version of weekly lessons is one of words."""
        page = f"/schedule/terms/{term.code}/import/"
        check(staff, page, WEEKLY_HEAD, WEEKLY)
        monkeypatch.setattr(kinds, "LONG_FROM_ROWS", 0)
        staff.post(page, {"kept": CheckedFile.objects.get().code, "take": "", "makes": "on"})
        with translation.override("zh-hans"):
            done_by_worker()

        assert last_work().state == WorkState.DONE
