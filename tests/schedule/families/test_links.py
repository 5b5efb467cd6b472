"""Family links: what making one writes, and what ends with it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone, translation

from accounts.enums import AuditKind, Role
from accounts.hooks import former_student_notes
from accounts.models import AuditEntry, User
from accounts.services.leaving import deactivate_people, leaving_notes, reactivate_people
from accounts.services.people import set_roles
from edu_platform.lib.secret_tokens import digest_of
from schedule.families.links import (
    LINKS_A_CHILD,
    NotToBeShown,
    TooManyLinks,
    end_link,
    end_links_of_children,
    family_address,
    make_link,
)
from schedule.models import CalendarFeed, FamilyAddress, FamilyChild, FamilyLink
from tests.factories.accounts import UserFactory
from tests.support.families import link_of
from tests.support.people import again

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("locks and bulk writing")]


@pytest.fixture
def sibling() -> User:
    return UserFactory.create(roles=[Role.STUDENT])


def hang_on(link: FamilyLink) -> None:
    """Give a link a mail address, and a calendar of each child."""
    FamilyAddress.objects.create(link=link, email="m@example.com", language="zh-hans")
    for row in FamilyChild.objects.filter(link=link):
        CalendarFeed.objects.create(
            user=row.person, family_child=row, token_digest=digest_of(f"feed {row.pk}")
        )


class TestMade:
    def test_keeps_a_digest_of_its_token_alone(self, student: User, planner: User):
        link, token = make_link([student], label="母亲", by=planner, at=timezone.now())

        assert len(token) >= 32
        assert link.token_digest == digest_of(token)
        assert token not in str(FamilyLink.objects.values().get())
        assert family_address(token).endswith(f"/family/{token}/")

    def test_is_logged_by_its_code_at_each_child(self, student: User, sibling: User, planner: User):
        link = link_of(student, sibling, by=planner)

        entries = AuditEntry.objects.filter(kind=AuditKind.FAMILY_LINK_MADE, actor=planner)
        assert {entry.person for entry in entries} == {student, sibling}
        assert {entry.object_text for entry in entries} == {link.code}

    def test_a_child_has_only_so_many_open_links(self, student: User, sibling: User, planner: User):
        links = [link_of(student, by=planner) for _number in range(LINKS_A_CHILD)]

        with pytest.raises(TooManyLinks) as refused:
            link_of(sibling, student, by=planner)
        assert refused.value.child == student
        assert not FamilyChild.objects.filter(person=sibling).exists()

        end_link(links[0], by=planner, at=timezone.now())
        link_of(sibling, student, by=planner)

    def test_shows_nobody_who_has_left_or_is_a_student_no_more(
        self, student: User, sibling: User, planner: User
    ):
        former, gone = again(student), again(sibling)
        set_roles(former, {Role.TEACHER}, by=planner)
        deactivate_people([gone], by=planner)

        for chosen, who in (((sibling,), sibling), ((student,), student)):
            with pytest.raises(NotToBeShown) as refused:
                link_of(*chosen, by=planner)
            assert refused.value.child == who
        assert not FamilyLink.objects.exists()


class TestEnded:
    def test_its_address_and_calendars_go_with_it(
        self, student: User, sibling: User, planner: User
    ):
        link, other = link_of(student, sibling, by=planner), link_of(student, by=planner)
        for row in (link, other):
            hang_on(row)

        assert end_link(link, by=planner, at=timezone.now())

        link.refresh_from_db()
        assert (link.is_open, link.ended_by) == (False, planner)
        assert FamilyAddress.objects.get().link == other
        assert CalendarFeed.objects.get().family_child == FamilyChild.objects.get(link=other)
        ended = AuditEntry.objects.filter(kind=AuditKind.FAMILY_LINK_ENDED)
        assert {entry.person for entry in ended} == {student, sibling}

    def test_once_more_changes_nothing(self, student: User, planner: User, superuser: User):
        link = link_of(student, by=planner)
        end_link(link, by=planner, at=timezone.now())

        assert not end_link(link, by=superuser, at=timezone.now())

        link.refresh_from_db()
        assert link.ended_by == planner
        assert AuditEntry.objects.filter(kind=AuditKind.FAMILY_LINK_ENDED).count() == 1


class TestLeaving:
    def test_ends_the_links_that_show_nobody_else(
        self, student: User, sibling: User, planner: User
    ):
        alone, both = link_of(student, by=planner), link_of(student, sibling, by=planner)

        deactivate_people([student], by=planner)

        assert set(FamilyLink.objects.open()) == {both}
        alone.refresh_from_db()
        assert alone.ended_by is None
        deactivate_people([sibling], by=planner)
        assert not FamilyLink.objects.open().exists()

    def test_siblings_who_leave_together_leave_no_link(
        self, student: User, sibling: User, planner: User
    ):
        link_of(student, sibling, by=planner)

        deactivate_people([student, sibling], by=planner)

        assert not FamilyLink.objects.open().exists()

    def test_coming_back_opens_no_link_that_has_ended(
        self, student: User, sibling: User, planner: User
    ):
        link_of(student, by=planner)
        both = link_of(student, sibling, by=planner)

        deactivate_people([student], by=planner)
        reactivate_people([student], by=planner)

        assert set(FamilyLink.objects.open()) == {both}

    def test_the_page_that_asks_before_counts_what_would_end(
        self, student: User, sibling: User, planner: User
    ):
        link_of(student, sibling, by=planner)
        assert not leaving_notes(student, timezone.now())
        link_of(student, by=planner)

        with translation.override("en"):
            (note,) = leaving_notes(student, timezone.now())
        assert note.startswith("1 link ")

    def test_costs_one_statement_where_nobody_had_a_link(
        self, student: User, planner: User, django_assert_num_queries
    ):
        link = link_of(student, by=planner)
        end_link(link, by=planner, at=timezone.now() - dt.timedelta(days=1))

        with django_assert_num_queries(3):  # the two others open and close a savepoint
            end_links_of_children([student.pk], timezone.now())


class TestFormerStudents:
    def test_their_links_end_when_the_role_is_taken_away(self, student: User, planner: User):
        link = link_of(student, by=planner)
        hang_on(link)

        set_roles(student, {Role.TEACHER}, by=planner)

        link.refresh_from_db()
        assert not link.is_open
        assert not CalendarFeed.objects.exists()
        assert not FamilyAddress.objects.exists()

    def test_links_of_siblings_go_on_without_them(
        self, student: User, sibling: User, planner: User
    ):
        link = link_of(student, sibling, by=planner)
        hang_on(link)

        set_roles(student, {Role.TEACHER}, by=planner)

        link.refresh_from_db()
        assert link.is_open
        assert [row.person for row in link.children.all()] == [sibling]
        assert [feed.user for feed in CalendarFeed.objects.all()] == [sibling]
        set_roles(sibling, set(), by=planner)
        link.refresh_from_db()
        assert not link.is_open

    def test_the_pages_that_take_the_role_count_them_before(
        self, student: User, sibling: User, planner: User, django_assert_num_queries
    ):
        link_of(student, by=planner)
        end_link(link_of(sibling, by=planner), by=planner, at=timezone.now())
        link_of(student, sibling, by=planner)

        with translation.override("en"), django_assert_num_queries(1):
            notes = former_student_notes([student.pk, sibling.pk, planner.pk])

        assert notes.keys() == {student.pk, sibling.pk}
        assert "2 family links no longer show this person" in notes[student.pk]
        assert "1 family link no longer shows this person" in notes[sibling.pk]

    def test_more_roles_change_nothing(self, student: User, planner: User):
        link = link_of(student, by=planner)

        set_roles(student, {Role.STUDENT, Role.TEACHER}, by=planner)

        link.refresh_from_db()
        assert link.is_open
