from __future__ import annotations

import pytest
from django.utils import translation

from accounts.enums import Role
from accounts.role_lines import ROLE_LINES, role_line


def test_every_role_says_what_it_allows_in_both_languages():
    lines = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            lines[language] = {role: str(text) for role, text in ROLE_LINES.items()}

    assert set(ROLE_LINES) == set(Role)
    assert all(lines["en"].values())
    assert [role for role in Role if lines["en"][role] == lines["zh-hans"][role]] == []


@pytest.mark.parametrize(("language", "colon"), [("zh-hans", "："), ("en", ": ")])
@pytest.mark.parametrize("role", Role)
def test_line_begins_with_the_role(role: Role, language: str, colon: str):
    with translation.override(language):
        assert role_line(role) == f"{role.label}{colon}{ROLE_LINES[role]}"
