"""The list of people: found by what somebody types, narrowed by filters, for those who look after people."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import GrantSource, IdentityState, Role, SignInMethod
from accounts.models import ClassroomIdentity, ExternalAccount, RoleGrant, User
from schedule.models import ClassGroup
from schedule.people.filters import State
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, MembershipFactory
from tests.support.pages import read
from tests.support.people import LIST, found, main, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("how texts are compared")]


def ask(client: Client, **query: str) -> Any:
    return client.get(LIST, query)


@pytest.fixture
def jingyi() -> User:
    return UserFactory.create(username="s2026001", display_name="李静怡", roles=[Role.STUDENT])


class TestSearch:
    @pytest.mark.parametrize(
        "typed", ["李静怡", "静怡", "lijingyi", "Li Jing-yi", "ljy", "S2026001", "2026", "２０２６"]
    )
    def test_finds_by_name_pinyin_and_username(
        self, office: Client, jingyi: User, teacher: User, typed: str
    ):
        assert found(ask(office, q=typed)) == ["s2026001"]

    @pytest.mark.parametrize("typed", ["%", "_", "\\", "'; --", "\udcff"])
    def test_of_nobody_finds_nobody(self, office: Client, jingyi: User, typed: str):
        answer = office.get(LIST, {"q": typed.encode("utf-8", "surrogatepass")})

        assert "Nobody fits this search and these filters." in main(answer).text

    @pytest.mark.parametrize(
        ("typed", "words"),
        [("\0", "a character that cannot be shown"), ("a" * 10_000, "at most 256 characters")],
    )
    def test_that_cannot_be_is_pointed_out(
        self, office: Client, jingyi: User, typed: str, words: str
    ):
        page = main(ask(office, q=typed))

        assert words in page.one("span", "errors").text

    def test_of_blanks_asks_for_everybody(self, office: Client, jingyi: User):
        assert jingyi.username in found(ask(office, q="   "))

    @pytest.mark.parametrize("typed", ["%", "_", "\\", "'; --", "\udcff"])
    def test_finds_nobody_by_what_is_in_no_name(self, office: Client, jingyi: User, typed: str):
        answer = office.get(LIST, {"q": typed.encode("utf-8", "surrogatepass")})

        assert jingyi.username not in main(answer).text

    def test_marks_of_patterns_are_letters(self, office: Client, jingyi: User):
        percent = UserFactory.create(username="p", display_name="100%")

        assert found(ask(office, q="%")) == [percent.username]

    def test_many_are_found_by_one_letter_on_pages(self, office: Client):
        for number in range(45):
            UserFactory.create(username=f"zz{number:02}", display_name=f"某某{number}")

        answer = ask(office, q="zz", page="3")

        assert len(found(answer)) == 5
        assert "45 people" in main(answer).text
        assert found(ask(office, q="zz", page="9" * 30)) == found(ask(office, q="zz", page="3"))

    def test_says_who_else_there_is_among_closed_accounts(self, office: Client, jingyi: User):
        jingyi.is_active = False
        jingyi.save()

        page = main(ask(office, q="lijingyi"))

        address = page.link("1 person whose account is deactivated does")
        assert found(office.get(address)) == ["s2026001"]

    def test_script_gets_what_is_found_alone(self, office: Client, jingyi: User):
        answer = office.get(LIST, {"q": "ljy"}, headers={"X-Part": "found"})

        assert found(answer) == ["s2026001"]
        assert b"<form" not in answer.content
        assert "no-store" in answer["Cache-Control"]


class TestFilters:
    def test_role_and_class_group_of_today(
        self, office: Client, student: User, outsider: User, teacher: User, class_group: ClassGroup
    ):
        yesterday = timezone.localdate() - dt.timedelta(days=1)
        left = UserFactory.create(username="left")
        MembershipFactory.create(user=left, class_group=class_group, to_date=yesterday)
        MembershipFactory.create(user=teacher, class_group=class_group)

        of_group = ask(office, class_group=class_group.name)

        assert set(found(of_group)) == {"student", "teacher"}
        assert found(ask(office, class_group=class_group.name, role="teacher")) == ["teacher"]
        assert set(found(ask(office, role="student"))) == {"student", "outsider", "left"}

    def test_states_show_what_is_to_be_done(self, office: Client, planner: User):
        now = timezone.now()
        User.objects.filter(pk=planner.pk).update(last_login=now)
        people = {
            state: UserFactory.create(username=state.value, password="y", last_login=now)
            for state in State
        }
        User.objects.filter(username="never").update(last_login=None)
        User.objects.filter(username="no_password").update(password="")
        elsewhere = UserFactory.create(username="elsewhere", last_login=now)
        ExternalAccount.objects.create(
            user=elsewhere, method=SignInMethod.CAS, issuer="x", subject="y", username="z"
        )
        ClassroomIdentity.objects.create(
            user=people[State.REFUSED], sdk_app_id=1, state=IdentityState.FAILED
        )
        RoleGrant.objects.filter(user=people[State.WITHDRAWN]).update(
            source=GrantSource.CLAIM, withdrawn_at=now
        )
        people[State.DEACTIVATED].is_active = False
        people[State.DEACTIVATED].save()

        shown = {state: set(found(ask(office, state=state.value))) for state in State}

        everybody = shown.pop(State.ALL)
        shown[State.NO_PASSWORD].remove(planner.username)  # in this browser without one
        assert shown == {state: {state.value} for state in State if state is not State.ALL}
        assert everybody == {*State.values, "elsewhere", planner.username}
        assert "deactivated" not in found(ask(office))

    def test_values_that_mean_nothing_count_as_absent(self, office: Client, student: User):
        answer = ask(office, role="king", state="?", page="x", page_size="7", class_group="x" * 99)

        assert {"student", "planner"} <= set(found(answer))

    def test_stay_in_the_form_and_in_the_address_of_the_pages(self, office: Client):
        UserFactory.create_batch(21, roles=[Role.TEACHER])

        page = main(ask(office, role="teacher"))

        assert (
            page.one("select", id="id_role").one("option", selected="").attrs["value"] == "teacher"
        )
        assert "role=teacher" in page.one("a", rel="next").attrs["href"]


class TestRows:
    def test_say_what_somebody_is_and_how_they_sign_in(
        self, office: Client, student: User, class_group: ClassGroup, superuser: User
    ):
        other = ClassGroupFactory.create(name="合唱团")
        MembershipFactory.create(user=student, class_group=other)

        (row,) = main(ask(office, q="student")).one("tbody").all("tr")

        texts = [cell.text for cell in row.all("td")]
        assert texts[:2] == ["student", "Student"]
        assert set(texts[2].split("、")) == {class_group.name, "合唱团"}
        assert texts[3] == "Never signed in · No password yet"
        # It is when, and no state.
        assert row.all("span", "mark") == []
        assert row.one("a").attrs["href"] == page_of(student)

    def test_superuser_is_called_one(self, office: Client, superuser: User):
        (row,) = main(ask(office, q=superuser.username)).one("tbody").all("tr")

        assert row.all("td")[1].text == "Superuser"

    def test_person_without_a_code_breaks_nothing(self, office: Client, jingyi: User):
        """A release before wrote them; a night gives one."""
        User.objects.get_queryset().filter(pk=jingyi.pk).update(code=None)

        (row,) = main(ask(office, q="ljy")).one("tbody").all("tr")

        assert row.one("th").text == "李静怡"
        assert row.all("a") == []
        assert office.get("/people/None/").status_code == 404

    def test_names_are_no_markup(self, office: Client):
        UserFactory.create(username="x", display_name="<b>王</b>")

        assert "<b>王" not in ask(office, q="王").content.decode()

    def test_cost_as_many_queries_for_many_as_for_one(self, office: Client, student: User):
        def queries() -> int:
            ask(office, q="s")
            with CaptureQueriesContext(connection) as captured:
                ask(office, q="s")
            return len(captured)

        few = queries()
        group = ClassGroupFactory.create()
        for person in UserFactory.create_batch(30, roles=[Role.STUDENT, Role.TEACHER]):
            MembershipFactory.create(user=person, class_group=group)

        assert queries() == few <= 8


def test_import_of_people_is_the_same_page_from_both_lists(office: Client) -> None:
    ways = {path: main(office.get(path)).link("Import people") for path in (LIST, "/class-groups/")}

    assert set(ways.values()) == {"/imports/people/"}


class TestAccess:
    def test_is_for_those_who_look_after_people(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, student: User
    ):
        for who, status in (
            *(("student", 404), ("teacher", 404), ("supervisor", 404), ("outsider", 404)),
            *(("planner", 200), ("administrator", 200), ("superuser", 200)),
        ):
            client = signed_in(request.getfixturevalue(who))

            answers = [client.get(path).status_code for path in (LIST, page_of(student))]
            assert answers == [status, status], who

    def test_speaks_chinese(self, planner: User, signed_in: SignedIn, student: User):
        page = read(signed_in(planner).get(LIST).content).one("main")

        assert page.one("h1").text == "人员"
        assert "姓名、拼音或用户名" in page.text
