"""One click into the class: who, when, as what, and what happens when the cloud does not answer."""

from __future__ import annotations

import datetime as dt
import re
import threading
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from django.utils import timezone

from accounts.enums import IdentityState, Role
from accounts.models import ClassroomIdentity, SchoolSettings
from accounts.permissions import Relation
from accounts.services.people import set_roles
from accounts.services.registration import register_again
from accounts.tasks import register_people
from classroom.client import rooms as cloud_rooms
from classroom.client import transport
from classroom.client import users as cloud_users
from classroom.client.errors import CloudRejected
from classroom.client.rate_limits import Priority
from edu_platform.lib.database import release_database
from schedule.door import entry, people, queue
from schedule.door.people import EnteringPerson
from schedule.enums import CloudStatus, RoomReason, RoomType
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson
from schedule.lessons.delete import delete_lessons
from schedule.models import Lesson, Room
from schedule.rooms.plans import CLOUD_ROOM_TYPE
from schedule.rooms.sync import sync_rooms
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, MembershipFactory, UnplannedLessonFactory
from tests.support.classes import make_room
from tests.support.lessons import changed
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def running(lesson):
    """The lesson of the cast, as if it had begun five minutes ago; it lasts another forty."""
    now = timezone.now().replace(microsecond=0)
    lesson.starts_at = now - dt.timedelta(minutes=5)
    lesson.ends_at = now + dt.timedelta(minutes=40)
    lesson.save(update_fields=["starts_at", "ends_at"])
    return lesson


@pytest.fixture
def _no_look_holds(monkeypatch):
    """Everybody looks at the room, as if moments had gone by since the one before."""
    monkeypatch.setattr(entry, "LOOK_HOLDS", entry.NO_TIME)


@pytest.fixture
def few_places(monkeypatch):
    """No more than ten may wait for the cloud at once; the others are told to come again."""
    monkeypatch.setattr(entry, "_queue", threading.BoundedSemaphore(10))


@pytest.fixture
def quick(monkeypatch):
    """Give up soon on a cloud that does not answer."""
    monkeypatch.setattr(transport, "FIRST_WAIT_S", 0.01)
    monkeypatch.setitem(transport.READ_TIMEOUT_S, Priority.INTERACTIVE, 0.3)


def click(user, lesson):
    client = Client()
    client.force_login(user)
    return client.post(f"/schedule/lessons/{lesson.code}/enter/")


def go_in(user, lesson):
    """Click, and again each time the page says that many are going in; say where the link leads."""
    response = click(user, lesson)
    while response.status_code == 503 and b"data-goes-in-after" in response.content:
        # A server does so after each answer, the test client does not: those who waited here would
        # hold all connections, and the one that makes their room would find none.
        release_database()
        time.sleep(int(response["Retry-After"]))
        response = click(user, lesson)
    return link_of(response)


def link_of(response):
    assert response.status_code == 303, response.content.decode()
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()
    }


def go_before_the_ticket(monkeypatch, cloud, change):
    """Have the room of the first ticket go before it; from then on there is none for such a room."""
    log_in, begun = cloud_users.log_in_to_room, threading.Lock()

    def go_or_log_in(user_id, origin_id, room_id, priority):
        if begun.acquire(blocking=False):
            cloud.change_room(room_id, change)
        found = [room for room in cloud.rooms() if room["RoomId"] == room_id]
        if not found or found[0]["Status"] in {CloudStatus.ENDED, CloudStatus.EXPIRED}:
            raise CloudRejected("LoginUserWithRoom", "InvalidParameter.ClassId", "no such class")
        return log_in(user_id, origin_id, room_id, priority)

    monkeypatch.setattr(cloud_users, "log_in_to_room", go_or_log_in)


def ends_in(lesson, **delta):
    lesson.starts_at = timezone.now() - dt.timedelta(hours=2)
    lesson.ends_at = timezone.now() + dt.timedelta(**delta)
    lesson.save(update_fields=["starts_at", "ends_at"])


