"""Appointing on the pages of people: a code once more, by whom, and what follows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.enums import AuditKind, Role, SignInMethod
from accounts.models import AuditEntry, ExternalAccount, RoleGrant, Session, User
from accounts.services.appointing import MayNotAppoint, appoint_new_person
from accounts.sign_in.code_again import GOES_ON_WITH
from tests.cast import SignedIn
from tests.support.pages import read
from tests.support.people import AGAIN, NEW, again, fields_of, has_typed_code, main, page_of
from tests.support.second_factor import SET_UP, code_of, give_second_factor

GO_ON = "/accounts/second-factor/go-on/"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_counts_of_others")]


@pytest.fixture
def chief(administrator: User, signed_in: SignedIn) -> Client:
    """An administrator's browser, in which no code was typed yet."""
    return signed_in(administrator, "en")


def appoint(client: Client, person: User, *roles: str) -> Any:
    return client.post(page_of(person, "change/"), fields_of(person, roles=list(roles)))


def set_up(client: Client) -> str:
    """Set a second factor up as its page does, and return the address that it leads to."""
    secret = read(client.get(SET_UP).content).one("span", id="secret").text
    address: str = client.post(SET_UP, {"code": code_of(secret)})["Location"]
    return address


class TestAdministrators:
    def test_appoint_after_a_code_and_the_form_goes_on_by_itself(
        self, chief: Client, administrator: User, teacher: User
    ):
        factor = give_second_factor(administrator)
        Client().force_login(teacher)

        led = appoint(chief, teacher, "teacher", "planner")
        assert led["Location"] == f"{AGAIN}?next={page_of(teacher, 'change/').replace('/', '%2F')}"
        assert again(teacher).roles == {Role.TEACHER}
        answer = chief.post(
            led["Location"], {"code": factor.code(), "next": page_of(teacher, "change/")}
        )

        assert answer["Location"] == page_of(teacher)
        assert again(teacher).roles == {Role.TEACHER, Role.PLANNER}
        assert not Session.objects.filter(user=teacher).exists()
        entry = AuditEntry.objects.get(kind=AuditKind.ROLES_CHANGED)
        assert (entry.actor, entry.person) == (administrator, teacher)

    def test_take_it_back(self, chief: Client, administrator: User, supervisor: User):
        has_typed_code(chief, administrator)

        assert appoint(chief, supervisor).status_code == 303
        assert again(supervisor).roles == frozenset()

    def test_wrong_code_appoints_nobody(self, chief: Client, administrator: User, teacher: User):
        factor = give_second_factor(administrator)
        led = appoint(chief, teacher, "planner")

        chief.post(led["Location"], {"code": factor.wrong, "next": page_of(teacher, "change/")})

        assert again(teacher).roles == {Role.TEACHER}

    def test_without_a_second_factor_are_led_to_set_it_up(self, chief: Client, teacher: User):
        led = appoint(chief, teacher, "supervisor")

        assert led["Location"] == SET_UP
        assert "proves it with a second factor" in main(chief.get("/accounts/profile/")).text
        assert again(teacher).roles == {Role.TEACHER}

    def test_appoint_once_they_have_set_it_up_and_type_no_further_code(
        self, administrator: User, teacher: User
    ):
        administrator.set_password("correct horse battery")
        administrator.save()
        chief = Client(headers={"accept-language": "en"})
        chief.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        fields = {"login": administrator.username, "password": "correct horse battery"}
        chief.post("/accounts/login/", fields)
        appoint(chief, teacher, "teacher", "planner")
        codes = set_up(chief)
        button = read(chief.get(codes).content).one("form", action=GO_ON)
        assert button.text.endswith("I have kept them: go on")
        assert again(teacher).roles == {Role.TEACHER}

        answer = chief.post(GO_ON)

        assert answer["Location"] == page_of(teacher)
        assert again(teacher).roles == {Role.TEACHER, Role.PLANNER}
        assert AuditEntry.objects.get(kind=AuditKind.ROLES_CHANGED).actor == administrator
        # It is done once, and the next one needs no code either.
        assert chief.post(GO_ON)["Location"] == "/"
        assert appoint(chief, teacher, "teacher")["Location"] == page_of(teacher)

    def test_of_what_was_sent_long_ago_only_the_page_is_opened(self, chief: Client, teacher: User):
        appoint(chief, teacher, "planner")
        with time_machine.travel(timezone.now() + dt.timedelta(minutes=61)):
            answer = chief.post(GO_ON)

        assert answer["Location"] == page_of(teacher, "change/")
        assert again(teacher).roles == {Role.TEACHER}

    def test_no_password_is_kept_while_it_is_set_up(self, chief: Client, teacher: User):
        fields = fields_of(teacher, roles=["planner"], password="never kept")

        chief.post(page_of(teacher, "change/"), fields)

        kept = chief.session[GOES_ON_WITH]["post"]
        assert "roles=planner" in kept
        assert "never" not in kept

    def test_going_on_without_a_second_factor_asks_for_it_again(self, chief: Client, teacher: User):
        appoint(chief, teacher, "planner")

        assert chief.post(GO_ON)["Location"] == SET_UP
        assert again(teacher).roles == {Role.TEACHER}

    def test_type_no_code_for_students_and_teachers(self, chief: Client, student: User):
        assert appoint(chief, student, "teacher").status_code == 303
        assert again(student).roles == {Role.TEACHER}

    def test_make_no_administrators(self, chief: Client, administrator: User, teacher: User):
        has_typed_code(chief, administrator)

        assert appoint(chief, teacher, "administrator").status_code == 422
        assert again(teacher).roles == {Role.TEACHER}

    @pytest.mark.parametrize("roles", [["administrator", "planner"], []])
    def test_appoint_not_themselves(self, chief: Client, administrator: User, roles: list[str]):
        has_typed_code(chief, administrator)

        assert appoint(chief, administrator, *roles).status_code == 404
        assert again(administrator).roles == {Role.ADMINISTRATOR}

    def test_make_a_new_planner(self, chief: Client, administrator: User):
        fields = {"username": "sun", "display_name": "孙老师", "roles": ["planner"]}
        factor = give_second_factor(administrator)

        led = chief.post(NEW, fields)
        assert not User.objects.filter(username="sun").exists()
        chief.post(led["Location"], {"code": factor.code(), "next": NEW})

        assert User.objects.get(username="sun").roles == {Role.PLANNER}

    def test_look_after_who_they_appointed_with_a_code(
        self, chief: Client, administrator: User, planner: User
    ):
        password = page_of(planner, "start-password/")

        assert chief.post(password)["Location"] == SET_UP
        has_typed_code(chief, administrator)
        assert chief.post(password).status_code == 200
        assert again(planner).must_change_password

    def test_look_after_no_other_administrators(
        self, chief: Client, administrator: User, superuser: User
    ):
        has_typed_code(chief, administrator)

        for path in ("change/", "start-password/", "sign-out/", "deactivate/"):
            assert chief.post(page_of(superuser, path)).status_code == 404, path
        assert (
            "looked after by superusers alone: 郑校长" in main(chief.get(page_of(superuser))).text
        )


