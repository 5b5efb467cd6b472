"""One administrator asks for an erasure and another confirms it, where nothing stands against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone, translation

from accounts.enums import AuditKind, ErasureState, Role, SignInMethod
from accounts.erasing import asking
from accounts.erasing.asking import NotAsked
from accounts.erasing.refusals import NotErasable
from accounts.models import AuditEntry, Erasure, ExternalAccount, Notice, Session, User
from accounts.notice_kinds import sentence_of
from accounts.services import leaving
from accounts.services.appointing import MayNotAppoint
from accounts.services.person_changes import change_person
from attendance.models import RoomPresence
from schedule.enums import CloudStatus, LessonState
from schedule.models import Lesson
from tests.factories.accounts import UserFactory
from tests.factories.attendance import cloud_id, held_room
from tests.factories.schedule import LessonFactory, TermFactory, WeeklyLessonFactory, school_time
from tests.support.erasing import asked, erased, somebody, under_way
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def chief() -> User:
    return UserFactory.create(roles=[Role.ADMINISTRATOR])


@pytest.fixture
def other_chief() -> User:
    return UserFactory.create(roles=[Role.ADMINISTRATOR])


def words_against(person: User, by: User | None = None) -> str:
    with pytest.raises(NotErasable) as refused:
        asking.ask(person, by=by, reason="")
    return str(refused.value)


# --- What stands against it -----------------------------------------------------------------------


def a_coming_lesson(person: User) -> None:
    LessonFactory.create(teacher=person)


def a_lesson_to_assist(person: User) -> None:
    LessonFactory.create(assistants=[person])


def a_weekly_lesson(person: User) -> None:
    WeeklyLessonFactory.create(teacher=person)


def a_class_at_this_moment(person: User) -> None:
    lesson = LessonFactory.create(
        starts_at=school_time(-1, 9), ends_at=school_time(-1, 10), teacher=somebody("司马青云")
    )
    room = held_room(lesson, cloud_status=CloudStatus.RUNNING, real_ended_at=None)
    RoomPresence.objects.create(room=room, members=[[cloud_id(person), 0, "x"]])


def being_the_last_superuser(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_superuser=True)


def a_request(person: User) -> None:
    asked(person)


def a_confirmed_request(person: User) -> None:
    under_way(person)


def an_erasure(person: User) -> None:
    erased(person)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (a_coming_lesson, "1 lesson to come"),
        (a_lesson_to_assist, "1 lesson to come"),
        (a_weekly_lesson, "weekly lessons in"),
        (a_class_at_this_moment, "in a class at this moment"),
        (being_the_last_superuser, "last superuser"),
        (a_request, "asked for already"),
        (a_confirmed_request, "being erased already"),
        (an_erasure, "erased already"),
    ],
)
def test_is_refused_with(make: Callable[[User], None], words: str):
    person = UserFactory.create(roles=[Role.TEACHER])
    make(person)

    assert words in words_against(person)


def a_past_lesson(person: User) -> None:
    LessonFactory.create(teacher=person, starts_at=school_time(-2, 9), ends_at=school_time(-2, 10))


def a_cancelled_lesson(person: User) -> None:
    lesson = LessonFactory.create(teacher=person)
    Lesson.objects.filter(pk=lesson.pk).update(state=LessonState.CANCELLED)


def a_class_that_is_over(person: User) -> None:
    a_class_at_this_moment(person)
    RoomPresence.objects.update(over_at=timezone.now())


def a_weekly_lesson_of_a_term_that_is_over(person: User) -> None:
    term = TermFactory.create(first_monday=school_time(-200, 8).date())
    WeeklyLessonFactory.create(teacher=person, term=term)


@pytest.mark.parametrize("make", [a_past_lesson, a_cancelled_lesson, a_class_that_is_over])
def test_is_not_refused_with(make: Callable[[User], None]):
    person = UserFactory.create(roles=[Role.TEACHER])
    make(person)

    assert asked(person).is_asked


def test_nobody_erases_themselves(chief: User):
    assert "their own account" in words_against(chief, by=chief)


# --- Two hands ------------------------------------------------------------------------------------


def test_is_asked_by_one_and_confirmed_by_another(chief: User, other_chief: User):
    person = somebody()
    erasure = asking.ask(person, by=chief, reason="leaves")

    current = asking.confirm(erasure, by=other_chief, strikes_text=True)

    assert (current.state, current.confirmed_by) == (ErasureState.UNDER_WAY, other_chief)
    assert current.due_at is not None
    entry = AuditEntry.objects.get(kind=AuditKind.ERASURE_ASKED)
    assert (entry.actor, entry.person) == (chief, person)


def test_the_other_administrators_hear_of_a_request_without_a_name(chief: User, other_chief: User):
    erasure = asking.ask(somebody("欧阳明月"), by=chief, reason="leaves")

    notice = Notice.objects.get()
    assert (notice.user, notice.address) == (other_chief, erasure.get_absolute_url())
    sentence = sentence_of(notice.kind, notice.arguments)
    assert "asked for a person to be erased" in sentence
    assert "欧阳明月" not in sentence


def test_nobody_hears_of_what_the_command_asks_and_confirms(chief: User):
    asking.ask(somebody(), by=None, reason="")

    assert not Notice.objects.exists()


def test_who_asks_does_not_confirm(chief: User):
    erasure = asking.ask(somebody(), by=chief, reason="")

    with pytest.raises(NotErasable) as refused:
        asking.confirm(erasure, by=chief, strikes_text=True)

    assert "another administrator" in str(refused.value)
    assert Erasure.objects.get().is_asked


def test_the_database_lets_nobody_be_both_hands(chief: User):
    erasure = asking.ask(somebody(), by=chief, reason="")

    with pytest.raises(IntegrityError):
        Erasure.objects.filter(pk=erasure.pk).update(confirmed_by=chief)


def test_confirming_closes_the_account_for_good(chief: User, other_chief: User):
    person = somebody()
    Session.objects.create(session_key="s", user=person, expire_date=timezone.now(), code="c")
    erasure = asking.ask(person, by=chief, reason="")

    asking.confirm(erasure, by=other_chief, strikes_text=True)
    leaving.reactivate_people([person], by=chief)

    assert not User.objects.get(pk=person.pk).is_active
    assert not Session.objects.exists()
    with pytest.raises(IntegrityError):
        User.objects.filter(pk=person.pk).update(is_active=True)


def test_what_stands_against_it_by_now_is_said_to_who_confirms(chief: User, other_chief: User):
    person = UserFactory.create(roles=[Role.TEACHER])
    erasure = asking.ask(person, by=chief, reason="")
    LessonFactory.create(teacher=person)

    with pytest.raises(NotErasable):
        asking.confirm(erasure, by=other_chief, strikes_text=True)

    assert User.objects.get(pk=person.pk).is_active


def test_a_request_is_withdrawn_and_asked_for_once_more(chief: User, other_chief: User):
    person = somebody()
    first = asking.ask(person, by=chief, reason="leaves")

    asking.withdraw(first, by=other_chief)
    assert Erasure.objects.get().state == ErasureState.WITHDRAWN
    assert Erasure.objects.get().reason == ""
    second = asking.ask(person, by=other_chief, reason="leaves after all")

    assert (second.pk, second.asked_by) == (first.pk, other_chief)
    assert AuditEntry.objects.filter(kind=AuditKind.ERASURE_WITHDRAWN).count() == 1


def test_what_was_confirmed_is_neither_withdrawn_nor_confirmed_again(
    chief: User, other_chief: User
):
    erasure = asking.ask(somebody(), by=chief, reason="")
    asking.confirm(erasure, by=other_chief, strikes_text=True)

    with pytest.raises(NotAsked):
        asking.withdraw(erasure, by=chief)
    with pytest.raises(NotAsked):
        asking.confirm(erasure, by=None, strikes_text=True)


@pytest.mark.django_db(transaction=True)
def test_of_several_who_ask_at_once_one_is_first(chief: User):
    if connection.vendor == "sqlite":
        pytest.skip("one writer at a time")
    person = somebody()

    def ask(_number: int) -> Any:
        try:
            return asking.ask(person, by=chief, reason="")
        except NotErasable:
            return None

    outcomes = all_at_once(ask, range(3))

    assert sum(outcome is not None for outcome in outcomes) == 1


@pytest.mark.django_db(transaction=True)
def test_of_several_who_confirm_at_once_one_is_first(chief: User):
    if connection.vendor == "sqlite":
        pytest.skip("one writer at a time")
    others = [UserFactory.create(roles=[Role.ADMINISTRATOR]) for _number in range(3)]
    erasure = asking.ask(somebody(), by=chief, reason="")

    def confirm(by: User) -> Erasure | None:
        try:
            return asking.confirm(erasure, by=by, strikes_text=True)
        except NotAsked:
            return None

    confirmed = [outcome for outcome in all_at_once(confirm, others) if outcome is not None]

    assert len(confirmed) == 1
    assert Erasure.objects.get().confirmed_by == confirmed[0].confirmed_by


@pytest.mark.django_db(transaction=True)
def test_of_a_withdrawal_and_a_confirmation_at_once_one_holds(chief: User, other_chief: User):
    if connection.vendor == "sqlite":
        pytest.skip("one writer at a time")
    person = somebody()
    erasure = asking.ask(person, by=chief, reason="")

    def act(confirms: bool) -> bool:
        try:
            if confirms:
                asking.confirm(erasure, by=other_chief, strikes_text=True)
            else:
                asking.withdraw(erasure, by=chief)
        except NotAsked:
            return False
        return True

    confirmed, withdrawn = all_at_once(act, [True, False])

    assert confirmed is not withdrawn
    person.refresh_from_db()
    assert person.is_active is withdrawn
    assert Erasure.objects.get().is_under_way is confirmed


def test_a_confirmation_that_is_sent_again_after_the_request_was_made_anew_is_the_askers_own(
    chief: User, other_chief: User
):
    person = somebody()
    stale = asking.ask(person, by=chief, reason="")
    asking.withdraw(stale, by=other_chief)
    asking.ask(person, by=other_chief, reason="")

    with pytest.raises(NotErasable):
        asking.confirm(stale, by=other_chief, strikes_text=True)

    assert User.objects.get(pk=person.pk).is_active


# --- What cannot be done any more -----------------------------------------------------------------


def test_a_form_that_was_open_changes_nobody_who_is_being_erased(chief: User):
    person = somebody()
    under_way(person)

    with pytest.raises(MayNotAppoint):
        change_person(person, fields={"display_name": "欧阳月明"}, roles=[], by=chief)

    assert User.objects.get(pk=person.pk).display_name == person.display_name


def test_the_administration_changes_nobody_who_is_being_erased_and_links_nothing_to_them(
    superuser: User, client: Client
):
    person = somebody()
    under_way(person)
    account = ExternalAccount.objects.create(
        method=SignInMethod.CAS, issuer="https://cas.example", subject="ouyang"
    )
    client.force_login(superuser)

    for page in ("change", "password"):
        answer = client.post(f"/admin/accounts/user/{person.pk}/{page}/", {"is_superuser": "on"})
        assert answer.status_code == 403
    page = f"/admin/accounts/externalaccount/{account.pk}/change/"
    assert "此人已注销" in client.post(page, {"user": person.pk}).content.decode()
    account.refresh_from_db()
    assert (account.user, User.objects.get(pk=person.pk).is_superuser) == (None, False)