class TestLink:
    def test_everybody_on_the_roster_enters_the_one_room_as_the_right_person(
        self, running, teacher, assistant, student, supervisor, local_cloud
    ):
        for user, role in [
            (teacher, "teacher"),
            (assistant, "assistant"),
            (student, "student"),
            (supervisor, "supervisor"),
        ]:
            response = click(user, running)

            link = link_of(response)
            assert link.pop("token")
            expected = {
                "schoolid": str(transport.sdk_app_id()),
                "classid": str(Room.objects.get().room_id),
                "userid": user.classroom_identities.get().classroom_user_id,
                "lng": "zh-CN",
            }
            expected |= {"role": role} if role == "supervisor" else {}
            assert link == expected, role
            page = requests.get(response["Location"], timeout=10)
            assert page.status_code == 200
            assert f'data-role="{role}"' in page.text

    def test_class_page_speaks_the_language_that_the_person_reads(
        self, running, student, local_cloud
    ):
        client = Client()
        client.force_login(student)
        client.post("/language/", {"language": "en"})

        link = client.post(f"/schedule/lessons/{running.code}/enter/")["Location"]

        assert '<html lang="en">' in requests.get(link, timeout=10).text

    def test_ticket_stands_in_the_address_alone(self, running, student, local_cloud, caplog):
        caplog.set_level("DEBUG", logger="schedule")
        caplog.set_level("DEBUG", logger="classroom")

        response = click(student, running)

        token = link_of(response)["token"]
        assert token not in response.content.decode()
        assert response["Referrer-Policy"] == "no-referrer"
        assert "no-store" in response["Cache-Control"]
        assert token not in caplog.text
        for model in (Room, ClassroomIdentity):
            assert all(token not in str(vars(row)) for row in model.objects.all())

    def test_supervisor_is_put_on_the_clouds_list_once(self, running, supervisor, local_cloud):
        click(supervisor, running)
        click(supervisor, running)

        identity = supervisor.classroom_identities.get()
        assert local_cloud.state()["supervisors"] == [identity.classroom_user_id]
        assert len(local_cloud.calls(action="CreateSupervisor")) == 1

    def test_supervisor_who_teaches_the_lesson_enters_as_its_teacher(
        self, running, teacher, local_cloud
    ):
        set_roles(teacher, [Role.TEACHER, Role.SUPERVISOR], by=None)

        assert "role" not in link_of(click(teacher, running))


