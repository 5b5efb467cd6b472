from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.contrib.admin import site
from django.forms import BaseForm
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import User
from schedule.enums import CloudStatus, LessonState, RecordMode, RoomReason
from schedule.models import ClassGroup, Lesson, Membership, Room
from schedule.services.lessons import cancel_lesson
from tests.factories.schedule import CourseFactory, LessonFactory, MembershipFactory, school_time
from tests.support.pages import read

pytestmark = pytest.mark.django_db

LIST = "/admin/schedule/lesson/"
GROUPS = "/admin/schedule/classgroup/"


@pytest.fixture(autouse=True)
def _english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def staff(planner: User) -> Client:
    client = Client()
    client.force_login(planner)
    return client


def fields_of(lesson: Lesson, **changes: Any) -> dict[str, Any]:
    starts_at, ends_at = timezone.localtime(lesson.starts_at), timezone.localtime(lesson.ends_at)
    return {
        "course": lesson.course_id,
        "title": lesson.title,
        "teacher": lesson.teacher_id,
        "assistants": [user.pk for user in lesson.assistants.all()],
        "class_groups": [group.pk for group in lesson.class_groups.all()],
        "starts_at_0": f"{starts_at:%Y-%m-%d}",
        "starts_at_1": f"{starts_at:%H:%M}",
        "ends_at_0": f"{ends_at:%Y-%m-%d}",
        "ends_at_1": f"{ends_at:%H:%M}",
        "room_type": lesson.room_type,
        "record_mode": lesson.record_mode,
        "students_may_download": "unknown",
        "overlap_reason": "",
        **changes,
    }


def page_of(lesson: Lesson) -> str:
    return f"{LIST}{lesson.pk}/change/"


def form_of(lesson: Lesson, user: User, **changes: Any) -> BaseForm:
    """The form of a lesson's page, as this person sends it."""
    request = RequestFactory().post(page_of(lesson))
    request.user = user
    form_class = site.get_model_admin(Lesson).get_form(request, lesson, change=True)
    read = Lesson.objects.get(pk=lesson.pk)  # the form writes into it what was sent
    form: BaseForm = form_class(fields_of(lesson, **changes), instance=read)
    return form


def act(client: Client, action: str, *lessons: Lesson, **more: Any) -> Any:
    selected = [lesson.pk for lesson in lessons]
    return client.post(LIST, {"action": action, "_selected_action": selected, **more}, follow=True)


def errors_of(response: Any) -> dict[str, list[str]]:
    form = response.context["adminform"].form
    return {name: list(errors) for name, errors in form.errors.items()}


def test_lesson_is_planned_through_the_service(
    staff: Client, teacher: User, class_group: ClassGroup
) -> None:
    course = CourseFactory.create(name="语文课")
    fields = {
        "course": course.pk,
        "title": "",
        "teacher": teacher.pk,
        "class_groups": [class_group.pk],
        "starts_at_0": "2099-09-02",
        "starts_at_1": "08:00",
        "ends_at_0": "2099-09-02",
        "ends_at_1": "08:45",
        "room_type": 0,
        "record_mode": 0,
        "students_may_download": "unknown",
        "overlap_reason": "",
        "is_draft": "on",
    }

    response = staff.post(f"{LIST}add/", fields)

    lesson = Lesson.objects.get()
    assert response.status_code == 302
    offer = read(staff.get(LIST).content).one("ul", "messagelist").all("a")
    assert f"/courseware/lessons/{lesson.code}/" in [link.attrs["href"] for link in offer]
    assert lesson.title == "语文课 0902-0800"
    assert lesson.is_draft
    assert list(lesson.class_groups.all()) == [class_group]
    assert lesson.occupations.count() == 2


def test_form_says_which_room_type_is_untried(staff: Client, lesson: Lesson) -> None:
    options = read(staff.get(page_of(lesson)).content).one("select", name="room_type").all("option")

    labels = {option.attrs["value"]: option.text for option in options}
    assert labels == {
        "0": "Interactive class",
        "1": "Lecture",
        "2": "One to one",
        "3": "Round table (untried)",
    }


