"""People who lost phone and codes are helped by a superuser, and by nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from accounts.enums import AuditKind
from accounts.models import AuditEntry, Notice, SchoolSettings, User
from tests.accounts.admin.test_school_settings_form import SCHOOL, fields_of
from tests.cast import SignedIn
from tests.support.pages import read
from tests.support.second_factor import SET_UP, give_second_factor, kinds_kept_of, make_compulsory

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/user/"
PAGE = "/schedule/today/"
ACTION = "remove_second_factors"


def remove(client: Client, *people: User) -> Any:
    data = {"action": ACTION, "_selected_action": [each.pk for each in people]}
    return client.post(LIST, data, follow=True)


def test_superuser_removes_it_and_it_is_told(
    signed_in: SignedIn, superuser: User, planner: User, teacher: User
) -> None:
    give_second_factor(planner)

    page = remove(signed_in(superuser), planner, teacher).content.decode()

    assert "已移除以下人员的两步验证：孙教务。" in page
    assert kinds_kept_of(planner) == set()
    entry = AuditEntry.objects.get(kind=AuditKind.SECOND_FACTOR_REMOVED)
    assert (entry.actor, entry.person) == (superuser, planner)
    assert Notice.objects.get().user == planner


def test_person_is_signed_out_everywhere(
    signed_in: SignedIn, superuser: User, planner: User
) -> None:
    """Also on the phone that was lost."""
    give_second_factor(planner)
    make_compulsory()
    client = signed_in(planner)
    assert client.get(PAGE).status_code == 200

    give_second_factor(superuser)
    remove(signed_in(superuser), planner)

    assert client.get(PAGE)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("who", ["planner", "administrator"])
def test_nobody_else_does(
    signed_in: SignedIn, teacher: User, request: pytest.FixtureRequest, who: str
) -> None:
    give_second_factor(teacher)
    client = signed_in(request.getfixturevalue(who))

    remove(client, teacher)

    assert ACTION not in client.get(LIST).content.decode()
    assert kinds_kept_of(teacher) == {"totp", "recovery_codes"}


def test_ones_own_is_not_removed_here(signed_in: SignedIn, superuser: User) -> None:
    give_second_factor(superuser)

    remove(signed_in(superuser), superuser)

    assert kinds_kept_of(superuser) == {"totp", "recovery_codes"}


def test_page_of_a_person_says_whether_there_is_one(
    signed_in: SignedIn, superuser: User, teacher: User
) -> None:
    client = signed_in(superuser, "en")
    path = f"{LIST}{teacher.pk}/change/"
    assert ">set up" not in client.get(path).content.decode()

    give_second_factor(teacher)

    assert ">set up" in client.get(path).content.decode()


def test_secrets_have_no_page_in_the_administration() -> None:
    assert not [each for each in admin.site._registry if each.__name__ == "Authenticator"]


def test_administrator_makes_it_compulsory_and_is_led_to_set_it_up(
    signed_in: SignedIn, administrator: User
) -> None:
    client = signed_in(administrator)
    sent = fields_of(read(client.get(SCHOOL).content))

    client.post(SCHOOL, sent | {"second_factor_is_compulsory": "on"})

    assert SchoolSettings.load().second_factor_is_compulsory
    assert client.get("/schedule/")["Location"] == SET_UP


def test_planner_cannot_switch_it_off(signed_in: SignedIn, planner: User) -> None:
    make_compulsory()
    give_second_factor(planner)

    answer = signed_in(planner).post(SCHOOL, {})

    assert answer.status_code == 403
    assert SchoolSettings.load().second_factor_is_compulsory


def test_page_of_a_person_tells_superusers_where_it_is_removed(
    signed_in: SignedIn, superuser: User, teacher: User
) -> None:
    give_second_factor(teacher)

    page = signed_in(superuser).get(f"{LIST}{teacher.pk}/change/").content.decode()

    assert "移除两步验证" in page
