from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import UsedTicket
from accounts.services import used_tickets
from accounts.tasks import forget_used_tickets

pytestmark = pytest.mark.django_db


def use(ticket_id: str = "one", issuer: str = "https://a.example") -> bool:
    expires_at = timezone.now() + dt.timedelta(seconds=30)
    return used_tickets.use(issuer=issuer, ticket_id=ticket_id, expires_at=expires_at)


def test_ticket_is_used_once():
    assert [use(), use(), use()] == [True, False, False]


def test_same_id_of_another_issuer_is_another_ticket():
    assert use()
    assert use(issuer="https://b.example")
    assert use("two")


def test_moment_is_kept_as_it_is():
    at = timezone.now() + dt.timedelta(seconds=30)

    used_tickets.use(issuer="a", ticket_id="b", expires_at=at)

    assert UsedTicket.objects.get().expires_at == at


def test_expired_ones_are_forgotten_a_day_later():
    now = timezone.now()
    for name, ago in (("old", dt.timedelta(hours=25)), ("lately", dt.timedelta(hours=23))):
        UsedTicket.objects.create(issuer="a", ticket_id=name, expires_at=now - ago)

    forget_used_tickets()

    assert UsedTicket.objects.get().ticket_id == "lately"
