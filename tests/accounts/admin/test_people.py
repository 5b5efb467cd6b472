"""People in the administration: superusers and what operators need; everybody else is led to the pages of people."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from accounts.enums import IdentityState, Role
from accounts.models import ClassroomIdentity, SchoolSettings, User
from accounts.sign_in.password_mails import send_requested
from tests.factories.accounts import UserFactory
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/user/"


def page_of(user: User) -> str:
    return f"{LIST}{user.pk}/change/"


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
        assert "/people/" not in response.get("Location", ""), who


@pytest.mark.parametrize("who", ["planner", "administrator"])
def test_others_than_superusers_are_led_to_the_pages_of_people(
    who: str, request: pytest.FixtureRequest, student: User
) -> None:
    client = signed_in(request.getfixturevalue(who))

    led = {
        path: client.get(f"{LIST}{path}").headers.get("Location")
        for path in (
            "",
            "?q=王小明",
            "?withdrawn=yes",
            "add/",
            f"{student.pk}/change/",
            "0/change/",
        )
    }

    assert led == {
        "": "/people/",
        "?q=王小明": "/people/?q=%E7%8E%8B%E5%B0%8F%E6%98%8E",
        "?withdrawn=yes": "/people/?state=withdrawn",
        "add/": "/people/new/",
        f"{student.pk}/change/": f"/people/{student.code}/",
        "0/change/": "/people/",
    }


def test_superusers_see_everybody_and_add_people_on_their_page(
    superuser: User, student: User
) -> None:
    client = signed_in(superuser)

    assert "王小明" in client.get(LIST).content.decode()
    for path in (f"{LIST}?role=student", f"{LIST}?q=王小明", page_of(student)):
        assert client.get(path).status_code == 200, path
    assert client.get(f"{LIST}add/")["Location"] == "/people/new/"


@pytest.mark.parametrize("who", ["planner", "administrator"])
def test_power_is_not_given_by_others_than_superusers(
    who: str, request: pytest.FixtureRequest, student: User
) -> None:
    signed_in(request.getfixturevalue(who)).post(page_of(student), {"is_superuser": "on"})

    assert not again(student).is_superuser


def test_superuser_makes_another_and_nothing_else_is_changed(
    superuser: User, student: User
) -> None:
    fields = {"is_superuser": "on", "display_name": "别人", "roles": ["planner"]}

    signed_in(superuser).post(page_of(student), fields)

    assert again(student).is_superuser
    assert again(student).roles == {Role.STUDENT}
    assert again(student).display_name == "王小明"


def test_last_superuser_stays(superuser: User) -> None:
    refused = signed_in(superuser).post(page_of(superuser), {})

    assert refused.status_code == 200
    assert again(superuser).is_superuser
    UserFactory.create(is_superuser=True)
    assert signed_in(superuser).post(page_of(superuser), {}).status_code == 302
    assert not again(superuser).is_superuser


@pytest.mark.django_db(transaction=True)
def test_two_superusers_do_not_take_each_others_power(superuser: User) -> None:
    other = UserFactory.create(username="other", display_name="钱校长", is_superuser=True)

    def take(pair: tuple[User, User]) -> None:
        acting, person = pair
        signed_in(acting).post(page_of(person), {})

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


def test_password_set_by_a_superuser_is_replaced_by_its_owner(
    superuser: User, planner: User, student: User
) -> None:
    password = {"password1": "blue-Harbour-91", "password2": "blue-Harbour-91"}

    refused = signed_in(planner).post(f"{LIST}{student.pk}/password/", password)
    signed_in(superuser).post(f"{LIST}{student.pk}/password/", password)

    assert refused.status_code == 403
    assert again(student).check_password("blue-Harbour-91")
    assert again(student).must_change_password


def test_no_page_shows_a_hash(superuser: User, student: User) -> None:
    student.set_password("blue-Harbour-91")
    student.save()

    body = signed_in(superuser).get(page_of(student)).content.decode()

    assert student.password not in body


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
        "late_after_min": 5,
        "left_early_min": 5,
        "absent_below_percent": 50,
        "absences_told_at_hour": 18,
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
    response = client.post(SCHOOL, school_fields(room_horizon_days=7, keeps_watch_records="on"))

    assert response["Location"] == SCHOOL
    school = SchoolSettings.load()
    assert (school.room_horizon_days, school.keeps_watch_records) == (7, True)
    assert SchoolSettings.objects.count() == 1
    assert client.get("/admin/accounts/schoolsettings/add/").status_code == 403
    assert client.get("/admin/accounts/schoolsettings/2/change/").status_code == 302


def test_new_nickname_pattern_reaches_the_cloud(administrator: User, student: User) -> None:
    identity = ClassroomIdentity.objects.create(
        user=student, sdk_app_id=1, classroom_user_id="u1", state=IdentityState.REGISTERED
    )
    client = signed_in(administrator)

    client.post(SCHOOL, school_fields(room_horizon_days=7))
    identity.refresh_from_db()
    assert identity.state == IdentityState.REGISTERED
    client.post(SCHOOL, school_fields(nickname_pattern="三小{name}"))
    identity.refresh_from_db()
    assert identity.state == IdentityState.STALE


def test_models_of_power_have_no_page(superuser: User) -> None:
    client = signed_in(superuser)
    paths = ["/admin/auth/group/", "/admin/accounts/rolegrant/"]

    assert [client.get(path).status_code for path in paths] == [404, 404]
