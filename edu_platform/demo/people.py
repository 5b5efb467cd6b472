"""People who learn, teach and work in the demo school."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.hashers import check_password
from django.db import transaction

from accounts.enums import Role
from accounts.models import User
from accounts.services.people import create_person, set_roles
from schedule.class_groups.memberships import (
    get_or_add_class_group,
    kind_of_member,
    set_class_groups,
)
from schedule.models import ClassGroup

FIRST_GRADE_1 = "一年级1班"
FIRST_GRADE_2 = "一年级2班"
SECOND_GRADE_1 = "二年级1班"
TUTORED = "张子涵一对一"  # a one-to-one is a class group of one

DEMO_TEACHER = "lijingyi"
DEMO_CLASS_GROUP = FIRST_GRADE_1


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    display_name: str
    role: Role
    class_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignIn:
    """A username and password with which a visitor of the demo signs in; everybody else has no password."""

    username: str
    password: str
    role: str

    def __str__(self) -> str:
        return f"sign-in: {self.username} {self.password} {self.role}"


SIGN_INS = (
    SignIn(DEMO_TEACHER, "demo-teacher", "teacher"),
    SignIn("zhangzihan", "demo-student", "student of the running class"),
    SignIn("linshiyu", "demo-student", "student of another"),
    SignIn("zhengguohua", "demo-supervisor", "supervisor"),
    SignIn("fenglijuan", "demo-planner", "planner"),
    SignIn("hezhiyuan", "demo-administrator", "administrator"),
)

TEACHERS = (
    Person(DEMO_TEACHER, "李静怡", Role.TEACHER, (DEMO_CLASS_GROUP,)),
    Person("wangjianguo", "王建国", Role.TEACHER),
    Person("chenxiaoyan", "陈晓燕", Role.TEACHER),
    Person("liuzhiqiang", "刘志强", Role.TEACHER),
    Person("zhaoyutong", "赵雨桐", Role.TEACHER),
    Person("sunmingyuan", "孙明远", Role.TEACHER),
    Person("zhouwenbo", "周文博", Role.TEACHER),
    Person("wusimin", "吴思敏", Role.TEACHER),
)
STAFF = (
    Person("zhengguohua", "郑国华", Role.SUPERVISOR),
    Person("fenglijuan", "冯丽娟", Role.PLANNER),
    Person("hezhiyuan", "何志远", Role.ADMINISTRATOR),
)
STUDENTS_OF = {
    FIRST_GRADE_1: (
        ("zhangzihan", "张子涵"),
        ("liuyichen", "刘一辰"),
        ("yangmengqi", "杨梦琪"),
        ("huanghaoran", "黄浩然"),
        ("xumuchen", "徐沐宸"),
        ("guoxinyi", "郭欣怡"),
        ("mayuxuan", "马宇轩"),
        ("luojiaqi", "罗佳琪"),
        ("songzimo", "宋子墨"),
        ("tangruoxi", "唐若溪"),
    ),
    FIRST_GRADE_2: (
        ("xiejunjie", "谢俊杰"),
        ("hanyutong", "韩雨彤"),
        ("caotianyou", "曹天佑"),
        ("dengsiyuan", "邓思远"),
        ("pengyihan", "彭依涵"),
        ("zengzirui", "曾子睿"),
        ("xiaomingzhe", "肖明哲"),
        ("tianxiaomeng", "田晓萌"),
        ("dongkexin", "董可欣"),
        ("yuanjiayi", "袁嘉艺"),
    ),
    SECOND_GRADE_1: (
        ("linshiyu", "林诗雨"),
        ("panzhihao", "潘志豪"),
        ("duwenjing", "杜文静"),
        ("jiangyifan", "蒋一凡"),
        ("caixuanyi", "蔡轩逸"),
        ("yuxiaotong", "余晓彤"),
        ("yejunxi", "叶俊熙"),
        ("chengyaqi", "程雅琪"),
        ("weizixuan", "魏子轩"),
        ("suwanqing", "苏婉清"),
    ),
}
FURTHER_CLASS_GROUPS = {"zhangzihan": (TUTORED,)}


def demo_people() -> list[Person]:
    students = [
        Person(username, name, Role.STUDENT, (group, *FURTHER_CLASS_GROUPS.get(username, ())))
        for group, members in STUDENTS_OF.items()
        for username, name in members
    ]
    return [*TEACHERS, *STAFF, *students]


@transaction.atomic
def keep_people(*, today: dt.date) -> dict[str, User]:
    """Make those who are missing, and see to it that the sign-ins do what their lines say.

    Whatever else was changed in the people of a demo stays as it is.
    """
    sign_ins = {sign_in.username: sign_in for sign_in in SIGN_INS}
    users: dict[str, User] = {}
    for person in demo_people():
        user = User.objects.filter(username=person.username).first()
        if user is None:
            user = create_person(
                username=person.username,
                display_name=person.display_name,
                roles=[person.role],
                by=None,
            )
            _keep_class_groups(user, person, today)
        if person.username in sign_ins:
            _keep_sign_in(user, sign_ins[person.username])
            _keep_address(user)
            _keep_role(user, person.role)
            _keep_class_groups(user, person, today)
        users[person.username] = user
    return users


def _keep_sign_in(user: User, sign_in: SignIn) -> None:
    # Not the person's own check: that replaces a hash of another cost, which would end their sessions.
    is_known = check_password(sign_in.password, user.password)
    if user.is_active and not user.must_change_password and is_known:
        return
    user.set_password(sign_in.password)
    user.must_change_password = False
    user.is_active = True
    user.save(update_fields=["password", "must_change_password", "is_active"])


def _keep_address(user: User) -> None:
    """Give everybody without one a mail address; no mail is delivered to these."""
    if not user.email:
        user.email = f"{user.username}@school.example"
        user.save(update_fields=["email"])


def _keep_role(user: User, role: Role) -> None:
    if not user.has_role(role):
        set_roles(user, {*user.roles, role}, by=None)


def _keep_class_groups(user: User, person: Person, today: dt.date) -> None:
    """Add the class groups that are missing; others, that somebody added, stay."""
    open_ones = ClassGroup.objects.active().filter(
        memberships__user=user,
        memberships__kind=kind_of_member(user),
        memberships__to_date=None,
    )
    held = list(open_ones)
    wanted = [get_or_add_class_group(name) for name in person.class_groups]
    missing = [group for group in wanted if group not in held]
    if missing:
        set_class_groups(user, [*held, *missing], today=today)
