"""The page of one person: what it says, and what it costs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import GrantSource, IdentityState, Role, SignInMethod
from accounts.models import ClassroomIdentity, ExternalAccount, RoleGrant, User
from classroom.client.transport import sdk_app_id
from schedule.hooks import Panel, person_panel_makers
from schedule.models import ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, LessonFactory, MembershipFactory
from tests.support.people import main, page_of
from tests.support.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def _connected(settings: Any) -> None:
    settings.LCIC_SDK_APP_ID, settings.LCIC_SECRET_ID, settings.LCIC_SECRET_KEY = 1, "a", "b"


def card(client: Client, person: User, name: str) -> Any:
    return main(client.get(page_of(person))).one("section", **{"aria-labelledby": f"person-{name}"})


def test_class_groups_with_their_dates(
    office: Client, student: User, class_group: ClassGroup
) -> None:
    today = timezone.localdate()
    ended = today - dt.timedelta(days=30)
    MembershipFactory.create(
        user=student,
        class_group=ClassGroupFactory.create(name="去年"),
        from_date=ended - dt.timedelta(days=9),
        to_date=ended,
    )

    lines = [line.text for line in card(office, student, "class-groups").all("li")]

    assert lines[0].startswith(class_group.name)
    assert "Ends today" in lines[0]
    assert lines[1] == f"去年 {ended - dt.timedelta(days=9)} – {ended} Change 去年"


def test_days_of_a_class_group_are_said_and_corrected_as_on_its_own_page(
    office: Client, student: User, class_group: ClassGroup
) -> None:
    (days,) = card(office, student, "class-groups").all("a", "member-days")

    assert days.text == f"always Change {class_group.name}"
    answer = office.get(days.attrs["href"])
    assert answer.status_code == 200
    assert student.display_name in main(answer).text


def test_roles_with_what_they_allow_and_who_gave_them(office: Client, student: User) -> None:
    RoleGrant.objects.filter(user=student).update(source=GrantSource.CLAIM)

    told = card(office, student, "roles").text

    assert "Student: sees the timetable" in told
    assert "Student: given by the school's sign-in" in told


def test_person_without_roles_is_said_to_see_nothing(office: Client) -> None:
    nobody = UserFactory.create(roles=[])

    assert "sees nothing of the school" in card(office, nobody, "roles").text


def test_what_a_teacher_has_to_teach(
    office: Client, teacher: User, assistant: User, lesson: Lesson, class_group: ClassGroup
) -> None:
    LessonFactory.create(
        course=lesson.course,
        teacher=teacher,
        class_groups=[class_group],
        starts_at=lesson.starts_at + dt.timedelta(days=7),
        ends_at=lesson.ends_at + dt.timedelta(days=7),
    )

    (line,) = card(office, teacher, "taught").all("li")
    (assisted,) = card(office, assistant, "taught").all("li")

    day = timezone.localdate(lesson.starts_at)
    assert line.text == f"语文课 · {class_group.name} 2 lessons, the next on {day}"
    assert assisted.text == f"语文课 · {class_group.name} assists 1 lesson, on {day}"
    links = {each.attrs["href"] for each in card(office, teacher, "taught").all("a")}
    pages = {"/schedule/?teacher=teacher", "/schedule/hours/?teacher=teacher"}
    assert links == {*pages, "/schedule/from/?teacher=teacher"}
    assert all(office.get(link, follow=True).status_code == 200 for link in pages)


@pytest.mark.usefixtures("_connected")
class TestCloud:
    def identity(self, person: User, **columns: Any) -> ClassroomIdentity:
        return ClassroomIdentity.objects.create(user=person, sdk_app_id=sdk_app_id(), **columns)

    def test_says_how_it_knows_the_person(self, office: Client, student: User):
        assert "Not registered yet" in card(office, student, "cloud").text
        self.identity(
            student,
            state=IdentityState.REGISTERED,
            classroom_user_id="u",
            sent_nickname="王小明",
        )

        shown = card(office, student, "cloud")

        assert "✓ Registered" in shown.text
        assert "Others in class see the name 王小明." in shown.text
        assert shown.all("form") == []

    def test_says_what_is_not_in_order_and_tries_again(self, office: Client, student: User):
        identity = self.identity(
            student, state=IdentityState.FAILED, reason="FailedOperation", refused_nickname="王小明"
        )

        shown = card(office, student, "cloud")
        assert "✕ Refused: the person cannot enter any class." in shown.text
        assert "FailedOperation" in shown.text
        assert "The cloud refuses the name 王小明" in shown.text
        office.post(shown.one("form").attrs["action"])

        identity.refresh_from_db()
        assert (identity.state, identity.reason) == (IdentityState.UNREGISTERED, "")

    def test_of_no_cloud_nothing_is_promised(self, office: Client, student: User, settings: Any):
        settings.LCIC_SDK_APP_ID = 0

        assert "not connected yet" in card(office, student, "cloud").text


class TestSignIn:
    def test_says_password_devices_second_factor_and_accounts(
        self, office: Client, student: User, signed_in: SignedIn
    ):
        ExternalAccount.objects.create(
            user=student, method=SignInMethod.CAS, issuer="https://cas", subject="4711"
        )
        give_second_factor(student)
        signed_in(student).get("/")

        facts = card(office, student, "sign-in")

        assert "none yet" in facts.text
        assert "4711" in facts.text
        assert facts.all("a") == []
        assert "set up" in facts.text

    def test_accounts_lead_administrators_to_the_administration(
        self, administrator: User, student: User, signed_in: SignedIn
    ):
        account = ExternalAccount.objects.create(
            user=student, method=SignInMethod.CAS, issuer="https://cas", subject="4711"
        )
        chief = signed_in(administrator)

        (link,) = card(chief, student, "sign-in").all("a")

        assert link.attrs["href"] == f"/admin/accounts/externalaccount/{account.pk}/change/"
        assert chief.get(link.attrs["href"]).status_code == 200


def test_no_link_of_a_planner_leads_to_the_administration(
    office: Client, student: User, teacher: User, superuser: User, planner: User
) -> None:
    pages = ["/people/", "/people/new/", "/people/start-passwords/", page_of(student, "change/")]

    for path in (*pages, *map(page_of, (student, teacher, superuser, planner))):
        links = [each.attrs.get("href", "") for each in main(office.get(path)).all("a")]
        assert not [link for link in links if link.startswith("/admin")], path


def test_superusers_are_led_to_what_is_theirs(
    superuser: User, student: User, signed_in: SignedIn
) -> None:
    chief = signed_in(superuser, "en")

    address = card(chief, student, "account").link("Superuser, second factor")

    assert chief.get(address).status_code == 200


def test_higher_apps_hang_panels_on_it(office: Client, student: User, planner: User) -> None:
    calls = []

    def panel(person: User, viewer: User) -> Panel:
        calls.append((person, viewer))
        return Panel("people/_person_cloud.html", {})

    def nothing(person: User, viewer: User) -> None:
        return None

    with person_panel_makers.only(panel, nothing):
        page = main(office.get(page_of(student)))

    assert calls == [(student, planner)]
    assert len(page.all("section", **{"aria-labelledby": "person-cloud"})) == 2


def test_page_says_who_changes_those_whom_one_may_not(
    office: Client, administrator: User, superuser: User, supervisor: User
) -> None:
    told = {
        person.username: main(office.get(page_of(person))).text
        for person in (supervisor, administrator, superuser)
    }

    assert "looked after by administrators: 吴主任, 郑校长." in told["supervisor"]
    assert "looked after by superusers alone: 郑校长." in told["administrator"]
    assert "looked after by superusers alone: 郑校长." in told["superuser"]


@pytest.mark.usefixtures("_connected")
def test_costs_at_most_twenty_queries_whatever_there_is(
    office: Client, teacher: User, lesson: Lesson, signed_in: SignedIn
) -> None:
    def queries() -> int:
        office.get(page_of(teacher))
        with CaptureQueriesContext(connection) as captured:
            assert office.get(page_of(teacher)).status_code == 200
        return len(captured)

    few = queries()
    ClassroomIdentity.objects.create(user=teacher, sdk_app_id=sdk_app_id())
    give_second_factor(teacher)
    RoleGrant.objects.create(user=teacher, role=Role.STUDENT, source=GrantSource.CLAIM)
    for number in range(9):
        group = ClassGroupFactory.create()
        MembershipFactory.create(user=teacher, class_group=group)
        LessonFactory.create(
            teacher=teacher,
            class_groups=[group, ClassGroupFactory.create()],
            starts_at=lesson.starts_at + dt.timedelta(days=number + 1),
            ends_at=lesson.ends_at + dt.timedelta(days=number + 1),
        )
        ExternalAccount.objects.create(
            user=teacher, method=SignInMethod.CAS, issuer="https://cas", subject=str(number)
        )
        signed_in(teacher).get("/accounts/profile/")

    assert few <= queries() <= 20