class TestRefusals:
    def test_student_whose_membership_ended_before_the_day_gets_403(
        self, running, class_group, local_cloud
    ):
        former = UserFactory.create()
        day_before = timezone.localdate(running.starts_at) - dt.timedelta(days=1)
        MembershipFactory.create(user=former, class_group=class_group, to_date=day_before)

        assert click(former, running).status_code == 403

    def test_class_teacher_does_not_enter_by_the_class_group(
        self, running, class_group, other_teacher, local_cloud
    ):
        MembershipFactory.create(user=other_teacher, class_group=class_group, kind="class_teacher")

        assert click(other_teacher, running).status_code == 403

    def test_click_from_another_site_is_refused(self, running, student, local_cloud):
        client = Client(enforce_csrf_checks=True)
        client.force_login(student)

        assert client.post(f"/schedule/lessons/{running.code}/enter/").status_code == 403
        assert local_cloud.calls() == []

    def test_visitor_is_sent_to_sign_in(self, running, client):
        response = client.post(f"/schedule/lessons/{running.code}/enter/")

        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")

    def test_lesson_cancelled_during_the_click_is_409(
        self, running, student, local_cloud, monkeypatch
    ):
        cancel_lesson(running, reason="", at=timezone.now())
        monkeypatch.setattr(people, "check_door", lambda *_: None)

        assert click(student, running).status_code == 409
        assert local_cloud.rooms() == []

    def test_lesson_deleted_while_its_room_is_looked_at_is_409(
        self, lesson, teacher, local_cloud, monkeypatch
    ):
        Lesson.objects.update(starts_at=timezone.now() + dt.timedelta(minutes=20))
        assert click(teacher, lesson).status_code == 303
        Room.objects.update(must_change_in_cloud=True)
        describe_room = cloud_rooms.describe_room

        def delete_first(*asked: Any) -> Any:
            monkeypatch.setattr(cloud_rooms, "describe_room", describe_room)
            delete_lessons([lesson], at=timezone.now())
            return describe_room(*asked)

        monkeypatch.setattr(cloud_rooms, "describe_room", delete_first)

        assert click(teacher, lesson).status_code == 409

    def test_door_opens_earlier_for_teachers_than_for_students(
        self, running, teacher, assistant, supervisor, student, local_cloud
    ):
        expected = {
            (teacher, 31): 409,
            (student, 11): 409,
            (teacher, 29): 303,
            (assistant, 29): 303,
            (supervisor, 29): 303,
            (student, 9): 303,
        }

        def answered(user, minutes):
            running.starts_at = timezone.now() + dt.timedelta(minutes=minutes)
            running.save(update_fields=["starts_at"])
            Room.objects.update(is_current=False)  # nobody finds the room of another
            return click(user, running).status_code

        assert {(who, minutes): answered(who, minutes) for who, minutes in expected} == expected
        assert Room.objects.count() == 4

    def test_ends_of_the_window_are_included(self, running, teacher, local_cloud):
        school = SchoolSettings.load()
        relation = Relation.LESSON_TEACHER
        opening = running.starts_at - school.teacher_window
        closing = running.ends_at + school.overtime

        entry.check_door(running, relation, school, opening)
        entry.check_door(running, relation, school, closing)

        with pytest.raises(entry.EntryTooEarly):
            entry.check_door(running, relation, school, opening - dt.timedelta(microseconds=1))
        with pytest.raises(entry.ClassEnded):
            entry.check_door(running, relation, school, closing + dt.timedelta(microseconds=1))

    @pytest.mark.usefixtures("_no_look_holds")
    def test_room_that_ended_is_409_until_another_is_opened(
        self, running, teacher, student, local_cloud, client
    ):
        click(teacher, running)
        room = Room.objects.get()
        local_cloud.change_room(room.room_id, "start")
        local_cloud.change_room(room.room_id, "end")

        assert click(student, running).status_code == 409
        room.refresh_from_db()
        assert room.cloud_status == CloudStatus.ENDED

        client.force_login(teacher)
        client.post(f"/schedule/lessons/{running.code}/reopen/")
        assert link_of(click(student, running))["classid"] != str(room.room_id)

    def test_class_in_overtime_can_be_entered_until_it_ends(self, running, student, local_cloud):
        click(student, running)
        ends_in(running, minutes=-10)

        assert click(student, running).status_code == 303

        ends_in(running, minutes=-31)
        assert click(student, running).status_code == 409

    def test_lesson_without_room_is_409_after_its_end(self, running, student, local_cloud):
        ends_in(running, minutes=-1)

        assert click(student, running).status_code == 409
        assert local_cloud.rooms() == []


