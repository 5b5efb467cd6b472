"""Close an account after a look at what its person leaves behind, and open it again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import AuditKind
from accounts.hooks import leaving_note_makers
from accounts.models import AuditEntry, Session, User
from accounts.services import people as people_services
from schedule.models import Lesson, Term
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import LessonFactory, TermFactory, WeeklyLessonFactory
from tests.support.pages import read
from tests.support.people import again, main, page_of

pytestmark = pytest.mark.django_db


def deactivate(client: Client, person: User, **fields: str) -> Any:
    return client.post(page_of(person, "deactivate/"), fields)


def shown(client: Client, person: User, query: str = "") -> Any:
    return client.get(page_of(person, "deactivate/") + query)


def addresses(response: Any) -> list[str]:
    return [link.attrs["href"] for link in main(response).all("a")]


class TestDeactivating:
    def test_closes_the_account_and_opens_it_again(self, office: Client, student: User):
        Client().force_login(student)

        asked = deactivate(office, student)
        assert (asked.status_code, again(student).is_active) == (200, True)
        assert main(asked).one("h1").text == "Deactivate the account of 王小明?"
        deactivate(office, student, confirm="1")
        assert not again(student).is_active
        assert not Session.objects.filter(user=student).exists()
        office.post(page_of(student, "reactivate/"))

        assert again(student).is_active
        kinds = AuditEntry.objects.values_list("kind", flat=True)
        assert set(kinds) == {AuditKind.PERSON_DEACTIVATED, AuditKind.PERSON_REACTIVATED}

    def test_of_who_has_lessons_to_come_says_so_first(
        self, office: Client, teacher: User, assistant: User, lesson: Lesson
    ):
        for person, part in ((teacher, "Teacher"), (assistant, "Assistant")):
            answer = deactivate(office, person)

            assert answer.status_code == 409
            page = main(answer)
            assert page.one("h1").text == f"{person.display_name} has 1 lesson to come"
            (row,) = page.one("tbody").all("tr")
            assert row.all("td")[-1].text == part
            assert f"/schedule/lessons/{lesson.code}/" in addresses(answer)
            assert again(person).is_active
            deactivate(office, person, confirm="1")
            assert not again(person).is_active

    def test_of_who_taught_only_before_names_no_lessons(
        self, office: Client, teacher: User, lesson: Lesson
    ):
        Lesson.objects.update(state="cancelled")

        assert deactivate(office, teacher).status_code == 200
        assert not main(shown(office, teacher)).all("table")

    def test_of_oneself_is_refused_and_of_another_superuser_is_not(
        self, superuser: User, signed_in: SignedIn
    ):
        chief = signed_in(superuser, "en")

        deactivate(chief, superuser, confirm="1")
        assert again(superuser).is_active
        other = UserFactory.create(is_superuser=True)
        deactivate(chief, other, confirm="1")

        assert not again(other).is_active

    def test_of_the_last_superuser_is_refused(
        self, superuser: User, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
    ):
        chief = signed_in(superuser, "en")
        other = UserFactory.create(is_superuser=True)
        require = people_services.require_another_superuser

        def others_go_first(user: User) -> None:
            User.objects.get_queryset().exclude(pk=user.pk).update(is_superuser=False)
            require(user)

        monkeypatch.setattr(people_services, "require_another_superuser", others_go_first)

        answer = deactivate(chief, other, confirm="1")

        assert answer["Location"] == page_of(other)
        assert again(other).is_active
        assert not AuditEntry.objects.filter(kind=AuditKind.PERSON_DEACTIVATED).exists()

    def test_twice_is_said_and_told_to_the_log_once(self, office: Client, student: User):
        for _press in range(2):
            answer = deactivate(office, student, confirm="1")

        assert answer["Location"] == page_of(student)
        assert "This account is deactivated already." in _message_of(office, student)
        assert AuditEntry.objects.filter(kind=AuditKind.PERSON_DEACTIVATED).count() == 1

    def test_page_by_itself_changes_nothing(self, office: Client, student: User):
        answer = office.get(page_of(student, "deactivate/"), {"confirm": "1"})

        assert answer.status_code == 200
        assert again(student).is_active

    def test_is_for_those_who_look_after_people(
        self, teacher: User, supervisor: User, student: User, signed_in: SignedIn
    ):
        for person in (teacher, supervisor):
            client = signed_in(person)
            assert shown(client, student).status_code == 404
            assert deactivate(client, student, confirm="1").status_code == 404

        assert again(student).is_active


class TestWhatIsLeftBehind:
    def test_leads_to_substitutes_and_to_another_teacher_from_a_day_on(
        self, office: Client, teacher: User, lesson: Lesson
    ):
        term: Term = TermFactory.create(first_monday=_monday())
        WeeklyLessonFactory.create(term=term, teacher=teacher)
        over = TermFactory.create(first_monday=_monday() - dt.timedelta(weeks=60))
        WeeklyLessonFactory.create(term=over, teacher=teacher)

        links = addresses(shown(office, teacher))

        assert f"/schedule/absences/?teacher={teacher.username}" in links
        assert f"/schedule/terms/{term.code}/from/?teacher={teacher.username}" in links
        assert not [link for link in links if over.code in link]

    def test_who_assists_every_week_is_led_there_too(
        self, office: Client, assistant: User, lesson: Lesson
    ):
        weekly = WeeklyLessonFactory.create(term=TermFactory.create(first_monday=_monday()))
        weekly.assistants.add(assistant)

        links = addresses(shown(office, assistant))

        assert f"/schedule/terms/{weekly.term.code}/from/?teacher={assistant.username}" in links

    def test_many_lessons_stand_on_pages(self, office: Client, teacher: User):
        for _lesson in range(23):
            LessonFactory.create(teacher=teacher)

        first, second = shown(office, teacher), shown(office, teacher, "?page=2")

        assert len(main(first).one("tbody").all("tr")) == 20
        assert len(main(second).one("tbody").all("tr")) == 3
        assert "23 lessons" in main(first).text
        # A number that no page has leads to one that there is.
        assert len(main(shown(office, teacher, "?page=99")).one("tbody").all("tr")) == 3

    def test_more_lessons_cost_no_more_queries(self, office: Client, teacher: User):
        def queries() -> int:
            with CaptureQueriesContext(connection) as done:
                assert shown(office, teacher).status_code == 200
            return len(done)

        LessonFactory.create(teacher=teacher)
        queries()
        one = queries()
        for _lesson in range(6):
            LessonFactory.create(teacher=teacher)

        assert queries() == one

    def test_says_what_each_app_ends(self, office: Client, student: User):
        Client().force_login(student)

        with leaving_note_makers.only(lambda person, _at: [f"{person.username} ends here."]):
            text = main(shown(office, student)).text

        assert "1 sign-in ends." in text
        assert "student ends here." in text

    def test_opening_the_account_again_says_what_stays_ended(self, office: Client, student: User):
        deactivate(office, student, confirm="1")

        office.post(page_of(student, "reactivate/"))

        assert "What ended with the account stays ended" in _message_of(office, student)


def _monday() -> dt.date:
    today = timezone.localdate()
    return today - dt.timedelta(days=today.weekday())


def _message_of(client: Client, person: User) -> str:
    return read(client.get(page_of(person)).content).text
