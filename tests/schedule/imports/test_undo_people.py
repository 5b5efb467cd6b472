"""An import of people is undone as far as nothing has come of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, ClassroomIdentity, DiscardedIdentity, RoleGrant, User
from accounts.services import leaving
from accounts.services.people import set_roles
from edu_platform.lib.versions import NotAsShown
from schedule.imports.person_restoring import UndoStayReason
from schedule.imports.undo import AlreadyUndone
from schedule.imports.undo_files import NothingToUndo, undo_file, undoing_of_file
from schedule.imports.user_spreadsheet import UserImportOptions, import_users
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import (
    ClassGroup,
    ImportedFile,
    ImportedPerson,
    LastEntry,
    Membership,
)
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    WeeklyLessonFactory,
)
from tests.support.sheets import csv_of

HEAD = "username,display_name,role,class_groups,password"

pytestmark = pytest.mark.django_db


def imported(*rows: str, **options: Any) -> ImportedFile:
    import_users(csv_of(HEAD, *rows), file_name="名单.csv", **options)
    return ImportedFile.objects.latest("pk")


def undone(file: ImportedFile, **options: Any) -> tuple[int, int, list[UndoStayReason]]:
    """Return how many were deleted, how many put back, and why the rest stays."""
    done = undo_file(file, by=None, **options).people
    return len(done.deleted), len(done.restored), [stays.reason for stays in done.stays]


def memberships(user: User) -> list[tuple[str, dt.date | None, dt.date | None]]:
    rows = user.memberships.order_by("class_group__name", "pk")
    return [(row.class_group.name, row.from_date, row.to_date) for row in rows]


class TestWrittenDown:
    def test_whichever_way_it_came(self, planner: User):
        imported("ming,王小明,student,1班,")
        imported("hong,李小红,student,1班,", by=planner)

        told = ImportedFile.objects.order_by("pk").values_list("origin", "by", "file_name")
        assert list(told) == [("command", None, "名单.csv"), ("page", planner.pk, "名单.csv")]

    def test_what_changes_nothing_leaves_nothing(self):
        file = imported("ming,王小明,student,1班,")

        assert imported("ming,王小明,student,1班,") == file

    def test_nothing_is_kept_of_what_stayed_the_same(self):
        UserFactory.create(username="same", display_name="同", roles=[Role.STUDENT])
        user = UserFactory.create(username="li", display_name="李", roles=[Role.STUDENT])

        file = imported("same,同,student,,", "li,李李,,,")

        (row,) = file.people.all()
        assert (row.user, row.before, row.after) == (
            user,
            {"display_name": "李"},
            {"display_name": "李李"},
        )


class TestNewPeople:
    def test_go_with_everything_that_came_with_them(self):
        file = imported("ming,王小明,student,新班,pass", "li,李老师,teacher,新班,")
        ClassroomIdentity.objects.create(user=User.objects.get(username="ming"), sdk_app_id=1)

        assert undone(file) == (2, 0, [])

        assert not User.objects.exists()
        assert not RoleGrant.objects.exists()
        assert not Membership.objects.exists()
        assert not ClassroomIdentity.objects.exists()
        assert not ClassGroup.objects.exists()
        assert not ImportedPerson.objects.exists()
        # The log goes on telling of them, by their names.
        entries = AuditEntry.objects.filter(kind=AuditKind.PERSON_CREATED)
        texts = {(entry.person, entry.object_text) for entry in entries}
        assert texts == {(None, "王小明 (ming)"), (None, "李老师 (li)")}
        last = AuditEntry.objects.latest("pk")
        assert (last.kind, last.details["deleted"]) == (AuditKind.PEOPLE_IMPORT_UNDONE, 2)

    def test_who_has_signed_in_stays_and_leaves_the_class_group(self, client: Client):
        file = imported("ming,王小明,student,1班,", "hong,李小红,student,1班,")
        ming = User.objects.get(username="ming")
        client.force_login(ming)

        assert undone(file) == (1, 1, [UndoStayReason.SIGNED_IN])
        assert list(User.objects.all()) == [ming]
        assert not Membership.objects.exists()

    def test_who_signed_in_and_out_again_long_ago_stays(self):
        file = imported("ming,王小明,student,,")
        User.objects.get_queryset().update(last_login=timezone.now())

        with pytest.raises(NothingToUndo) as refused:
            undo_file(file, by=None)

        (stays,) = refused.value.undoing.people.stays
        assert stays.reason is UndoStayReason.SIGNED_IN

    def test_who_is_named_by_a_lesson_stays(self):
        file = imported("li,李老师,teacher,,", "zhao,赵老师,teacher,,")
        WeeklyLessonFactory.create(teacher=User.objects.get(username="li"))

        assert undone(file) == (1, 0, [UndoStayReason.NAMED])
        assert User.objects.filter(username="li").exists()

    def test_who_assists_stays(self):
        file = imported("li,李老师,teacher,,")
        LessonFactory.create().assistants.add(User.objects.get(username="li"))

        with pytest.raises(NothingToUndo):
            undo_file(file, by=None)

    def test_who_was_changed_since_stays(self):
        file = imported("li,李老师,teacher,,", "zhao,赵老师,teacher,,")
        set_roles(User.objects.get(username="li"), [Role.STUDENT], by=None)

        assert undone(file) == (1, 0, [UndoStayReason.CHANGED])

    def test_who_is_in_another_class_group_by_now_stays(self):
        file = imported("ming,王小明,student,1班,", "hong,李小红,student,1班,")
        other = ClassGroupFactory.create(name="2班")
        ming = User.objects.get(username="ming")
        MembershipFactory.create(user=ming, class_group=other)

        assert undone(file) == (1, 1, [UndoStayReason.CHANGED])
        assert memberships(ming) == [("2班", None, None)]

    def test_class_group_that_something_else_uses_stays(self):
        file = imported("ming,王小明,student,新班；旧班,")
        LessonFactory.create(class_groups=[ClassGroup.objects.get(name="旧班")])

        done = undo_file(file, by=None)

        assert done.made.names == ["新班"]
        assert [group.name for group in ClassGroup.objects.all()] == ["旧班"]

    def test_file_can_be_imported_again(self):
        row = "ming,王小明,student,1班,"
        undone(imported(row))

        again = imported(row)

        assert undone(again)[0] == 1


class TestThoseWhoWereThere:
    @pytest.fixture
    def ming(self) -> User:
        user: User = UserFactory.create(
            username="ming", display_name="王小明", roles=[Role.STUDENT]
        )
        MembershipFactory.create(user=user, class_group=ClassGroupFactory.create(name="1班"))
        return user

    def test_have_name_roles_and_class_groups_back(self, ming: User):
        file = imported("ming,王大明,teacher;student,2班,")
        assert [name for name, _first, _last in memberships(ming)] == ["1班", "2班"]

        assert undone(file) == (0, 1, [])

        ming = User.objects.get()
        assert (ming.display_name, ming.roles) == ("王小明", frozenset({Role.STUDENT}))
        assert memberships(ming) == [("1班", None, None)]

    def test_keep_what_somebody_changed_since(self, ming: User):
        file = imported("ming,王大明,teacher,,")
        User.objects.get_queryset().filter(pk=ming.pk).update(display_name="王中明")

        assert undone(file) == (0, 1, [UndoStayReason.CHANGED])

        ming = User.objects.get()
        assert (ming.display_name, ming.roles) == ("王中明", frozenset({Role.STUDENT}))

    def test_have_names_back_that_were_swapped(self, ming: User):
        hong = UserFactory.create(username="hong", display_name="李小红")
        file = imported("ming,李小红,,,", "hong,王小明,,,")

        undone(file)

        names = dict(User.objects.get_queryset().values_list("username", "display_name"))
        assert names == {"ming": "王小明", hong.username: "李小红"}

    def test_are_active_as_before(self, ming: User):
        gone = MembershipFactory.create(class_group=ClassGroup.objects.get()).user
        options = UserImportOptions(deactivates_missing=True)
        file = imported("ming,,,1班,", options=options)
        gone.refresh_from_db()
        assert not gone.is_active

        assert undone(file) == (0, 1, [])

        gone.refresh_from_db()
        assert gone.is_active

    def test_keep_the_role_that_lessons_need(self):
        li = UserFactory.create(username="li", display_name="李", roles=[Role.STUDENT])
        file = imported("li,李李,teacher,,")
        LessonFactory.create(teacher=li, starts_at=timezone.now() + dt.timedelta(days=1))

        assert undone(file) == (0, 1, [UndoStayReason.TEACHES])
        assert User.objects.get(username="li").roles == {Role.TEACHER}

    def test_stay_in_a_class_group_whose_class_they_entered(self, ming: User):
        file = imported("ming,,,2班,")
        lesson = LessonFactory.create(class_groups=[ClassGroup.objects.get(name="2班")])
        LastEntry.objects.create(user=ming, lesson=lesson, entered_at=timezone.now())

        assert undone(file) == (0, 1, [UndoStayReason.ENTERED])
        assert memberships(ming)[0] == ("1班", None, None)
        assert memberships(ming)[1][0] == "2班"

    def test_membership_that_goes_on_again_stays(self, ming: User):
        file = imported("ming,,,2班,")
        imported("ming,,,1班,")

        assert undone(file) == (0, 0, [UndoStayReason.CHANGED])

        assert memberships(ming) == [("1班", None, None)]

    def test_who_is_in_the_class_group_again_has_no_second_membership(self, ming: User):
        file = imported("ming,,,2班,")
        today = timezone.localdate()
        tomorrow = today + dt.timedelta(days=1)
        first = ClassGroup.objects.get(name="1班")
        MembershipFactory.create(user=ming, class_group=first, from_date=tomorrow)

        assert undone(file) == (0, 1, [UndoStayReason.MEMBER_AGAIN])

        assert memberships(ming) == [("1班", None, today), ("1班", tomorrow, None)]


class TestPower:
    def test_roles_that_are_not_ones_to_give_stay(self, planner: User, administrator: User):
        file = imported("sup,巡视,supervisor,,", "ming,王小明,student,,")

        done = undo_file(file, by=planner)

        assert [user.username for user in done.people.deleted] == ["ming"]
        assert [stays.reason for stays in done.people.stays] == [UndoStayReason.NOT_YOURS]
        sup = User.objects.get(username="sup")
        assert undoing_of_file(file, by=administrator).people.deleted == [sup]


class TestSuperusers:
    @pytest.fixture
    def file(self, superuser: User) -> ImportedFile:
        User.objects.filter(pk=superuser.pk).update(is_active=False)
        by_file = UserImportOptions(reactivates=True)
        return imported(f"{superuser.username},,,,", options=by_file)

    def test_nobody_closes_their_own_account(self, superuser: User, file: ImportedFile):
        UserFactory.create(is_superuser=True)

        undoing = undoing_of_file(file, by=User.objects.get(pk=superuser.pk))

        assert [stays.reason for stays in undoing.people.stays] == [UndoStayReason.ONESELF]
        assert not undoing.can_be_done

    def test_last_one_keeps_the_account(self, superuser: User, file: ImportedFile):
        with pytest.raises(NothingToUndo) as refused:
            undo_file(file, by=None)

        (stays,) = refused.value.undoing.people.stays
        assert (stays.user, stays.reason) == (superuser, UndoStayReason.LAST_SUPERUSER)
        assert User.objects.get(pk=superuser.pk).is_active

    def test_one_of_two_has_it_closed_again(self, superuser: User, file: ImportedFile):
        UserFactory.create(is_superuser=True)

        assert undone(file) == (0, 1, [])
        assert not User.objects.get(pk=superuser.pk).is_active

    def test_last_one_stays_also_who_loses_the_other_meanwhile(
        self, superuser: User, file: ImportedFile, monkeypatch: pytest.MonkeyPatch
    ):
        other = UserFactory.create(is_superuser=True)
        write = leaving.deactivate_people

        def meanwhile(people: Sequence[User], *, by: User | None) -> None:
            User.objects.filter(pk=other.pk).update(is_active=False)
            write(people, by=by)

        monkeypatch.setattr(leaving, "deactivate_people", meanwhile)

        with pytest.raises(ChangedMeanwhile):
            undo_file(file, by=None)
        assert User.objects.get(pk=superuser.pk).is_active


class TestOnce:
    def test_twice_is_refused(self):
        file = imported("ming,王小明,student,,")
        undo_file(file, by=None)

        with pytest.raises(AlreadyUndone):
            undo_file(file, by=None)

    def test_only_as_shown(self):
        file = imported("ming,王小明,student,,", "hong,李小红,student,,")
        known = undoing_of_file(file, by=None).version
        User.objects.get_queryset().filter(username="ming").update(last_login=timezone.now())

        with pytest.raises(NotAsShown):
            undo_file(file, by=None, known=known)

        assert User.objects.count() == 2
        assert ImportedFile.objects.get().undone_at is None

    def test_version_is_that_of_what_is_done(self):
        file = imported("ming,王小明,student,新班,")

        undo_file(file, by=None, known=undoing_of_file(file, by=None).version)

        assert not User.objects.exists()


def test_page_says_whom_the_cloud_knows():
    file = imported("ming,王小明,student,,", "hong,李小红,student,,")
    ming = User.objects.get(username="ming")
    ClassroomIdentity.objects.create(user=ming, sdk_app_id=1, classroom_user_id="cloud-1")

    assert undoing_of_file(file, by=None).people.known_to_cloud == 1

    undo_file(file, by=None)
    assert DiscardedIdentity.objects.get().classroom_user_id == "cloud-1"


def test_roles_of_many_go_back_by_as_many_queries_as_those_of_one():
    counts = []
    for number in (1, 20):
        rows = [f"r{number}-{each},学生,teacher,," for each in range(number)]
        for row in rows:
            UserFactory.create(username=row.partition(",")[0], roles=[Role.STUDENT])
        file = imported(*rows)
        with CaptureQueriesContext(connection) as queries:
            assert undone(file) == (0, number, [])
        counts.append(len(queries))

    assert counts[1] <= counts[0] + 2


def test_many_cost_hardly_more_than_one():
    counts = []
    for number in (1, 60):
        file = imported(*[f"s{number}-{each},学生,student,{number}班," for each in range(number)])
        with CaptureQueriesContext(connection) as queries:
            undo_file(file, by=None)
        counts.append(len(queries))

    assert counts[1] <= counts[0] + 2