@pytest.mark.usefixtures("_no_look_holds")
class TestRoomsThatAreGone:
    def test_vanished_room_is_replaced_at_once(self, running, student, local_cloud):
        first = link_of(click(student, running))["classid"]
        local_cloud.change_room(int(first), "delete")

        second = link_of(click(student, running))["classid"]

        assert second != first
        old, new = Room.objects.order_by("generation")
        assert (old.is_current, new.is_current) == (False, True)
        assert new.reason == RoomReason.VANISHED
        assert [room["RoomId"] for room in local_cloud.rooms()] == [new.room_id]

    def test_expired_room_is_replaced_before_the_planned_end(self, running, student, local_cloud):
        first = link_of(click(student, running))["classid"]
        local_cloud.change_room(int(first), "expire")

        second = link_of(click(student, running))["classid"]

        assert second != first
        assert Room.objects.get(room_id=first).cloud_status == CloudStatus.EXPIRED
        assert Room.objects.get(room_id=second).reason == RoomReason.EXPIRED

    @pytest.mark.parametrize("change", ["delete", "expire"])
    def test_room_that_goes_between_look_and_ticket_is_replaced(
        self, change, running, student, local_cloud, monkeypatch
    ):
        first = link_of(click(student, running))["classid"]
        go_before_the_ticket(monkeypatch, local_cloud, change)

        second = link_of(click(student, running))["classid"]

        assert second != first
        assert Room.objects.current().get().room_id == int(second)

    def test_class_that_ends_between_look_and_ticket_is_409(
        self, running, student, local_cloud, monkeypatch
    ):
        click(student, running)
        local_cloud.change_room(Room.objects.get().number, "start")
        go_before_the_ticket(monkeypatch, local_cloud, "end")

        assert click(student, running).status_code == 409

    def test_ticket_that_is_refused_all_the_same_is_503(self, running, student, local_cloud, quick):
        local_cloud.switch("LoginUserWithRoom", "fail", code="InvalidParameter.ClassId")

        assert click(student, running).status_code == 503
        assert len(local_cloud.calls(action="LoginUserWithRoom")) == 2

    def test_first_click_ten_minutes_into_a_lesson_makes_its_room(
        self, running, student, local_cloud
    ):
        running.starts_at = timezone.now() - dt.timedelta(minutes=10)
        running.save(update_fields=["starts_at"])

        assert click(student, running).status_code == 303


class TestRoomThatSomebodyHasJustLookedAt:
    def looks(self, cloud):
        return len(cloud.calls(action="DescribeRoom"))

    def test_is_not_looked_at_again(self, running, student, supervisor, local_cloud):
        click(student, running)
        before = self.looks(local_cloud)

        assert click(student, running).status_code == 303
        assert click(supervisor, running).status_code == 303

        assert self.looks(local_cloud) == before

    def test_is_looked_at_again_a_few_seconds_later(self, running, student, local_cloud):
        click(student, running)
        before = self.looks(local_cloud)
        Room.objects.update(asked_at=timezone.now() - entry.LOOK_HOLDS)

        click(student, running)

        assert self.looks(local_cloud) == before + 1

    def test_is_looked_at_for_those_whom_it_names(
        self, running, student, teacher, assistant, local_cloud
    ):
        click(student, running)
        for person in (teacher, assistant):
            before = self.looks(local_cloud)

            click(person, running)

            assert self.looks(local_cloud) == before + 1, person

    def test_is_looked_at_when_it_is_to_be_changed(self, running, student, local_cloud):
        click(student, running)
        before = self.looks(local_cloud)
        Room.objects.update(must_change_in_cloud=True)

        click(student, running)

        assert self.looks(local_cloud) == before + 1

    def test_is_409_when_it_is_known_to_have_ended(self, running, student, local_cloud):
        click(student, running)
        local_cloud.change_room(Room.objects.get().number, "start")
        local_cloud.change_room(Room.objects.get().number, "end")
        Room.objects.update(cloud_status=CloudStatus.ENDED)

        assert click(student, running).status_code == 409

    def test_is_looked_at_again_when_there_is_no_ticket_for_it(
        self, running, student, local_cloud, monkeypatch
    ):
        first = link_of(click(student, running))["classid"]
        go_before_the_ticket(monkeypatch, local_cloud, "delete")

        assert link_of(click(student, running))["classid"] != first


