"""No link and no button that somebody is shown leads to "you may not do this"."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import GrantSource, Role, SignInMethod
from accounts.external.logins import ExternalLogin
from accounts.models import RoleGrant, User
from accounts.services.external_accounts import WaitsForStaff, person_for
from accounts.services.notices import notify
from classroom.enums import EventState
from courseware.enums import Release
from edu_platform.models import Backup
from replays.enums import ReplayState
from schedule.channels import faults, writing
from schedule.channels.faults import ChannelFault
from schedule.enums import LessonState, MembershipKind
from schedule.models import ClassGroup, Lesson
from tests.factories.accounts import UserFactory
from tests.factories.classroom import CallbackEventFactory
from tests.factories.courseware import BindingFactory, CoursewareFactory
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import LessonFactory, MembershipFactory
from tests.support.broken_school import break_everything
from tests.support.crawling import Crawl, Step, section_of
from tests.support.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lenient_templates")]

NOT_ALLOWED = 403
BROKEN = (404, 405, 500)
STARTS = ("/", "/replays/", "/courseware/", "/accounts/profile/", "/accounts/notices/")
# Beside the menu's, for those who have it.
STARTS_OF = {"planner": ("/people/",), "administrator": ("/people/",)}
ONLY_READ = ("admin/edu_platform", "admin/schedule")
# Sections of one person share a school, and their start page; each row takes about as long as the others.
WAYS = [
    *(
        (who, ["site"])
        for who in ("student", "teacher", "assistant", "class_teacher", "supervisor", "planner")
    ),
    ("planner", ["admin", "admin/replays", "admin/courseware", "admin/schedule"]),
    # The other sections show them the same.
    ("administrator", ["site", "admin/accounts", "admin/classroom", "admin/edu_platform"]),
]
# On the site they may what planners may, so that of each kind of page and button one is enough.
# An assistant and who is a class teacher alone see less of the same than the lesson's teacher.
FEW = {"site": 2}
AT_MOST = {"administrator": {"site": 1}, "assistant": FEW, "class_teacher": FEW}


@pytest.fixture
def class_teacher(class_group: ClassGroup) -> User:
    """Somebody who looks after a class group, and teaches nothing."""
    person: User = UserFactory.create(roles=[Role.TEACHER])
    MembershipFactory.create(
        user=person, class_group=class_group, kind=MembershipKind.CLASS_TEACHER
    )
    return person


@pytest.fixture
def _school(
    lesson: Lesson,
    teacher: User,
    assistant: User,
    student: User,
    outsider: User,
    other_teacher: User,
    supervisor: User,
    planner: User,
    administrator: User,
    superuser: User,
    class_group: ClassGroup,
) -> None:
    """Something of everything: classes that run, will be and were cancelled, replays, files, failures."""
    now = timezone.now().replace(microsecond=0)
    # All of one course: pages of courses are alike.
    course = lesson.course
    running = LessonFactory.create(
        course=course,
        teacher=teacher,
        assistants=[assistant],
        class_groups=[class_group],
        starts_at=now - dt.timedelta(minutes=5),
        ends_at=now + dt.timedelta(minutes=40),
    )
    others = LessonFactory.create(
        course=course, teacher=other_teacher, class_groups=[class_group], is_draft=True
    )
    cancelled = LessonFactory.create(
        course=course, teacher=other_teacher, class_groups=[class_group]
    )
    Lesson.objects.filter(pk=cancelled.pk).update(state=LessonState.CANCELLED)
    for state in (ReplayState.READY, ReplayState.FAILED):
        past = LessonFactory.create(course=course, teacher=teacher, class_groups=[class_group])
        replay = ReplayFactory.create(lesson=past, state=state)
        ReplayFileFactory.create(replay=replay, url="https://1252463788.vod2.myqcloud.com/f0.mp4")
    for suffix, owner in (("mp3", teacher), ("pdf", other_teacher)):
        file = CoursewareFactory.create(owner=owner, suffix=suffix)
        for planned in (lesson, running, others):
            BindingFactory.create(courseware=file, lesson=planned, release=Release.BEFORE)
    MembershipFactory.create(
        user=teacher, class_group=class_group, kind=MembershipKind.CLASS_TEACHER
    )
    CallbackEventFactory.create(state=EventState.DEAD, last_error="no answer")
    for folder in ("/backup/school", "/backup/elsewhere"):
        Backup.objects.create(began_at=now, ended_at=now, folder=folder, size_bytes=1)
    break_everything(now)
    _sign_in_from_elsewhere(outsider, teacher, at=now)
    for person in (teacher, assistant, student, supervisor, planner, administrator):
        notify(user=person, kind="none", arguments={}, address="/schedule/", cause="none", at=now)


def _sign_in_from_elsewhere(same_name: User, teacher: User, *, at: dt.datetime) -> None:
    """Tell staff of somebody who may be a person here, and of a role that was withdrawn elsewhere."""

    def login(person: User, role: Role) -> ExternalLogin:
        return ExternalLogin(
            method=SignInMethod.OIDC,
            issuer="https://id.school.example",
            subject=person.username,
            username=person.username,
            has_own_username=True,
            display_name=person.display_name,
            role=role,
        )

    with suppress(WaitsForStaff):
        person_for(login(same_name, Role.STUDENT), links_existing=False, at=at)
    person_for(login(teacher, Role.TEACHER), links_existing=True, at=at)
    RoleGrant.objects.filter(user=teacher).update(source=GrantSource.CLAIM)
    person_for(login(teacher, Role.STUDENT), links_existing=True, at=at)


def is_administration(step: Step) -> bool:
    return section_of(step.path).startswith("admin")


def starts_of(section: str, who: str) -> tuple[str, ...]:
    return (*STARTS, *STARTS_OF.get(who, ())) if section == "site" else ("/admin/",)


@pytest.fixture
def _robots_are_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent to a group: buttons are pressed inside a transaction here, in which nobody waits for an answer."""

    def send_to(channel: object, text: str) -> None:
        raise ChannelFault(faults.SILENT)

    monkeypatch.setattr(writing, "send_to", send_to)


@pytest.mark.usefixtures("_school", "_robots_are_silent")
@pytest.mark.parametrize(
    ("who", "sections"), WAYS, ids=lambda each: each if isinstance(each, str) else "+".join(each)
)
def test_nothing_that_is_shown_is_refused(
    who: str, sections: list[str], request: pytest.FixtureRequest
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(request.getfixturevalue(who))
    done = Crawl(client, sections, AT_MOST.get(who, {}))

    done.run(*(start for section in sections for start in starts_of(section, who)))

    assert done.answered(NOT_ALLOWED) == []
    # The school's files are rows without a file.
    assert [each for each in done.answered(*BROKEN) if not each.endswith("/file/ → 404")] == []
    if (who, sections) == ("planner", ["site"]):
        # All that planners do they do on pages of their own.
        assert [str(step) for step in done.left_out.values() if is_administration(step)] == []
    # It got somewhere in each section, and pressed what is there.
    for section in sections:
        methods = [step.method for step in done.answers if section_of(step.path) == section]
        assert set(methods) == {"get"} | (set() if section in ONLY_READ else {"post"})
        assert len(methods) >= 5


def test_administration_has_no_other_sections(superuser: User) -> None:
    client = Client()
    client.force_login(superuser)
    links = read(client.get("/admin/").content).all("a")

    sections = {section_of(each.attrs["href"]) for each in links}
    gone_along = {section for _who, sections in WAYS for section in sections}
    # The mail addresses of people are the superusers' alone.
    assert sections - {"site", "admin/account"} == gone_along - {"site"}
