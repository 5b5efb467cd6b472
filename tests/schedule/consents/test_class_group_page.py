"""The consents of a class group: who sees them, what is noted from paper, slips, a file and reminders."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from openpyxl import load_workbook

from accounts.enums import AuditKind
from accounts.models import AuditEntry, Notice, User
from accounts.notice_kinds import sentence_of
from schedule.consents.reading import ConsentState, consent_of, years_noted
from schedule.enums import AgeBand, ConsentGiver, MembershipKind
from schedule.models import ClassGroup, Consent, ConsentText
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, ConsentTextFactory, MembershipFactory
from tests.schedule.consents.conftest import Agrees
from tests.support.pages import main, table_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("text", "student")]


@pytest.fixture
def address(class_group: ClassGroup) -> str:
    return f"/schedule/class-groups/{class_group.code}/consents/"


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def under_14(class_group: ClassGroup) -> None:
    ClassGroup.objects.filter(pk=class_group.pk).update(age_band=AgeBand.UNDER_14)


def note(client: Client, address: str, *people: User, **more: Any) -> Any:
    return client.post(address, {"person": [user.username for user in people], **more})


def guardian(person: User, name: str, relation: str) -> dict[str, str]:
    return {
        f"{person.username}-guardian_name": name,
        f"{person.username}-guardian_relation": relation,
    }


class TestWhose:
    def test_leads_each_to_the_page_of_the_class_group_that_is_theirs(
        self,
        client: Client,
        signed_in: SignedIn,
        teacher: User,
        class_group: ClassGroup,
        address: str,
    ):
        MembershipFactory.create(
            user=teacher, class_group=class_group, kind=MembershipKind.CLASS_TEACHER
        )

        assert main(client.get(address)).all("a", href=f"/class-groups/{class_group.code}/")
        own = main(signed_in(teacher).get(address))
        assert own.all("a", href=f"/schedule/class-groups/{class_group.code}/")

    def test_its_class_teacher_notes_too(
        self,
        signed_in: SignedIn,
        teacher: User,
        class_group: ClassGroup,
        address: str,
        student: User,
    ):
        client = signed_in(teacher)
        assert client.get(address).status_code == 404

        kind = MembershipKind.CLASS_TEACHER
        MembershipFactory.create(user=teacher, class_group=class_group, kind=kind)

        assert client.get(address).status_code == 200
        assert note(client, address, student).status_code == 303

    def test_for_others_there_is_nothing(
        self, signed_in: SignedIn, supervisor: User, student: User, address: str
    ):
        for user in (supervisor, student):
            client = signed_in(user)
            for page in ("", "slips/", "consents.xlsx"):
                assert client.get(f"{address}{page}").status_code == 404
            assert note(client, address, student).status_code == 404
            assert client.post(f"{address}remind/").status_code == 404
        assert not Consent.objects.exists()


class TestTable:
    def test_says_who_agreed_and_who_did_not(
        self, client: Client, address: str, class_group: ClassGroup, student: User, agrees: Agrees
    ):
        other = UserFactory.create(display_name="白小雨")
        MembershipFactory.create(class_group=class_group, user=other)
        agrees(student, "王大山", "父亲")

        page = main(client.get(address))

        states = {row[0]: (row[2].split(" 20")[0], row[3]) for row in table_of(page)[1:]}
        assert states == {
            "白小雨": ("○ Not yet", "–"),
            student.display_name: ("✓ Agreed", "王大山 (父亲)"),
        }
        assert "1 of 2 students have agreed" in page.text

    def test_costs_the_same_for_many(
        self, client: Client, address: str, class_group: ClassGroup, agrees: Agrees
    ):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            return len(captured)

        queries()
        one = queries()
        for number in range(12):
            user = MembershipFactory.create(class_group=class_group).user
            if number % 2:
                agrees(user)
        assert queries() == one

    def test_without_a_text_it_says_who_publishes_it(self, client: Client, address: str):
        ConsentText.objects.all().delete()

        assert "An administrator publishes it" in main(client.get(address)).text

    def test_without_students_it_says_so(self, client: Client):
        group = ClassGroupFactory.create()

        page = main(client.get(f"/schedule/class-groups/{group.code}/consents/"))

        assert "No student belongs to this class group today." in page.text


class TestPaper:
    def test_several_are_noted_at_once(
        self, client: Client, address: str, class_group: ClassGroup, student: User, planner: User
    ):
        other = MembershipFactory.create(class_group=class_group).user

        answer = note(client, address, student, other, **guardian(other, "白大海", "母亲"))

        assert (answer.status_code, answer["Location"]) == (303, address)
        own, of_other = (Consent.objects.get(person=user) for user in (student, other))
        assert (own.given_by, own.recorded_by) == (ConsentGiver.PERSON, planner)
        assert (of_other.given_by, of_other.guardian_name) == (ConsentGiver.GUARDIAN, "白大海")

    @pytest.mark.usefixtures("under_14")
    def test_under_14_the_guardian_is_written_down(
        self, client: Client, address: str, student: User
    ):
        answer = note(client, address, student)

        assert answer.status_code == 422
        page = main(answer)
        assert "Under 14: write down which guardian signed." in page.text
        assert "checked" in page.one("input", value=student.username).attrs
        assert not Consent.objects.exists()

    def test_a_guardian_without_relation_is_refused_and_nothing_typed_is_lost(
        self, client: Client, address: str, student: User
    ):
        answer = note(client, address, student, **guardian(student, "王大山", ""))

        assert answer.status_code == 422
        page = main(answer)
        assert "Write down who signed, and as what." in page.text
        typed = page.one("input", name=f"{student.username}-guardian_name")
        assert typed.attrs["value"] == "王大山"

    def test_what_stands_beside_students_who_were_not_chosen_is_not_looked_at(
        self, client: Client, address: str, class_group: ClassGroup, student: User
    ):
        other = MembershipFactory.create(class_group=class_group).user

        answer = note(client, address, student, **guardian(other, "白大海", ""))

        assert answer.status_code == 303
        assert [consent.person for consent in Consent.objects.all()] == [student]

    def test_the_version_on_the_paper_is_what_they_agreed_to(
        self, client: Client, address: str, student: User, text: ConsentText, school_year: int
    ):
        ConsentTextFactory.create(number=2, asks_again=True)

        assert note(client, address, student, version="9").status_code == 422
        assert note(client, address, student, version="1").status_code == 303

        assert Consent.objects.get().text == text
        assert consent_of(student, school_year=school_year).state is ConsentState.OUTDATED

    def test_nobody_chosen_and_strangers_are_refused(
        self, client: Client, address: str, outsider: User
    ):
        answer = note(client, address)

        assert (answer.status_code, "Choose at least one student." in main(answer).text) == (
            422,
            True,
        )
        assert note(client, address, outsider).status_code == 404

    def test_a_withdrawal_that_came_on_paper_is_noted(
        self, client: Client, address: str, student: User, planner: User, agrees: Agrees
    ):
        consent = agrees(student)

        assert note(client, address, student, withdraw="yes").status_code == 303

        consent.refresh_from_db()
        assert consent.withdrawn_by == planner
        entry = AuditEntry.objects.get(kind=AuditKind.CONSENT_WITHDRAWN)
        assert (entry.actor, entry.person) == (planner, student)

    @pytest.mark.usefixtures("under_14")
    def test_a_withdrawal_asks_for_no_guardian(
        self, client: Client, address: str, student: User, agrees: Agrees
    ):
        agrees(student, "王大山", "父亲")

        assert note(client, address, student, withdraw="yes").status_code == 303


class TestComingYear:
    """The school year 2026 begins on 31 August 2026, the one after it on 30 August 2027."""

    @pytest.fixture
    def june(self) -> Iterator[None]:
        with time_machine.travel("2027-06-14T12:00:00+08:00", tick=False):
            yield

    @pytest.fixture
    def client(self, june: None, signed_in: SignedIn, planner: User) -> Client:
        return signed_in(planner, "en")

    @pytest.mark.parametrize(
        ("day", "years"),
        [
            ("2027-05-29", [2026]),
            ("2027-05-30", [2026, 2027]),
            ("2027-08-29", [2026, 2027]),
            ("2027-08-30", [2027]),
        ],
    )
    def test_is_noted_in_the_three_months_before_it_begins(self, day: str, years: list[int]):
        assert years_noted(dt.date.fromisoformat(day)) == years

    def test_page_leads_from_one_year_to_the_other(self, client: Client, address: str):
        ways = main(client.get(address)).one("nav", "switch")

        assert [link.text for link in ways.all("a")] == ["2026–2027", "2027–2028"]
        assert ways.link("2027–2028") == f"{address}?school_year=2027"

    def test_consents_are_noted_for_it_and_shown_there(
        self, client: Client, address: str, student: User
    ):
        there = f"{address}?school_year=2027"

        answer = note(client, there, student)

        assert (answer.status_code, answer["Location"]) == (303, there)
        assert "2027–2028: 1 of 1 students have agreed" in main(client.get(there)).text
        assert "2026–2027: 0 of 1 students have agreed" in main(client.get(address)).text
        assert Consent.objects.get().school_year == 2027

    def test_its_pages_to_sign_and_its_file_are_those_of_the_year(
        self, client: Client, address: str, student: User, agrees: Agrees
    ):
        agrees(student, year=2027)

        sheets = main(client.get(f"{address}slips/?school_year=2027"))
        file = client.get(f"{address}consents.xlsx?school_year=2027")

        assert "Nobody has to sign" in sheets.text
        assert "2027" in file["Content-Disposition"]

    @pytest.mark.parametrize(
        ("query", "year"), [("", "2026–2027"), ("?school_year=2027", "2027–2028")]
    )
    def test_pages_to_sign_say_for_which_year(
        self, client: Client, address: str, query: str, year: str
    ):
        (sheet,) = main(client.get(f"{address}slips/{query}")).all("section", "consent-sheet")

        assert f"School year {year}" in sheet.text

    def test_nobody_is_asked_by_a_notice_for_a_year_that_their_own_page_does_not_have(
        self, client: Client, address: str
    ):
        assert main(client.get(address)).forms_to(f"{address}remind/")
        page = main(client.get(f"{address}?school_year=2027"))

        assert not page.forms_to(f"{address}remind/")

    @pytest.mark.parametrize("year", ["2025", "2028", "next", "２０２７"])
    def test_other_years_have_no_page(self, client: Client, address: str, year: str):
        assert client.get(address, {"school_year": year}).status_code == 404


class TestSlips:
    def test_are_for_those_who_have_not_answered(
        self, client: Client, address: str, class_group: ClassGroup, student: User, agrees: Agrees
    ):
        other = MembershipFactory.create(class_group=class_group).user
        agrees(student)

        page = main(client.get(f"{address}slips/"))

        sheets = page.all("section", "consent-sheet")
        assert len(sheets) == 1
        assert other.username in sheets[0].text

    def test_when_all_have_answered_there_are_none(
        self, client: Client, address: str, student: User, agrees: Agrees
    ):
        agrees(student)

        assert "Nobody has to sign" in main(client.get(f"{address}slips/")).text


class TestFile:
    def test_has_a_row_a_student_and_runs_no_formulas(
        self, client: Client, address: str, student: User, agrees: Agrees
    ):
        User.objects.filter(pk=student.pk).update(display_name="=1+1")
        student.refresh_from_db()
        consent = agrees(student, "@cmd", "父亲")

        answer = client.get(f"{address}consents.xlsx")

        assert answer["Cache-Control"] == "no-store"
        sheet = load_workbook(io.BytesIO(answer.content)).active
        assert sheet is not None
        head, row = ([cell.value for cell in cells] for cells in sheet.iter_rows())
        shown = dict(zip(head, row, strict=True))
        assert shown["Number of the consent"] == consent.code
        assert shown["State"] == "Agreed"
        assert shown["Name"] == "'=1+1"
        assert shown["Guardian"] == "'@cmd"


class TestReminder:
    def test_asks_those_who_have_not_answered_once_a_day(
        self, client: Client, address: str, class_group: ClassGroup, student: User, agrees: Agrees
    ):
        other = MembershipFactory.create(class_group=class_group).user
        agrees(student)

        for _click in range(2):
            assert client.post(f"{address}remind/").status_code == 303

        notice = Notice.objects.get()
        assert (notice.user, notice.address) == (other, "/accounts/profile/consent/")
        with translation.override("en"):
            sentence = sentence_of(notice.kind, notice.arguments)
        assert "recordings of your classes" in sentence

    def test_nobody_is_asked_without_a_text(self, client: Client, address: str):
        ConsentText.objects.all().delete()

        assert client.post(f"{address}remind/").status_code == 303

        assert not Notice.objects.exists()
