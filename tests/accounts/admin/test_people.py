from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.enums import IdentityState, Role
from accounts.models import ClassroomIdentity, SchoolSettings, User
from accounts.sign_in.password_mails import send_requested
from tests.factories.accounts import UserFactory
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/user/"


def page_of(user: User) -> str:
    return f"{LIST}{user.pk}/change/"


def fields_of(user: User, **changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "username": user.username,
        "display_name": user.display_name,
        "email": "",
        "roles": [role.value for role in user.roles],
        "is_active": "on",
    }
    if user.is_superuser:
        fields["is_superuser"] = "on"
    fields.update(changes)
    return {name: value for name, value in fields.items() if value is not None}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_administration_is_for_staff(request: pytest.FixtureRequest) -> None:
    for who in ("student", "teacher", "supervisor"):
        response = signed_in(request.getfixturevalue(who)).get(LIST)

        assert response.status_code in {302, 403}, who


def test_staff_see_everybody(request: pytest.FixtureRequest, student: User) -> None:
    for who in ("planner", "administrator", "superuser"):
        client = signed_in(request.getfixturevalue(who))

        assert "王小明" in client.get(LIST).content.decode(), who
        for path in (f"{LIST}?role=student", f"{LIST}?q=王小明", page_of(student)):
            assert client.get(path).status_code == 200, (who, path)


def test_planner_adds_a_student(planner: User) -> None:
    fields = {"username": "ming", "display_name": "王小明", "roles": ["student"], "is_active": "on"}

    response = signed_in(planner).post(f"{LIST}add/", fields)

    user = User.objects.get(username="ming")
    assert response.status_code == 302
    assert user.roles == {Role.STUDENT}
    assert not user.has_usable_password()
    assert not user.is_superuser


@pytest.mark.parametrize("who", ["planner", "administrator"])
def test_power_is_not_given_by_others_than_superusers(
    who: str, request: pytest.FixtureRequest, student: User
) -> None:
    client = signed_in(request.getfixturevalue(who))
    extras: list[dict[str, Any]] = [
        {"roles": ["planner"]},
        {"roles": ["student", "supervisor"]},
        {"is_superuser": "on"},
    ]
    for extra in extras:
        client.post(page_of(student), fields_of(student, **extra))

        assert again(student).roles == {Role.STUDENT}, extra
        assert not again(student).is_superuser, extra


def test_who_gives_the_other_roles_is_told_whatever_their_name(
    planner: User, student: User
) -> None:
    UserFactory.create(display_name="100% 王校长", is_superuser=True)

    response = signed_in(planner).post(page_of(student), fields_of(student, roles=["planner"]))

    [told] = response.context["adminform"].form.errors["roles"]
    assert "100% 王校长" in told


def test_planner_only_looks_at_those_with_power(
    request: pytest.FixtureRequest, planner: User
) -> None:
    client = signed_in(planner)
    for whom in ("superuser", "planner", "supervisor", "administrator"):
        person = request.getfixturevalue(whom)

        assert client.get(page_of(person)).status_code == 200, whom
        changed = client.post(page_of(person), fields_of(person, display_name="别人"))
        password = client.get(f"{LIST}{person.pk}/password/")

        assert (changed.status_code, password.status_code) == (403, 403), whom
        assert again(person).display_name == person.display_name, whom


def test_superuser_gives_and_takes_every_role(superuser: User, student: User) -> None:
    fields = fields_of(student, roles=["planner", "supervisor"], is_superuser="on")

    signed_in(superuser).post(page_of(student), fields)

    assert again(student).roles == {Role.PLANNER, Role.SUPERVISOR}
    assert again(student).is_superuser


def test_last_superuser_stays(superuser: User) -> None:
    client = signed_in(superuser)
    changes: list[dict[str, None]] = [{"is_superuser": None}, {"is_active": None}]

    for change in changes:
        response = client.post(page_of(superuser), fields_of(superuser, **change))
        assert response.status_code == 200, change
        assert again(superuser).is_superuser, change
        assert again(superuser).is_active, change
    other = UserFactory.create(is_superuser=True)
    for person, change in zip((superuser, other), changes, strict=True):
        saved = signed_in(person).post(page_of(person), fields_of(person, **change))
        assert saved.status_code == 302, change
        UserFactory.create(is_superuser=True)