@pytest.mark.parametrize(
    ("status", "modes"),
    [(CloudStatus.NOT_STARTED, ["0", "1", "3"]), (CloudStatus.ENDED, ["0", "1", "2", "3"])],
)
def test_form_offers_recording_by_hand_only_where_it_was_chosen_for_a_class_that_was_held(
    staff: Client, lesson: Lesson, status: CloudStatus, modes: list[str]
) -> None:
    Room.objects.create(lesson=lesson, room_id=7, sdk_app_id=1, cloud_status=status)
    Lesson.objects.update(record_mode=RecordMode.MANUAL)

    form = read(staff.get(page_of(lesson)).content).one("select", name="record_mode")

    assert [option.attrs["value"] for option in form.all("option")] == modes
    answer = staff.post(page_of(lesson), fields_of(lesson, record_mode=2, title="夜课"))
    assert answer.status_code == (302 if "2" in modes else 200)


def test_lesson_is_changed_through_the_service(
    staff: Client, lesson: Lesson, other_teacher: User
) -> None:
    Room.objects.create(lesson=lesson, room_id=7, sdk_app_id=1)

    response = staff.post(
        page_of(lesson), fields_of(lesson, teacher=other_teacher.pk, assistants=[])
    )

    lesson.refresh_from_db()
    assert response.status_code == 302
    assert lesson.teacher == other_teacher
    assert not lesson.assistants.exists()
    assert set(lesson.occupations.values_list("person", flat=True)) == {other_teacher.pk, None}
    assert Room.objects.get().must_change_in_cloud


def test_who_is_taken_is_told_at_the_field(
    staff: Client, lesson: Lesson, other_teacher: User, other_class_group: ClassGroup
) -> None:
    other = LessonFactory.create(
        teacher=other_teacher,
        class_groups=[other_class_group],
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
    )
    changes: dict[str, tuple[str, dict[str, Any]]] = {
        "teacher": ("李老师", {"teacher": lesson.teacher_id}),
        "assistants": ("陈助教", {"assistants": [lesson.assistants.get().pk]}),
        "class_groups": ("三年级1班", {"class_groups": [lesson.class_groups.get().pk]}),
    }

    for field, (who, change) in changes.items():
        response = staff.post(page_of(other), fields_of(other, **change))

        assert errors_of(response) == {field: [f"{who} is in the lesson {lesson} at that time."]}
    other.refresh_from_db()
    assert other.teacher == other_teacher


def test_students_who_are_elsewhere_are_told_at_their_class_group(
    staff: Client, lesson: Lesson, student: User, other_teacher: User
) -> None:
    english = MembershipFactory.create(user=student, class_group__name="英语A班").class_group
    other = LessonFactory.create(
        teacher=other_teacher, starts_at=lesson.starts_at, ends_at=lesson.ends_at
    )

    response = staff.post(page_of(other), fields_of(other, class_groups=[english.pk]))

    who = f"{student.display_name} (英语A班 and 三年级1班)"
    assert errors_of(response) == {
        "class_groups": [f"{who} is in the lesson {lesson} at that time."]
    }


def test_class_groups_may_overlap_for_a_reason(
    staff: Client, lesson: Lesson, other_teacher: User
) -> None:
    other = LessonFactory.create(
        teacher=other_teacher, starts_at=lesson.starts_at, ends_at=lesson.ends_at
    )
    groups = [lesson.class_groups.get().pk]

    response = staff.post(
        page_of(other), fields_of(other, class_groups=groups, overlap_reason="split group")
    )

    assert response.status_code == 302
    assert other.class_groups.get().pk == groups[0]


def test_begun_class_changes_its_title_only(
    staff: Client, lesson: Lesson, other_teacher: User
) -> None:
    Room.objects.create(lesson=lesson, room_id=7, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)

    refused = staff.post(page_of(lesson), fields_of(lesson, teacher=other_teacher.pk))
    taken = staff.post(page_of(lesson), fields_of(lesson, title="新题"))

    assert "__all__" in errors_of(refused)
    assert taken.status_code == 302
    lesson.refresh_from_db()
    assert (lesson.title, lesson.teacher.username) == ("新题", "teacher")