class TestPeopleWhoAreGone:
    def test_student_deleted_in_the_cloud_enters_all_the_same(self, running, student, local_cloud):
        first = link_of(click(student, running))["userid"]
        local_cloud.delete_user(first)

        second = link_of(click(student, running))["userid"]

        assert second != first
        assert student.classroom_identities.get().classroom_user_id == second

    def test_teacher_deleted_in_the_cloud_is_the_rooms_teacher_again(
        self, running, teacher, local_cloud
    ):
        first = link_of(click(teacher, running))
        local_cloud.delete_user(first["userid"])

        second = link_of(click(teacher, running))

        (room,) = local_cloud.rooms()
        assert second["classid"] == first["classid"]
        assert room["TeacherId"] == second["userid"] != first["userid"]

    def test_teacher_deleted_while_the_class_runs_gets_another_room(
        self, running, teacher, local_cloud
    ):
        first = link_of(click(teacher, running))
        local_cloud.change_room(int(first["classid"]), "start")
        local_cloud.delete_user(first["userid"])

        second = link_of(click(teacher, running))

        assert second["classid"] != first["classid"]
        teachers = {str(room["RoomId"]): room["TeacherId"] for room in local_cloud.rooms()}
        assert teachers[second["classid"]] == second["userid"]

    def test_assistant_deleted_in_the_cloud_assists_again(self, running, assistant, local_cloud):
        first = link_of(click(assistant, running))["userid"]
        local_cloud.delete_user(first)

        second = link_of(click(assistant, running))["userid"]

        (room,) = local_cloud.rooms()
        assert room["Assistants"] == [second]

    def test_assistant_who_comes_back_while_the_room_is_synced_assists_again(
        self, running, assistant, local_cloud, monkeypatch
    ):
        local_cloud.delete_user(link_of(click(assistant, running))["userid"])

        def register_after_a_sync(*args: Any) -> Any:
            sync_rooms(timezone.now())
            return register_again(*args)

        monkeypatch.setattr(people, "register_again", register_after_a_sync)

        second = link_of(click(assistant, running))["userid"]

        (room,) = local_cloud.rooms()
        assert room["Assistants"] == [second]

    def test_supervisor_deleted_in_the_cloud_supervises_again(
        self, running, supervisor, local_cloud
    ):
        local_cloud.delete_user(link_of(click(supervisor, running))["userid"])

        second = link_of(click(supervisor, running))

        assert second["role"] == "supervisor"
        assert local_cloud.state()["supervisors"] == [second["userid"]]

    def test_refused_nickname_becomes_neutral_and_is_kept_for_staff(
        self, running, student, local_cloud
    ):
        local_cloud.words(student.display_name)

        assert click(student, running).status_code == 303

        identity = student.classroom_identities.get()
        assert identity.refused_nickname == student.display_name
        assert identity.state == IdentityState.REGISTERED
        names = {user["UserId"]: user["Name"] for user in local_cloud.users()}
        assert names[identity.classroom_user_id] == identity.sent_nickname
        assert student.display_name not in names.values()

    def test_refused_title_does_not_keep_anybody_out(self, running, student, local_cloud):
        local_cloud.words(running.course.name)

        assert click(student, running).status_code == 303


class TestRefusedChanges:
    """A change that the cloud refuses keeps nobody outside, also before a worker has seen to it."""

    @pytest.fixture
    def waiting(self, lesson, local_cloud):
        """A lesson that begins in five minutes, and whose room is made."""
        now = timezone.now().replace(microsecond=0)
        lesson.starts_at, lesson.ends_at = now + 5 * MINUTE, now + 50 * MINUTE
        lesson.save(update_fields=["starts_at", "ends_at"])
        make_room(lesson)
        return lesson

    def test_room_that_cannot_get_its_type_is_replaced_at_the_door(
        self, waiting, teacher, student, local_cloud
    ):
        old = link_of(click(student, waiting))["classid"]
        change_lesson(waiting, changed(waiting, room_type=RoomType.ROUND_TABLE))

        new = link_of(click(teacher, waiting))["classid"]

        # Who waited in the old room comes back through the door.
        assert link_of(click(student, waiting))["classid"] == new != old
        types = {str(room["RoomId"]): room["RoomType"] for room in local_cloud.rooms()}
        assert types[new] == CLOUD_ROOM_TYPE[RoomType.ROUND_TABLE]
        sync_rooms(timezone.now())
        assert [str(room["RoomId"]) for room in local_cloud.rooms()] == [new]

    def test_new_teacher_enters_although_another_value_is_refused(
        self, waiting, other_teacher, local_cloud
    ):
        local_cloud.switch("ModifyRoom", "fail", code="InvalidParameterValue", times=1)
        plan = changed(waiting, teacher=other_teacher, assistants=(), title="新题目")
        change_lesson(waiting, plan)

        room_id = link_of(click(other_teacher, waiting))["classid"]

        (in_cloud,) = local_cloud.rooms()
        identity = ClassroomIdentity.objects.get(user=other_teacher)
        assert str(in_cloud["RoomId"]) == room_id
        assert in_cloud["TeacherId"] == identity.classroom_user_id
        assert in_cloud["Name"] != "新题目"