@pytest.mark.django_db(transaction=True)
def test_two_superusers_do_not_take_each_others_power(superuser: User) -> None:
    other = UserFactory.create(username="other", display_name="钱校长", is_superuser=True)

    def take(pair: tuple[User, User]) -> None:
        acting, person = pair
        fields = fields_of(again(person), is_superuser=None)
        signed_in(acting).post(page_of(person), fields)

    all_at_once(take, [(superuser, other), (other, superuser)])

    assert User.objects.get_queryset().filter(is_superuser=True).count() == 1


@pytest.mark.parametrize("who", ["planner", "administrator", "superuser"])
def test_nobody_takes_over_a_superuser_by_mail(
    who: str,
    request: pytest.FixtureRequest,
    settings: Any,
    superuser: User,
    mailoutbox: list[EmailMessage],
) -> None:
    settings.SENDS_MAIL = True
    client = signed_in(request.getfixturevalue(who))
    address = {"user": superuser.pk, "email": "mine@example.com", "verified": "on"}

    response = client.post("/admin/account/emailaddress/add/", address)
    client.post("/accounts/password/reset/", {"email": "mine@example.com"})
    send_requested(timezone.now())

    assert response.status_code == 404
    assert [message for message in mailoutbox if "/password/reset/key/" in message.body] == []


def test_nobody_is_deleted(superuser: User, student: User) -> None:
    client = signed_in(superuser)

    response = client.post(f"{LIST}{student.pk}/delete/", {"post": "yes"})
    client.post(LIST, {"action": "delete_selected", "_selected_action": student.pk, "post": "yes"})

    assert response.status_code == 403
    assert User.objects.filter(pk=student.pk).exists()


def test_new_name_and_deactivation_reach_the_cloud(planner: User, student: User) -> None:
    identity = ClassroomIdentity.objects.create(
        user=student, sdk_app_id=1, classroom_user_id="u1", state=IdentityState.REGISTERED
    )

    signed_in(planner).post(page_of(student), fields_of(student, display_name="王大明"))

    identity.refresh_from_db()
    assert identity.state == IdentityState.STALE


def test_password_set_by_staff_is_replaced_by_its_owner(planner: User, student: User) -> None:
    password = "blue-Harbour-91"

    signed_in(planner).post(
        f"{LIST}{student.pk}/password/", {"password1": password, "password2": password}
    )

    assert again(student).check_password(password)
    assert again(student).must_change_password


def test_no_page_shows_a_hash(superuser: User, student: User) -> None:
    student.set_password("blue-Harbour-91")
    student.save()

    body = signed_in(superuser).get(page_of(student)).content.decode()

    assert student.password not in body


def test_picture_becomes_a_small_jpeg(planner: User, student: User) -> None:
    packed = io.BytesIO()
    Image.new("RGBA", (1200, 800), "red").save(packed, "PNG")
    upload = SimpleUploadedFile("my-own-face.png", packed.getvalue(), "image/png")

    signed_in(planner).post(page_of(student), fields_of(student, avatar=upload))

    with Image.open(again(student).avatar.path) as stored:
        assert (stored.format, stored.size) == ("JPEG", (512, 341))
    assert "my-own-face" not in str(again(student).avatar.name)


def test_picture_that_is_taken_off_is_gone(
    planner: User, student: User, django_capture_on_commit_callbacks: Any
) -> None:
    packed = io.BytesIO()
    Image.new("RGB", (8, 8)).save(packed, "PNG")
    upload = SimpleUploadedFile("me.png", packed.getvalue(), "image/png")
    client = signed_in(planner)
    client.post(page_of(student), fields_of(student, avatar=upload))
    stored = Path(again(student).avatar.path)
    assert stored.exists()

    with django_capture_on_commit_callbacks(execute=True):
        client.post(page_of(student), fields_of(student, **{"avatar-clear": "on"}))

    assert not again(student).avatar
    assert not stored.exists()


