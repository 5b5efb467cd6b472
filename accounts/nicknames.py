"""What the classroom cloud and the class see of a person's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the pattern's default in the school's settings is made of what stands here
    from accounts.models import SchoolSettings, User

# In the pattern of the school settings it stands for the person's name.
NAME_PLACEHOLDER = "{name}"
NICKNAME_MAX_CHARS = 64


def nickname_of(user: User, school: SchoolSettings) -> str:
    """The school's pattern around the person's name; empty where nothing is left of it."""
    nickname = school.nickname_pattern.replace(NAME_PLACEHOLDER, user.display_name)
    return nickname.strip()[:NICKNAME_MAX_CHARS]
