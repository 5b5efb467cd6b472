"""Links of students: they lead to the replay while the lesson lets who made them share it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import SchoolSettings, User
from accounts.services.people import set_roles
from replays.models import Replay, ReplayFile
from replays.services import shares
from schedule.models import ClassGroup, Lesson, Membership
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import MembershipFactory
from tests.support.pages import read
from tests.support.sharing import make_link, page_of, rows, section, share_by

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def made(student: User, file: ReplayFile) -> shares.NewLink:
    """By a student whose lesson lets its students download."""
    Lesson.objects.update(students_may_download=True)
    return make_link(file.replay, student, may_download=True)


def statuses(made: shares.NewLink) -> list[int]:
    """Return what the holder of the link hears on its page and below it."""
    below = ("", "play/", "download/", "play/1/f0.m3u8")
    answers = [Client().get(f"/replays/shared/{made.token}/{name}") for name in below]
    return [answer.status_code for answer in answers]


def withdraw(how: str, student: User) -> None:
    """Take from a student what let them share the replay."""
    match how:
        case "lesson":
            Lesson.objects.update(students_may_download=False)
        case "school":
            Lesson.objects.update(students_may_download=None)
        case "left":
            Membership.objects.filter(user=student).delete()
        case "left before":
            day = Lesson.objects.get().starts_at.date() - DAY
            Membership.objects.filter(user=student).update(to_date=day)


class TestWithdrawn:
    @pytest.mark.parametrize("how", ["lesson", "school", "left", "left before"])
    def test_leads_nowhere(self, made: shares.NewLink, student: User, how: str):
        assert statuses(made) == [200, 302, 302, 409]
        withdraw(how, student)

        assert statuses(made) == [404] * 4

    def test_leads_there_again_when_it_is_given_back(self, made: shares.NewLink, student: User):
        withdraw("school", student)
        school = SchoolSettings.load()
        school.students_may_download = True
        school.save()

        assert statuses(made)[0] == 200

    def test_stays_of_who_may_share_as_something_else(self, made: shares.NewLink, student: User):
        set_roles(student, [Role.PLANNER], by=None)
        withdraw("left", student)

        assert statuses(made)[0] == 200

    @pytest.mark.parametrize("who", ["teacher", "planner"])
    def test_concerns_no_others(
        self,
        request: pytest.FixtureRequest,
        other_teacher: User,
        student: User,
        file: ReplayFile,
        who: str,
    ):
        person = request.getfixturevalue(who)
        made = make_link(file.replay, person)
        Lesson.objects.update(teacher=other_teacher)
        set_roles(person, [Role.TEACHER], by=None)
        withdraw("lesson", student)

        assert (made.share.made_as_student, statuses(made)[0]) == (False, 200)


class TestOnThePageOfTheReplay:
    @pytest.fixture
    def taught(self, signed_in: SignedIn, teacher: User) -> Client:
        return signed_in(teacher, "en")

    def test_are_told_from_those_that_lead_there(
        self, taught: Client, made: shares.NewLink, teacher: User, student: User
    ):
        replay = made.share.replay
        make_link(replay, teacher)
        withdraw("lesson", student)

        taught_by, studied_by = rows(taught, replay)

        assert taught_by.startswith("✓ Valid until ")
        assert studied_by.startswith("✕ Not allowed any more Made by 王小明 on ")
        # As the lesson may allow it again.
        assert "Revoke" in studied_by

    def test_are_not_counted_when_it_is_deleted(
        self, taught: Client, made: shares.NewLink, student: User
    ):
        replay = made.share.replay

        def told() -> tuple[bool, bool]:
            asked = read(taught.get(f"/replays/delete/?code={replay.code}").content).one("main")
            shown = read(taught.get(page_of(replay)).content).one("section", id="delete")
            return "1 open link leads" in asked.text, "links to it do not work" in shown.text

        assert told() == (True, True)
        withdraw("lesson", student)

        assert told() == (False, False)

    def test_cost_the_same_for_any_number(
        self, taught: Client, made: shares.NewLink, class_group: ClassGroup
    ):
        replay = Replay.objects.get()
        taught.get(page_of(replay))
        with CaptureQueriesContext(connection) as with_one:
            rows(taught, replay)
        for _number in range(4):
            classmate = UserFactory.create(roles=[Role.STUDENT])
            MembershipFactory.create(user=classmate, class_group=class_group)
            make_link(replay, classmate)

        with CaptureQueriesContext(connection) as with_many:
            found = rows(taught, replay)

        assert len(found) == 5
        assert all(row.startswith("✓ Valid") for row in found)
        assert len(with_many) == len(with_one)


class TestForWhoeverMadeThem:
    """Once the lesson does not let them share it any more, and they still watch it."""

    @pytest.fixture
    def studying(self, signed_in: SignedIn, student: User, made: shares.NewLink) -> Client:
        withdraw("lesson", student)
        return signed_in(student, "en")

    def test_their_own_are_listed_without_a_form(
        self, studying: Client, made: shares.NewLink, teacher: User
    ):
        replay = made.share.replay
        make_link(replay, teacher)

        (own,) = rows(studying, replay)

        assert own.startswith("✕ Not allowed any more Made by 王小明 on ")
        assert "You may not share this replay any more." in section(studying, replay).text
        assert not section(studying, replay).all("form", "share-form")
        assert share_by(studying, replay).status_code == 404

    def test_their_own_can_be_revoked_and_lead_nowhere_when_it_is_given_back(
        self, studying: Client, made: shares.NewLink
    ):
        answer = studying.post(
            f"{page_of(made.share.replay)}share/revoke/", {"share": made.share.code}
        )
        Lesson.objects.update(students_may_download=True)

        assert answer.status_code == 303
        assert statuses(made)[0] == 404

    def test_nothing_is_to_be_revoked_of_what_has_ended(
        self, studying: Client, made: shares.NewLink
    ):
        shares.revoke(made.share, at=timezone.now())

        shown = section(studying, made.share.replay)

        assert "You may not share this replay any more." in shown.text
        assert "can be revoked" not in shown.text

    def test_those_of_others_cannot(self, studying: Client, made: shares.NewLink, teacher: User):
        others = make_link(made.share.replay, teacher)

        answer = studying.post(
            f"{page_of(made.share.replay)}share/revoke/", {"share": others.share.code}
        )

        assert answer.status_code == 404
        assert statuses(others)[0] == 200

    def test_nothing_is_said_to_who_made_none(
        self, signed_in: SignedIn, made: shares.NewLink, class_group: ClassGroup, student: User
    ):
        withdraw("lesson", student)
        classmate = UserFactory.create(roles=[Role.STUDENT])
        MembershipFactory.create(user=classmate, class_group=class_group)

        shown = read(signed_in(classmate, "en").get(page_of(made.share.replay)).content)

        assert not shown.all("section", id="share")
