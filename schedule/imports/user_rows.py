"""One row of a file of people, checked as far as it can be without the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from accounts.enums import Role
from accounts.models import User
from accounts.names import DISPLAY_NAME_CHARS, USERNAME_CHARS
from edu_platform.lib.spreadsheets.cells import RowReader
from edu_platform.lib.spreadsheets.rows import Column, SheetFault, SheetRow
from schedule.models import CLASS_GROUP_NAME_CHARS

COLUMNS = (
    Column("username", ("用户名",)),
    Column("display_name", ("姓名",)),
    Column("role", ("角色",)),
    Column("class_groups", ("班级",), is_required=False),
    Column("password", ("密码",), is_required=False),
)
ROLE_NAMES = {
    "学生": Role.STUDENT,
    "老师": Role.TEACHER,
    "巡课": Role.SUPERVISOR,
    "教务": Role.PLANNER,
    "管理员": Role.ADMINISTRATOR,
    **{role.value: role for role in Role},
}
is_username = UnicodeUsernameValidator()
MAX_PASSWORD = 128
MAX_ROLE_NAME = 32


@dataclass(frozen=True, slots=True)
class UserWish:
    """What a row asks for. Empty: changes nothing."""

    line: int
    username: str
    display_name: str
    roles: frozenset[Role]
    class_groups: tuple[str, ...]
    password: str


def read_user_rows(rows: Sequence[SheetRow], faults: list[SheetFault]) -> list[UserWish]:
    """The rows that name somebody; what is wrong with any by itself goes to `faults`."""
    wishes: list[UserWish] = []
    first_lines: dict[str, int] = {}
    for row in rows:
        reader = RowReader(row, faults)
        wish = _read_row(reader)
        first = first_lines.setdefault(wish.username, wish.line)
        if wish.username and first != wish.line:
            reason = gettext("the username stands in line %(line)s already") % {"line": first}
            reader.refuse("username", reason)
        elif wish.username:
            wishes.append(wish)
    return wishes


def _read_row(reader: RowReader) -> UserWish:
    return UserWish(
        line=reader.line,
        username=_username(reader),
        display_name=reader.text("display_name", max_length=DISPLAY_NAME_CHARS),
        roles=_roles(reader),
        class_groups=reader.entries("class_groups", max_length=CLASS_GROUP_NAME_CHARS),
        # Not measured by the password rules: schools hand out plain first passwords, and one
        # weak row would stop the whole file.
        password=reader.verbatim("password", max_length=MAX_PASSWORD),
    )


def _username(reader: RowReader) -> str:
    username = User.normalize_username(reader.needed_text("username", max_length=USERNAME_CHARS))
    if username:
        try:
            is_username(username)
        except ValidationError as err:
            reader.refuse("username", " ".join(err.messages))
            return ""
    return username


def _roles(reader: RowReader) -> frozenset[Role]:
    roles: set[Role] = set()
    for name in reader.entries("role", max_length=MAX_ROLE_NAME):
        role = ROLE_NAMES.get(name.lower())
        if role is None:
            reader.refuse("role", gettext("there is no role %(name)s") % {"name": name})
        else:
            roles.add(role)
    return frozenset(roles)
