"""The page of a class group in the administration, with its members."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, User
from schedule.models import Channel, ClassGroup
from tests.cast import SignedIn
from tests.factories.schedule import ChannelFactory, ClassGroupFactory, MembershipFactory
from tests.support.administration import list_of
from tests.support.pages import read

pytestmark = pytest.mark.django_db

ADDED = "王小明 (student) · 三年级2班"


def page_of(class_group: ClassGroup) -> str:
    return f"{list_of(ClassGroup)}{class_group.pk}/"


def test_history_and_audit_log_name_who_was_added(
    signed_in: SignedIn, planner: User, student: User, other_class_group: ClassGroup
):
    client = signed_in(planner)
    sent = {
        "name": other_class_group.name,
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-user": str(student.pk),
        "memberships-0-kind": "student",
    }

    client.post(f"{page_of(other_class_group)}change/", sent)

    page = read(client.get(f"{page_of(other_class_group)}history/").content)
    assert f"“{ADDED}”" in page.one("div", id="change-history").text
    entry = AuditEntry.objects.latest("pk")
    assert [each["object"] for each in changes_of(entry)] == [ADDED]


def changes_of(entry: AuditEntry) -> list[dict[str, str]]:
    """Return what was added below the form."""
    return [each["added"] for each in entry.details["changes"] if each.get("added")]


def test_several_are_deleted_at_once_with_their_robots(signed_in: SignedIn, administrator: User):
    gone, stays = ClassGroupFactory.create_batch(2), ClassGroupFactory.create()
    ChannelFactory.create(class_group=gone[0])
    chosen = {"action": "delete_selected", "_selected_action": [group.pk for group in gone]}

    signed_in(administrator).post(list_of(ClassGroup), {**chosen, "post": "yes"})

    assert list(ClassGroup.objects.all()) == [stays]
    assert not Channel.objects.exists()


def test_names_of_members_take_one_query(signed_in: SignedIn, planner: User):
    client = signed_in(planner)
    asked = []
    for count in (1, 4):
        class_group = ClassGroupFactory.create()
        MembershipFactory.create_batch(count, class_group=class_group)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{page_of(class_group)}change/")
        people = [query for query in queries if 'FROM "accounts_user"' in query["sql"]]
        asked.append(len(people) - count)  # each field to choose a person in reads its own

    assert asked[0] == asked[1]
