"""A day of a small school, made by the product's own services, with the journal that a soak would keep of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import io
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Notice, User
from attendance.collecting.asking import ask_due
from attendance.counting.due_lessons import count_due
from attendance.models import PersonAttendance
from classroom.models import CallbackEvent
from classroom.services.callback_processing import process_event
from courseware.models import Courseware
from courseware.services.binding import bind
from courseware.services.binding_sync import sync_bindings
from courseware.services.transcoding import submit_and_poll
from deploy.soak import journal
from replays.models import Replay
from replays.services.notifications import notify_people
from replays.services.polling import ask_for_missing
from schedule.changes.telling import tell_changes
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson
from schedule.lessons.plan import plan_of
from schedule.models import Lesson, Room
from schedule.rooms.ahead import make_rooms_ahead
from schedule.rooms.polling import poll_rooms
from schedule.rooms.sync import sync_rooms
from schedule.school_year.wish import STAYS
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, LessonFactory, MembershipFactory
from tests.support.callbacks import body_of, deliver
from tests.support.cloud import SDK_APP_ID, LocalCloud
from tests.support.courseware import PNG
from tests.support.erasing import erased
from tests.support.school_years import begin as begin_year
from tests.support.sheets import csv_of
from tests.support.tus import Tus

HEAD = "course,teacher,class_groups,date,start,end,room_type,record,title"
MINUTE = dt.timedelta(minutes=1)
RISES = "三年级1班"
# The clocks of cloud and platform may differ by a minute.
CLASS_S = 40


class School:
    """One class is held now, others are tomorrow: one is moved, one is cancelled, one has courseware."""

    def __init__(self, cloud: LocalCloud, folder: Path) -> None:
        self.cloud, self.folder = cloud, folder
        self.facts: list[journal.Fact] = [
            journal.RunBegan(seed=1, minutes=1, sdk_app_id=SDK_APP_ID, plan=[])
        ]
        self.teacher: User = UserFactory.create(username="li", roles=[Role.TEACHER])
        self.students = [UserFactory.create(username=f"student{number}") for number in range(2)]
        self.group = ClassGroupFactory.create(name="五年级1班")
        self.leaver: User = UserFactory.create(username="leaver-0-x", display_name="欧阳离校")
        for student in (*self.students, self.leaver):
            MembershipFactory.create(class_group=self.group, user=student)
        MembershipFactory.create(
            class_group=ClassGroupFactory.create(name=RISES), user=self.students[0]
        )

    def make_day(self) -> None:
        self.held = self.plan("第一讲", starts_at=(timezone.now() + 5 * MINUTE))
        self.moved, self.cancelled, self.to_come = self.import_tomorrow(
            "第二讲", "第三讲", "第四讲"
        )
        make_rooms_ahead(timezone.now())
        tell_changes(timezone.now())
        # A change after a read notice has a notice of its own.
        Notice.objects.update(read_at=timezone.now())
        self.move(self.moved, by=10 * MINUTE)
        self.cancel(self.cancelled)
        sync_rooms(timezone.now())
        tell_changes(timezone.now())
        self.courseware = self.upload("分数.png")
        bind(courseware=self.courseware, lesson=self.to_come)
        submit_and_poll(timezone.now())
        # Asked for a moment later: it was taken, and is ready as it is.
        Courseware.objects.exclude(due_at=None).update(due_at=timezone.now())
        submit_and_poll(timezone.now())
        sync_bindings(timezone.now())
        for person in (self.teacher, self.leaver, *self.students):
            self.enter(person, self.held)
        self.hold(self.held)
        self.pass_callbacks_on()
        self.come_to_rest()

    # --- What people do -------------------------------------------------------------------------

    def plan(self, title: str, *, starts_at: dt.datetime) -> Lesson:
        starts_at = starts_at.replace(second=0, microsecond=0)
        lesson: Lesson = LessonFactory.create(
            teacher=self.teacher, class_groups=[self.group], title=title, starts_at=starts_at
        )
        self._note_imported(lesson)
        return lesson

    def import_tomorrow(self, *titles: str) -> list[Lesson]:
        day = timezone.localdate() + dt.timedelta(days=1)
        file = self.folder / "lessons.csv"
        rows = (
            f"语文课,li,五年级1班,{day},{8 + hour}:00,{8 + hour}:45,0,yes,{title}"
            for hour, title in enumerate(titles)
        )
        file.write_bytes(csv_of(HEAD, *rows))
        call_command("import_lessons", str(file), verbosity=0, stdout=io.StringIO())
        lessons = [Lesson.objects.get(title=title) for title in titles]
        for lesson in lessons:
            self._note_imported(lesson)
        return lessons

    def _note_imported(self, lesson: Lesson) -> None:
        self.facts.append(
            journal.LessonPlanned(
                title=lesson.title,
                course=lesson.course.name,
                starts_at=lesson.starts_at.isoformat(),
                ends_at=lesson.ends_at.isoformat(),
                teacher="li",
                class_group="五年级1班",
                is_recorded=True,
                lesson_code=lesson.code,
            )
        )

    def move(self, lesson: Lesson, *, by: dt.timedelta) -> None:
        plan = plan_of(lesson)
        starts_at, ends_at = plan.starts_at + by, plan.ends_at + by
        change_lesson(lesson, dataclasses.replace(plan, starts_at=starts_at, ends_at=ends_at))
        lesson.refresh_from_db()
        self.facts.append(
            journal.LessonMoved(
                title=lesson.title,
                lesson_code=lesson.code,
                starts_at=lesson.starts_at.isoformat(),
                ends_at=lesson.ends_at.isoformat(),
            )
        )

    def cancel(self, lesson: Lesson) -> None:
        cancel_lesson(lesson, reason="", at=timezone.now())
        self.facts.append(journal.LessonCancelled(title=lesson.title, lesson_code=lesson.code))

    def upload(self, name: str) -> Courseware:
        client = Tus(self.teacher)
        path = client.begun(name, len(PNG))
        answer = client.send(path, 0, PNG)
        assert answer.status_code == 204, answer.content
        code = answer["Content-Location"].strip("/").rpartition("/")[2]
        self.facts.append(
            journal.UploadAcknowledged(
                courseware_code=code,
                file_name=name,
                sha256=hashlib.sha256(PNG).hexdigest(),
                size_bytes=len(PNG),
                owner="li",
            )
        )
        return Courseware.objects.get(code=code)

    def enter(self, person: User, lesson: Lesson) -> None:
        client = Client()
        client.force_login(person)
        answer = client.post(f"/schedule/lessons/{lesson.code}/enter/")
        assert answer.status_code == 303, answer.content.decode()
        told = parse_qs(urlsplit(answer["Location"]).query)
        self.facts.append(
            journal.Entered(
                lesson_code=lesson.code,
                username=person.username,
                role="teacher" if person == self.teacher else "student",
                room_id=int(told["classid"][0]),
                user_id=told["userid"][0],
            )
        )

    def erase(self, person: User) -> None:
        counted = PersonAttendance.objects.filter(person=person)
        fact = journal.PersonErased(
            username=person.username,
            key=person.code or "",
            texts=[person.username, person.display_name],
            user_ids=[person.classroom_identities.get().classroom_user_id],
            attendance=[list(pair) for pair in counted.values_list("attendance", "seconds")],
        )
        assert fact.attendance
        erased(person)
        self.facts.append(fact)

    def begin_school_year(self) -> None:
        """Let one class group rise; that of the lessons stays as it is."""
        day = timezone.localdate() + dt.timedelta(days=60)
        head = UserFactory.create(roles=[Role.ADMINISTRATOR])
        begin_year(day, by=head, **{self.group.name: STAYS})
        fact = journal.SchoolYearBegan(first_day=str(day), risen=[[RISES, "四年级1班"]])
        self.facts.append(fact)

    # --- What the cloud and the clock do --------------------------------------------------------

    def room_of(self, lesson: Lesson) -> Room:
        return Room.objects.current().get(lesson=lesson)

    def hold(self, lesson: Lesson) -> None:
        number = self.room_of(lesson).number
        self.cloud.change_room(number, "start")
        self.facts.append(journal.ClassBegan(room_id=number))
        entered = [fact for fact in self.facts if isinstance(fact, journal.Entered)]
        for fact in entered:
            self.cloud.join(number, fact.user_id)
        # The second student leaves soon, and comes back.
        for offset_s, change in ((10, self.cloud.leave), (20, self.cloud.join)):
            self.cloud.clock(offset_s)
            change(number, entered[-1].user_id)
        self.cloud.clock(CLASS_S)
        self.cloud.change_room(number, "end")
        self.facts.append(journal.ClassEnded(room_id=number))
        self.cloud.recorded(number)
        again = self.cloud.record_again(number, duration_s=3)
        self.facts.append(journal.RecordedAgain(room_id=number, video_id=again["VideoId"]))
        self.cloud.recorded(number, 2)

    def pass_callbacks_on(self) -> None:
        """Deliver the callbacks that the cloud could not: no web server listens here."""
        self.deliveries = self.cloud.deliveries()
        for each in self.deliveries:
            answer = deliver(
                body_of(each["event_type"], each["data"], Timestamp=each["timestamp_s"])
            )
            assert answer.status_code == 200
            each["outcome"] = "sent"
        number = self.room_of(self.held).number
        forged = {"RoomId": number, "RecordUrl": "https://forged.invalid/f0.mp4"}
        body = body_of("RecordFinish", forged)
        assert deliver(body).status_code == 200
        self.facts.append(
            journal.CallbackAcknowledged(
                body_sha256=hashlib.sha256(json.dumps(body).encode()).hexdigest(),
                event_type="RecordFinish",
                timestamp_s=body["Timestamp"],
                event_data=forged,
                room_id=number,
                is_true=False,
            )
        )

    def come_to_rest(self) -> None:
        """Do what the clock and the workers do, until nothing is left."""
        for event in CallbackEvent.objects.waiting():
            CallbackEvent.objects.update(begun_at=None)  # as if half a second had gone by
            process_event(event.pk, at=timezone.now())
        poll_rooms(timezone.now())
        poll_rooms(self.to_come.starts_at)
        Replay.objects.exclude(due_at=None).update(due_at=timezone.now())
        ask_for_missing(timezone.now())
        notify_people(timezone.now() + MINUTE)
        ask_due(timezone.now() + MINUTE)
        count_due(timezone.now() + MINUTE)
        self.erase(self.leaver)
        self.begin_school_year()
        self.cloud_state = self.cloud.state()
        self.visits = self.cloud.visits(self.room_of(self.held).number)
        self.facts.append(journal.RunEnded(clock_offset_s=0))
