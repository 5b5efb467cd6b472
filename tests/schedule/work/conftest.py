from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from schedule.models import Term
from tests.cast import SignedIn
from tests.factories.schedule import ClassGroupFactory, TermFactory, WeeklyLessonFactory


@pytest.fixture(autouse=True)
def _all_is_long(all_is_long: None) -> None:
    """Leave everything to workers in these tests."""


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def term(teacher: User) -> Term:
    term: Term = TermFactory.create(weeks=2, name="秋季学期")
    WeeklyLessonFactory.create(
        term=term, teacher=teacher, class_groups=[ClassGroupFactory.create()]
    )
    return term


def plan(client: Client, term: Term, **ticks: str) -> Any:
    """Press the button of the plan's page, as it shows itself now."""
    address = f"/schedule/terms/{term.code}/plan/"
    version = client.get(address).context["version"]
    return client.post(address, {"version": version, **ticks})