class TestCloudTrouble:
    @pytest.mark.parametrize(
        ("kind", "options"),
        [
            ("http500", {}),
            ("hang", {"seconds": 2}),
            ("drop_before", {}),
            ("rate_limit", {}),
            ("garble", {"code": "text"}),
            ("late", {"seconds": 1}),
            ("fail", {"code": "InternalError"}),
            ("fail", {"code": "ResourceInsufficient.Room"}),
            ("fail", {"code": "UnauthorizedOperation"}),
        ],
    )
    def test_no_entry_is_503_with_reference_and_time(
        self, kind, options, running, student, local_cloud, quick, caplog, monkeypatch
    ):
        # Nobody tells of limits that others use up before the patience is over.
        monkeypatch.setattr(Priority.INTERACTIVE, "patience_s", 0.5)
        local_cloud.switch("*", kind, **options)

        response = click(student, running)

        assert response.status_code == 503
        assert int(response["Retry-After"]) > 0
        logged = [record.args[0] for record in caplog.records if "entry" in record.message]
        assert len(logged) == 1
        assert str(logged[0]) in response.content.decode()

    def test_entry_works_again_when_the_cloud_does(self, running, student, local_cloud, quick):
        local_cloud.switch("*", "drop_after", times=3)
        click(student, running)
        local_cloud.clear()

        assert click(student, running).status_code == 303
        assert len(local_cloud.rooms()) == 1

    def test_unreachable_cloud_is_503(self, running, student, settings, local_cloud, quick):
        settings.LCIC_ENDPOINT = "http://127.0.0.1:1"

        assert click(student, running).status_code == 503

    def test_without_a_configured_cloud_entry_is_503(self, running, student, settings):
        settings.LCIC_SECRET_KEY = ""

        assert click(student, running).status_code == 503

    def test_full_door_is_503_at_once(self, running, student, local_cloud, monkeypatch):
        monkeypatch.setattr(entry, "_door", threading.BoundedSemaphore(1))
        entry._door.acquire()

        response = click(student, running)

        assert response.status_code == 503
        assert local_cloud.calls() == []


