"""Staff help who cannot sign in: new start passwords, and links by mail."""

from __future__ import annotations

import io
import re
from typing import Any

import openpyxl
import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, User
from accounts.sign_in.password_mails import send_requested
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.support.people import main, page_of

pytestmark = pytest.mark.django_db

MANY = "/people/start-passwords/"
ADDRESS = "ming@school.example"


@pytest.fixture(autouse=True)
def _mail_server(settings: Any) -> None:
    settings.SENDS_MAIL = True
    cache.clear()


@pytest.fixture
def staff(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def ming(student: User) -> User:
    student.email = ADDRESS
    student.save()
    return student


def give_to(client: Client, person: User) -> Any:
    return client.post(page_of(person, "start-password/"))


def send_to(client: Client, person: User) -> Any:
    answer = client.post(page_of(person, "mail-link/"))
    return client.get(answer["Location"]) if answer.status_code == 303 else answer


class TestOfOnePerson:
    def test_is_shown_once(self, staff: Client, student: User, planner: User):
        page = give_to(staff, student)

        ((_title, (entry,)),) = page.context["sheets"]
        student.refresh_from_db()
        assert student.check_password(entry.password)
        assert student.must_change_password
        assert entry.password in page.content.decode()
        assert "no-store" in page["Cache-Control"]
        assert entry.password not in staff.get(page_of(student)).content.decode()
        (told,) = AuditEntry.objects.filter(kind=AuditKind.PASSWORD_RESET)
        assert (told.actor, told.person) == (planner, student)

    def test_is_printed_by_a_button_and_without_scripts_from_the_menu(
        self, signed_in: SignedIn, planner: User, student: User
    ):
        for language, button, words in (
            ("en", "Print", "Print this page from the menu of your browser."),
            ("zh-hans", "打印", "请用浏览器的菜单打印本页。"),
        ):
            answer = give_to(signed_in(planner, language), student)

            page = main(answer)
            (found,) = (each for each in page.all("button") if "data-prints" in each.attrs)
            assert (found.text, "hidden" in found.attrs) == (button, True)
            assert words in page.text
            assert "js/print" in answer.content.decode()

    def test_stands_in_no_log(self, staff: Client, student: User, caplog: Any):
        page = give_to(staff, student)

        ((_title, (entry,)),) = page.context["sheets"]
        assert entry.password not in caplog.text

    def test_is_offered_on_the_page_of_students_and_teachers(
        self, staff: Client, student: User, teacher: User, supervisor: User
    ):
        def offered(person: User) -> bool:
            page = staff.get(page_of(person)).content.decode()
            return f'action="{page_of(person, "start-password/")}"' in page

        assert [offered(each) for each in (student, teacher, supervisor)] == [True, True, False]

    def test_of_who_has_power_is_for_superusers(
        self, staff: Client, superuser: User, signed_in: SignedIn
    ):
        chief = signed_in(superuser)
        powers: list[dict[str, Any]] = [{"roles": [Role.PLANNER]}, {"is_superuser": True}]
        for fields in powers:
            person = UserFactory.create(**fields)

            assert give_to(staff, person).status_code == 404, fields
            assert give_to(chief, person).status_code == 200, fields

    def test_in_the_place_of_another_way_in_is_asked_for_first(
        self, staff: Client, student: User, teacher: User
    ):
        student.set_password("a password of their own")
        student.save()
        teacher.last_login = timezone.now()
        teacher.save()
        for person in (student, teacher):
            before = User.objects.get(pk=person.pk).password

            page = main(give_to(staff, person))

            assert page.one("h1").text == f"A new start password for {person.display_name}?"
            assert User.objects.get(pk=person.pk).password == before
            staff.post(page_of(person, "start-password/"), {"confirm": "1"})
            assert User.objects.get(pk=person.pk).must_change_password

    def test_of_nobody_is_missing(self, staff: Client):
        assert staff.post("/people/nobody/start-password/").status_code == 404

    def test_of_a_closed_account_is_not_made(self, staff: Client, student: User):
        student.is_active = False
        student.save()

        assert give_to(staff, student)["Location"] == page_of(student)
        student.refresh_from_db()
        assert not student.has_usable_password()

    def test_is_for_staff(
        self,
        student: User,
        teacher: User,
        supervisor: User,
        outsider: User,
        signed_in: SignedIn,
    ):
        for user in (student, teacher, supervisor):
            assert give_to(signed_in(user), outsider).status_code == 404, user
        outsider.refresh_from_db()
        assert not outsider.has_usable_password()

    def test_needs_the_page_s_own_token(self, planner: User, student: User):
        client = Client(enforce_csrf_checks=True)
        client.force_login(planner)

        assert give_to(client, student).status_code == 403


class TestOfMany:
    def test_are_asked_for_first(self, staff: Client, student: User, teacher: User):
        page = main(staff.get(MANY, {"role": "teacher"}))

        teacher.refresh_from_db()
        assert not teacher.has_usable_password()
        assert "1 person who cannot sign in, or never did, gets a start password" in page.text
        assert "李老师" in page.text
        assert "王小明" not in page.text

    def test_are_for_students_and_teachers_and_the_others_are_named(
        self, staff: Client, student: User, teacher: User, supervisor: User
    ):
        page = staff.post(MANY)

        ((_title, given),) = page.context["sheets"]
        assert {entry.user for entry in given} == {student, teacher}
        assert "周巡课 (supervisor): has another role" in page.content.decode()
        supervisor.refresh_from_db()
        assert not supervisor.has_usable_password()

    def test_are_for_those_whom_the_question_named(self, staff: Client, student: User):
        page = main(staff.get(MANY, {"role": "student"}))
        fields = {
            each.attrs["name"]: each.attrs["value"]
            for each in page.all("input")
            if each.attrs.get("type") == "hidden"
        }
        late = UserFactory.create(username="late", roles=[Role.STUDENT])

        answer = staff.post(MANY, fields)

        assert answer.status_code == 409
        assert "other people are concerned" in main(answer).text
        for person in (student, late):
            person.refresh_from_db()
            assert not person.has_usable_password()

    def test_leave_own_passwords_as_they_are_unless_asked(
        self, staff: Client, student: User, teacher: User
    ):
        teacher.set_password("own-password-1")
        teacher.last_login = timezone.now()
        teacher.save()

        staff.post(MANY)
        teacher.refresh_from_db()
        assert teacher.check_password("own-password-1")
        staff.post(MANY, {"everyone": "on"})

        teacher.refresh_from_db()
        assert not teacher.check_password("own-password-1")

    def test_come_as_a_workbook(self, staff: Client, student: User):
        answer = staff.post(MANY, {"role": "student", "as_xlsx": ""})

        (sheet,) = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
        _head, row = sheet.iter_rows(values_only=True)
        student.refresh_from_db()
        assert student.check_password(str(row[2]))
        assert "no-store" in answer["Cache-Control"]

    def test_are_not_more_than_a_person_waits_for(
        self, staff: Client, student: User, teacher: User, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("accounts.views.start_passwords.PASSWORDS_AT_ONCE", 1)

        answer = staff.post(MANY)

        assert answer.status_code == 422
        assert "These are 2 people, at most 1 at once" in main(answer).text

        student.refresh_from_db()
        assert not student.has_usable_password()


def link_in(message: EmailMessage) -> str:
    found = re.search(r"/accounts/password/reset/key/\S+", str(message.body))
    assert found is not None
    return found[0]


class TestLinkByMail:
    @pytest.mark.parametrize("password", [None, "start"])
    def test_lets_who_has_a_start_password_or_none_set_their_own(
        self, staff: Client, ming: User, password: str | None
    ):
        if password:
            give_to(staff, ming)

        page = send_to(staff, ming)

        assert f"A link for a new password was sent to {ADDRESS}." in page.content.decode()
        client = Client()
        form = client.get(link_in(mail.outbox[0]))["Location"]
        client.post(form, {"password1": "battery staple", "password2": "battery staple"})
        ming.refresh_from_db()
        assert ming.check_password("battery staple")
        assert not ming.must_change_password

    def test_speaks_the_person_s_language(self, staff: Client, ming: User):
        send_to(staff, ming)

        assert "新密码" in mail.outbox[0].subject

    def test_has_the_limits_of_those_who_ask_themselves(self, staff: Client, ming: User):
        for _ in range(5):
            page = send_to(staff, ming)

        assert len(mail.outbox) == 3
        assert "several such mails lately" in page.content.decode()

    def test_that_the_mail_server_refuses_is_told(
        self, staff: Client, ming: User, monkeypatch: pytest.MonkeyPatch
    ):
        def refuse(_self: Any, _messages: list[EmailMessage]) -> int:
            raise OSError("refused")

        monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)

        assert "the mail server did not take it" in send_to(staff, ming).content.decode()

    def test_is_offered_where_there_is_an_address_and_mail(
        self, staff: Client, ming: User, teacher: User, settings: Any
    ):
        def offered(person: User) -> bool:
            return b"/mail-link/" in staff.get(page_of(person)).content

        assert [offered(ming), offered(teacher)] == [True, False]
        settings.SENDS_MAIL = False
        assert not offered(ming)

    def test_goes_to_nobody_without_either(
        self, staff: Client, ming: User, teacher: User, settings: Any
    ):
        assert send_to(staff, teacher).status_code == 404
        settings.SENDS_MAIL = False
        assert send_to(staff, ming).status_code == 404
        assert mail.outbox == []

    def test_to_who_has_power_is_for_superusers(self, staff: Client, supervisor: User):
        User.objects.get_queryset().filter(pk=supervisor.pk).update(email=ADDRESS)

        assert send_to(staff, supervisor).status_code == 404


@pytest.mark.parametrize("password", [None, "start"])
def test_own_request_by_mail_works_with_a_start_password_or_none(
    staff: Client, ming: User, password: str | None
):
    if password:
        give_to(staff, ming)

    Client().post("/accounts/password/reset/", {"email": ADDRESS})
    send_requested(timezone.now())

    client = Client()
    form = client.get(link_in(mail.outbox[0]))["Location"]
    client.post(form, {"password1": "battery staple", "password2": "battery staple"})
    ming.refresh_from_db()
    assert ming.check_password("battery staple")
    assert not ming.must_change_password