def test_what_is_no_picture_is_refused(planner: User, student: User) -> None:
    client = signed_in(planner)
    for content in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a"):
        upload = SimpleUploadedFile("me.svg", content, "image/svg+xml")

        response = client.post(page_of(student), fields_of(student, avatar=upload))

        assert response.status_code == 200, content
        assert not again(student).avatar, content


# --- How the cloud knows people -----------------------------------------------------------------


@pytest.fixture
def refused(student: User) -> ClassroomIdentity:
    return ClassroomIdentity.objects.create(
        user=student,
        sdk_app_id=1,
        state=IdentityState.FAILED,
        reason="FailedOperation",
        refused_nickname="王小明",
    )


def test_refused_nicknames_are_listed(
    planner: User, refused: ClassroomIdentity, teacher: User
) -> None:
    ClassroomIdentity.objects.create(user=teacher, sdk_app_id=1)

    page = signed_in(planner).get("/admin/accounts/classroomidentity/?nickname=refused")

    assert [row.pk for row in page.context["cl"].result_list] == [refused.pk]


def test_identities_are_not_edited(superuser: User, refused: ClassroomIdentity) -> None:
    address = f"/admin/accounts/classroomidentity/{refused.pk}"
    client = signed_in(superuser)

    assert client.get(f"{address}/change/").status_code == 200
    assert client.post(f"{address}/change/", {"state": "registered"}).status_code == 403
    assert client.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/accounts/classroomidentity/add/").status_code == 403


def test_failed_registration_is_tried_again(planner: User, refused: ClassroomIdentity) -> None:
    signed_in(planner).post(
        "/admin/accounts/classroomidentity/",
        {"action": "try_again", "_selected_action": refused.pk},
    )

    refused.refresh_from_db()
    assert (refused.state, refused.reason) == (IdentityState.UNREGISTERED, "")


# --- The school's settings ----------------------------------------------------------------------

SCHOOL = "/admin/accounts/schoolsettings/1/change/"


def school_fields(**changes: Any) -> dict[str, Any]:
    fields = {
        "school_name": "云课堂",
        "max_mic_number": 6,
        "lecture_mic_number": 1,
        "resolution": 1,
        "sub_type": "videodoc",
        "record_layout": 0,
        "end_delay_min": 30,
        "room_horizon_days": 14,
        "teacher_entry_min": 30,
        "student_entry_min": 10,
        "nickname_pattern": "{name}",
        "courseware_quota_person_mib": 5120,
        "courseware_quota_school_gib": 500,
    }
    return {**fields, **changes}


def test_settings_are_the_administrators_alone(planner: User) -> None:
    assert signed_in(planner).get(SCHOOL).status_code == 403


def test_settings_are_one_form(administrator: User) -> None:
    client = signed_in(administrator)

    assert client.get("/admin/accounts/schoolsettings/")["Location"] == SCHOOL
    assert client.get(SCHOOL).status_code == 200
    response = client.post(SCHOOL, school_fields(school_name="实验小学", keeps_watch_records="on"))

    assert response["Location"] == SCHOOL
    school = SchoolSettings.load()
    assert (school.school_name, school.keeps_watch_records) == ("实验小学", True)
    assert SchoolSettings.objects.count() == 1
    assert client.get("/admin/accounts/schoolsettings/add/").status_code == 403
    assert client.get("/admin/accounts/schoolsettings/2/change/").status_code == 302


def test_new_nickname_pattern_reaches_the_cloud(administrator: User, student: User) -> None:
    identity = ClassroomIdentity.objects.create(
        user=student, sdk_app_id=1, classroom_user_id="u1", state=IdentityState.REGISTERED
    )
    client = signed_in(administrator)

    client.post(SCHOOL, school_fields(school_name="实验小学"))
    identity.refresh_from_db()
    assert identity.state == IdentityState.REGISTERED
    client.post(SCHOOL, school_fields(nickname_pattern="三小{name}"))
    identity.refresh_from_db()
    assert identity.state == IdentityState.STALE


def test_models_of_power_have_no_page(superuser: User) -> None:
    client = signed_in(superuser)
    paths = ["/admin/auth/group/", "/admin/accounts/rolegrant/"]

    assert [client.get(path).status_code for path in paths] == [404, 404]