class TestWaitingForATurn:
    @pytest.fixture
    def _full(self, monkeypatch):
        """No thread is left for anybody at the door."""
        monkeypatch.setattr(entry, "_door", threading.BoundedSemaphore(1))
        entry._door.acquire()

    @pytest.mark.usefixtures("_full")
    def test_page_says_what_is_going_on_in_both_languages(self, running, student, local_cloud):
        client = Client()
        client.force_login(student)
        for language, said, button in [
            ("zh-hans", "现在进入课堂的人很多", "进入课堂"),
            ("en", "Many people are going in right now", "Go in"),
        ]:
            client.cookies["django_language"] = language

            response = client.post(f"/schedule/lessons/{running.code}/enter/")

            page = response.content.decode()
            assert response.status_code == 503
            assert int(response["Retry-After"]) > 0
            assert said in page
            assert re.search(rf"<button[^>]*>\s*{button}\s*</button>", page)
            assert 'role="status"' in page
            assert "no-store" in response["Cache-Control"]

    @pytest.mark.usefixtures("_full")
    def test_case_has_a_number_that_the_log_has_too(self, running, student, local_cloud, caplog):
        caplog.set_level("INFO", logger="schedule")

        page = click(student, running).content.decode()

        (logged,) = [record for record in caplog.records if "entry" in record.message]
        assert str(logged.args[0]) in page
        assert [record.name for record in caplog.records if record.levelname == "ERROR"] == []

    @pytest.mark.usefixtures("_full")
    def test_outsider_gets_none(self, running, outsider, local_cloud):
        assert click(outsider, running).status_code == 403

    @pytest.mark.processes
    @pytest.mark.usefixtures("valkey")
    def test_who_comes_back_brings_the_time_of_arrival(
        self, running, student, local_cloud, monkeypatch
    ):
        monkeypatch.setattr(queue, "STANDS_AT_MOST_S", 0)
        monkeypatch.setattr(queue, "tickets_per_s", lambda: 1)
        for number in range(5):
            queue._ask("stand", f"0:{number}", 0, holds_s=60)
        page = click(student, running).content.decode()
        assert "前面约有 5 人" in page

        (arrived,) = re.findall(r'name="arrived"\s+value="([^"]+)"', page)
        who = entry.place_key(EnteringPerson(student, Relation.STUDENT), running)
        came_us = queue.read_arrival(who, arrived)
        for number in range(5):
            queue._ask("leave", f"0:{number}", 0)
            queue._ask("stand", f"0:{number}", 0, holds_s=60)

        client = Client()
        client.force_login(student)
        address = f"/schedule/lessons/{running.code}/enter/"
        assert client.post(address, {"arrived": arrived}).status_code == 303
        assert came_us > 0

    @pytest.mark.processes
    @pytest.mark.usefixtures("valkey")
    def test_teacher_goes_past_the_queue(self, running, teacher, local_cloud, monkeypatch):
        monkeypatch.setattr(queue, "STANDS_AT_MOST_S", 0)
        monkeypatch.setattr(queue, "tickets_per_s", lambda: 1)
        for number in range(5):
            queue._ask("stand", f"0:{number}", 0, holds_s=60)

        assert click(teacher, running).status_code == 303

    def test_teacher_finds_a_place_that_students_cannot_take(
        self, running, student, teacher, local_cloud, monkeypatch
    ):
        monkeypatch.setattr(entry, "_queue", threading.BoundedSemaphore(1))
        entry._queue.acquire()

        assert click(student, running).status_code == 503
        assert click(teacher, running).status_code == 303

    @pytest.mark.processes
    @pytest.mark.usefixtures("valkey", "_full")
    def test_teacher_who_finds_no_place_waits_for_nobody_in_the_queue(
        self, running, teacher, local_cloud, monkeypatch
    ):
        monkeypatch.setattr(queue, "tickets_per_s", lambda: 1)
        for number in range(50):
            queue.send_outside(f"0:{number}", 0)

        response = click(teacher, running)

        assert int(response["Retry-After"]) == queue.WAITS_AT_LEAST_S
        assert "马上就轮到" in response.content.decode()

    @pytest.mark.parametrize("person", ["student", "teacher"])
    def test_one_person_s_clicks_do_not_take_all_places(
        self, person, running, supervisor, local_cloud, monkeypatch, request
    ):
        clicker, answers = request.getfixturevalue(person), []

        def go_in_slowly(entrant, *_args, **_kwargs):
            if entrant.user == clicker and click(clicker, running).status_code == 503:
                answers.append(click(supervisor, running).status_code)
            return "/class"

        for places in ("_queue", "_door"):
            monkeypatch.setattr(entry, places, threading.BoundedSemaphore(10))
        monkeypatch.setattr(entry, "_link_into", go_in_slowly)

        assert click(clicker, running).status_code == 303
        assert answers == [303]
        assert entry._people == {}

    def test_limits_that_others_use_up_lead_to_the_page(
        self, running, student, local_cloud, quick, monkeypatch
    ):
        monkeypatch.setattr(Priority.INTERACTIVE, "patience_s", 0.1)
        click(student, running)
        local_cloud.switch("*", "rate_limit")

        response = click(student, running)

        assert response.status_code == 503
        assert "现在进入课堂的人很多" in response.content.decode()

    def test_limits_that_others_use_up_for_a_moment_are_nobodys_matter(
        self, running, student, local_cloud, quick
    ):
        click(student, running)
        local_cloud.switch("*", "rate_limit", times=3)

        assert click(student, running).status_code == 303

    def test_time_of_arrival_that_is_made_up_counts_for_nothing(
        self, running, student, local_cloud
    ):
        client = Client()
        client.force_login(student)
        address = f"/schedule/lessons/{running.code}/enter/"
        made_up = ["", "x", "\0", "9" * 40]

        answers = {text: client.post(address, {"arrived": text}).status_code for text in made_up}

        assert answers == dict.fromkeys(made_up, 303)


