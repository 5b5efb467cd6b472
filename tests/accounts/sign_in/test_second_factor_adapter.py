"""Secrets of second factors: how they are kept, and what the app on the phone is told."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import SchoolSettings, User
from accounts.sign_in.second_factor_adapter import SecondFactorAdapter
from tests.factories.accounts import UserFactory
from tests.support.second_factor import SECRET, give_second_factor, type_code

pytestmark = pytest.mark.django_db


def test_what_is_encrypted_reads_differently_each_time_and_comes_back():
    adapter = SecondFactorAdapter()

    first, second = adapter.encrypt(SECRET), adapter.encrypt(SECRET)

    assert first != second
    assert SECRET not in first + second
    assert {adapter.decrypt(first), adapter.decrypt(second)} == {SECRET}


def test_another_key_reads_nothing_and_says_so(settings: Any):
    kept = SecondFactorAdapter().encrypt(SECRET)
    settings.SECRET_KEY = "another long random text"

    with pytest.raises(ValidationError) as told:
        SecondFactorAdapter().decrypt(kept)

    assert told.value.code == "unreadable"


def test_person_whose_factor_no_key_reads_is_told_and_kept_out(settings: Any):
    chief = UserFactory.create(username="chief", password="correct horse")
    factor = give_second_factor(chief)
    settings.SECRET_KEY = "another long random text"
    client = Client()
    client.post("/accounts/login/", {"login": "chief", "password": "correct horse"})

    answer = type_code(client, factor.code())

    assert "请联系学校的超级用户移除" in answer.content.decode()
    assert client.get("/schedule/").status_code == 302


def test_app_shows_school_and_username_and_no_address_of_mail(teacher: User):
    SchoolSettings(pk=1, school_name="第三小学").save()
    teacher.email = "li@school.example"

    address = urlsplit(SecondFactorAdapter().build_totp_url(teacher, SECRET))

    assert unquote(address.path) == "/teacher"
    assert parse_qs(address.query) == {"secret": [SECRET], "issuer": ["第三小学"]}
