"""Families with a link, and the browsers in which they open it."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.test import Client
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.secret_tokens import digest_of, make_secret_token
from schedule.families.links import make_link
from schedule.models import FamilyLink
from tests.factories.accounts import UserFactory

CHINESE_PHONE = "zh-CN,zh;q=0.9,en;q=0.8"


class FamilyOf(NamedTuple):
    """A link with its secret part, and the address of its page."""

    link: FamilyLink
    token: str

    @property
    def page(self) -> str:
        return f"/family/{self.token}/"

    def has_opened(self, language: str = CHINESE_PHONE) -> Client:
        """Return a browser in which somebody has pressed the button."""
        client = phone(language)
        answer = client.post(self.page)
        assert answer.status_code == 303, answer.status_code
        return client


def make_family(*children: User, label: str = "妈妈", **columns: Any) -> FamilyOf:
    token = make_secret_token()
    by = columns.pop("made_by", None) or UserFactory.create()
    link = FamilyLink.objects.create(
        label=label, token_digest=digest_of(token), made_by=by, **columns
    )
    for child in children:
        link.children.create(person=child)
    return FamilyOf(link, token)


def link_of(*children: User, by: User, label: str = "母亲") -> FamilyLink:
    """Make a link as the school does, whose secret part nobody needs."""
    return make_link(children, label=label, by=by, at=timezone.now())[0]


def phone(language: str = CHINESE_PHONE) -> Client:
    """Return a browser that has never been here."""
    return Client(headers={"accept-language": language})
