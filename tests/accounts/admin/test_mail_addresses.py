"""E-mail addresses in the administration: whose each is, for superusers alone."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress, EmailConfirmation

from accounts.models import User
from tests.cast import SignedIn
from tests.support.pages import read

pytestmark = pytest.mark.django_db

LIST = "/admin/account/emailaddress/"


def test_nothing_is_told_of_what_was_sent_to_verify_it(
    signed_in: SignedIn, superuser: User, teacher: User
):
    address = EmailAddress.objects.create(user=teacher, email="li@example.org")
    EmailConfirmation.create(address)

    page = read(signed_in(superuser).get(f"{LIST}{address.pk}/delete/").content)

    rows = page.one("ul", id="deleted-objects").all("li")
    assert [row.text for row in rows] == ["电子邮件地址：li@example.org"]
