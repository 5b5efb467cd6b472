"""Administrators' pages of incidents with personal data: the list, one of them, noted and changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.audit_words import details_in_words
from accounts.enums import AuditKind
from accounts.hooks import places_of
from accounts.models import AuditEntry, Incident, User
from accounts.models.incidents import INCIDENT_TEXT_CHARS
from edu_platform.lib.personal_data import Purpose
from tests.cast import SignedIn
from tests.support.pages import Element, main

pytestmark = pytest.mark.django_db

LIST = "/people/incidents/"
NEW = f"{LIST}new/"
YESTERDAY = timezone.localdate() - dt.timedelta(days=1)
TOMORROW = timezone.localdate() + dt.timedelta(days=1)
SENT = {
    "noticed_on": "2026-03-05",
    "happened_on": "2026-03-03",
    "what": "A list of class 3 was sent to a wrong chat group.\nSomebody took it back.",
    "kinds": [Purpose.ACCOUNT.value, Purpose.ATTENDANCE.value],
    "people_count": "37",
    "mended": "Deleted after ten minutes.",
    "authority_told_on": "2026-03-06",
    "people_told_on": "",
    "telling": "The district by telephone.",
}


@pytest.fixture
def client(signed_in: SignedIn, administrator: User) -> Client:
    return signed_in(administrator, "en")


@pytest.fixture
def incident(administrator: User) -> Incident:
    return Incident.objects.create(
        noticed_on=dt.date(2026, 3, 5), what="A laptop was lost.", noted_by=administrator
    )


def change_page(incident: Incident) -> str:
    return f"{LIST}{incident.code}/change/"


def fields_of(incident: Incident) -> dict[str, Any]:
    return {"noticed_on": str(incident.noticed_on), "what": incident.what}


def version_on(client: Client, incident: Incident) -> str:
    return main(client.get(change_page(incident))).one("input", name="known").attrs["value"]


def labels_of(*kinds: Purpose) -> list[str]:
    with translation.override("en"):
        return [str(kind.label) for kind in kinds]


def facts_in(page: Element) -> dict[str, str]:
    facts = page.one("dl", "facts")
    names = [name.text for name in facts.all("dt")]
    return dict(zip(names, [value.text for value in facts.all("dd")], strict=True))


class TestList:
    def test_has_the_newest_first_with_who_was_informed(self, client: Client, incident: Incident):
        client.post(NEW, {**SENT, "noticed_on": "2026-03-04", "what": "Earlier"})
        client.post(NEW, {**SENT, "noticed_on": "2026-03-06", "what": "Later"})

        rows = main(client.get(LIST)).one("tbody").all("tr")

        assert [[cell.text for cell in row.all("td")] for row in rows] == [
            ["2026-03-06", "Later", "37", "2026-03-06", "not informed"],
            ["2026-03-05", "A laptop was lost.", "not known yet", "not informed", "not informed"],
            ["2026-03-04", "Earlier", "37", "2026-03-06", "not informed"],
        ]

    def test_says_what_belongs_here_while_it_is_empty(self, client: Client):
        assert "No incident was noted yet." in main(client.get(LIST)).text

    def test_many_take_no_more_queries(
        self, client: Client, incident: Incident, administrator: User
    ):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                client.get(LIST)
            return len(captured)

        one = queries()
        for number in range(20):
            Incident.objects.create(
                noticed_on=incident.noticed_on, what=f"No. {number}", noted_by=administrator
            )

        assert queries() == one <= 10

    def test_goes_on_in_further_pages(
        self, client: Client, incident: Incident, administrator: User
    ):
        for number in range(20):
            Incident.objects.create(
                noticed_on=YESTERDAY, what=f"No. {number}", noted_by=administrator
            )

        assert "A laptop was lost." not in main(client.get(LIST)).text
        assert "A laptop was lost." in main(client.get(LIST, {"page": "2"})).text


class TestNoting:
    def test_keeps_all_of_it_and_who_noted_it(self, client: Client, administrator: User):
        answer = client.post(NEW, SENT)

        incident = Incident.objects.get()
        assert (answer.status_code, answer["Location"]) == (303, f"{LIST}{incident.code}/")
        page = main(client.get(answer["Location"]))
        assert f"Noted by {administrator.display_name}" in page.text
        assert list(facts_in(page).values()) == [
            "2026-03-05",
            "2026-03-03",
            "A list of class 3 was sent to a wrong chat group.Somebody took it back.",
            ", ".join(labels_of(Purpose.ACCOUNT, Purpose.ATTENDANCE)),
            "37",
            "Deleted after ten minutes.",
            "2026-03-06",
            "not informed",
            "The district by telephone.",
        ]

    def test_needs_the_day_and_what_happened_alone(self, client: Client):
        answer = client.post(NEW, {"noticed_on": "2026-03-05", "what": "A laptop was lost."})

        assert answer.status_code == 303
        incident = Incident.objects.get()
        assert (incident.happened_on, incident.kinds, incident.people_count) == (None, [], None)

    def test_stands_in_the_log_without_what_was_written(self, client: Client, administrator: User):
        client.post(NEW, SENT)

        entry = AuditEntry.objects.get(kind=AuditKind.INCIDENT_NOTED)
        assert (entry.actor, entry.details["changes"]) == (administrator, "")
        assert "class 3" not in f"{entry.object_text} {entry.details}"

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"noticed_on": ""}, "This field is required."),
            ({"noticed_on": "yesterday"}, "A day as 2026-09-01"),
            ({"noticed_on": str(TOMORROW)}, "This day is still to come."),
            ({"noticed_on": "0001-01-01", "happened_on": ""}, "This year is not known here."),
            ({"what": ""}, "This field is required."),
            ({"what": " \u200b\n"}, "This field is required."),
            ({"what": "x" * (INCIDENT_TEXT_CHARS + 1)}, f"at most {INCIDENT_TEXT_CHARS}"),
            ({"what": "A\0"}, "a character that cannot be shown"),
            ({"happened_on": "2026-03-06"}, "cannot have happened after it was noticed"),
            ({"people_told_on": "2026-03-02"}, "informed before it happened"),
            ({"authority_told_on": str(TOMORROW)}, "This day is still to come."),
            ({"people_count": "-1"}, "greater than or equal to 0"),
            ({"people_count": "99999999999"}, "less than or equal to"),
            ({"kinds": ["nothing of ours"]}, "nothing of ours is not one of the available"),
        ],
    )
    def test_what_cannot_be_is_refused_and_nothing_that_was_typed_is_lost(
        self, client: Client, fields: dict[str, Any], words: str
    ):
        answer = client.post(NEW, {**SENT, **fields})

        assert answer.status_code == 422
        page = main(answer)
        assert words in page.text
        assert page.one("textarea", name="telling").text == SENT["telling"]
        assert not Incident.objects.exists()


class TestChanging:
    def test_says_in_the_log_which_fields(self, client: Client, incident: Incident):
        sent = {**fields_of(incident), "people_count": "2", "mended": "Wiped from afar."}

        answer = client.post(change_page(incident), sent)

        assert (answer.status_code, answer["Location"]) == (303, f"{LIST}{incident.code}/")
        incident.refresh_from_db()
        assert (incident.people_count, incident.mended) == (2, "Wiped from afar.")
        entry = AuditEntry.objects.get(kind=AuditKind.INCIDENT_CHANGED)
        with translation.override("en"):
            words = details_in_words(entry)
        assert words == "Changed How many people it concerns and What was done about it."
        assert "Wiped" not in str(entry.details)

    def test_the_form_shows_what_is_noted(self, client: Client):
        client.post(NEW, SENT)

        page = main(client.get(change_page(Incident.objects.get())))

        assert page.one("input", name="noticed_on").attrs["value"] == "2026-03-05"
        ticked = [
            box.attrs["value"] for box in page.all("input", name="kinds") if "checked" in box.attrs
        ]
        assert ticked == SENT["kinds"]
        assert "took it back" in page.one("textarea", name="what").text

    def test_without_a_change_nothing_is_written(self, client: Client, incident: Incident):
        answer = client.post(change_page(incident), fields_of(incident))

        assert "Nothing was changed." in main(client.get(answer["Location"])).text
        assert not AuditEntry.objects.filter(kind=AuditKind.INCIDENT_CHANGED).exists()

    def test_ends_of_lines_as_browsers_send_them_are_no_change(self, client: Client):
        client.post(NEW, SENT)
        sent = {**SENT, "what": SENT["what"].replace("\n", "\r\n")}  # type: ignore[attr-defined]

        client.post(change_page(Incident.objects.get()), sent)

        assert not AuditEntry.objects.filter(kind=AuditKind.INCIDENT_CHANGED).exists()

    def test_of_two_the_second_reads_what_is_there_now_and_loses_nothing(
        self, client: Client, incident: Incident
    ):
        known = version_on(client, incident)
        client.post(change_page(incident), {**fields_of(incident), "people_count": "2"})

        sent = {**fields_of(incident), "people_count": "3", "known": known}
        answer = client.post(change_page(incident), sent)

        assert answer.status_code == 409
        page = main(answer)
        assert "How many people it concerns 2 → 3" in page.one("div", role="alert").text
        assert page.one("input", name="people_count").attrs["value"] == "3"
        incident.refresh_from_db()
        assert incident.people_count == 2
        # Saving once more is after reading what is there.
        sent["known"] = page.one("input", name="known").attrs["value"]
        assert client.post(change_page(incident), sent).status_code == 303
        incident.refresh_from_db()
        assert incident.people_count == 3

    def test_a_refused_form_keeps_the_version_that_it_showed(
        self, client: Client, incident: Incident
    ):
        known = version_on(client, incident)
        client.post(change_page(incident), {**fields_of(incident), "people_count": "2"})

        refused = client.post(change_page(incident), {"what": "", "known": known})

        assert main(refused).one("input", name="known").attrs["value"] == known

    def test_a_kind_that_is_no_longer_known_is_still_shown(
        self, client: Client, incident: Incident
    ):
        Incident.objects.filter(pk=incident.pk).update(kinds=["of before", Purpose.NOTICES])

        kinds = facts_in(main(client.get(f"{LIST}{incident.code}/")))["Personal data concerned"]

        assert kinds == ", ".join(["of before", *labels_of(Purpose.NOTICES)])


class TestAccess:
    @pytest.mark.parametrize("path", ["", "new/", "{code}/", "{code}/change/"])
    def test_is_missing_for_planners_and_everybody_else(
        self,
        signed_in: SignedIn,
        planner: User,
        outsider: User,
        incident: Incident,
        path: str,
    ):
        address = LIST + path.format(code=incident.code)

        for person in (planner, outsider):
            assert signed_in(person).get(address).status_code == 404

    @pytest.mark.parametrize("code", ["nonesuch", "%00"])
    def test_one_that_is_not_there_is_missing(self, client: Client, code: str):
        assert client.get(f"{LIST}{code}/").status_code == 404


def test_database_refuses_what_happened_after_it_was_noticed(incident: Incident):
    incident.happened_on = incident.noticed_on + dt.timedelta(days=1)

    with pytest.raises(IntegrityError):
        incident.save()


def test_who_decides_about_a_name_in_it_is_led_to_its_page(client: Client, incident: Incident):
    place = places_of(Incident, [incident.pk])[incident.pk]

    assert place.words == "2026-03-05"
    assert "A laptop was lost." in main(client.get(place.address)).text
