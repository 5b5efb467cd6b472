"""One's own consent: read, given, withdrawn and printed."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, User
from schedule.consents.reading import ConsentState, consent_of
from schedule.consents.writing import withdraw_consents
from schedule.enums import AgeBand, ConsentGiver
from schedule.models import ClassGroup, Consent, ConsentText
from tests.cast import SignedIn
from tests.factories.schedule import ConsentTextFactory
from tests.schedule.consents.conftest import Agrees
from tests.support.pages import main

pytestmark = pytest.mark.django_db

OWN = "/accounts/profile/consent/"
PROFILE = "/accounts/profile/"


@pytest.fixture
def client(signed_in: SignedIn, student: User) -> Client:
    return signed_in(student, "en")


@pytest.fixture
def under_14(class_group: ClassGroup) -> None:
    ClassGroup.objects.filter(pk=class_group.pk).update(age_band=AgeBand.UNDER_14)


class TestAgreeing:
    def test_the_text_is_read_in_the_language_of_the_page(
        self, client: Client, signed_in: SignedIn, student: User, text: ConsentText
    ):
        assert text.english_text in main(client.get(OWN)).text
        assert text.chinese_text in main(signed_in(student, "zh-hans").get(OWN)).text

    def test_a_text_without_english_is_shown_in_chinese(self, client: Client):
        text = ConsentTextFactory.create(english_text="")

        assert text.chinese_text in main(client.get(OWN)).text

    def test_one_click_agrees(
        self, client: Client, student: User, text: ConsentText, school_year: int
    ):
        sent = main(client.get(OWN)).one("input", name="known").attrs["value"]

        answer = client.post(OWN, {"known": sent})

        assert (answer.status_code, answer["Location"]) == (303, OWN)
        consent = Consent.objects.get()
        assert (consent.person, consent.text, consent.school_year) == (student, text, school_year)
        assert (consent.given_by, consent.recorded_by) == (ConsentGiver.PERSON, student)
        assert "✓ Agreed" in main(client.get(OWN)).text

    def test_a_second_click_changes_nothing(self, client: Client, text: ConsentText):
        for _click in range(2):
            assert client.post(OWN).status_code == 303

        assert Consent.objects.count() == 1

    def test_nobody_agrees_to_a_text_that_they_have_not_seen(
        self, client: Client, text: ConsentText
    ):
        newer = ConsentTextFactory.create(number=2)

        answer = client.post(OWN, {"known": "1"})

        assert answer.status_code == 409
        assert newer.english_text in main(answer).text
        assert not Consent.objects.exists()

    def test_where_no_text_is_published_nothing_is_asked(self, client: Client):
        assert "does not ask for a consent yet" in main(client.get(OWN)).text
        assert client.post(OWN).status_code == 409

    def test_whoever_is_in_no_class_group_is_not_asked(
        self, signed_in: SignedIn, teacher: User, text: ConsentText
    ):
        page = main(signed_in(teacher, "en").get(OWN))

        assert "Nobody waits for your answer" in page.text
        assert page.forms_to(OWN) == []

    @pytest.mark.usefixtures("under_14")
    def test_under_14_a_guardian_agrees_on_paper(self, client: Client, text: ConsentText):
        page = main(client.get(OWN))
        assert page.forms_to(OWN) == []
        assert page.link("Page to sign") == f"{OWN}print/"

        assert client.post(OWN).status_code == 422
        assert not Consent.objects.exists()


class TestWithdrawing:
    def test_it_is_said_first_what_it_does_not_do(
        self, client: Client, student: User, agrees: Agrees
    ):
        agrees(student)

        text = main(client.get(f"{OWN}withdraw/")).text

        assert "Recordings that there are stay until the school deletes them." in text

    def test_the_consent_stays_as_withdrawn(
        self, client: Client, student: User, agrees: Agrees, school_year: int
    ):
        agrees(student)

        answer = client.post(f"{OWN}withdraw/")

        assert (answer.status_code, answer["Location"]) == (303, OWN)
        consent = Consent.objects.get()
        assert (consent.withdrawn_by, consent.withdrawn_at is None) == (student, False)
        assert AuditEntry.objects.filter(kind=AuditKind.CONSENT_WITHDRAWN, person=student).exists()
        assert consent_of(student, school_year=school_year).state is ConsentState.WITHDRAWN

    @pytest.mark.usefixtures("under_14")
    def test_also_one_that_a_guardian_gave(self, client: Client, student: User, agrees: Agrees):
        agrees(student, "王大山", "父亲")

        client.post(f"{OWN}withdraw/")

        assert Consent.objects.get().withdrawn_at is not None

    def test_where_there_is_none_nothing_is_withdrawn(self, client: Client, text: ConsentText):
        assert "no consent of yours" in main(client.get(f"{OWN}withdraw/")).text
        assert client.post(f"{OWN}withdraw/").status_code == 303
        assert not AuditEntry.objects.filter(kind=AuditKind.CONSENT_WITHDRAWN).exists()


class TestPrint:
    @pytest.mark.usefixtures("under_14")
    def test_a_page_to_sign_has_lines_for_the_guardian(
        self, client: Client, class_group: ClassGroup, text: ConsentText
    ):
        page = main(client.get(f"{OWN}print/")).text

        assert text.english_text in page
        assert class_group.name in page
        assert "Guardian (name):" in page

    def test_a_consent_is_printed_with_the_text_that_was_agreed_to(
        self,
        client: Client,
        student: User,
        text: ConsentText,
        agrees: Agrees,
        school_year: int,
    ):
        consent = agrees(student)
        ConsentTextFactory.create(number=2)

        page = main(client.get(f"{OWN}print/")).text

        assert text.english_text in page
        assert f"School year {school_year}–{school_year + 1}" in page
        assert consent.code in page
        assert "Signature:" not in page

    def test_one_that_was_withdrawn_is_not_printed_as_given(
        self, client: Client, student: User, agrees: Agrees, school_year: int
    ):
        consent = agrees(student)
        withdraw_consents([student], school_year=school_year, at=timezone.now(), by=student)

        assert consent.code not in main(client.get(f"{OWN}print/")).text

    def test_without_a_text_there_is_nothing_to_print(self, client: Client):
        assert client.get(f"{OWN}print/").status_code == 303


class TestWay:
    def test_the_profile_of_a_student_leads_there_once_there_is_a_text(self, client: Client):
        assert f'href="{OWN}"' not in client.get(PROFILE).content.decode()

        ConsentTextFactory.create()

        assert f'href="{OWN}"' in client.get(PROFILE).content.decode()

    def test_that_of_others_does_not(self, signed_in: SignedIn, teacher: User, text: ConsentText):
        assert not teacher.has_role(Role.STUDENT)
        assert f'href="{OWN}"' not in signed_in(teacher).get(PROFILE).content.decode()


def test_the_profile_reads_one_statement_more_for_the_link_and_no_text(
    signed_in: SignedIn, student: User, text: ConsentText
):
    client = signed_in(student)

    with CaptureQueriesContext(connection) as queries:
        client.get(PROFILE)

    (statement,) = [query["sql"] for query in queries if "consent" in query["sql"]]
    assert "chinese_text" not in statement


def test_ones_own_data_has_the_school_year_as_pages_do(
    signed_in: SignedIn, student: User, agrees: Agrees
):
    agrees(student, year=2026)

    assert "2026–2027" in main(signed_in(student, "en").get("/accounts/profile/data/")).text