def test_what_makes_no_lesson_is_told(
    staff: Client, planner: User, lesson: Lesson, student: User
) -> None:
    refused: list[tuple[str, dict[str, Any]]] = [
        ("ends_at", {"ends_at_1": "07:00"}),
        ("ends_at", {"ends_at_0": "2100-01-01"}),
        ("starts_at", {"starts_at_0": "1989-12-31", "ends_at_0": "1989-12-31"}),
        ("starts_at", {"starts_at_0": "0001-01-01", "ends_at_0": "0001-01-01"}),
        ("starts_at", {"starts_at_0": "9999-12-31", "ends_at_0": "9999-12-31"}),
        ("teacher", {"teacher": student.pk}),
        ("assistants", {"assistants": [student.pk]}),
        ("assistants", {"assistants": [lesson.teacher_id]}),
        ("class_groups", {"class_groups": []}),
    ]

    for field, change in refused:
        assert list(form_of(lesson, planner, **change).errors) == [field], change
    answer = staff.post(page_of(lesson), fields_of(lesson, **refused[0][1]))
    assert answer.status_code == 200
    assert list(errors_of(answer)) == ["ends_at"]


def test_draft_is_published(staff: Client) -> None:
    lesson = LessonFactory.create(is_draft=True)

    act(staff, "publish", lesson)

    lesson.refresh_from_db()
    assert lesson.is_published


def test_cancelling_asks_for_a_reason_first(staff: Client, lesson: Lesson) -> None:
    asked = act(staff, "cancel", lesson)
    lesson.refresh_from_db()
    assert lesson.is_published
    assert str(lesson) in asked.content.decode()

    act(staff, "cancel", lesson, confirmed="yes", reason="台风")

    lesson.refresh_from_db()
    assert (lesson.state, lesson.cancel_reason) == (LessonState.CANCELLED, "台风")


def test_lesson_that_is_over_is_not_cancelled(staff: Client, lesson: Lesson) -> None:
    with time_machine.travel(lesson.ends_at + dt.timedelta(hours=1)):
        response = act(staff, "cancel", lesson, confirmed="yes", reason="")

    lesson.refresh_from_db()
    assert lesson.is_published
    assert "it is over" in response.content.decode()


def test_cancellation_is_taken_back_unless_somebody_is_taken(staff: Client, lesson: Lesson) -> None:
    cancel_lesson(lesson, reason="", at=timezone.now())
    other = LessonFactory.create(
        teacher=lesson.teacher, starts_at=lesson.starts_at, ends_at=lesson.ends_at
    )

    refused = act(staff, "restore", lesson)
    lesson.refresh_from_db()
    assert lesson.is_cancelled
    assert f"李老师 is in the lesson {other} at that time." in refused.content.decode()

    cancel_lesson(other, reason="", at=timezone.now())
    act(staff, "restore", lesson)
    lesson.refresh_from_db()
    assert lesson.is_published


def test_another_room_is_opened(staff: Client, lesson: Lesson) -> None:
    Room.objects.create(lesson=lesson, room_id=7, sdk_app_id=1, cloud_status=CloudStatus.ENDED)

    act(staff, "open_room_again", lesson)

    assert Room.objects.current().get(lesson=lesson).reason == RoomReason.REOPENED


def test_running_class_can_be_left_for_another_room(staff: Client, lesson: Lesson) -> None:
    Room.objects.create(lesson=lesson, room_id=7, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)

    act(staff, "open_room_again", lesson)

    assert Room.objects.current().get(lesson=lesson).reason == RoomReason.FROZEN


def test_open_room_stays(staff: Client, lesson: Lesson) -> None:
    room = Room.objects.create(lesson=lesson, room_id=7, sdk_app_id=1)

    act(staff, "open_room_again", lesson)

    assert Room.objects.get() == room


def test_draft_is_deleted_and_not_cancelled(staff: Client) -> None:
    draft = LessonFactory.create(is_draft=True)
    address = f"/admin/schedule/lesson/{draft.pk}/delete/"

    act(staff, "cancel", draft, confirmed="1", reason="")
    assert Lesson.objects.get().is_draft

    assert staff.get(address).status_code == 200
    staff.post(address, {"post": "yes"})
    assert not Lesson.objects.exists()


def test_published_lesson_is_never_deleted(staff: Client, lesson: Lesson) -> None:
    address = f"/admin/schedule/lesson/{lesson.pk}/delete/"

    assert staff.post(address, {"post": "yes"}).status_code == 403
    assert Lesson.objects.exists()


def test_several_are_deleted_by_the_page_that_asks(staff: Client, lesson: Lesson) -> None:
    page = read(act(staff, "delete", lesson).content)

    (form,) = page.forms_to("/schedule/lessons/delete/")
    assert form.one("input", name="code").attrs["value"] == lesson.code
    assert Lesson.objects.exists()


