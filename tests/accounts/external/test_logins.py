"""Logins of another system are brought into a form that can be kept; who somebody is stays as it stands."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.validators import UnicodeUsernameValidator

from accounts.enums import Role, SignInMethod
from accounts.external.logins import UnusableSubject, external_login, role_from

ISSUER = "https://id.school.example"


def login(**values: Any) -> Any:
    return external_login(
        **{"method": SignInMethod.OIDC, "issuer": ISSUER, "subject": "4711", **values}
    )


class TestExternalLogin:
    def test_subject_is_kept_as_it_stands(self):
        assert login(subject=" A b/ç ").subject == " A b/ç "

    @pytest.mark.parametrize("subject", ["", " ", "x" * 256, "a\0b", "\ud800"])
    def test_subject_that_cannot_be_kept_is_refused(self, subject: str):
        with pytest.raises(UnusableSubject):
            login(subject=subject)

    def test_new_person_is_called_by_the_username_else_by_the_subject(self):
        assert login(username="li.ming").username == "li.ming"
        assert login().username == "4711"

    def test_what_no_username_may_hold_becomes_a_hyphen(self):
        assert login(username="DOMAIN\\li ming").username == "DOMAIN-li-ming"

    @pytest.mark.parametrize(
        ("said", "kept"), [("½", "1-2"), ("Ｌi", "Li"), ("\ufb03" * 100, ("ffi" * 100)[:150])]
    )
    def test_username_is_as_it_will_be_written(self, said: str, kept: str):
        """Normalised, and within its bounds then too."""
        assert login(username=said).username == kept

    def test_sign_of_many_words_makes_a_username_of_hyphens(self):
        username = login(username="\ufdfa" * 100).username

        UnicodeUsernameValidator()(username)
        assert len(username) == 150

    @pytest.mark.parametrize("said", ["li.ming", "LI.Ming", "ｌｉ.ｍｉｎｇ"])
    def test_username_as_the_other_system_says_it_is_its_own(self, said: str):
        assert login(username=said).has_own_username

    @pytest.mark.parametrize(
        "said", ["", "li,ming", "li ming", " li.ming", "li.ming\n", "li\0ming", "x" * 151]
    )
    def test_username_that_was_altered_or_not_said_is_not(self, said: str):
        assert not login(username=said).has_own_username

    def test_name_loses_line_breaks_and_what_is_too_long(self):
        assert login(display_name="李\n 明").display_name == "李 明"
        assert len(login(display_name="李" * 100).display_name) == 64

    def test_without_a_name_the_username_is_shown(self):
        assert login(username="li.ming").display_name == "li.ming"


class TestRoleFrom:
    @pytest.mark.parametrize(
        ("values", "role"),
        [
            ("staff", Role.TEACHER),
            (["member", "faculty"], Role.TEACHER),
            ("member", Role.STUDENT),
            ("administrator", Role.STUDENT),
            (["superuser"], Role.STUDENT),
            (None, None),
            ("", None),
            ([], None),
            (7, None),
            ({"staff": True}, None),
        ],
    )
    def test_only_named_values_make_a_teacher_and_silence_says_nothing(
        self, values: object, role: Role | None
    ):
        assert role_from(values, ["staff", "faculty"]) == role