class TestOthers:
    def test_planner_gives_no_power(self, office: Client, student: User):
        for role in ("supervisor", "planner", "administrator"):
            answer = office.post(
                page_of(student, "change/"),
                fields_of(student, roles=["student", role], is_superuser="on"),
            )

            assert answer.status_code == 422, role
        assert again(student).roles == {Role.STUDENT}
        assert not again(student).is_superuser

    def test_planner_changes_nobody_with_power(
        self, request: pytest.FixtureRequest, office: Client
    ):
        actions = ("change/", "start-password/", "mail-link/", "sign-out/", "deactivate/")
        more = ("reactivate/", "picture/", "withdrawn-role/", "register-again/")
        for who in ("superuser", "planner", "supervisor", "administrator"):
            person = request.getfixturevalue(who)
            RoleGrant.objects.create(user=person, role=Role.TEACHER, withdrawn_at=timezone.now())
            fields = {"action": "take", "role": "teacher"}
            before = again(person).__dict__.copy()

            answers = {
                office.post(page_of(person, path), fields).status_code for path in actions + more
            }

            assert answers == {404}, who
            now = again(person).__dict__
            assert {**now, "_state": None} == {**before, "_state": None}, who
            assert RoleGrant.objects.get(user=person, role=Role.TEACHER).withdrawn_at, who

    def test_new_person_gets_no_role_that_is_not_the_maker_s_to_give(self, planner: User):
        with pytest.raises(MayNotAppoint):
            appoint_new_person(
                User(username="new", display_name="新人"), {Role.SUPERVISOR}, by=planner
            )

        assert not User.objects.filter(username="new").exists()

    def test_superuser_gives_and_takes_every_role(
        self, superuser: User, student: User, signed_in: SignedIn
    ):
        chief = signed_in(superuser)

        appoint(chief, student, "planner", "administrator")

        assert again(student).roles == {Role.PLANNER, Role.ADMINISTRATOR}

    def test_superuser_with_a_second_factor_types_a_code_too(
        self, superuser: User, student: User, signed_in: SignedIn
    ):
        give_second_factor(superuser)

        led = appoint(signed_in(superuser), student, "administrator")

        assert led["Location"].startswith(AGAIN)

    def test_who_gives_power_is_told_what_opens_the_account(
        self, superuser: User, student: User, signed_in: SignedIn
    ):
        """Planners may have linked it, while it was a student's."""
        ExternalAccount.objects.create(
            user=student, method=SignInMethod.CAS, issuer="https://cas", subject="4711"
        )
        chief = signed_in(superuser, "en")

        before = follow(chief, appoint(chief, student, "teacher"))
        assert "4711" not in main(before).one("ul", "messages").text
        told = main(follow(chief, appoint(chief, again(student), "planner"))).one("ul", "messages")

        assert "4711" in told.text
        assert "more power" in told.text


def follow(client: Client, answer: Any) -> Any:
    return client.get(answer["Location"])
