"""Print on the server what is kept of a person, as one JSON document."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError

from accounts.enums import AuditKind
from accounts.models import AuditEntry
from tests.factories.accounts import UserFactory
from tests.support.commands import run

pytestmark = pytest.mark.django_db

COMMAND = "export_person"


def test_prints_one_json_document_and_notes_it():
    person = UserFactory.create(username="li", display_name="李四")

    outcome = run(COMMAND, "li")

    read = json.loads(outcome.stdout)
    assert read["username"] == "li"
    account = next(table for table in read["tables"] if table["table"] == "accounts.user")
    assert account["rows"][0]["display_name"] == "李四"
    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.actor, entry.person) == (AuditKind.DATA_EXPORTED, None, person)


def test_unknown_username_is_said():
    with pytest.raises(CommandError, match="There is nobody with the username nobody"):
        run(COMMAND, "nobody")

    assert not AuditEntry.objects.exists()
