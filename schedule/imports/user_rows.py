"""One row of a file of people, checked as far as it can be without the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.names import DISPLAY_NAME_CHARS
from edu_platform.lib.formatting import listed_lazy
from edu_platform.lib.progress import Phase, counted
from edu_platform.lib.spreadsheets.cells import RowReader
from edu_platform.lib.spreadsheets.rows import Column, Remarks, SheetFault, SheetRow
from schedule.imports.names import all_spelled, read_username
from schedule.lessons.named import Spellings
from schedule.models import CLASS_GROUP_NAME_CHARS

ROLE_NAMES = {
    "学生": Role.STUDENT,
    "学员": Role.STUDENT,
    "老师": Role.TEACHER,
    "教师": Role.TEACHER,
    "任课老师": Role.TEACHER,
    "任课教师": Role.TEACHER,
    "巡课": Role.SUPERVISOR,
    "督导": Role.SUPERVISOR,
    "教务": Role.PLANNER,
    "管理员": Role.ADMINISTRATOR,
    **{role.value: role for role in Role},
}
# As schools head their lists; each means one thing in a list of people.
COLUMNS = (
    Column(
        "username",
        (
            *("用户名", "账号", "帐号", "账户", "用户账号", "登录名", "登录账号"),
            *("学号", "工号", "教工号", "教师工号", "学生账号", "教师账号", "account", "login"),
        ),
        accepts=_("Letters (Chinese ones too), digits and @ . + - _; it stays the same for good."),
    ),
    Column(
        "display_name",
        (
            *("姓名", "名字", "真实姓名", "显示名称", "学生", "学员", "教师", "老师"),
            *("学生姓名", "学员姓名", "教师姓名", "老师姓名", "name", "full name"),
        ),
        accepts=_("Needed for a new person; empty: stays as it is."),
    ),
    Column(
        "role",
        ("角色", "身份", "用户角色", "人员类别", "用户类型", "roles"),
        accepts=format_lazy(
            _("One or several, with ; between them: {words}. Empty: stays as it is."),
            words=listed_lazy(list(ROLE_NAMES)),
        ),
    ),
    Column(
        "class_groups",
        (
            *("班级", "班", "班别", "班级名称", "所在班级", "所属班级", "行政班"),
            *("class", "classes", "class group"),
        ),
        is_required=False,
        accepts=_(
            "One or several, with ; between them; new ones are made. Empty: stay as they are."
        ),
    ),
    Column(
        "password",
        ("密码", "初始密码", "登录密码"),
        is_required=False,
        accepts=_("Taken for new people only."),
    ),
)
is_username = UnicodeUsernameValidator()
MAX_PASSWORD = 128
MAX_ROLE_NAME = 32


@dataclass(frozen=True, slots=True)
class UserWish:
    """The request of a row. Empty: changes nothing."""

    line: int
    username: str
    display_name: str
    roles: frozenset[Role]
    class_groups: tuple[str, ...]
    password: str


def read_user_rows(
    rows: Sequence[SheetRow], class_groups: Spellings, faults: list[SheetFault], remarks: Remarks
) -> list[UserWish]:
    """The rows that name somebody; what is wrong with any by itself goes to `faults`."""
    wishes: list[UserWish] = []
    first_lines: dict[str, int] = {}
    for row in counted(rows, Phase.READING, len(rows)):
        reader = RowReader(row, faults, remarks)
        wish = _read_row(reader, class_groups)
        first = first_lines.setdefault(wish.username, wish.line)
        if wish.username and first != wish.line:
            reason = gettext("the username stands in line %(line)s already") % {"line": first}
            reader.refuse("username", reason)
        elif wish.username:
            wishes.append(wish)
    return wishes


def _read_row(reader: RowReader, class_groups: Spellings) -> UserWish:
    entries = reader.entries("class_groups", max_length=CLASS_GROUP_NAME_CHARS)
    return UserWish(
        line=reader.line,
        username=_username(reader),
        display_name=reader.text("display_name", max_length=DISPLAY_NAME_CHARS),
        roles=_roles(reader),
        class_groups=all_spelled(reader, "class_groups", class_groups, entries),
        # Not measured by the password rules: schools hand out plain first passwords, and one
        # weak row would stop the whole file.
        password=reader.verbatim("password", max_length=MAX_PASSWORD),
    )


def _username(reader: RowReader) -> str:
    username = read_username(reader, "username")
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
