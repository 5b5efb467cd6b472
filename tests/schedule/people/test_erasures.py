"""The pages on which two administrators erase a person."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.enums import ErasureState, Role
from accounts.erasing import asking, work
from accounts.models import Erasure, ErasurePlace, User
from schedule.models import ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import LessonFactory, MembershipFactory, school_time
from tests.support.erasing import ERASED, asked, erased, somebody, under_way
from tests.support.pages import read
from tests.support.people import LIST, again, has_typed_code, main, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_counts_of_others")]

ERASURES = "/people/erasures/"
NAME = "欧阳明月"


@pytest.fixture
def other_administrator() -> User:
    return UserFactory.create(display_name="诸葛清风", roles=[Role.ADMINISTRATOR])


@pytest.fixture
def chief(administrator: User, signed_in: SignedIn) -> Client:
    """An administrator's browser in which a code was typed once more."""
    client = signed_in(administrator, "en")
    has_typed_code(client, administrator)
    return client


@pytest.fixture
def other_chief(other_administrator: User, signed_in: SignedIn) -> Client:
    client = signed_in(other_administrator, "en")
    has_typed_code(client, other_administrator)
    return client


@pytest.fixture
def person() -> User:
    return somebody(NAME)


def ask(client: Client, person: User, reason: str = "leaves the school") -> Any:
    return client.post(page_of(person, "erasure/"), {"reason": reason})


def page(person: User, rest: str = "") -> str:
    return f"{ERASURES}{person.code}/{rest}"


def after(client: Client, answer: Any) -> str:
    """Return the text of the page that an answer leads to."""
    return read(client.get(answer["Location"]).content).text


def past_lesson(title: str, **fields: Any) -> Lesson:
    times = {"starts_at": school_time(-20, 9), "ends_at": school_time(-20, 10)}
    return LessonFactory.create(title=title, **times, **fields)


class TestAsking:
    def test_the_page_says_what_goes_and_what_stays_outside(self, chief: Client, person: User):
        text = main(chief.get(page_of(person, "erasure/"))).text

        assert f"Erase {NAME}" in text
        assert "another administrator confirms it" in text
        assert "for up to 7 days" in text
        assert "vendor's support" in text

    def test_leads_to_the_request_and_waits_for_another(self, chief: Client, person: User):
        answer = ask(chief, person)

        assert (answer.status_code, answer["Location"]) == (303, page(person))
        text = main(chief.get(page(person))).text
        assert "another administrator opens this page" not in text  # there is none
        assert "Why: leaves the school" in text
        assert Erasure.objects.get().state == ErasureState.ASKED

    def test_needs_a_code_once_more_and_goes_on_after_it(
        self, administrator: User, signed_in: SignedIn, person: User
    ):
        client = signed_in(administrator, "en")

        assert ask(client, person)["Location"] == "/accounts/second-factor/set-up/"
        has_typed_code(client, administrator)
        assert ask(client, person)["Location"] == page(person)

    def test_without_a_reason_is_refused_and_asks_nothing(self, chief: Client, person: User):
        answer = ask(chief, person, reason="")

        assert answer.status_code == 422
        assert not Erasure.objects.exists()

    def test_who_is_to_teach_is_handed_over_first_by_a_link(self, chief: Client):
        teacher = UserFactory.create(roles=[Role.TEACHER])
        LessonFactory.create(teacher=teacher)

        shown = chief.get(page_of(teacher, "erasure/"))
        refused = ask(chief, teacher)

        for answer in (shown, refused):
            links = [link.attrs.get("href") for link in main(answer).all("a")]
            assert f"/schedule/absences/?teacher={teacher.username}" in links
        assert refused.status_code == 409

    def test_oneself_is_refused(self, chief: Client, administrator: User):
        assert ask(chief, administrator).status_code == 409
        assert "their own account" in main(chief.get(page_of(administrator, "erasure/"))).text

    def test_twice_leads_to_the_request_that_is_there(self, chief: Client, person: User):
        ask(chief, person)

        answer = ask(chief, person)

        assert answer.status_code == 409
        assert page(person) in [link.attrs.get("href") for link in main(answer).all("a")]


