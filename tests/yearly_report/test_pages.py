"""The page of the yearly report, its file, and the years of which there is one."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, Incident, SchoolSettings, User
from edu_platform.lib.personal_data import Purpose, lines_of_tables
from edu_platform.yearly_report.kinds import kinds_section, receivers_section
from edu_platform.yearly_report.report import report_of
from edu_platform.yearly_report.years import year_of
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import MembershipFactory
from tests.support.pages import Element, main

pytestmark = pytest.mark.django_db

REPORT = "/people/privacy-report/"
THIS_YEAR = timezone.localdate().year
# People, the audit log and the incidents of the cast are of this year, unless a test says otherwise.
LAST_YEAR = THIS_YEAR - 1


@pytest.fixture
def client(signed_in: SignedIn, administrator: User) -> Client:
    return signed_in(administrator, "en")


@pytest.fixture
def incident(administrator: User) -> Incident:
    return Incident.objects.create(
        noticed_on=dt.date(LAST_YEAR, 5, 1),
        what="=A laptop was lost.",
        people_count=3,
        noted_by=administrator,
    )


def address(year: int) -> str:
    return f"{REPORT}{year}/"


def page(client: Client, year: int = THIS_YEAR) -> Element:
    return main(client.get(address(year)))


def tables_on(page: Element) -> dict[str, list[list[str]]]:
    """Return the tables by their captions, each with its head."""
    return {
        table.one("caption").text: [
            [cell.text for cell in (*row.all("th"), *row.all("td"))] for row in table.all("tr")
        ]
        for table in page.all("table")
    }


class TestYears:
    def test_address_without_a_year_leads_to_this_one(self, client: Client):
        answer = client.get(REPORT)

        assert (answer.status_code, answer["Location"]) == (302, address(THIS_YEAR))

    @pytest.mark.parametrize("year", [THIS_YEAR + 1, LAST_YEAR, 0, 1, 99999, 10**30])
    def test_year_to_come_or_of_which_nothing_is_kept_is_missing(self, client: Client, year: int):
        assert client.get(address(year)).status_code == 404
        assert client.get(f"{REPORT}{year}.xlsx").status_code == 404

    def test_first_one_is_that_of_the_first_person_entry_or_incident(
        self, student: User, incident: Incident
    ):
        today = timezone.localdate()

        def first() -> int:
            year = year_of(today.year, today=today)
            assert year is not None
            return year.first_number

        firsts = [first()]
        AuditEntry.objects.create(
            kind=AuditKind.SIGNED_IN, at=timezone.now() - dt.timedelta(days=3 * 366)
        )
        firsts.append(first())
        User.objects.filter(pk=student.pk).update(
            created_at=timezone.now() - dt.timedelta(days=5 * 366)
        )
        firsts.append(first())

        assert firsts == [LAST_YEAR, today.year - 3, today.year - 5]

    def test_each_leads_to_the_ones_before_and_after(self, client: Client, incident: Incident):
        assert (
            page(client).link(f"‹ {LAST_YEAR}"),
            page(client, LAST_YEAR).link(f"{THIS_YEAR} ›"),
        ) == (
            address(LAST_YEAR),
            address(THIS_YEAR),
        )
        ways = [link.attrs.get("rel") for link in page(client, LAST_YEAR).all("a")]
        assert "prev" not in ways


class TestPage:
    def test_has_a_table_for_each_section_and_leads_to_it(self, client: Client, incident: Incident):
        shown = page(client, LAST_YEAR)

        anchors = [heading.attrs["id"] for heading in shown.all("h2")]
        contents = shown.one("nav", "report-contents").all("a")
        assert [link.attrs["href"] for link in contents] == [f"#{anchor}" for anchor in anchors]
        assert {*tables_on(shown)} == {link.text for link in contents}

    def test_incidents_of_the_year_lead_to_their_pages(self, client: Client, incident: Incident):
        assert (
            page(client, LAST_YEAR).link(str(incident.noticed_on))
            == f"/people/incidents/{incident.code}/"
        )
        assert "No incident was noted for this year." in page(client).text

    def test_sections_lead_to_the_pages_of_what_they_count(self, client: Client):
        shown = page(client)

        links = [link for link in shown.all("a") if not link.attrs["href"].startswith("#")]
        addresses = {link.text: link.attrs["href"] for link in links}
        assert {
            name: client.get(addresses[name]).status_code
            for name in ("All class groups", "All erasures", "Keeping times", "All incidents")
        } == {
            "All class groups": 200,
            "All erasures": 200,
            "Keeping times": 200,
            "All incidents": 200,
        }

    def test_says_whose_it_is_of_which_days_and_when_it_was_made(self, client: Client):
        SchoolSettings.objects.create(pk=1, school_name="实验小学")

        today = timezone.localdate()
        assert f"实验小学 · {THIS_YEAR}-01-01 to {today}, made {today}" in page(client).text

    def test_number_of_queries_is_the_same_for_every_school(self, client: Client):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                client.get(address(THIS_YEAR))
            return len(captured)

        few = queries()
        for number in range(15):
            person = UserFactory.create(roles=[Role.PLANNER, Role.TEACHER])
            MembershipFactory.create(user=person)
            AuditEntry.objects.create(kind=AuditKind.ERASURE_ASKED, person=person)
            Incident.objects.create(
                noticed_on=timezone.localdate(), what=f"No. {number}", noted_by=person
            )

        assert queries() == few <= 30

    @pytest.mark.parametrize("path", ["", f"{THIS_YEAR}/", f"{THIS_YEAR}.xlsx"])
    def test_is_missing_for_planners_and_everybody_else(
        self, signed_in: SignedIn, planner: User, outsider: User, path: str
    ):
        for person in (planner, outsider):
            assert signed_in(person).get(REPORT + path).status_code == 404


class TestFile:
    def test_has_a_sheet_for_each_section_with_what_the_page_says(
        self, client: Client, incident: Incident
    ):
        answer = client.get(f"{REPORT}{LAST_YEAR}.xlsx")

        assert answer["Cache-Control"] == "no-store"
        assert f"{LAST_YEAR}.xlsx" in answer["Content-Disposition"]
        workbook = openpyxl.load_workbook(io.BytesIO(answer.content))
        first, *sheets = workbook.worksheets
        tables = tables_on(page(client, LAST_YEAR))
        assert [row[0] for row in first.iter_rows(min_row=3, values_only=True)] == [*tables]
        for sheet, table in zip(sheets, tables.values(), strict=True):
            rows = [[_as_shown(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
            assert rows == table

    def test_cells_are_numbers_and_no_formulas(self, client: Client, incident: Incident):
        answer = client.get(f"{REPORT}{LAST_YEAR}.xlsx")

        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[-1]
        cells = next(iter(sheet.iter_rows(min_row=2, values_only=True)))
        assert (cells[1], cells[3]) == ("'=A laptop was lost.", 3)

    def test_no_text_of_people_is_taken_for_a_formula(
        self, client: Client, incident: Incident, administrator: User
    ):
        texts = ["=1+1", "+1+1", "-1+1", "@SUM(A1)"]
        for text in texts:
            fields = {"noticed_on": incident.noticed_on, "noted_by": administrator}
            Incident.objects.create(what=text, mended=text, telling=text, **fields)
        User.objects.filter(pk=administrator.pk).update(display_name="@SUM(B1)")

        answer = client.get(f"{REPORT}{LAST_YEAR}.xlsx")

        sheets = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
        cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
        written = [str(cell.value) for cell in cells if cell.value is not None]
        assert {f"'{text}" for text in texts} <= set(written)
        assert not [text for text in written if text.startswith(("=", "+", "-", "@"))]
        assert all(cell.data_type != "f" for cell in cells)


def _as_shown(cell: Any) -> str:
    # What is no formula in a file bears no mark on a page.
    return "–" if cell is None else " ".join(str(cell).removeprefix("'").split())


class TestKinds:
    def test_every_purpose_of_the_registry_has_a_row(self):
        purposes = {line.purpose for line in lines_of_tables()}

        rows = kinds_section().rows

        assert [str(row[0]).lower() for row in rows] == [
            str(purpose.label) for purpose in Purpose if purpose in purposes
        ]
        assert all(row[1] and row[2] for row in rows)

    def test_tables_are_called_as_others_read_of_them(self):
        names = [name for row in kinds_section().rows for name in str(row[1]).splitlines()]

        assert not [name for name in names if re.search(r"\byour?\b", name, re.IGNORECASE)]
        assert {"Second factors", "Lessons", "Incidents with personal data"} <= {*names}

    def test_receivers_of_a_purpose_are_those_of_its_lines(self):
        purposes_of = {str(row[0]): str(row[1]) for row in receivers_section().rows}
        receivers_of = {str(row[0]): str(row[3]) for row in kinds_section().rows}

        for receiver, purposes in purposes_of.items():
            for purpose, receivers in receivers_of.items():
                is_said = receiver.lower() in receivers.lower()
                assert is_said == (purpose.lower() in purposes.lower()), (receiver, purpose)


def test_report_tells_of_the_whole_school(student: User, incident: Incident):
    year = year_of(LAST_YEAR, today=timezone.localdate())
    assert year is not None

    names = [section.name for section in report_of(year).sections]

    assert names == [
        *("age-bands", "kinds", "receivers", "roles", "second-factor"),
        *("requests", "consents", "guests", "keeping-times", "incidents"),
    ]
