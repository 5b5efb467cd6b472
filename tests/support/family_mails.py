"""Families that have left an address, and the mails that go there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.core import mail
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.secret_tokens import digest_of, make_secret_token
from schedule.families.mailing.runs import mail_due
from schedule.models import FamilyAddress, FamilyChild, FamilyLink
from tests.factories.accounts import UserFactory

EMAIL = "mother@home.example"


def family_link(children: Sequence[User], *, token: str = "") -> FamilyLink:
    link = FamilyLink.objects.create(
        label="妈妈",
        token_digest=digest_of(token or make_secret_token()),
        made_by=UserFactory.create(),
    )
    for child in children:
        FamilyChild.objects.create(link=link, person=child)
    return link


def confirmed_address(link: FamilyLink, **columns: Any) -> FamilyAddress:
    """Return an address that is told of each change as it comes, in English, unless told otherwise."""
    now = timezone.now()
    usual = {"email": EMAIL, "confirmed_at": now, "told_until": now, "language": "en"}
    return FamilyAddress.objects.create(link=link, **{"is_daily": False, **usual, **columns})


def sent() -> list[str]:
    """Run the worker, and return the bodies of all mails so far."""
    mail_due(timezone.now())
    return [str(message.body) for message in mail.outbox]


def lines(body: str) -> list[str]:
    """Return the changes that a mail tells of."""
    return [line.removeprefix("- ") for line in body.splitlines() if line.startswith("- ")]


def path_in(body: str, under: str) -> str:
    """Return the path of our own below this one that a mail leads to."""
    (path,) = re.findall(rf"https://school\.example({under}\S+)", body)
    return str(path)
