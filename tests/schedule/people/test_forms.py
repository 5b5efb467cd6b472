"""A new person, and a changed one: names, roles, and what somebody else has changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.enums import ORDINARY_ROLES, AuditKind, IdentityState, Role
from accounts.hooks import former_student_note_makers
from accounts.models import AuditEntry, ClassroomIdentity, User
from accounts.role_lines import role_line
from accounts.services.people import set_roles
from accounts.services.person_changes import ChangedPerson, change_person, person_version
from schedule.enums import MembershipKind
from schedule.models import Membership
from schedule.people import views
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory
from tests.support.erasing import erased, somebody
from tests.support.pages import Element, read
from tests.support.people import NEW, again, fields_of, main, page_of

pytestmark = pytest.mark.django_db


def errors_of(answer: Any) -> str:
    assert answer.status_code == 422
    return " ".join(each.text for each in main(answer).all("ul", "errors"))


class TestNew:
    def test_is_made_with_roles_and_class_groups(self, office: Client, planner: User):
        ClassGroupFactory.create(name="一年级1班")
        ClassGroupFactory.create(name="合唱团")

        answer = office.post(
            NEW,
            {
                "username": "ming",
                "display_name": " 王 小明 ",
                "email": "ming@school.example",
                "roles": ["student"],
                "class_groups": "一年级1班；合唱团",
            },
        )

        ming = User.objects.get(username="ming")
        assert (answer.status_code, answer["Location"]) == (303, page_of(ming))
        assert (ming.display_name, ming.email) == ("王 小明", "ming@school.example")
        assert ming.roles == {Role.STUDENT}
        assert not ming.has_usable_password()
        rows = Membership.objects.filter(user=ming)
        assert {(row.class_group.name, row.from_date) for row in rows} == {
            ("一年级1班", None),
            ("合唱团", None),
        }
        entry = AuditEntry.objects.get(kind=AuditKind.PERSON_CREATED)
        assert (entry.actor, entry.person) == (planner, ming)

    def test_username_of_somebody_who_was_erased_is_asked_about(self, office: Client):
        erased(somebody(username="ming"))
        fields = {"username": "Ming", "display_name": "王小明", "roles": ["student"]}

        refused = office.post(NEW, fields)

        assert "Somebody with this username was erased on" in errors_of(refused)
        assert not User.objects.filter(username="Ming").exists()
        assert office.post(NEW, fields | {"reuses": "on"}).status_code == 303
        assert User.objects.filter(username="Ming").exists()

    def test_nothing_is_asked_about_other_usernames(self, office: Client):
        answer = office.post(NEW, {"username": "ming", "display_name": ""})

        assert answer.status_code == 422
        assert "reuses" not in answer.context["form"].fields

    def test_teacher_in_a_class_group_is_its_class_teacher(self, office: Client):
        ClassGroupFactory.create(name="1班")
        fields = {"username": "li", "display_name": "李老师", "roles": ["teacher"]}

        office.post(NEW, {**fields, "class_groups": "1班"})

        assert Membership.objects.get().kind == MembershipKind.CLASS_TEACHER

    def test_unknown_class_group_makes_nobody(self, office: Client):
        fields = {"username": "li", "display_name": "李小红", "class_groups": "1斑"}

        said = errors_of(office.post(NEW, fields))

        assert "There is no class group with the name 1斑." in said
        assert not User.objects.filter(username="li").exists()

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"username": "student"}, "Somebody has this username already."),
            ({"username": "Student"}, "王小明 (student) has this username already"),
            ({"username": "a b"}, "valid username"),
            ({"username": "x" * 151}, "at most 150"),
            ({"display_name": ""}, "required"),
            ({"display_name": "x\0"}, "cannot be shown"),
            ({"email": "nobody"}, "valid email"),
            ({"roles": ["king"]}, "are appointed by administrators"),
        ],
    )
    def test_fault_is_told_beside_the_field(
        self, office: Client, student: User, changed: dict[str, Any], told: str
    ):
        fields = {"username": "li", "display_name": "李小红", "roles": ["student"], **changed}

        assert told in errors_of(office.post(NEW, fields))
        assert User.objects.get_queryset().count() == 2


class TestChange:
    def test_says_beforehand_what_ends_with_the_role_of_a_student(
        self, office: Client, student: User, teacher: User
    ):
        with former_student_note_makers.only(lambda keys: dict.fromkeys(keys, "<2> links end.")):
            assert "<2> links end." in main(office.get(page_of(student, "change/"))).text
            assert "<2> links end." not in main(office.get(page_of(teacher, "change/"))).text

    def test_saves_what_differs_and_tells_the_cloud(
        self, office: Client, planner: User, student: User
    ):
        identity = ClassroomIdentity.objects.create(
            user=student, sdk_app_id=1, classroom_user_id="u1", state=IdentityState.REGISTERED
        )

        answer = office.post(page_of(student, "change/"), fields_of(student, display_name="王大明"))

        assert (answer.status_code, answer["Location"]) == (303, page_of(student))
        assert again(student).display_name == "王大明"
        identity.refresh_from_db()
        assert identity.state == IdentityState.STALE
        entry = AuditEntry.objects.get()
        assert (entry.kind, entry.actor, entry.person) == ("person_changed", planner, student)
        assert entry.details == {"fields": ["display_name"]}

    def test_nothing_changed_writes_nothing(self, office: Client, student: User):
        office.post(page_of(student, "change/"), fields_of(student))

        assert not AuditEntry.objects.exists()

    def test_own_name_may_be_written_another_way(self, office: Client, student: User):
        office.post(page_of(student, "change/"), fields_of(student, username="STUDENT"))

        student.refresh_from_db()
        assert (student.username, student.sign_in_name) == ("STUDENT", "student")

    def test_older_pair_of_one_name_is_edited_on(self, office: Client, student: User):
        other = UserFactory.create(username="other")
        User.objects.get_queryset().filter(pk=other.pk).update(
            username="STUDENT", sign_in_name="student", shares_sign_in_name=True
        )
        for person in (student, again(other)):
            fields = fields_of(person, display_name="新名字")
            assert office.post(page_of(person, "change/"), fields).status_code == 303

        office.post(page_of(other, "change/"), fields_of(again(other), username="free"))
        other.refresh_from_db()
        assert (other.sign_in_name, other.shares_sign_in_name) == ("free", False)

    def test_student_who_becomes_a_teacher_keeps_what_they_attended(
        self, office: Client, student: User
    ):
        office.post(page_of(student, "change/"), fields_of(student, roles=["teacher"]))

        assert again(student).roles == {Role.TEACHER}
        assert Membership.objects.get(user=student).kind == MembershipKind.STUDENT


class TestTwoPlanners:
    def test_later_one_is_shown_what_the_other_changed(self, office: Client, student: User):
        page = main(office.get(page_of(student, "change/")))
        known = page.one("input", name="known").attrs["value"]
        office.post(page_of(student, "change/"), fields_of(student, display_name="王大明"))

        late = fields_of(student, email="ming@school.example", known=known)
        answer = office.post(page_of(student, "change/"), late)

        assert answer.status_code == 409
        told = main(answer).one("div", "planning-checked")
        assert [each.text for each in told.all("del")] == ["王大明", "–"]
        assert again(student).email == ""
        now = main(answer).one("input", name="known").attrs["value"]
        assert office.post(page_of(student, "change/"), late | {"known": now}).status_code == 303
        assert again(student).email == "ming@school.example"

    def test_without_a_version_the_form_is_taken_at_its_word(self, office: Client, student: User):
        office.post(page_of(student, "change/"), fields_of(student, display_name="王大明"))

        assert office.post(page_of(student, "change/"), fields_of(student)).status_code == 303
        assert again(student).display_name == "王小明"


class TestPowerMeanwhile:
    """Somebody becomes more than a student between the check of the form and the change."""

    @pytest.fixture
    def changed_late(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
        def set_up(meanwhile: Callable[[], Any]) -> None:
            def change(person: User, **form: Any) -> ChangedPerson:
                meanwhile()
                return change_person(person, **form)

            monkeypatch.setattr(views, "change_person", change)

        return set_up

    @pytest.mark.parametrize("is_known", [True, False])
    def test_superuser_keeps_the_mail_address(
        self, office: Client, student: User, changed_late: Any, is_known: bool
    ):
        known = person_version(student) if is_known else ""
        people = User.objects.filter(pk=student.pk)
        changed_late(lambda: people.update(is_superuser=True))

        answer = office.post(
            page_of(student, "change/"), fields_of(student, email="e@x.org", known=known)
        )

        assert answer.status_code == (409 if is_known else 404)
        assert again(student).email == ""

    def test_planner_is_not_changed_by_a_planner(
        self, office: Client, student: User, changed_late: Any
    ):
        changed_late(lambda: set_roles(student, [Role.PLANNER], by=None))

        answer = office.post(page_of(student, "change/"), fields_of(student, email="e@x.org"))

        assert answer.status_code == 404
        assert again(student).email == ""
        assert again(student).roles == {Role.PLANNER}


class TestRolesOffered:
    def offered(self, client: Client, path: str) -> list[str]:
        shown = read(client.get(path).content)
        return [each.text for each in shown.one("fieldset", "ticks").all("label")]

    def test_are_those_that_one_may_give_each_with_what_it_allows(
        self,
        office: Client,
        administrator: User,
        superuser: User,
        student: User,
        signed_in: SignedIn,
    ):
        lines = {
            role: " ".join(line.split())
            for role, line in ((role, in_english(role)) for role in Role)
        }
        form = page_of(student, "change/")

        assert self.offered(office, NEW) == [lines[r] for r in Role if r in ORDINARY_ROLES]
        assert self.offered(signed_in(administrator, "en"), form) == [
            lines[role] for role in Role if role is not Role.ADMINISTRATOR
        ]
        assert self.offered(signed_in(superuser, "en"), form) == [lines[role] for role in Role]

    def test_others_are_said_to_be_whose(
        self, office: Client, administrator: User, superuser: User, signed_in: SignedIn
    ):
        def told(client: Client) -> str:
            page: Element = read(client.get(NEW).content)
            return " ".join(each.text for each in page.all("div", id="id_roles_helptext"))

        assert told(office) == (
            "Supervisor, Planner are appointed by administrators: 吴主任, 郑校长."
        )
        assert told(signed_in(administrator, "en")) == (
            "Administrators are made by superusers alone: 郑校长."
        )
        assert told(signed_in(superuser, "en")) == ""

    def test_school_without_either_says_who_makes_one(self, office: Client):
        told = "there is none yet; the operator of the server can make one."

        assert told in main(office.get(NEW)).text

    def test_names_are_told_whatever_they_are(self, office: Client):
        UserFactory.create(display_name="100% <b>王校长</b>", is_superuser=True)
        fields = {"username": "li", "display_name": "李", "roles": ["planner"]}

        assert "100% <b>王校长</b>" in errors_of(office.post(NEW, fields))


def in_english(role: Role) -> str:
    with translation.override("en"):
        return role_line(role)


def test_page_is_for_those_who_may_change_the_person(office: Client, supervisor: User) -> None:
    path = page_of(supervisor, "change/")

    assert office.get(path).status_code == 404
    assert office.post(path, fields_of(supervisor, display_name="x")).status_code == 404
    assert again(supervisor).display_name == "周巡课"


def test_closed_account_is_said_to_be_closed(office: Client, student: User) -> None:
    student.is_active = False
    student.last_login = timezone.now()
    student.save()

    assert "Deactivated" in main(office.get(page_of(student))).text
