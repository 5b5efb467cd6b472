"""Name the pages of slips, and print as the office does."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.models import ClassGroup, FamilyChild, FamilyLink, Work
from tests.support.long_work import address_of, done_by_worker, page_of_work, way_of
from tests.support.pages import read


@pytest.fixture
def address(class_group: ClassGroup) -> str:
    return f"/class-groups/{class_group.code}/family-slips/"


@pytest.fixture
def own_address(class_group: ClassGroup) -> str:
    return f"/schedule/class-groups/{class_group.code}/family-slips/"


def printed(client: Client, address: str, **data: Any) -> Work:
    """Press the button, and have a worker print."""
    answer = client.post(address, data)
    assert answer.status_code == 303
    work = done_by_worker()
    assert answer["Location"] == address_of(work)
    return work


def slips_page(client: Client, work: Work) -> str:
    return way_of(page_of_work(client, work))


def addresses_on(answer: Any) -> list[str]:
    return [code.text for code in read(answer.content).all("code")]


def open_links(child: User) -> list[FamilyLink]:
    rows = FamilyChild.objects.filter(person=child, link__ended_at=None)
    return [row.link for row in rows.select_related("link")]


def use(link: FamilyLink) -> None:
    FamilyLink.objects.filter(pk=link.pk).update(first_used_at=timezone.now())
