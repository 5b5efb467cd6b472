"""The audit log in the administration: who reads it, what it says, and what showing it takes."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import AuditKind, SignInMethod
from accounts.models import AuditEntry, User
from accounts.services import audit
from replays.models import Retention
from schedule.models import ClassGroup
from tests.accounts.admin.test_school_settings_form import fields_of
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory
from tests.support.pages import read

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/auditentry/"


@pytest.fixture(autouse=True)
def _english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def told(client: Client, query: str = "") -> list[tuple[str, str]]:
    """Return the event and the details of each row of the list."""
    page = read(client.get(f"{LIST}{query}").content)
    found = page.all("table", id="result_list")
    return [
        (row.one("td", "field-kind").text, row.one("td", "field-what").text)
        for row in (found[0].one("tbody").all("tr") if found else [])
    ]


class TestReaders:
    def test_planners_do_not(self, planner: User):
        client = signed_in(planner)

        assert client.get(LIST).status_code == 403
        assert LIST not in client.get("/admin/").content.decode()

    @pytest.mark.parametrize("who", ["administrator", "superuser"])
    def test_administrators_read_it_and_nobody_changes_it(
        self, who: str, request: pytest.FixtureRequest
    ):
        client = signed_in(request.getfixturevalue(who))
        audit.record(AuditKind.LESSONS_IMPORTED, by=None)
        entry = AuditEntry.objects.get()

        assert client.get(LIST).status_code == 200
        assert client.get(f"{LIST}{entry.pk}/change/").status_code == 200
        answers = [
            client.post(f"{LIST}add/", {"kind": AuditKind.SIGNED_IN}),
            client.post(f"{LIST}{entry.pk}/change/", {"kind": AuditKind.SIGNED_IN}),
            client.post(f"{LIST}{entry.pk}/delete/", {"post": "yes"}),
            client.post(LIST, {"action": "delete_selected", "_selected_action": [entry.pk]}),
        ]

        assert [answer.status_code for answer in answers[:3]] == [403, 403, 403]
        assert AuditEntry.objects.get().kind == AuditKind.LESSONS_IMPORTED


class TestList:
    def test_newest_stand_first_and_are_found_by_event_way_and_username(self, administrator: User):
        wang = UserFactory.create(username="wang", display_name="王小明")
        audit.record_sign_in(wang, method=SignInMethod.CAS, address="192.0.2.7")
        audit.record(AuditKind.PASSWORD_RESET, by=administrator, person=wang)
        audit.record(AuditKind.LESSONS_IMPORTED, by=administrator)
        client = signed_in(administrator)

        def events(query: str) -> list[str]:
            return [kind for kind, _details in told(client, query)]

        everything = ["Lessons imported", "Start password set", "Signed in"]
        assert events("?kind=all") == everything
        assert events("?kind=signed_in") == ["Signed in"]
        assert events("?method=cas") == events("?method__exact=cas") == ["Signed in"]
        assert events("?kind=all&q=wan") == everything[1:]
        assert events("?kind=all&q=王小") == everything[1:]
        assert events("?kind=all&q=nobody") == []
        year = timezone.localdate().year
        assert len(events(f"?kind=all&at__year={year}")) == 3
        assert events(f"?kind=all&at__year={year - 1}") == []

    def test_sign_ins_are_there_when_somebody_asks_for_them(self, administrator: User):
        audit.record_sign_in(administrator, method=SignInMethod.CAS, address="192.0.2.7")
        audit.record(AuditKind.LESSONS_IMPORTED, by=administrator)
        client = signed_in(administrator)

        for query in ("", "?q=administrator", "?kind=nonesuch"):
            assert [kind for kind, _details in told(client, query)] == ["Lessons imported"], query
        (events, _ways) = (
            read(client.get(LIST).content).one("nav", id="changelist-filter").all("ul")
        )
        links = [(each.text, each.attrs["href"]) for each in events.all("a")]
        assert links[:3] == [
            ("All but sign-ins", "?"),
            ("All, with sign-ins", "?kind=all"),
            ("Signed in", "?kind=signed_in"),
        ]
        assert events.one("li", "selected").text == "All but sign-ins"

    def test_details_are_told_in_words(self, administrator: User):
        audit.record(AuditKind.SIGN_INS_ENDED, by=None, details={"count": 2})
        audit.record(AuditKind.PASSWORD_CHANGED, by=None)

        assert told(signed_in(administrator)) == [
            ("Password changed", "–"),
            ("Sign-ins ended", "2 sign-ins"),
        ]

    def test_names_of_changed_fields_are_in_the_language_of_the_page(self, administrator: User):
        fields = ["Administrators and planners must use a second factor", "Name"]
        changes = [{"changed": {"fields": fields}}]
        details = {"model": "accounts.schoolsettings", "changes": changes}
        audit.record(AuditKind.OBJECT_CHANGED, by=None, details=details)
        client = signed_in(administrator)
        client.cookies["django_language"] = "zh-hans"

        ((_kind, words),) = told(client)

        assert "管理员和教务必须使用两步验证" in words
        assert not re.search("[A-Za-z]", words)

    def test_list_names_the_row_that_was_changed_and_no_person_twice(
        self, administrator: User, student: User
    ):
        details = {"model": "schedule.course", "changes": [{"added": {}}]}
        for person, text in ((None, "语文"), (student, str(student))):
            audit.record(
                AuditKind.OBJECT_ADDED, by=None, person=person, object_text=text, details=details
            )

        (_kind, of_person), (_other, of_row) = told(signed_in(administrator))

        assert of_row == "语文 · course: Added."
        assert of_person == "course: Added."

    def test_an_entry_is_called_by_its_event_and_the_time_of_the_school(
        self, administrator: User, in_china: None
    ):
        at = dt.datetime(2026, 1, 5, 0, 30, tzinfo=dt.UTC)
        entry = AuditEntry.objects.create(kind=AuditKind.PASSWORD_CHANGED, at=at)

        page = signed_in(administrator).get(f"{LIST}{entry.pk}/change/").content.decode()

        assert "2026-01-05 08:30:00 Password changed" in page

    def test_many_entries_take_as_many_queries_as_one(self, administrator: User):
        client = signed_in(administrator)

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(LIST).status_code == 200
            return len(captured)

        people = [UserFactory.create() for _each in range(5)]
        audit.record(AuditKind.SIGNED_IN, by=people[0], person=people[0])
        one = queries()
        at = timezone.now()
        AuditEntry.objects.bulk_create(
            AuditEntry(
                kind=AuditKind.SIGNED_IN,
                actor=people[number % 5],
                person=people[number % 4],
                at=at - dt.timedelta(hours=number),
            )
            for number in range(500)
        )

        assert queries() <= one + 1
        assert one <= 9  # four of them are those of every page


class TestWhatIsDoneInTheAdministration:
    def kept(self) -> list[tuple[str, User | None, str, dict[str, Any]]]:
        return [
            (entry.kind, entry.actor, entry.object_text, entry.details)
            for entry in AuditEntry.objects.order_by("pk")
        ]

    def test_rows_are_told_when_they_come_change_and_go(
        self, planner: User, class_group: ClassGroup
    ):
        client, page = signed_in(planner), "/admin/replays/retention/"

        client.post(f"{page}add/", {"class_group": class_group.pk, "days": 30})
        kept = Retention.objects.get()
        client.post(f"{page}{kept.pk}/change/", {"class_group": class_group.pk, "days": 60})
        client.post(f"{page}{kept.pk}/delete/", {"post": "yes"})

        base = {"model": "replays.retention", "id": kept.pk}
        added, changed, deleted = self.kept()
        assert added[:2] == (AuditKind.OBJECT_ADDED, planner)
        assert added[3] == {**base, "changes": [{"added": {}}]}
        assert changed[:2] == (AuditKind.OBJECT_CHANGED, planner)
        assert "30" not in str(changed[3]["changes"])
        assert deleted[:2] == (AuditKind.OBJECT_DELETED, planner)
        assert deleted[3] == {**base, "changes": ""}

    def test_action_is_told_once_it_ran_and_not_when_it_only_asks(self, planner: User):
        client, page = signed_in(planner), "/admin/replays/retention/"
        rows = [
            Retention.objects.create(class_group=ClassGroupFactory.create(), days=30)
            for _each in range(2)
        ]
        fields = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}

        client.post(page, fields)
        assert self.kept() == []
        client.post(page, {**fields, "post": "yes"})

        kinds = [kind for kind, *_rest in self.kept()]
        assert kinds == [AuditKind.OBJECT_DELETED, AuditKind.OBJECT_DELETED, AuditKind.ACTION_RUN]
        assert self.kept()[-1] == (
            AuditKind.ACTION_RUN,
            planner,
            "",
            {"model": "replays.retention", "action": "delete_selected", "count": 2},
        )

    def test_person_is_told_by_the_services_alone(self, superuser: User, student: User):
        fields = {"is_superuser": "on"}

        signed_in(superuser).post(f"/admin/accounts/user/{student.pk}/change/", fields)

        details = {"before": False, "after": True}
        assert self.kept() == [(AuditKind.SUPERUSER_CHANGED, superuser, "", details)]

    def test_settings_are_told_by_the_names_of_their_fields(self, administrator: User):
        client = signed_in(administrator)
        address = "/admin/accounts/schoolsettings/1/change/"
        fields = fields_of(read(client.get(address).content))

        client.post(address, {**fields, "nickname_pattern": "秘密{name}"})

        ((kind, actor, _text, details),) = self.kept()
        assert (kind, actor) == (AuditKind.OBJECT_CHANGED, administrator)
        assert details["model"] == "accounts.schoolsettings"
        assert "秘密" not in str(details)
