from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests.cast import SignedIn


@pytest.fixture
def office(planner: User, signed_in: SignedIn) -> Client:
    """A planner's browser, in English."""
    return signed_in(planner, "en")
