"""The last superuser who lost phone and codes is helped on the server."""

from __future__ import annotations

import pytest
from django.core.management import CommandError

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from tests.support.commands import run
from tests.support.second_factor import give_second_factor, kinds_kept_of

pytestmark = pytest.mark.django_db

COMMAND = "remove_second_factor"


def test_removes_it_with_its_codes_and_is_logged(superuser: User, planner: User):
    give_second_factor(superuser)
    give_second_factor(planner, "KRSXG5BAKRSXG5BAKRSXG5BAKRSXG5BA")

    outcome = run(COMMAND, "superuser")

    assert outcome.stdout == "The second factor of superuser is removed.\n"
    assert kinds_kept_of(superuser) == set()
    assert kinds_kept_of(planner) == {"totp", "recovery_codes"}
    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.actor, entry.person) == (
        AuditKind.SECOND_FACTOR_REMOVED,
        None,
        superuser,
    )


@pytest.mark.parametrize(
    ("username", "told"),
    [("superuser", "superuser has no second factor"), ("nobody", "nobody with the username")],
)
def test_says_when_there_is_nothing_to_remove(superuser: User, username: str, told: str):
    with pytest.raises(CommandError, match=told):
        run(COMMAND, username)

    assert AuditEntry.objects.count() == 0