class TestConfirming:
    def test_by_the_one_who_asked_is_refused(self, chief: Client, person: User):
        ask(chief, person)

        answer = chief.post(page(person, "confirm/"))

        assert answer.status_code == 409
        assert again(person).is_active

    def test_by_another_begins_it(self, chief: Client, other_chief: Client, person: User):
        ask(chief, person)

        answer = other_chief.post(page(person, "confirm/"), {"strikes_text": "on"})

        assert answer["Location"] == page(person)
        assert Erasure.objects.get().state == ErasureState.UNDER_WAY
        assert not again(person).is_active
        assert "the classroom cloud deletes the person" in main(other_chief.get(page(person))).text

    def test_needs_a_code_of_the_second_one_too(
        self, chief: Client, other_administrator: User, signed_in: SignedIn, person: User
    ):
        ask(chief, person)

        answer = signed_in(other_administrator, "en").post(page(person, "confirm/"))

        assert answer["Location"] == "/accounts/second-factor/set-up/"
        assert Erasure.objects.get().state == ErasureState.ASKED

    def test_where_there_is_no_other_administrator_the_command_is_named(
        self, chief: Client, person: User
    ):
        ask(chief, person)

        text = main(chief.get(page(person))).text

        assert f"manage.py erase_person {person.username} --yes" in text

    @pytest.mark.parametrize(("name", "ticked"), [("欧阳明月", True), ("高明", False)])
    def test_names_that_are_words_are_left_in_free_text_unless_somebody_wants_it(
        self, other_chief: Client, name: str, *, ticked: bool
    ):
        person = somebody(name)
        asked(person)

        field = main(other_chief.get(page(person))).one("input", name="strikes_text")

        assert ("checked" in field.attrs) is ticked

    def test_what_was_withdrawn_meanwhile_is_said(
        self, chief: Client, other_chief: Client, person: User
    ):
        ask(chief, person)
        chief.post(page(person, "withdraw/"))

        text = after(other_chief, other_chief.post(page(person, "confirm/")))

        assert "confirmed or withdrawn it meanwhile" in text
        assert again(person).is_active

    def test_is_no_more_than_once(self, chief: Client, other_chief: Client, person: User):
        done = erased(person)
        before = Erasure.objects.values().get()

        text = after(other_chief, other_chief.post(page(person, "confirm/")))

        assert "confirmed or withdrawn it meanwhile" in text
        assert Erasure.objects.values().get(pk=done.pk) == before

    @pytest.mark.parametrize("path", ["confirm/", "withdraw/"])
    def test_from_another_site_does_nothing(
        self, other_administrator: User, person: User, path: str
    ):
        asked(person)
        client = Client(enforce_csrf_checks=True)
        client.force_login(other_administrator)
        has_typed_code(client, other_administrator)

        answer = client.post(page(person, path), {"strikes_text": "on"})

        assert answer.status_code == 403
        assert Erasure.objects.get().is_asked

    def test_who_confirms_sees_whom_of_two_with_one_name_and_what_goes(
        self, chief: Client, other_chief: Client, class_group: ClassGroup, person: User
    ):
        MembershipFactory.create(user=person, class_group=class_group)
        ask(chief, person)

        shown = main(other_chief.get(page(person)))

        assert page_of(person) in [link.attrs.get("href") for link in shown.all("a")]
        assert f"{NAME} ({person.username}) · Student, {class_group.name}" in shown.text
        assert "What goes, and what stays" in shown.text
        assert "Nobody can undo it" in shown.text


class TestFollowing:
    def test_a_silent_cloud_is_said_with_the_next_try(self, chief: Client, person: User):
        erasure = under_way(person)
        Erasure.objects.filter(pk=erasure.pk).update(
            last_error="DeleteUser: no answer", due_at=school_time(1, 9)
        )

        text = main(chief.get(page(person))).text

        assert "DeleteUser: no answer" in text
        assert "tried again" in text

    def test_the_script_hears_of_changes_alone(self, chief: Client, person: User):
        erasure = under_way(person)
        version = chief.get(page(person))["X-Page-Version"]

        assert chief.get(page(person), headers={"x-page-version": version}).status_code == 204
        work.erase_now(erasure)
        assert chief.get(page(person), headers={"x-page-version": version}).status_code == 200

    def test_the_line_for_backups_stands_there_in_the_end(self, chief: Client, person: User):
        erasure = erased(person)

        answer = main(chief.get(page(person)))

        assert answer.one("code").text == work.line_of(erasure)
        assert answer.one("h1").text == "Erasing a person"
        assert NAME not in answer.text

    def test_page_of_who_was_erased_offers_nothing_of_an_account(
        self, chief: Client, class_group: ClassGroup, person: User
    ):
        MembershipFactory.create(user=person, class_group=class_group)
        erased(person)

        shown = main(chief.get(page_of(person)))

        assert "This person was erased" in shown.text
        assert "In class" not in [head.text for head in shown.all("h2")]
        assert not shown.all("form")

    def test_replays_that_may_show_the_face_are_listed_with_their_deletion(
        self, chief: Client, class_group: Any
    ):
        teacher = UserFactory.create(roles=[Role.TEACHER])
        lesson = past_lesson("讲评", teacher=teacher)
        replay = ReplayFactory.create(lesson=lesson, state="ready")
        erased(teacher)

        links = [link.attrs.get("href") for link in main(chief.get(page(teacher))).all("a")]

        assert f"/replays/{replay.code}/delete/" in links


