"""Planners' pages of class groups: the list, one with its members, and what is done to class groups themselves."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import AuditKind, PasswordState, Role, SignInMethod
from accounts.models import AuditEntry, ExternalAccount, User
from schedule.enums import MembershipKind
from schedule.models import Channel, ClassGroup, Membership
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ChannelFactory,
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    WeeklyLessonFactory,
    school_time,
)
from tests.support.pages import Element, main, read

pytestmark = pytest.mark.django_db

LIST = "/class-groups/"
DAY = dt.timedelta(days=1)


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def group() -> ClassGroup:
    return ClassGroupFactory.create(name="一年级1班")


@pytest.fixture
def today() -> dt.date:
    return timezone.localdate()


def page_of(group: ClassGroup) -> str:
    return f"{LIST}{group.code}/"


def names_in(client: Client, query: str = "") -> list[str]:
    tables = main(client.get(f"{LIST}{query}")).all("table")
    return [row.one("a").text for row in tables[0].one("tbody").all("tr")] if tables else []


def student_rows(client: Client, group: ClassGroup) -> list[list[str]]:
    """Return the texts of the table of students, row by row."""
    table = main(client.get(page_of(group))).one("table")
    return [[cell.text for cell in row.all("td")] for row in table.one("tbody").all("tr")]


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


class TestList:
    def test_class_groups_of_this_year_with_students_and_class_teachers(
        self, client: Client, group: ClassGroup, teacher: User
    ):
        MembershipFactory.create_batch(3, class_group=group)
        MembershipFactory.create(class_group=group, to_date=timezone.localdate() - DAY)
        MembershipFactory.create(class_group=group, user=teacher, kind=MembershipKind.CLASS_TEACHER)
        ClassGroupFactory.create(name="去年的班", archived_at=timezone.now())

        (row,) = main(client.get(LIST)).one("table").one("tbody").all("tr")

        assert [cell.text for cell in row.all("td")] == ["一年级1班", "一年级", "3", "李老师"]
        assert names_in(client, "?archived=yes") == ["去年的班"]
        assert names_in(client, "?archived=all") == ["一年级1班", "去年的班"]

    @pytest.mark.parametrize("typed", ["一年级", "yinianji", "YNJ", "1班", " 一年级1班 "])
    def test_is_found_by_name_and_pinyin(self, client: Client, group: ClassGroup, typed: str):
        ClassGroupFactory.create(name="高三9班")

        assert names_in(client, f"?q={typed}") == ["一年级1班"]

    @pytest.mark.parametrize("typed", ["%", "_", "'"])
    def test_marks_of_patterns_are_letters(self, client: Client, group: ClassGroup, typed: str):
        page = main(client.get(LIST, {"q": typed}))

        assert page.all("input", name="code") == []
        assert "No class group fits." in page.text

    @pytest.mark.parametrize(
        ("typed", "words"),
        [("\0", "a character that cannot be shown"), ("x" * 10000, "at most 256 characters")],
    )
    def test_search_that_cannot_be_is_pointed_out(
        self, client: Client, group: ClassGroup, typed: str, words: str
    ):
        assert words in main(client.get(LIST, {"q": typed})).one("span", "errors").text

    def test_full_width_letters_count_as_plain_ones(self, client: Client, group: ClassGroup):
        assert names_in(client, "?q=１班") == ["一年级1班"]

    def test_search_keeps_the_length_of_a_page(self, client: Client, group: ClassGroup):
        page = main(client.get(LIST, {"page_size": "20"}))

        assert (
            page.one("form", "list-filters").one("input", name="page_size").attrs["value"] == "20"
        )

    def test_class_groups_without_a_grade_are_asked_for_by_a_word(
        self, client: Client, group: ClassGroup
    ):
        ClassGroupFactory.create(name="合唱团", grade="")

        select = main(client.get(LIST)).one("select", id="id_grade")

        offered = [(each.attrs["value"], each.text) for each in select.all("option")]
        assert offered == [("", "All grades"), ("一年级", "一年级"), ("-", "Others")]
        assert names_in(client, "?grade=-") == ["合唱团"]
        assert names_in(client, "?grade=一年级") == ["一年级1班"]

    def test_pages_of_a_hundred(self, client: Client):
        ClassGroupFactory.create_batch(101)

        assert len(names_in(client)) == 100
        assert len(names_in(client, "?page=2")) == 1
        assert len(names_in(client, "?page=99&page_size=20")) == 1

    def test_many_take_no_more_queries(self, client: Client, group: ClassGroup):
        MembershipFactory.create(class_group=group)
        one = queries_of(client, LIST)
        for _number in range(20):
            MembershipFactory.create_batch(2, class_group=ClassGroupFactory.create())

        assert queries_of(client, LIST) == one <= 14

    def test_empty_school_is_led_on(self, client: Client):
        assert "There are no class groups yet." in main(client.get(LIST)).text


class TestOne:
    def test_members_with_their_days(
        self, client: Client, group: ClassGroup, teacher: User, today: dt.date
    ):
        other = ClassGroupFactory.create(name="合唱团")
        user = UserFactory.create(username="s1", display_name="王小明")
        MembershipFactory.create(user=user, class_group=group, from_date=today - DAY)
        MembershipFactory.create(user=user, class_group=other)
        coming = UserFactory.create(username="s2", display_name="李小红")
        MembershipFactory.create(user=coming, class_group=group, from_date=today + DAY)
        gone = UserFactory.create(username="s3", display_name="张已走")
        MembershipFactory.create(user=gone, class_group=group, to_date=today - 2 * DAY)
        MembershipFactory.create(class_group=group, user=teacher, kind=MembershipKind.CLASS_TEACHER)

        page = main(client.get(page_of(group)))

        rows = [
            [cell.text for cell in row.all("td")]
            for row in page.one("table").one("tbody").all("tr")
        ]
        assert rows == [
            ["李小红", "s2", f"from {today + DAY} Change 李小红", "–", "0"],
            ["王小明", "s1", f"from {today - DAY} Change 王小明", "Also in 合唱团", "0"],
        ]
        assert "1 student" in page.one("div", "page-head").text
        assert "李老师 (teacher)" in page.one("ul", "people-lines").text
        assert "张已走 (s3)" in page.all("details")[-1].text
        addresses = {link.text: link.attrs["href"] for link in page.all("a")}
        assert all(
            addresses[person.username] == f"/people/{person.code}/"
            for person in (user, coming, gone, teacher)
        )

    def test_student_who_leaves_and_comes_back_is_shown_with_all_days_to_come(
        self, client: Client, signed_in: SignedIn, planner: User, group: ClassGroup, today: dt.date
    ):
        user = UserFactory.create(username="s1", display_name="王小明")
        MembershipFactory.create(user=user, class_group=group, to_date=today + DAY)
        for first, last in ((4, 5), (5, 6), (8, None)):
            MembershipFactory.create(
                user=user,
                class_group=group,
                from_date=today + first * DAY,
                to_date=last and today + last * DAY,
            )

        (days,) = [row[2] for row in student_rows(client, group)]
        (chinese,) = [row[2] for row in student_rows(signed_in(planner), group)]

        assert days == (
            f"until {today + DAY} Change 王小明 · again {today + 4 * DAY} – {today + 6 * DAY}"
            f" · again from {today + 8 * DAY}"
        )
        assert chinese.endswith(f"· 又从 {today + 8 * DAY} 起")

    def test_other_class_groups_are_told_apart_by_their_days(
        self, client: Client, signed_in: SignedIn, planner: User, group: ClassGroup, today: dt.date
    ):
        here = {"from_date": today - DAY, "to_date": today + 5 * DAY}
        others: dict[str, dict[str, Any]] = {
            "合唱团": {},
            "三年级3班": {"from_date": today + 6 * DAY},
            "三年级4班": {"from_date": today + 6 * DAY, "to_date": today + 7 * DAY},
        }
        user = UserFactory.create()
        MembershipFactory.create(user=user, class_group=group, **here)
        for name, days in others.items():
            other = ClassGroupFactory.create(name=name)
            MembershipFactory.create(user=user, class_group=other, **days)
        coming = ClassGroup.objects.get(name="三年级3班")

        assert [row[3] for row in student_rows(client, group)] == [
            f"Also in 合唱团 · Then: 三年级3班 (from {today + 6 * DAY})"
            f" · Then: 三年级4班 ({today + 6 * DAY} – {today + 7 * DAY})"
        ]
        assert (
            f"之后 三年级3班（{today + 6 * DAY} 起）"
            in student_rows(signed_in(planner), group)[0][3]
        )
        assert f"Before: 一年级1班 (until {today + 5 * DAY})" in student_rows(client, coming)[0][3]

    def test_what_is_bound_has_links(self, client: Client, group: ClassGroup, today: dt.date):
        LessonFactory.create(class_groups=[group], starts_at=school_time(1, 8))
        weekly = WeeklyLessonFactory.create(class_groups=[group])
        ChannelFactory.create(class_group=group)

        links = {
            link.text: link.attrs["href"] for link in main(client.get(page_of(group))).all("a")
        }

        assert links["1 coming lesson"].startswith(f"/schedule/{today + DAY}/?class_group=")
        term = weekly.term
        assert links[f"1 weekly lesson of the term {term.name}"].startswith(
            f"/schedule/terms/{term.code}/"
        )
        assert links["1 group robot"] == "/schedule/channels/"
        elsewhere = [link for link in links.values() if not link.startswith("#")]
        # The page of a change from a day on is that of the term of today.
        assert {client.get(link).status_code for link in elsewhere} == {200, 303}

    def test_many_members_take_no_more_queries(self, client: Client, group: ClassGroup):
        other = ClassGroupFactory.create()
        for user in UserFactory.create_batch(2):
            MembershipFactory.create(user=user, class_group=group)
            MembershipFactory.create(user=user, class_group=other)
        few = queries_of(client, page_of(group))
        for user in UserFactory.create_batch(40):
            MembershipFactory.create(user=user, class_group=group)
            MembershipFactory.create(user=user, class_group=other)

        assert queries_of(client, page_of(group)) == few <= 20

    def test_others_find_nothing(self, signed_in: SignedIn, group: ClassGroup):
        for role in (Role.STUDENT, Role.TEACHER, Role.SUPERVISOR):
            client = signed_in(UserFactory.create(roles=[role]))

            assert {client.get(path).status_code for path in (LIST, page_of(group))} == {404}

    def test_unknown_code_is_404(self, client: Client):
        assert client.get(f"{LIST}none/").status_code == 404


class TestChanged:
    def test_new_one(self, client: Client, planner: User):
        answer = client.post(f"{LIST}new/", {"name": "一年级3班"})

        made = ClassGroup.objects.get()
        assert (answer.status_code, answer["Location"]) == (303, page_of(made))
        assert (made.name, made.grade) == ("一年级3班", "一年级")
        entry = AuditEntry.objects.get(kind=AuditKind.CLASS_GROUP_ADDED)
        assert (entry.actor, entry.object_text) == (planner, "一年级3班")

    @pytest.mark.parametrize(
        ("name", "status"), [("一年级1班", 409), ("", 422), ("班" * 65, 422), ("一；二", 422)]
    )
    def test_name_that_cannot_be(self, client: Client, group: ClassGroup, name: str, status: int):
        assert client.post(f"{LIST}new/", {"name": name}).status_code == status
        assert ClassGroup.objects.count() == 1

    def test_name_of_an_archived_one_is_free(self, client: Client, group: ClassGroup):
        ClassGroup.objects.update(archived_at=timezone.now())

        assert client.post(f"{LIST}new/", {"name": "一年级1班"}).status_code == 303

    def test_of_two_planners_the_second_reads_what_is_there_now(
        self, client: Client, group: ClassGroup
    ):
        page = main(client.get(f"{page_of(group)}change/"))
        known = page.one("input", name="known").attrs["value"]
        first = client.post(f"{page_of(group)}change/", {"name": "一年级甲班", "known": known})

        second = client.post(f"{page_of(group)}change/", {"name": "一年级乙班", "known": known})

        assert (first.status_code, second.status_code) == (303, 409)
        assert "it is “一年级甲班” now" in main(second).text
        group.refresh_from_db()
        assert group.name == "一年级甲班"
        again = main(second).one("input", name="known").attrs["value"]
        assert (
            client.post(
                f"{page_of(group)}change/", {"name": "一年级乙班", "known": again}
            ).status_code
            == 303
        )


class TestArchivedAndDeleted:
    def test_several_are_archived_after_a_page_that_says_what_stays(self, client: Client):
        groups = ClassGroupFactory.create_batch(2)
        LessonFactory.create(class_groups=[groups[0]], starts_at=school_time(1, 8))
        codes = {"code": [each.code for each in groups]}

        page = main(client.get(f"{LIST}archive/", codes))
        answer = client.post(f"{LIST}archive/", codes)

        assert "It still has lessons to come" in page.text
        assert (answer.status_code, answer["Location"]) == (303, LIST)
        assert not ClassGroup.objects.active().exists()

    def test_many_cost_what_one_costs(self, client: Client):
        def queries(method: str, groups: list[ClassGroup]) -> int:
            codes = {"code": [group.code for group in groups]}
            with CaptureQueriesContext(connection) as captured:
                answer = getattr(client, method)(f"{LIST}archive/", codes)
            assert answer.status_code in {200, 303}
            return len(captured)

        groups = ClassGroupFactory.create_batch(21)
        for each in groups:
            LessonFactory.create(class_groups=[each], starts_at=school_time(1, 8))
            WeeklyLessonFactory.create(class_groups=[each])

        for method in ("get", "post"):
            assert queries(method, groups[1:]) == queries(method, groups[:1]), method
        assert ClassGroup.objects.values("archived_at").distinct().count() == 2

    def test_lessons_are_counted_for_each_class_group_by_itself(self, client: Client):
        both, one = ClassGroupFactory.create(name="甲"), ClassGroupFactory.create(name="乙")
        LessonFactory.create(class_groups=[both, one], starts_at=school_time(1, 8))
        LessonFactory.create(class_groups=[both], starts_at=school_time(2, 8))
        ChannelFactory.create(class_group=both)

        page = main(client.get(f"{LIST}archive/", {"code": [both.code, one.code]}))

        texts = {each.one("h2").text: each.text for each in page.all("section")}
        assert "2 coming lessons" in texts["甲"]
        assert "1 group robot" in texts["甲"]
        assert "1 coming lesson" in texts["乙"]
        assert "robot" not in texts["乙"]

    def test_one_comes_back_unless_its_name_is_taken(self, client: Client, group: ClassGroup):
        client.post(f"{LIST}archive/", {"code": group.code})
        other = ClassGroupFactory.create(name=group.name)

        refused = client.post(f"{page_of(group)}reopen/")
        other.name = "别的班"
        other.save()
        answer = client.post(f"{page_of(group)}reopen/")

        assert refused.status_code == 409
        assert "An active class group has this name already." in main(refused).text
        assert answer.status_code == 303
        assert ClassGroup.objects.active().filter(pk=group.pk).exists()

    @pytest.mark.parametrize("page", ["archive", "start-passwords"])
    def test_nothing_chosen_leads_back_with_a_word(
        self, client: Client, group: ClassGroup, page: str
    ):
        for ask in (client.get, client.post):
            answer = ask(f"{LIST}{page}/")

            assert (answer.status_code, answer["Location"]) == (303, LIST)
            shown = client.get(LIST).content.decode()
            assert "Choose class groups in the list first." in shown

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_foreign_code_is_404_and_archives_none(
        self, client: Client, group: ClassGroup, method: str
    ):
        for codes in (["none"], [group.code, "none"], ["x"] * 600):
            answer = getattr(client, method)(f"{LIST}archive/", {"code": codes})

            assert answer.status_code == 404
        assert ClassGroup.objects.active().count() == 1

    def test_one_that_nothing_belongs_to_is_deleted_with_its_robots(
        self, client: Client, group: ClassGroup
    ):
        ChannelFactory.create(class_group=group)
        page = main(client.get(f"{page_of(group)}delete/"))

        answer = client.post(f"{page_of(group)}delete/")

        assert "Its group robot is deleted too." in page.text
        assert (answer.status_code, answer["Location"]) == (303, LIST)
        assert [model.objects.count() for model in (ClassGroup, Channel)] == [0, 0]

    @pytest.mark.parametrize(
        ("bind", "words"),
        [
            (
                lambda group: MembershipFactory.create(
                    class_group=group, to_date=dt.date(2020, 1, 1)
                ),
                "1 person belongs to it, or did",
            ),
            (lambda group: LessonFactory.create(class_groups=[group]), "1 coming lesson"),
            (lambda group: WeeklyLessonFactory.create(class_groups=[group]), "1 weekly lesson"),
        ],
    )
    def test_one_with_anything_says_so_and_stays(
        self, client: Client, group: ClassGroup, bind: Any, words: str
    ):
        bind(group)

        page = client.get(f"{page_of(group)}delete/")
        answer = client.post(f"{page_of(group)}delete/")

        assert words in main(page).text
        assert not main(page).all("button", "button-danger")
        assert answer.status_code == 409
        assert "Archive it instead" in main(answer).text
        assert ClassGroup.objects.filter(pk=group.pk).exists()


class TestStartPasswords:
    def ask(self, client: Client, *groups: ClassGroup, **more: str) -> Any:
        fields = {"code": [group.code for group in groups], **more}
        return client.post(f"{LIST}start-passwords/", fields)

    def slips(self, answer: Any) -> list[Element]:
        return [each.one("code", "start-password") for each in main(answer).all("section")]

    def test_asked_for_first_and_shown_once(
        self, client: Client, class_group: ClassGroup, student: User
    ):
        asked = client.get(f"{LIST}start-passwords/", {"code": class_group.code})
        student.refresh_from_db()
        assert (asked.status_code, student.has_usable_password()) == (200, False)

        answer = self.ask(client, class_group)

        (slip,) = self.slips(answer)
        student.refresh_from_db()
        assert answer["Cache-Control"] == "no-store"
        assert student.check_password(slip.text)
        assert student.password_state is PasswordState.START

    def test_somebody_in_two_class_groups_gets_one(
        self, client: Client, class_group: ClassGroup, student: User
    ):
        other = ClassGroupFactory.create()
        MembershipFactory.create(user=student, class_group=other)

        answer = self.ask(client, class_group, other)

        assert len(main(answer).all("code", "start-password")) == 1

    def test_own_passwords_stay_unless_asked(
        self, client: Client, class_group: ClassGroup, student: User
    ):
        student.set_password("own-password-1")
        student.last_login = timezone.now()
        student.save()

        assert "No one here needs" in main(self.ask(client, class_group)).text
        assert len(self.slips(self.ask(client, class_group, everyone="on"))) == 1

    def test_those_with_power_get_none(self, client: Client, class_group: ClassGroup):
        person = UserFactory.create(roles=[Role.STUDENT, Role.PLANNER])
        MembershipFactory.create(user=person, class_group=class_group)

        answer = self.ask(client, class_group, everyone="on")

        assert main(answer).all("code", "start-password") == []
        assert f"{person}: has another role" in main(answer).text
        person.refresh_from_db()
        assert not person.has_usable_password()

    def test_those_with_an_account_of_the_school_stay_unless_asked(
        self, client: Client, class_group: ClassGroup, student: User
    ):
        ExternalAccount.objects.create(
            user=student, method=SignInMethod.OIDC, issuer="https://idp.example", subject="s1"
        )

        assert "No one here needs" in main(self.ask(client, class_group)).text
        assert len(self.slips(self.ask(client, class_group, everyone="on"))) == 1

    def test_are_for_those_whom_the_question_named(
        self, client: Client, class_group: ClassGroup, student: User
    ):
        asked = main(client.get(f"{LIST}start-passwords/", {"code": class_group.code}))
        known = str(asked.one("input", name="known").attrs["value"])
        MembershipFactory.create(class_group=class_group)

        answer = self.ask(client, class_group, known=known)

        assert answer.status_code == 409
        student.refresh_from_db()
        assert not student.has_usable_password()

    def test_many_class_groups_cost_what_one_costs(
        self, client: Client, class_group: ClassGroup, student: User
    ):
        def queries(*groups: ClassGroup) -> int:
            with CaptureQueriesContext(connection) as captured:
                client.get(f"{LIST}start-passwords/", {"code": [group.code for group in groups]})
            return len(captured)

        few, groups = queries(class_group), ClassGroupFactory.create_batch(20)
        for group in groups:
            MembershipFactory.create(class_group=group)

        assert queries(class_group, *groups) == few

    def test_as_a_workbook(self, client: Client, class_group: ClassGroup, student: User):
        answer = self.ask(client, class_group, as_xlsx="1")

        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        assert sheet is not None
        assert [row[1] for row in sheet.iter_rows(values_only=True)][1:] == [student.username]

    def test_too_many_at_once_get_none(
        self, client: Client, class_group: ClassGroup, student: User, monkeypatch: Any
    ):
        monkeypatch.setattr("accounts.views.start_passwords.PASSWORDS_AT_ONCE", 0)

        answer = self.ask(client, class_group)

        assert answer.status_code == 422
        student.refresh_from_db()
        assert not student.has_usable_password()


class TestDays:
    def address(self, group: ClassGroup, user: User) -> str:
        return f"{page_of(group)}days/?person={user.username}"

    @pytest.fixture
    def user(self, group: ClassGroup) -> User:
        user = UserFactory.create(username="s1")
        MembershipFactory.create(user=user, class_group=group)
        return user

    def days(self, user: User) -> list[Any]:
        rows = Membership.objects.filter(user=user).order_by("from_date")
        return list(rows.values_list("from_date", "to_date"))

    def test_days_that_are_over_are_corrected(
        self, client: Client, group: ClassGroup, user: User, planner: User
    ):
        fields = {"person": "s1", "0-first": "2026-09-01", "0-last": "2026/10/31"}

        answer = client.post(f"{page_of(group)}days/", fields)

        assert (answer.status_code, answer["Location"]) == (303, page_of(group))
        assert self.days(user) == [(dt.date(2026, 9, 1), dt.date(2026, 10, 31))]
        entry = AuditEntry.objects.get(person=user, actor=planner)
        assert entry.kind == AuditKind.MEMBERS_CHANGED
        assert entry.details["changes"] == "– → 2026-09-01–2026-10-31"

    def test_mistake_goes(self, client: Client, group: ClassGroup, user: User):
        client.post(f"{page_of(group)}days/", {"person": "s1", "0-mistake": "on"})

        assert self.days(user) == []

    @pytest.mark.parametrize(
        "fields",
        [
            {"0-first": "2026-09-02", "0-last": "2026-09-01"},
            {"0-first": "x"},
            {"0-last": "0001-01-01"},
        ],
    )
    def test_days_that_cannot_be(
        self, client: Client, group: ClassGroup, user: User, fields: dict[str, str]
    ):
        answer = client.post(f"{page_of(group)}days/", {"person": "s1", **fields})

        assert answer.status_code == 422
        assert self.days(user) == [(None, None)]

    def test_two_without_a_last_day_are_refused(
        self, client: Client, group: ClassGroup, user: User
    ):
        Membership.objects.update(to_date=dt.date(2026, 1, 1))
        MembershipFactory.create(user=user, class_group=group, from_date=dt.date(2026, 9, 1))
        before = self.days(user)

        answer = client.post(f"{page_of(group)}days/", {"person": "s1"})

        assert answer.status_code == 409
        assert self.days(user) == before

    def test_page_of_before_changes_nothing(self, client: Client, group: ClassGroup, user: User):
        page = main(client.get(self.address(group, user)))
        known = page.one("input", name="known").attrs["value"]
        Membership.objects.update(from_date=dt.date(2026, 9, 1))

        answer = client.post(
            f"{page_of(group)}days/", {"person": "s1", "0-last": "2026-10-01", "known": known}
        )

        assert answer.status_code == 409
        assert self.days(user) == [(dt.date(2026, 9, 1), None)]

    @pytest.mark.parametrize("person", ["", "nobody", "\0"])
    def test_nobody_is_404(self, client: Client, group: ClassGroup, person: str):
        assert client.get(f"{page_of(group)}days/", {"person": person}).status_code == 404


class TestAddressesOfBefore:
    def test_lead_to_the_pages(self, client: Client, group: ClassGroup):
        admin = "/admin/schedule/classgroup/"
        one = f"{admin}{group.pk}/"
        wanted = {
            admin: LIST,
            f"{admin}add/": f"{LIST}new/",
            **{f"{one}{what}/": page_of(group) for what in ("change", "delete", "history")},
        }

        answers = {path: client.get(path) for path in wanted}

        assert {path: answer.get("Location") for path, answer in answers.items()} == wanted
        assert "班级" not in read(client.get("/admin/schedule/").content).text
        assert client.post(f"{one}delete/", {"post": "yes"}).status_code == 405
        assert ClassGroup.objects.exists()

    def test_not_for_others(self, signed_in: SignedIn, group: ClassGroup, teacher: User):
        answer = signed_in(teacher).get(f"/admin/schedule/classgroup/{group.pk}/change/")

        assert answer["Location"].startswith("/admin/login/")
