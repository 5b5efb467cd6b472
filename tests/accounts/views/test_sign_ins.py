"""The table of sign-ins on one's own page, and how a sign-in is ended there."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import SignInMethod
from accounts.models import Session, User
from accounts.selectors.sign_ins import SHOWN_AT_MOST
from accounts.sign_in.session_store import SIGN_IN, SessionStore, SignIn
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

PROFILE = "/accounts/profile/"
END_OTHERS = "/accounts/profile/sign-ins/end-others/"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"


@pytest.fixture(autouse=True)
def _english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


def came_in(client: Client, *, method: SignInMethod, user_agent: str = "") -> Session:
    """A sign-in of a browser, of which is known what real sign-ins leave."""
    session = SessionStore(client.session.session_key)
    session[SIGN_IN] = SignIn(
        method=method,
        address="192.0.2.7",
        user_agent=user_agent,
        at="2026-01-05T08:00:00+08:00",
    )
    session.save()
    return Session.objects.get(session_key=session.session_key)


def table(client: Client) -> Element:
    return read(client.get(PROFILE).content).one("table", "sign-ins")


def rows(client: Client) -> list[list[str]]:
    return [
        [cell.text for cell in row.children if isinstance(cell, Element)]
        for row in table(client).one("tbody").all("tr")
    ]


def test_every_sign_in_has_a_row_with_what_is_known_of_it(
    student: User, signed_in: SignedIn
) -> None:
    here = signed_in(student)
    came_in(signed_in(student), method=SignInMethod.OIDC, user_agent=EDGE)

    assert rows(here) == [
        ["not known", "–", "–", "–", "✓ This device"],
        ["Edge on Windows", "192.0.2.7", "2026-01-05 08:00", "OpenID Connect", "Sign out"],
    ]


def test_page_names_no_session_key(student: User, signed_in: SignedIn) -> None:
    here = signed_in(student)
    came_in(signed_in(student), method=SignInMethod.PASSWORD)

    page = here.get(PROFILE).content.decode()

    assert [key for key in Session.objects.values_list("pk", flat=True) if key in page] == []


def test_sign_ins_of_others_and_those_that_are_over_are_not_shown(
    student: User, teacher: User, signed_in: SignedIn
) -> None:
    here = signed_in(student)
    signed_in(teacher)
    over = came_in(signed_in(student), method=SignInMethod.PASSWORD)
    Session.objects.filter(pk=over.pk).update(expire_date=timezone.now() - dt.timedelta(days=1))

    assert len(rows(here)) == 1


def test_sign_in_by_an_earlier_password_is_not_shown(student: User, signed_in: SignedIn) -> None:
    signed_in(student)
    student.set_password("battery staple 42")
    student.save()

    assert len(rows(signed_in(student))) == 1


def test_of_many_this_one_and_the_newest_are_shown(student: User, signed_in: SignedIn) -> None:
    here = signed_in(student)
    Session.objects.update(expire_date=timezone.now() + dt.timedelta(minutes=1))
    for _each in range(SHOWN_AT_MOST):
        signed_in(student)

    shown = rows(here)

    assert len(shown) == SHOWN_AT_MOST
    assert [row[-1] for row in shown].index("✓ This device") == 0


def test_one_is_ended(student: User, signed_in: SignedIn) -> None:
    here, there = signed_in(student), signed_in(student)
    came_in(there, method=SignInMethod.PASSWORD, user_agent=EDGE)
    (form,) = (form for form in table(here).all("form") if form.attrs["action"].endswith("/end/"))

    answer = here.post(form.attrs["action"], follow=True)

    assert "That device is signed out." in answer.content.decode()
    assert here.get(PROFILE).status_code == 200
    assert there.get(PROFILE).status_code == 302


def test_all_others_are_ended(student: User, teacher: User, signed_in: SignedIn) -> None:
    here, there, elsewhere = (signed_in(student) for _each in range(3))
    other = signed_in(teacher)

    answer = here.post(END_OTHERS, follow=True)

    assert "2 devices are signed out." in answer.content.decode()
    assert [each.get(PROFILE).status_code for each in (here, there, elsewhere, other)] == [
        *(200, 302, 302, 200),
    ]


def test_nobody_ends_what_is_somebody_elses(
    student: User, teacher: User, signed_in: SignedIn
) -> None:
    here, other = signed_in(student), signed_in(teacher)
    code = Session.objects.get(user=teacher).code

    here.post(f"/accounts/profile/sign-ins/{code}/end/")

    assert other.get(PROFILE).status_code == 200


def test_page_of_many_sign_ins_takes_as_many_queries_as_of_one(
    student: User, signed_in: SignedIn, django_assert_max_num_queries: Any
) -> None:
    here = signed_in(student)
    for _each in range(60):
        signed_in(student)

    with django_assert_max_num_queries(8):
        assert len(rows(here)) == 50


def test_who_has_no_password_is_offered_to_set_one(signed_in: SignedIn) -> None:
    without = UserFactory.create(username="without")
    with_one = UserFactory.create(username="with", password="correct horse")

    pages = [signed_in(each).get(PROFILE).content.decode() for each in (without, with_one)]

    assert ["Set password" in page for page in pages] == [True, False]
    assert ["Change the password" in page for page in pages] == [False, True]
    assert ["password of your school account" in page for page in pages] == [True, False]