class TestPlaces:
    @pytest.fixture
    def left(self, person: User) -> Erasure:
        somebody(NAME)
        past_lesson(f"给{NAME}补课")
        return erased(person)

    def place(self) -> ErasurePlace:
        return ErasurePlace.objects.get(model="schedule.lesson")

    def test_are_shown_with_the_page_on_which_they_are_seen(
        self, chief: Client, left: Erasure, person: User
    ):
        shown = main(chief.get(page(person)))

        lesson = Lesson.objects.get(pk=self.place().row)
        assert f"给{NAME}补课" in shown.text
        assert f"/schedule/lessons/{lesson.code}/" in [
            link.attrs.get("href") for link in shown.all("a")
        ]

    def test_are_struck_out(self, chief: Client, left: Erasure, person: User):
        fields = {"place": self.place().pk, "action": "strike"}

        text = after(chief, chief.post(page(person, "places/"), fields))

        assert "struck out in 1 place" in text
        assert Lesson.objects.get().title == f"给{ERASED}补课"

    def test_are_left(self, chief: Client, left: Erasure, person: User):
        place = self.place()

        chief.post(page(person, "places/"), {"place": place.pk, "action": "leave"})

        assert ErasurePlace.objects.get(pk=place.pk).is_left
        assert Lesson.objects.get().title == f"给{NAME}补课"

    @pytest.mark.parametrize("sent", ["", "x", "9" * 30, "12345"])
    def test_others_are_nothing_chosen(self, chief: Client, left: Erasure, person: User, sent: str):
        fields = {"place": sent, "action": "strike"}

        assert "Choose first" in after(chief, chief.post(page(person, "places/"), fields))

    def test_are_checked_again(self, chief: Client, left: Erasure, person: User):
        Lesson.objects.update(title="补课")

        chief.post(page(person, "check/"))

        assert not ErasurePlace.objects.filter(model="schedule.lesson").exists()


class TestOutsiders:
    @pytest.mark.parametrize("role", [Role.STUDENT, Role.TEACHER, Role.SUPERVISOR, Role.PLANNER])
    def test_find_no_page(self, role: Role, signed_in: SignedIn, person: User):
        asked(person)
        client = signed_in(UserFactory.create(roles=[role]))

        for address in (ERASURES, page(person), page_of(person, "erasure/")):
            assert client.get(address).status_code == 404
        for rest in ("confirm/", "withdraw/", "check/", "places/"):
            assert client.post(page(person, rest)).status_code == 404
        assert Erasure.objects.get().state == ErasureState.ASKED

    def test_an_administrator_has_no_superuser_erased(self, chief: Client):
        superuser = UserFactory.create(is_superuser=True)
        UserFactory.create(is_superuser=True)

        assert chief.get(page_of(superuser, "erasure/")).status_code == 404
        asking.ask(superuser, by=None, reason="")
        chief.post(page(superuser, "confirm/"))
        assert again(superuser).is_active

    def test_unknown_ones_are_not_found(self, chief: Client):
        assert chief.get(f"{ERASURES}nobody/").status_code == 404
        assert chief.get(f"{LIST}nobody/erasure/").status_code == 404


class TestTheRestOfThePages:
    def test_a_planner_sees_no_way_to_erase(self, signed_in: SignedIn, planner: User, person: User):
        client = signed_in(planner, "en")

        assert "Erase…" not in main(client.get(page_of(person))).text
        assert "Erasures" not in main(client.get(LIST)).text

    def test_an_administrator_is_led_there(self, chief: Client, person: User):
        links = [link.attrs.get("href") for link in main(chief.get(page_of(person))).all("a")]

        assert page_of(person, "erasure/") in links
        assert ERASURES in [link.attrs.get("href") for link in main(chief.get(LIST)).all("a")]

    def test_nothing_of_somebody_erased_is_changed(self, chief: Client, person: User):
        under_way(person)

        assert "Two people have decided" in main(chief.get(page_of(person))).text
        assert chief.get(page_of(person, "change/")).status_code == 404
        assert chief.post(page_of(person, "reactivate/")).status_code == 404


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_takes_as_many_queries_for_many(
    chief: Client, count: int, django_assert_max_num_queries: Any
):
    for number in range(count):
        asked(somebody(f"司马{number}"))
    chief.get(ERASURES)

    with django_assert_max_num_queries(9):
        rows = main(chief.get(ERASURES)).one("tbody").all("tr")

    assert len(rows) == min(count, 10)


def test_a_list_without_anybody_says_where_it_is_asked_for(chief: Client):
    assert "on the page of a person" in main(chief.get(ERASURES)).text


@pytest.mark.parametrize("count", [1, 12])
def test_a_page_takes_as_many_queries_for_many_places(
    chief: Client, person: User, count: int, django_assert_max_num_queries: Any
):
    somebody(NAME)
    for number in range(count):
        past_lesson(f"{NAME}{number}")
    erased(person)
    chief.get(page(person))

    with django_assert_max_num_queries(22):
        chief.get(page(person))
