"""Django's words on our pages are our words."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django import contrib
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.utils import translation

from accounts.models import User
from attendance.now.forms import MessageForm
from edu_platform import django_texts

# Passwords are replaced by mail at our own pages alone.
AT_PAGES_WE_HAVE_NOT = (
    "email",
    "Forgotten",
    "forgotten",
    "password reset",
    "password has been set",
)
# Passed over for forms of our own, which say it.
OF_FORMS_WE_HAVE_NOT = ("First, enter a username", "enter your new password twice so we can verify")


def django_says_you_familiarly() -> set[str]:
    """Return Django's texts of the administration and of accounts that say 你; our texts say 您 alone."""
    found = set()
    for app in ("admin", "auth"):
        catalog = Path(contrib.__path__[0]) / app / "locale/zh_Hans/LC_MESSAGES/django.po"
        messages = [
            each for each in read_po(io.BytesIO(catalog.read_bytes())) if isinstance(each.id, str)
        ]
        found |= {str(each.id) for each in messages if "你" in str(each.string)}
    return found


def test_administration_says_you_as_our_texts_do():
    ours = set(django_texts.TEXTS)
    elsewhere = AT_PAGES_WE_HAVE_NOT + OF_FORMS_WE_HAVE_NOT

    left = {
        text
        for text in django_says_you_familiarly() - ours
        if not any(word in text for word in elsewhere)
    }

    assert left == set()


def test_hints_about_a_password_are_in_our_words():
    with translation.override("zh-hans"):
        hints = password_validators_help_texts()

    assert [hint for hint in hints if "你" in hint] == []
    assert "密码至少要有 8 个字符。" in hints


def test_wrong_username_is_told_that_chinese_may_be_used():
    with translation.override("zh-hans"), pytest.raises(ValidationError) as told:
        User(username="bad name!", display_name="x").clean_fields()

    assert told.value.message_dict["username"] == ["用户名只能包含字母、数字、汉字和 @ . + - _。"]


def test_text_that_is_too_long_is_refused_in_our_words():
    form = MessageForm({"text": "长" * 201})

    with translation.override("zh-hans"):
        assert form.errors["text"] == ["最多 200 个字，现在有 201 个。"]


def test_sign_out_of_the_administration_is_called_as_elsewhere():
    with translation.override("zh-hans"):
        assert translation.gettext("Log out") == "退出登录"