def many_students(class_group, count=15):
    students = [UserFactory.create() for _number in range(count)]
    for user in students:
        MembershipFactory.create(user=user, class_group=class_group)
    return students


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    @pytest.mark.processes
    def test_more_students_than_the_cloud_takes_in_a_second_get_in(
        self, running, class_group, local_cloud, valkey, few_places
    ):
        students = many_students(class_group, 30)
        register_people()
        local_cloud.enforce_limits(enforce=True)

        links = all_at_once(lambda user: go_in(user, running), students)

        assert len({link["userid"] for link in links}) == 30

    @pytest.mark.both_databases("many write at once")
    def test_many_students_at_once_enter_one_room(self, running, class_group, local_cloud):
        students = many_students(class_group)

        links = all_at_once(lambda user: go_in(user, running), students)

        assert len({link["classid"] for link in links}) == 1
        assert len({link["userid"] for link in links}) == len(students)
        assert len(local_cloud.rooms()) == 1

    def test_week_page_answers_while_all_places_wait_for_a_hanging_cloud(
        self, running, class_group, student, local_cloud, monkeypatch, few_places
    ):
        monkeypatch.setattr(transport, "FIRST_WAIT_S", 0.01)
        monkeypatch.setitem(transport.READ_TIMEOUT_S, Priority.INTERACTIVE, 2.0)
        students = many_students(class_group)
        local_cloud.switch("*", "hang", seconds=5)

        def click_or_look(user):
            if user != student:
                return click(user, running).status_code
            time.sleep(0.5)
            client = Client()
            client.force_login(user)
            return client.get("/schedule/").status_code

        statuses = all_at_once(click_or_look, [student, *students])

        assert statuses == [200, *[503] * len(students)]

    @pytest.mark.usefixtures("_no_look_holds")
    def test_vanished_room_is_replaced_once_for_all(self, running, class_group, local_cloud):
        students = many_students(class_group, 10)
        first = int(link_of(click(students[0], running))["classid"])
        local_cloud.change_room(first, "delete")

        links = all_at_once(lambda user: go_in(user, running), students)

        assert len({link["classid"] for link in links}) == 1
        assert len(local_cloud.rooms()) == 1

    def test_room_that_goes_while_many_enter_is_503_for_nobody(
        self, running, class_group, local_cloud, monkeypatch
    ):
        students = many_students(class_group)
        click(students[0], running)
        go_before_the_ticket(monkeypatch, local_cloud, "delete")

        links = all_at_once(lambda user: go_in(user, running), students)

        assert {int(link["classid"]) for link in links} >= {Room.objects.current().get().room_id}
        assert len(local_cloud.rooms()) == 1


class TestOneTeacherTwoClasses:
    def test_lessons_of_one_time_in_three_classes_stay_apart(self, local_cloud, quick):
        now = timezone.now().replace(microsecond=0)
        planned = [
            UnplannedLessonFactory.create(
                title="语文课 第一讲",
                class_groups=[ClassGroupFactory.create()],
                starts_at=now + dt.timedelta(minutes=5),
                ends_at=now + dt.timedelta(minutes=50),
            )
            for _number in range(3)
        ]
        local_cloud.switch("CreateRoom", "drop_after", times=3)

        links = [link_of(click(lesson.teacher, lesson)) for lesson in planned]
        sync_rooms(timezone.now())

        teachers = {str(room["RoomId"]): room["TeacherId"] for room in local_cloud.rooms()}
        assert {link["classid"]: link["userid"] for link in links} == teachers
