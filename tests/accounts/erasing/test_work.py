"""All steps of an erasure, and what they leave of a person: a key without a name."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone
from openpyxl import Workbook

from accounts.enums import AuditKind, ErasureState, Role
from accounts.erasing import work
from accounts.erasing.rows import erase_account, lines_erased
from accounts.models import AuditEntry, Erasure, Notice, Session, User
from accounts.services import audit, people
from attendance.counting.due_lessons import expect_attendance
from attendance.counting.lessons import count_lesson
from attendance.models import MemberRecord, Stay
from courseware.models import Courseware
from edu_platform.lib.long_work import WorkState
from edu_platform.lib.personal_data import Erased
from edu_platform.lib.personal_rows import keys_of
from replays.models import Share
from schedule.models import CalendarFeed, LastEntry, Lesson, LessonChange, Membership, Work
from tests.factories.attendance import add_stay, add_sum, cloud_id, held_room, statistics_for
from tests.factories.classroom import CallbackEventFactory
from tests.factories.courseware import CoursewareFactory
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import LessonFactory, MembershipFactory, school_time
from tests.support import every_table
from tests.support.database_texts import database_texts
from tests.support.erasing import ERASED, erased, somebody, under_way

pytestmark = pytest.mark.django_db

NAME = "欧阳明月"


def past_lesson(**fields: Any) -> Lesson:
    return LessonFactory.create(
        starts_at=school_time(-20, 9), ends_at=school_time(-20, 10), **fields
    )


def test_the_account_stays_as_a_key_without_a_name():
    person = somebody(email="moon@school.example", password="correct horse", roles=[Role.TEACHER])

    erasure = erased(person)

    row = User.objects.get(pk=person.pk)
    assert (row.display_name, row.email, row.is_active) == (ERASED, "", False)
    assert row.username.startswith("erased-")
    assert not row.has_usable_password()
    assert row.roles == frozenset()
    assert (row.code, erasure.key) == (person.code, person.code)
    assert erasure.state == ErasureState.ERASED
    assert (erasure.strings, erasure.reason, erasure.due_at) == ({}, "", None)
    entry = AuditEntry.objects.get(kind=AuditKind.PERSON_ERASED)
    assert (entry.person, entry.details) == (row, {"key": person.code})


def test_what_lets_the_person_in_or_tells_them_goes():
    person, other = somebody(), somebody("司马青云")
    at = timezone.now()
    for user in (person, other):
        Session.objects.create(
            session_key=f"s{user.pk}", user=user, expire_date=at, code=f"{user.pk}"
        )
        Notice.objects.create(user=user, kind="k", arguments={}, address="/", cause="c")
        CalendarFeed.objects.create(user=user, token_digest=f"d{user.pk}")
        Share.objects.create(
            replay=ReplayFactory.create(),
            created_by=user,
            token_digest=f"t{user.pk}",
            expires_at=at + dt.timedelta(days=1),
        )
        LastEntry.objects.create(user=user, lesson=past_lesson(), entered_at=at)

    erased(person)

    for rows in (Session, Notice, CalendarFeed, LastEntry):
        assert list(rows.objects.values_list("user", flat=True)) == [other.pk]
    assert Share.objects.get().created_by == other


def test_the_picture_is_deleted_with_its_file(django_capture_on_commit_callbacks: Any):
    person = somebody()
    person.avatar = default_storage.save("avatars/moon.jpg", ContentFile(b"jpeg"))
    person.save()

    with django_capture_on_commit_callbacks(execute=True):
        erased_picture = person.avatar.name
        erased(person)

    assert not default_storage.exists(erased_picture)
    assert not User.objects.get(pk=person.pk).avatar


def test_lessons_and_replays_stay_and_lead_to_somebody_without_a_name():
    person = somebody(roles=[Role.TEACHER])
    lesson = past_lesson(teacher=person)
    replay = ReplayFactory.create(lesson=lesson)

    erased(person)

    assert Lesson.objects.get(pk=lesson.pk).teacher.display_name == ERASED
    assert type(replay).objects.get(pk=replay.pk).lesson == lesson


def test_class_groups_end_with_today():
    person, today = somebody(), timezone.localdate()
    open_one = MembershipFactory.create(user=person)
    MembershipFactory.create(user=person, from_date=school_time(5, 8).date())

    erased(person)

    left = Membership.objects.get(user=person)
    assert (left.pk, left.to_date) == (open_one.pk, today)


def test_stays_go_and_what_they_count_stays(class_group: Any):
    person = somebody()
    MembershipFactory.create(user=person, class_group=class_group)
    lesson = past_lesson(class_groups=[class_group])
    statistics = statistics_for(held_room(lesson))
    add_stay(statistics, person, 0, 45)
    add_sum(statistics, person, 2700, nickname=NAME)
    counted = counted_of(lesson, person)

    erased(person)

    assert not Stay.objects.exists()
    assert not MemberRecord.objects.exists()
    assert counted == counted_of(lesson, person) == ("present", 2700)


def counted_of(lesson: Lesson, person: User) -> tuple[str, int]:
    """Count the lesson anew, and return what it says of the person."""
    expect_attendance([lesson.pk])
    count_lesson(lesson.pk, timezone.now())
    row = lesson.attendance.people.get(person=person)
    return row.state, row.seconds


def test_courseware_goes_to_the_school_without_the_name():
    person = somebody(roles=[Role.TEACHER])
    file = CoursewareFactory.create(owner=person, name=f"{NAME}的教案.pdf", filename=f"{NAME}.pdf")

    erased(person)

    file = Courseware.objects.get(pk=file.pk)
    assert (file.owner, file.name, file.filename) == (None, f"{ERASED}的教案.pdf", f"{ERASED}.pdf")


def test_names_are_struck_out_of_logs_and_callbacks_about_the_person():
    person, staff = somebody(username="moon77"), somebody("司马青云", username="staff")
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=staff,
        content_type=kind,
        object_id=str(person.pk),
        object_repr=str(person),
        action_flag=CHANGE,
        change_message=f'[{{"changed": {{"name": "{NAME}"}}}}]',
    )
    audit.record(
        AuditKind.PERSON_CHANGED,
        by=staff,
        person=person,
        object_text=f"{NAME} (moon77)",
        details={"text": f"{NAME} 来了"},
    )
    CallbackEventFactory.create(data=f'{{"UserId": "{cloud_id(person)}", "Nick": "{NAME}"}}')

    erased(person)

    entry = AuditEntry.objects.get(kind=AuditKind.PERSON_CHANGED)
    assert entry.object_text == f"{ERASED} ({ERASED})"
    assert entry.details == {"text": f"{ERASED} 来了"}
    assert "moon77" not in LogEntry.objects.get().object_repr
    assert database_texts(NAME) == database_texts("moon77") == []


def test_the_administrations_log_of_the_account_loses_a_name_that_another_bears_too():
    person, namesake = somebody(), somebody()
    kind = ContentType.objects.get_for_model(User)
    for user in (person, namesake):
        LogEntry.objects.create(
            user=namesake,
            content_type=kind,
            object_id=str(user.pk),
            object_repr=str(user),
            action_flag=CHANGE,
            change_message=json.dumps([{"changed": {"name": NAME}}]),
        )

    erased(person)

    about_person, about_namesake = LogEntry.objects.order_by("pk")
    assert about_person.object_repr == f"{ERASED} ({ERASED})"
    assert json.loads(about_person.change_message) == [{"changed": {"name": ERASED}}]
    assert about_namesake.object_repr == str(namesake)
    assert json.loads(about_namesake.change_message) == [{"changed": {"name": NAME}}]


def test_reasons_in_the_persons_attendance_lose_a_name_that_another_bears_too(class_group: Any):
    person, _namesake = somebody(), somebody()
    MembershipFactory.create(user=person, class_group=class_group)
    lesson = past_lesson(class_groups=[class_group])
    counted_of(lesson, person)
    row = lesson.attendance.people.get(person=person)
    row.correction_reason = f"{NAME}发烧"
    row.save()

    erased(person)

    row.refresh_from_db()
    assert row.correction_reason == f"{ERASED}发烧"


def test_rooms_and_files_of_before_forget_by_which_id_the_cloud_knew_the_person():
    person = somebody(roles=[Role.TEACHER])
    lesson, user_id = past_lesson(teacher=person), cloud_id(person)
    room = held_room(lesson, sent_teacher_user_id=user_id, sent_assistant_user_ids=["a", user_id])
    file = ReplayFileFactory.create(replay__lesson=lesson, stream_of=user_id)

    erased(person)

    room.refresh_from_db()
    file.refresh_from_db()
    assert (room.sent_teacher_user_id, room.sent_assistant_user_ids) == (ERASED, ["a", ERASED])
    assert file.stream_of == ERASED
    assert database_texts(user_id) == []


def test_a_workbook_of_work_that_has_ended_goes_however_letters_are_written_in_it():
    book, content = Workbook(write_only=True), io.BytesIO()
    book.create_sheet().append([NAME])
    book.save(content)
    assert "&#" in zipfile.ZipFile(content).read("xl/worksheets/sheet1.xml").decode()
    asker = somebody("司马青云")
    for output in (content.getvalue(), NAME[:2].encode()):
        Work.objects.create(
            asked_by=asker, kind="k", scope="s", state=WorkState.DONE, output=output
        )

    erased(somebody())

    assert bytes(Work.objects.get().output or b"") == NAME[:2].encode()


def test_rows_that_come_while_others_go_are_taken_too(monkeypatch: pytest.MonkeyPatch):
    person = somebody(roles=[Role.TEACHER])
    lesson = past_lesson(teacher=person)
    change = LessonChange.objects.get(lesson=lesson)

    def erase_late(erasure: Erasure) -> None:
        # Somebody changes the lesson, and reads its teacher before the name goes.
        change.pk = None
        change.save()
        erase_account(erasure)

    monkeypatch.setattr(work, "erase_account", erase_late)
    erased(person, strikes_text=False)

    assert [change.after["teacher"] for change in LessonChange.objects.all() if change.after] == [
        [person.pk, ERASED],
        [person.pk, ERASED],
    ]


def test_history_names_the_person_by_key_alone_whatever_they_were_called():
    person, namesake = somebody(roles=[Role.TEACHER]), somebody(roles=[Role.TEACHER])
    lesson = past_lesson(teacher=person, assistants=[namesake])
    people.rename_person(person, display_name="欧阳皓月")

    erased(person)

    after = LessonChange.objects.get(lesson=lesson).after or {}
    assert after["teacher"] == [person.pk, ERASED]
    assert after["assistants"] == [[namesake.pk, NAME]]


def test_whatever_leads_to_the_person_goes_or_stays_as_the_registry_says():
    every_table.fill()
    erasure = under_way(somebody())
    person = erasure.person
    Work.objects.update(state=WorkState.DONE)
    led = [
        (line.model, column)
        for line in lines_erased()
        for column in keys_of(line)
        if _leads(line.model, column, person)
    ]

    reasons = work.erase_now(erasure)

    assert reasons == []
    assert len(led) > 50
    assert {line.model for line in lines_erased() if line.erased == Erased.KEY} & {
        model for model, _column in led if model._base_manager.exists()
    }


def _leads(model: type[Model], column: str, person: User) -> bool:
    """Let the first row of a table lead to the person, where it can."""
    field = model._meta.get_field(column)
    row = model._base_manager.order_by("pk").first()
    if field.many_to_many or row is None:
        return False
    try:
        with transaction.atomic():
            model._base_manager.filter(pk=row.pk).update(**{column: person})
    except IntegrityError:
        return False  # nobody is their own assistant
    return True


def test_all_of_it_is_done_once_and_the_name_is_nowhere():
    person = somebody(email="moon@school.example", username="moonlight")
    lesson = past_lesson(teacher=somebody("司马青云", roles=[Role.TEACHER]), title=f"给{NAME}补课")
    Notice.objects.create(
        user=lesson.teacher, kind="k", arguments={"who": [NAME]}, address="/", cause="c"
    )

    first = erased(person)

    for text in (NAME, "moonlight", "moon@school.example"):
        assert database_texts(text) == []
    assert Lesson.objects.get(pk=lesson.pk).title == f"给{ERASED}补课"
    assert Erasure.objects.get().erased_at == first.erased_at
