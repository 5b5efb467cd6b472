"""The undo of an import of people while somebody signs in, or names one of them: locked, looked at again, and said."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account import adapter
from django.contrib import auth
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Session, User
from schedule.class_groups.moving import Move, NotMembers, carry_out
from schedule.imports import undo_files, undo_people
from schedule.imports.person_restoring import UndoStayReason
from schedule.imports.undo_files import NothingToUndo, undo_file
from schedule.imports.user_spreadsheet import import_users
from schedule.lessons.change import schedule_lesson
from schedule.lessons.plan import LessonPlan
from schedule.models import ClassGroup, ImportedFile, Lesson, Membership, PlanningAction
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, CourseFactory, MembershipFactory
from tests.support.sheets import csv_of
from tests.support.threads import done_during

HEAD = "username,display_name,role,class_groups,password"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time"
    ),
]


@pytest.fixture
def file() -> ImportedFile:
    import_users(csv_of(HEAD, "li,李老师,teacher,,geheim123", "zhao,赵老师,teacher,,"))
    return ImportedFile.objects.get()


class Elsewhere:
    """Does something in another connection, up to a point and from there on."""

    def __init__(self, act: Callable[[threading.Event, threading.Event], Any]) -> None:
        self.reached, self.goes_on = threading.Event(), threading.Event()
        self.error: Exception | None = None
        self.answer: Any = None

        def run() -> None:
            try:
                self.answer = act(self.reached, self.goes_on)
            except Exception as err:  # noqa: BLE001 -- the test looks at it
                self.error = err
            finally:
                self.reached.set()
                close_old_connections()
                connection.close()

        self._thread = threading.Thread(target=run)
        self._thread.start()

    def end(self) -> None:
        self.goes_on.set()
        self._thread.join(timeout=20)
        assert not self._thread.is_alive()


@pytest.fixture
def elsewhere() -> Iterator[Callable[..., Elsewhere]]:
    begun: list[Elsewhere] = []

    def begin(act: Callable[[threading.Event, threading.Event], Any]) -> Elsewhere:
        begun.append(Elsewhere(act))
        assert begun[-1].reached.wait(20)
        return begun[-1]

    yield begin
    for each in begun:
        each.end()


def plan_of(teacher: User) -> LessonPlan:
    start = timezone.now() + dt.timedelta(days=1)
    group = ClassGroupFactory.create()
    return LessonPlan(
        course=CourseFactory.create(),
        teacher=teacher,
        class_groups=(group,),
        starts_at=start,
        ends_at=start + dt.timedelta(minutes=45),
    )


def test_who_is_locked_at_that_moment_stays_and_is_not_waited_for(
    file: ImportedFile, elsewhere: Callable[..., Elsewhere]
):
    def hold(reached: threading.Event, goes_on: threading.Event) -> None:
        with transaction.atomic():
            list(User.objects.get_queryset().select_for_update().filter(username="li"))
            reached.set()
            goes_on.wait(20)

    elsewhere(hold)

    done = undo_file(file, by=None).people

    assert [user.username for user in done.deleted] == ["zhao"]
    assert [stays.reason for stays in done.stays] == [UndoStayReason.IN_USE]


def test_lesson_that_names_somebody_first_keeps_them(
    file: ImportedFile, elsewhere: Callable[..., Elsewhere]
):
    li = User.objects.get(username="li")
    plan = plan_of(li)

    def plan_it(reached: threading.Event, goes_on: threading.Event) -> None:
        with transaction.atomic():
            schedule_lesson(plan, action=PlanningAction())
            reached.set()
            goes_on.wait(20)

    planning = elsewhere(plan_it)
    done = undo_file(file, by=None).people
    planning.end()

    assert planning.error is None
    assert [user.username for user in done.deleted] == ["zhao"]
    assert Lesson.objects.get().teacher == li


def test_lesson_that_names_somebody_too_late_is_refused(
    file: ImportedFile,
    elsewhere: Callable[..., Elsewhere],
    monkeypatch: pytest.MonkeyPatch,
):
    li = User.objects.get(username="li")
    plan = plan_of(li)
    look = undo_people.undoing_of_people

    planning: list[Elsewhere] = []

    def plan_it(reached: threading.Event, _goes_on: threading.Event) -> None:
        reached.set()
        schedule_lesson(plan, action=PlanningAction())

    def look_while_somebody_plans(*args: Any, **options: Any) -> Any:
        seen = look(*args, **options)
        if not planning:
            planning.append(elsewhere(plan_it))
        return seen

    monkeypatch.setattr(undo_files, "undoing_of_people", look_while_somebody_plans)
    done = undo_file(file, by=None).people
    planning[0].end()

    assert {user.username for user in done.deleted} == {"li", "zhao"}
    assert planning[0].error is not None
    assert not Lesson.objects.exists()


def test_row_that_names_somebody_without_a_lock_is_refused_at_its_end(
    file: ImportedFile, elsewhere: Callable[..., Elsewhere]
):
    """Rules of the database that look at the end of a transaction keep both from going through."""
    li = User.objects.get(username="li")
    lesson_plan = plan_of(li)

    def name_them(reached: threading.Event, goes_on: threading.Event) -> None:
        with transaction.atomic():
            lesson_plan.course.lessons.create(
                teacher=li,
                title="x",
                starts_at=lesson_plan.starts_at,
                ends_at=lesson_plan.ends_at,
            )
            reached.set()
            goes_on.wait(20)

    naming = elsewhere(name_them)
    done = undo_file(file, by=None).people
    naming.end()

    assert len(done.deleted) == 2
    assert isinstance(naming.error, IntegrityError)
    assert not Lesson.objects.exists()


def test_who_signs_in_first_stays(file: ImportedFile):
    signed_in = Client().post("/accounts/login/", {"login": "li", "password": "geheim123"})
    assert signed_in.status_code == 302

    done = undo_file(file, by=None).people

    assert [user.username for user in done.deleted] == ["zhao"]
    assert [stays.reason for stays in done.stays] == [UndoStayReason.SIGNED_IN]


def test_who_signs_in_too_late_is_not_signed_in(
    file: ImportedFile,
    elsewhere: Callable[..., Elsewhere],
    monkeypatch: pytest.MonkeyPatch,
):
    """Their password is right, and then there is no account any more."""
    look, sign_in_person = undo_people.undoing_of_people, auth.login
    signing_in: list[Elsewhere] = []
    passed_on_to: list[threading.Event] = []

    def sign_in_later(*args: Any) -> None:
        passed_on_to[0].set()
        sign_in_person(*args)

    def sign_in(reached: threading.Event, _goes_on: threading.Event) -> Any:
        client = Client(raise_request_exception=False)
        passed_on_to.append(reached)
        answer = client.post("/accounts/login/", {"login": "li", "password": "geheim123"})
        return answer.status_code, client.get("/schedule/").status_code

    def look_while_somebody_signs_in(*args: Any, **options: Any) -> Any:
        seen = look(*args, **options)
        if not signing_in:
            signing_in.append(elsewhere(sign_in))
        return seen

    monkeypatch.setattr(adapter, "django_login", sign_in_later)
    monkeypatch.setattr(undo_files, "undoing_of_people", look_while_somebody_signs_in)
    undo_file(file, by=None)
    signing_in[0].end()

    assert signing_in[0].error is None
    assert signing_in[0].answer == (303, 302)
    assert not User.objects.filter(username="li").exists()
    assert not Session.objects.exclude(user=None).exists()


def test_two_who_undo_at_once_undo_it_once(file: ImportedFile, elsewhere: Callable[..., Elsewhere]):
    others = [elsewhere(lambda reached, _goes_on: undo_file(file, by=None)) for _ in range(2)]
    for each in others:
        each.end()

    assert sorted(each.error is None for each in others) == [False, True]
    assert not User.objects.exists()


def test_memberships_are_locked_in_the_order_of_people():
    """Their keys may stand the other way round, and whoever moves both locks by people."""
    group = ClassGroupFactory.create()
    first, second = UserFactory.create(username="a"), UserFactory.create(username="b")
    MembershipFactory.create(user=second, class_group=group)
    MembershipFactory.create(user=first, class_group=group)
    import_users(csv_of(HEAD, "a,,,新班,", "b,,,新班,"))
    file = ImportedFile.objects.get()

    def lock(user: User) -> None:
        list(Membership.objects.filter(user=user).select_for_update(no_key=True))

    done = done_during(
        lambda: lock(first),
        lambda: undo_file(file, by=None).people,
        meanwhile=lambda: lock(second),
    )

    assert {restoring.user for restoring in done.restored} == {first, second}


def test_nothing_is_left_where_everybody_is_in_use(
    file: ImportedFile, elsewhere: Callable[..., Elsewhere]
):
    def hold(reached: threading.Event, goes_on: threading.Event) -> None:
        with transaction.atomic():
            list(User.objects.get_queryset().select_for_update())
            reached.set()
            goes_on.wait(20)

    elsewhere(hold)

    with pytest.raises(NothingToUndo):
        undo_file(file, by=None)
    assert User.objects.with_role(Role.TEACHER).count() == 2


class TestMovesOfWhoIsDeleted:
    @pytest.fixture
    def moved(self) -> ImportedFile:
        ClassGroupFactory.create(name="1班")
        import_users(csv_of(HEAD, "ming,王小明,student,1班,", "hong,李小红,student,1班,"))
        return ImportedFile.objects.get()

    def move(self, *usernames: str) -> Move:
        people = tuple(User.objects.filter(username__in=usernames).order_by("pk"))
        return Move(
            source=ClassGroup.objects.get(name="1班"),
            target=ClassGroupFactory.create(name="2班"),
            first_day=timezone.localdate(),
            people=people or None,
        )

    @pytest.mark.parametrize("usernames", [("ming", "hong"), ()])
    def test_wait_for_the_undo_and_find_nobody(
        self, moved: ImportedFile, usernames: tuple[str, ...]
    ):
        move = self.move(*usernames)

        def carry_it_out() -> list[str]:
            try:
                return [user.username for user in carry_out(move, by=None).people]
            except NotMembers as err:
                return [f"gone: {user.username}" for user in err.people]

        told = done_during(lambda: undo_file(moved, by=None), carry_it_out)

        assert told == [f"gone: {username}" for username in usernames]
        assert not Membership.objects.exists()