def test_rooms_are_looked_at_only(staff: Client, lesson: Lesson) -> None:
    room = Room.objects.create(
        lesson=lesson, room_id=300000007, sdk_app_id=1, last_error="the cloud said no"
    )
    address = f"/admin/schedule/room/{room.pk}"

    body = staff.get("/admin/schedule/room/?q=300000007").content.decode()

    assert "the cloud said no" in body
    assert staff.get(f"{address}/change/").status_code == 200
    assert staff.post(f"{address}/change/", {"room_id": 1}).status_code == 403
    assert staff.get("/admin/schedule/room/add/").status_code == 403


# --- Class groups -------------------------------------------------------------------------------


def test_members_are_added_with_dates(
    staff: Client, class_group: ClassGroup, student: User, teacher: User
) -> None:
    fields = {
        "name": "三年级一班",
        "memberships-TOTAL_FORMS": 2,
        "memberships-INITIAL_FORMS": 1,
        "memberships-0-id": Membership.objects.get().pk,
        "memberships-0-class_group": class_group.pk,
        "memberships-0-user": student.pk,
        "memberships-0-kind": "student",
        "memberships-0-to_date": "2099-01-31",
        "memberships-1-class_group": class_group.pk,
        "memberships-1-user": teacher.pk,
        "memberships-1-kind": "class_teacher",
    }

    response = staff.post(f"{GROUPS}{class_group.pk}/change/", fields)

    class_group.refresh_from_db()
    assert response.status_code == 302
    assert class_group.name == "三年级一班"
    assert list(class_group.memberships.order_by("pk").values_list("user", "to_date")) == [
        (student.pk, dt.date(2099, 1, 31)),
        (teacher.pk, None),
    ]


def test_archived_class_groups_leave_list_and_choices(
    staff: Client, class_group: ClassGroup, other_class_group: ClassGroup
) -> None:
    staff.post(GROUPS, {"action": "archive", "_selected_action": class_group.pk})

    shown = staff.get(GROUPS).context["cl"].result_list
    archived = staff.get(f"{GROUPS}?archived=yes").context["cl"].result_list
    choices = staff.get(
        "/admin/autocomplete/?app_label=schedule&model_name=lesson&field_name=class_groups&term="
    ).json()
    assert list(shown) == [other_class_group]
    assert list(archived) == [class_group]
    assert [choice["text"] for choice in choices["results"]] == [other_class_group.name]


def test_start_passwords_are_asked_for_and_shown_once(
    staff: Client, class_group: ClassGroup, student: User
) -> None:
    fields = {"action": "print_start_passwords", "_selected_action": class_group.pk}

    asked = staff.post(GROUPS, fields)
    student.refresh_from_db()
    assert asked.status_code == 200
    assert not student.has_usable_password()

    page = staff.post(GROUPS, {**fields, "confirmed": "yes"})

    ((_group, (entry,)),) = page.context["sheets"]
    student.refresh_from_db()
    assert "no-store" in page["Cache-Control"]
    assert entry.password in page.content.decode()
    assert student.check_password(entry.password)
    assert student.must_change_password


def test_every_slip_says_where_to_sign_in(
    staff: Client, class_group: ClassGroup, student: User, settings: Any
) -> None:
    """They are cut apart; and who prints them may have come by an address of the office."""
    settings.PUBLIC_BASE_URL = "https://class.school.example"
    MembershipFactory.create(class_group=class_group)
    fields = {"action": "print_start_passwords", "_selected_action": class_group.pk}

    page = staff.post(GROUPS, {**fields, "confirmed": "yes", "everyone": "on"})

    slips = page.content.decode().split("<li>")[1:]
    students = [slip for slip in slips if "start-password" in slip]
    assert len(students) == 2
    assert all("https://class.school.example/" in slip for slip in students)


IMPORTS = (f"{LIST}import/", f"{GROUPS}import-people/")


def test_pages_keep_the_content_policy(staff: Client, lesson: Lesson) -> None:
    for address in (LIST, f"{LIST}add/", GROUPS, *IMPORTS, "/admin/accounts/user/add/", "/admin/"):
        response = staff.get(address)

        body = response.content.decode()
        assert "style-src 'self'" in response["Content-Security-Policy"], address
        marks = ("<style", " style=", "onclick=", "<script>")
        assert (address, [mark for mark in marks if mark in body]) == (address, [])


def test_school_time_of_the_cast_is_the_lessons(lesson: Lesson) -> None:
    assert lesson.starts_at == school_time(1, 8)
