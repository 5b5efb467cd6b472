"""The page of imports: what comes in where, what came in before, and how it is undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.imports import history_views
from schedule.imports.lesson_spreadsheet import import_lessons
from schedule.imports.user_spreadsheet import import_users
from schedule.models import ClassGroup, ImportedFile, Lesson, Term
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, TermFactory
from tests.support.commands import run_with
from tests.support.long_work import done_by_worker, page_of_work, way_of
from tests.support.pages import Element, read
from tests.support.sheets import csv_of

PAGE = "/imports/"
PEOPLE_HEAD = "username,display_name,role,class_groups"
LESSON_HEAD = "course,teacher,class_groups,date,start,end,room_type,record"
MING = "ming,王小明,student,1班"

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


def people_file(*rows: str, by: User | None = None) -> ImportedFile:
    import_users(csv_of(PEOPLE_HEAD, *rows), by=by, file_name="名单.csv")
    return ImportedFile.objects.latest("pk")


def rows(client: Client, query: str = "") -> list[str]:
    page = read(client.get(f"{PAGE}{query}").content)
    tables = page.all("table")
    return [row.text for row in tables[0].one("tbody").all("tr")] if tables else []


def known_in(page: Element) -> str:
    return page.one("input", name="known").attrs["value"]


def undo_of(client: Client, file: ImportedFile, **more: str) -> Any:
    address = f"{PAGE}{file.code}/undo/"
    known = client.get(address).context["undoing"].version
    return client.post(address, {"known": known, **more})


class TestList:
    def test_empty_school_is_told_so_and_led_to_each_kind(self, staff: Client):
        page = read(staff.get(PAGE).content)

        assert "Nothing was imported yet." in page.text
        assert page.link("Import people") == "/imports/people/"
        assert page.link("Import lessons") == "/imports/lessons/"
        assert page.link("New term") == "/schedule/terms/new/"

    def test_terms_that_are_not_over_have_their_weekly_lessons(self, staff: Client):
        term: Term = TermFactory.create(name="秋季学期")

        page = staff.get(PAGE).content.decode()

        assert f'href="/schedule/terms/{term.code}/import/"' in page
        assert f'href="/schedule/terms/{term.code}/fet/"' in page

    def test_shows_every_way_newest_first(self, staff: Client, planner: User, tmp_path: Path):
        UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])
        people_file(MING, by=planner)
        lesson = csv_of(LESSON_HEAD, "语文,li,1班,2099-09-02,8:00,8:45,0,yes")
        run_with("import_lessons", tmp_path, lesson)

        first, second = rows(staff)

        assert "Lessons" in first
        assert "1 added" in first
        assert "People 名单.csv" in second
        assert planner.display_name in second

    def test_of_one_kind(self, staff: Client):
        people_file(MING)

        assert len(rows(staff, "?topic=people")) == 1
        assert rows(staff, "?topic=lessons") == []
        assert len(rows(staff, "?topic=nonsense")) == 1

    @pytest.mark.parametrize("query", ["?page=x", "?page=99", "?topic=%00", "?page_size=7"])
    def test_takes_any_address(self, staff: Client, query: str):
        people_file(MING)

        assert staff.get(f"{PAGE}{query}").status_code == 200

    def test_many_cost_what_one_costs(self, staff: Client, planner: User):
        counts = []
        for number in (1, 30):
            for each in range(number):
                people_file(f"s{number}-{each},学生,student,", by=planner)
            with CaptureQueriesContext(connection) as queries:
                staff.get(f"{PAGE}?page_size=100")
            counts.append(len(queries))

        assert counts[0] == counts[1]


class TestOne:
    def test_says_what_it_did_and_leads_to_its_undo(self, staff: Client, planner: User):
        file = people_file(MING, by=planner)

        page = read(staff.get(f"{PAGE}{file.code}/").content)

        assert "1 added" in page.text
        assert page.link("Undo this import…") == f"{PAGE}{file.code}/undo/"

    def test_names_its_people_and_what_each_got(self, staff: Client):
        hong = UserFactory.create(username="hong", display_name="李小红", roles=[Role.STUDENT])
        UserFactory.create(username="same", display_name="赵不变", roles=[Role.STUDENT])
        file = people_file(
            MING, "hong,李红,student;teacher,2班", "same,赵不变,student,", "li,李老师,teacher,"
        )
        hong.refresh_from_db()

        lines = read(staff.get(f"{PAGE}{file.code}/").content).one("main").one("ul").all("li")

        got = {
            line.one("a").attrs["href"]: (
                "· new" in line.text,
                line.one("div").text,
            )
            for line in lines
        }
        ming, li = (User.objects.get(username=name) for name in ("ming", "li"))
        assert got == {
            f"/people/{ming.code}/": (True, "Student · in 1班"),
            f"/people/{hong.code}/": (
                False,
                "李小红 → 李红 · Student → Student, Teacher · in 2班",
            ),
            f"/people/{li.code}/": (True, "Teacher"),
        }

    def test_of_many_people_names_fifty_and_costs_what_one_costs(self, staff: Client):
        def queries(file: ImportedFile) -> int:
            with CaptureQueriesContext(connection) as captured:
                page = read(staff.get(f"{PAGE}{file.code}/").content)
            assert ("And 2 more people." in page.text) == (file.people.count() == 52)
            return len(captured)

        one = people_file(MING)
        many = people_file(*(f"s{number},学生{number},student,{number}班" for number in range(52)))

        assert queries(many) <= queries(one) + 1

    def test_who_is_gone_is_not_named(self, staff: Client):
        file = people_file(MING)
        undo_of(staff, file)

        page = read(staff.get(f"{PAGE}{file.code}/").content)

        assert "王小明" not in page.text
        assert "1 deleted account: it came with this import" in page.text
        assert "Start password" not in page.text

    def test_that_was_undone_counts_the_deleted_accounts_and_says_what_is_in_force_no_longer(
        self, staff: Client
    ):
        ClassGroupFactory.create(name="1班")
        UserFactory.create(username="hong", display_name="李小红", roles=[Role.STUDENT])
        file = people_file(MING, "li,李老师,teacher,", "hong,李小红,student,1班")
        undo_of(staff, file)

        page = read(staff.get(f"{PAGE}{file.code}/").content).one("main")

        assert "2 deleted accounts" in page.text
        lines = page.one("ul", "panel-lines").all("li")
        assert [line.one("div").text for line in lines] == ["in 1班 (undone)"]

    def test_of_lessons_is_undone_with_a_reason_that_people_read(self, staff: Client):
        UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])
        import_lessons(csv_of(LESSON_HEAD, "语文,li,1班,2099-09-02,8:00,8:45,0,yes"))
        file = ImportedFile.objects.get()

        assert (
            staff.get(f"{PAGE}{file.code}/undo/")["Location"]
            == f"/schedule/changes/{file.code}/undo/"
        )
        page = read(staff.get(f"{PAGE}{file.code}/").content)
        assert page.link("The lessons of this import") == f"/schedule/changes/{file.code}/"

    def test_unknown_one_is_not_found(self, staff: Client):
        assert staff.get(f"{PAGE}nothing/").status_code == 404
        assert staff.get(f"{PAGE}nothing/undo/").status_code == 404


class TestStartPasswords:
    BUTTON = "Start password for 1 new person who cannot sign in yet…"

    def test_are_for_the_new_ones_who_cannot_sign_in(self, staff: Client):
        UserFactory.create(username="hong", display_name="李小红", roles=[Role.STUDENT])
        rows = ("ming,王小明,student,1班,", "gang,刘刚,student,,Start-2026x", "hong,李红,student,,")
        import_users(csv_of(f"{PEOPLE_HEAD},password", *rows), by=None)
        file = ImportedFile.objects.get()
        page = f"{PAGE}{file.code}/"
        address = read(staff.get(page).content).link(self.BUTTON)

        asked = read(staff.get(address).content).one("main")
        assert [name.text for name in asked.one("ul").all("li")] == ["王小明"]
        given = staff.post(address, {"known": known_in(asked)})

        assert User.objects.get(username="ming").must_change_password
        assert not User.objects.get(username="hong").must_change_password
        assert "王小明" in read(given.content).text
        assert "刘刚" not in read(given.content).text
        assert "cannot sign in yet" not in read(staff.get(page).content).text

    def test_of_more_than_are_given_at_once_the_next_ones_follow(
        self, staff: Client, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(history_views, "PASSWORDS_AT_ONCE", 1)
        file = people_file(MING, "hong,李小红,student,")
        address = f"{PAGE}{file.code}/start-passwords/"

        page = read(staff.get(f"{PAGE}{file.code}/").content).text
        assert "At most 1 at once: come back for the next ones." in page
        for _number in range(2):
            staff.post(address, {"known": known_in(read(staff.get(address).content))})

        assert User.objects.filter(must_change_password=True).count() == 2


class TestUndo:
    def test_says_beforehand_what_goes_and_what_stays(self, staff: Client):
        file = people_file(MING, "hong,李小红,student,1班")
        User.objects.get_queryset().filter(username="hong").update(last_login=timezone.now())

        text = read(staff.get(f"{PAGE}{file.code}/undo/").content).one("main").text

        assert "1 account is deleted 王小明 (ming)" in text
        assert "李小红 (hong) has signed in" in text
        assert "not in 1班" in text
        assert "They are deleted too: 1班." in text
        assert User.objects.filter(username="ming").exists()

    def test_undoes_it_and_says_so(self, staff: Client, planner: User):
        file = people_file(MING)

        answer = undo_of(staff, file)

        assert (answer.status_code, answer["Location"]) == (303, f"{PAGE}{file.code}/")
        page = read(staff.get(answer["Location"]).content).text
        assert "Undone: 1 deleted." in page
        assert not User.objects.filter(username="ming").exists()
        assert not ClassGroup.objects.exists()
        file.refresh_from_db()
        assert file.undone_by == planner
        assert "Undone" in rows(staff)[0]

    def test_shows_it_anew_when_somebody_signed_in_meanwhile(self, staff: Client):
        file = people_file(MING, "hong,李小红,student,1班")
        address = f"{PAGE}{file.code}/undo/"
        known = staff.get(address).context["undoing"].version
        User.objects.get_queryset().filter(username="hong").update(last_login=timezone.now())

        answer = staff.post(address, {"known": known})

        assert answer.status_code == 409
        assert "something has changed meanwhile" in answer.content.decode()
        assert "has signed in" in answer.content.decode()
        assert User.objects.filter(username="ming").exists()

    def test_twice_is_told(self, staff: Client):
        file = people_file(MING)
        undo_of(staff, file)

        answer = staff.post(f"{PAGE}{file.code}/undo/", {})

        assert answer.status_code == 409
        assert "was undone before" in answer.content.decode()

    def test_where_nothing_is_left_there_is_no_button(self, staff: Client):
        file = people_file("ming,王小明,student,")
        User.objects.get_queryset().filter(username="ming").update(last_login=timezone.now())
        page = staff.get(f"{PAGE}{file.code}/undo/")

        assert "Nothing is left of this import" in page.content.decode()
        assert "button-danger" not in page.content.decode()
        assert staff.post(f"{PAGE}{file.code}/undo/", {}).status_code == 409

    def test_of_roles_with_power_asks_for_a_code(self, signed_in: SignedIn, administrator: User):
        file = people_file("sup,巡视,supervisor,")
        client = signed_in(administrator, "en")

        answer = undo_of(client, file)

        # Who has no second factor is led to set one up.
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/second-factor/set-up/")
        assert User.objects.filter(username="sup").exists()

    def test_of_who_has_power_asks_for_a_code(
        self, signed_in: SignedIn, administrator: User, planner: User
    ):
        file = people_file(f"{planner.username},别名,,")

        answer = undo_of(signed_in(administrator, "en"), file)

        assert (answer.status_code, answer["Location"]) == (302, "/accounts/second-factor/set-up/")
        assert User.objects.get(pk=planner.pk).display_name == "别名"

    @pytest.mark.usefixtures("all_is_long")
    def test_of_many_is_left_to_a_worker(self, staff: Client):
        file = people_file(MING)
        answer = undo_of(staff, file)
        assert "/schedule/work/" in answer["Location"]
        assert User.objects.filter(username="ming").exists()
        done_by_worker()

        from schedule.models import Work

        page = page_of_work(staff, Work.objects.get())
        assert "Undone: 1 deleted." in page.text
        assert way_of(page) == f"{PAGE}{file.code}/"
        assert not User.objects.filter(username="ming").exists()

    @pytest.mark.usefixtures("all_is_long")
    def test_by_a_worker_that_finds_something_else_is_not_done(self, staff: Client):
        file = people_file(MING)
        undo_of(staff, file)
        User.objects.get_queryset().filter(username="ming").update(last_login=timezone.now())
        done_by_worker()

        from schedule.models import Work

        page = page_of_work(staff, Work.objects.get())
        assert "Nothing was undone" in page.text
        assert way_of(page) == f"{PAGE}{file.code}/undo/"


class TestRoster:
    def test_file_that_appoints_asks_for_a_code_before_it_is_taken(
        self, signed_in: SignedIn, administrator: User
    ):
        from django.core.files.uploadedfile import SimpleUploadedFile

        client = signed_in(administrator, "en")
        data = SimpleUploadedFile("a.csv", csv_of(PEOPLE_HEAD, "sup,巡视,supervisor,"))
        page = client.post("/imports/people/", {"file": data, "check": ""})
        assert "second factor is asked for once more" in page.content.decode()

        kept = {"kept": page.context["kept"].code, "import": "", "makes": "on"}
        answer = client.post("/imports/people/", kept)

        assert answer["Location"] == "/accounts/second-factor/set-up/"
        assert not User.objects.filter(username="sup").exists()

    def test_planner_cannot_appoint(self, staff: Client):
        from django.core.files.uploadedfile import SimpleUploadedFile

        data = SimpleUploadedFile("a.csv", csv_of(PEOPLE_HEAD, "sup,巡视,supervisor,"))

        page = staff.post("/imports/people/", {"file": data, "check": ""})

        assert page.status_code == 422
        assert "only an administrator may give this role" in page.content.decode()


def test_addresses_of_before_lead_to_the_pages(staff: Client):
    for before, now in (
        ("/admin/schedule/classgroup/import-people/", "/imports/people/"),
        ("/admin/schedule/lesson/import/", "/imports/lessons/"),
        ("/admin/schedule/lesson/import/template.xlsx", "/imports/lessons/template.xlsx"),
    ):
        answer = staff.get(before)
        assert (answer.status_code, answer["Location"]) == (302, now)


def test_pages_are_for_staff(signed_in: SignedIn, teacher: User, student: User, supervisor: User):
    file = people_file(MING)
    for who in (teacher, student, supervisor):
        client = signed_in(who)
        for address in (PAGE, f"{PAGE}{file.code}/", f"{PAGE}{file.code}/undo/"):
            assert client.get(address).status_code == 404, (who, address)
        assert client.post(f"{PAGE}{file.code}/undo/").status_code == 404
    assert User.objects.filter(username="ming").exists()


def test_import_of_an_earlier_release_is_listed(staff: Client, lesson: Lesson):
    from importlib import import_module

    from django.apps import apps

    from schedule.enums import ActionOrigin
    from schedule.models import PlanningAction

    action = PlanningAction.objects.create(origin=ActionOrigin.IMPORT)
    migration = import_module("schedule.migrations.0040_imports_of_before")
    for _again in range(2):
        migration.note_imports_of_lessons(apps, type("Editor", (), {"connection": connection}))

    (file,) = ImportedFile.objects.all()
    assert (file.code, file.action, file.topic) == (action.code, action, "lessons")
    assert "Lessons" in rows(staff)[0]
