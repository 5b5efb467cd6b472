"""Guests are invited by teachers and staff, whose page shows each address once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from edu_platform.lib.secret_tokens import digest_of
from schedule.enums import LessonState
from schedule.guests.writing import GUESTS_AT_MOST, GuestRefused, invite_guest
from schedule.models import Guest, Lesson
from tests.cast import SignedIn
from tests.factories.schedule import LessonFactory
from tests.schedule.guests.conftest import Invite, moved
from tests.support.pages import read
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db


# However many guests there are.
LIST_QUERIES = 9


def page_of(lesson: Lesson) -> str:
    return f"/schedule/lessons/{lesson.code}/guests/"


def shown_names(client: Client, lesson: Lesson) -> list[str]:
    page = read(client.get(page_of(lesson)).content)
    return [cell.text for cell in page.all("td", "row-name")]


class TestInviting:
    @pytest.mark.parametrize("who", ["teacher", "planner", "administrator"])
    def test_address_is_shown_once_to_who_made_it_and_kept_as_a_digest(
        self, who: str, lesson: Lesson, signed_in: SignedIn, request: pytest.FixtureRequest
    ):
        client = signed_in(request.getfixturevalue(who))

        answer = client.post(page_of(lesson), {"name": " 李  作家 "})

        assert (answer.status_code, answer["Location"]) == (303, page_of(lesson))
        shown = client.get(page_of(lesson))
        assert shown["Referrer-Policy"] == "no-referrer"
        assert shown["Cache-Control"] == "no-store"
        page = read(shown.content)
        address = page.one("input", id="guest-address").attrs["value"]
        assert address in page.one("textarea").text
        assert "Asia/" not in page.one("textarea").text
        assert page.all("div", "qr")
        token = address.rstrip("/").rpartition("/")[2]
        guest = Guest.objects.get()
        assert guest.name == "李 作家"
        assert guest.token_digest == digest_of(token)
        assert len(token) >= 32
        assert token not in client.get(page_of(lesson)).content.decode()
        assert shown_names(client, lesson) == ["李 作家"]

    def test_another_of_the_office_does_not_see_the_new_address(
        self, lesson: Lesson, teacher: User, planner: User, signed_in: SignedIn
    ):
        client = signed_in(teacher)
        client.post(page_of(lesson), {"name": "李作家"})
        client.force_login(planner)

        assert "/guest/" not in client.get(page_of(lesson)).content.decode()

    @pytest.mark.parametrize("who", ["student", "assistant", "other_teacher", "outsider"])
    def test_others_find_no_such_page(
        self, who: str, lesson: Lesson, signed_in: SignedIn, request: pytest.FixtureRequest
    ):
        client = signed_in(request.getfixturevalue(who))

        assert client.get(page_of(lesson)).status_code == 404
        assert client.post(page_of(lesson), {"name": "李作家"}).status_code == 404
        assert not Guest.objects.exists()

    def test_it_stands_in_the_audit_log_by_its_code(
        self, lesson: Lesson, teacher: User, signed_in: SignedIn
    ):
        signed_in(teacher).post(page_of(lesson), {"name": "李作家"})

        entry = AuditEntry.objects.get(kind=AuditKind.GUEST_INVITED)
        assert (entry.actor, entry.object_text) == (teacher, Guest.objects.get().code)
        assert "李作家" not in str(vars(entry))


class TestNames:
    @pytest.mark.parametrize("name", ["", "   ", "\u200b\u3164", "\x07\u202e"])
    def test_empty_name_is_refused(
        self, name: str, lesson: Lesson, teacher: User, signed_in: SignedIn
    ):
        answer = signed_in(teacher).post(page_of(lesson), {"name": name})

        assert answer.status_code == 422
        assert not Guest.objects.exists()

    def test_long_name_is_refused_and_kept_in_the_form(
        self, lesson: Lesson, teacher: User, signed_in: SignedIn
    ):
        answer = signed_in(teacher).post(page_of(lesson), {"name": "长" * 200})

        assert answer.status_code == 422
        field = read(answer.content).one("input", name="name")
        assert field.attrs["value"] == "长" * 200

    @pytest.mark.parametrize("name", ["a\0b", "a\ud800b"])
    def test_what_no_database_takes_is_refused(
        self, name: str, lesson: Lesson, teacher: User, signed_in: SignedIn
    ):
        body = "name=" + ("a%00b" if "\0" in name else "a%ED%A0%80b")
        answer = signed_in(teacher).post(
            page_of(lesson), body, content_type="application/x-www-form-urlencoded"
        )

        assert answer.status_code in {303, 422}
        assert all("\0" not in guest.name for guest in Guest.objects.all())

    def test_steering_characters_are_left_out(
        self, lesson: Lesson, teacher: User, signed_in: SignedIn
    ):
        signed_in(teacher).post(page_of(lesson), {"name": "李\x07作\u202e家\r\n先生"})

        assert Guest.objects.get().name == "李作家 先生"

    def test_markup_is_text(self, lesson: Lesson, teacher: User, signed_in: SignedIn):
        client, name = signed_in(teacher), "<b onclick=x>李</b>&"
        client.post(page_of(lesson), {"name": name})
        client.get(page_of(lesson))

        assert shown_names(client, lesson) == [name]
        assert "<b onclick" not in client.get(page_of(lesson)).content.decode()

    def test_two_of_one_name_are_two_guests(
        self, lesson: Lesson, teacher: User, signed_in: SignedIn
    ):
        client = signed_in(teacher)
        for _time in range(2):
            client.post(page_of(lesson), {"name": "李作家"})
            client.get(page_of(lesson))

        assert shown_names(client, lesson) == ["李作家", "李作家"]
        assert len(set(Guest.objects.values_list("token_digest", flat=True))) == 2


class TestLessonsThatTakeNone:
    @pytest.mark.parametrize("state", [LessonState.DRAFT, LessonState.CANCELLED])
    def test_draft_and_cancelled_lessons_take_none(
        self, state: LessonState, lesson: Lesson, planner: User, signed_in: SignedIn
    ):
        Lesson.objects.update(state=state)

        answer = signed_in(planner).post(page_of(lesson), {"name": "李作家"})

        assert answer.status_code == 409
        page = read(answer.content)
        assert page.one("ul", "errors").text
        assert page.one("input", name="name").attrs["value"] == "李作家"
        assert not Guest.objects.exists()

    def test_lesson_whose_time_has_passed_takes_none(
        self, lesson: Lesson, teacher: User, signed_in: SignedIn
    ):
        moved(lesson, -60, 0)

        assert signed_in(teacher).post(page_of(lesson), {"name": "李"}).status_code == 409
        assert not read(signed_in(teacher).get(page_of(lesson)).content).all("input", name="name")

    def test_eleventh_is_refused_until_somebody_is_sent_away(
        self, lesson: Lesson, teacher: User, signed_in: SignedIn, invite: Invite
    ):
        client = signed_in(teacher)
        guests = [invite(lesson)[0] for _number in range(GUESTS_AT_MOST)]

        assert client.post(page_of(lesson), {"name": "李"}).status_code == 409

        client.post(f"{page_of(lesson)}{guests[0].code}/end/")
        assert client.post(page_of(lesson), {"name": "李"}).status_code == 303
        assert Guest.objects.invited().count() == GUESTS_AT_MOST

    @pytest.mark.django_db(transaction=True)
    def test_two_who_invite_at_once_do_not_pass_the_limit(
        self, lesson: Lesson, teacher: User, invite: Invite
    ):
        for _number in range(GUESTS_AT_MOST - 1):
            invite(lesson)

        def invite_one(name: str) -> bool:
            try:
                invite_guest(lesson, name, by=teacher, at=timezone.now())
            except GuestRefused:
                return False
            return True

        assert sorted(all_at_once(invite_one, ["甲", "乙", "丙"])) == [False, False, True]
        assert Guest.objects.count() == GUESTS_AT_MOST


class TestSendingAway:
    def test_address_no_longer_works(
        self, running: Lesson, teacher: User, signed_in: SignedIn, invite: Invite
    ):
        guest, browser, address = invite(running)
        client = signed_in(teacher)

        answer = client.post(f"{page_of(running)}{guest.code}/end/")

        assert (answer.status_code, answer["Location"]) == (303, page_of(running))
        assert browser.get(address).status_code == 404
        assert browser.post(address).status_code == 404
        entry = AuditEntry.objects.get(kind=AuditKind.GUEST_ENDED)
        assert (entry.actor, entry.object_text) == (teacher, guest.code)

    def test_twice_is_once(
        self, lesson: Lesson, teacher: User, planner: User, signed_in: SignedIn, invite: Invite
    ):
        guest, _browser, _address = invite(lesson)
        for person in (teacher, planner):
            answer = signed_in(person).post(f"{page_of(lesson)}{guest.code}/end/")
            assert answer.status_code == 303

        guest.refresh_from_db()
        assert guest.ended_by == teacher
        assert AuditEntry.objects.filter(kind=AuditKind.GUEST_ENDED).count() == 1

    def test_only_a_guest_of_this_lesson_by_those_who_may(
        self,
        lesson: Lesson,
        teacher: User,
        student: User,
        signed_in: SignedIn,
        invite: Invite,
    ):
        guest, _browser, _address = invite(lesson)
        other = LessonFactory.create(teacher=teacher, starts_at=lesson.ends_at)

        teachers = signed_in(teacher)
        assert teachers.post(f"{page_of(other)}{guest.code}/end/").status_code == 404
        assert teachers.post(f"{page_of(lesson)}none/end/").status_code == 404
        students = signed_in(student)
        assert students.post(f"{page_of(lesson)}{guest.code}/end/").status_code == 404
        assert Guest.objects.invited().exists()

    def test_asking_for_the_address_of_the_button_leads_to_the_guests(
        self, lesson: Lesson, teacher: User, signed_in: SignedIn, invite: Invite
    ):
        guest, _browser, _address = invite(lesson)

        answer = signed_in(teacher).get(f"{page_of(lesson)}{guest.code}/end/")

        assert answer.status_code == 405
        assert page_of(lesson) in answer.content.decode()


class TestPanel:
    def test_those_who_invite_see_guests_on_the_page_of_the_lesson(
        self, lesson: Lesson, teacher: User, signed_in: SignedIn, invite: Invite
    ):
        guest, _browser, _address = invite(lesson)
        client = signed_in(teacher)
        lesson_page = f"/schedule/lessons/{lesson.code}/"

        page = read(client.get(lesson_page).content)
        assert [cell.text for cell in page.all("td", "row-name")] == ["李作家"]
        (form,) = page.forms_to(f"{page_of(lesson)}{guest.code}/end/")
        assert form.one("input", name="next").attrs["value"] == lesson_page

    @pytest.mark.parametrize("who", ["student", "assistant"])
    def test_others_do_not(
        self,
        who: str,
        lesson: Lesson,
        signed_in: SignedIn,
        invite: Invite,
        request: pytest.FixtureRequest,
    ):
        invite(lesson)
        client = signed_in(request.getfixturevalue(who))

        text = client.get(f"/schedule/lessons/{lesson.code}/").content.decode()

        assert "李作家" not in text
        assert "/guests/" not in text

    def test_page_of_the_lesson_follows_who_comes(
        self, lesson: Lesson, teacher: User, signed_in: SignedIn, invite: Invite
    ):
        invite(lesson)
        client, address = signed_in(teacher), f"/schedule/lessons/{lesson.code}/"
        version = client.get(address)["X-Page-Version"]
        version_header = {"X-Page-Version": version}
        assert client.get(address, headers=version_header).status_code == 204

        Guest.objects.update(entered_at=timezone.now())

        assert client.get(address, headers=version_header).status_code == 200

    def test_lesson_that_is_over_and_had_no_guest_says_nothing_of_them(
        self, lesson: Lesson, teacher: User, signed_in: SignedIn
    ):
        moved(lesson, -60, -15)

        text = signed_in(teacher).get(f"/schedule/lessons/{lesson.code}/").content.decode()

        assert "/guests/" not in text

    @pytest.mark.parametrize("count", [1, GUESTS_AT_MOST])
    def test_pages_cost_no_more_queries_with_many(
        self,
        count: int,
        lesson: Lesson,
        teacher: User,
        signed_in: SignedIn,
        invite: Invite,
        django_assert_max_num_queries: Any,
    ):
        client = signed_in(teacher)
        for _number in range(count):
            invite(lesson)
        client.get(page_of(lesson))

        with django_assert_max_num_queries(LIST_QUERIES):
            client.get(page_of(lesson))


def test_guests_are_no_people_of_the_school(
    lesson: Lesson, planner: User, signed_in: SignedIn, invite: Invite
):
    people = User.objects.get_queryset().count()
    invite(lesson, "林怀民先生")

    assert User.objects.get_queryset().count() == people
    client = signed_in(planner)
    for address in (
        "/people/?q=林怀民",
        "/class-groups/",
        f"/schedule/lessons/{lesson.code}/change/",
    ):
        assert "林怀民先生" not in client.get(address).content.decode()


def test_moment_of_invitation_is_kept(lesson: Lesson, invite: Invite):
    guest, _browser, _address = invite(lesson)

    assert timezone.now() - guest.invited_at < dt.timedelta(minutes=1)
