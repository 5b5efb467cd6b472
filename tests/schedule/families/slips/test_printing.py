"""Links printed for whole class groups: what a print makes and ends, and how long its slips are shown."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django.utils.translation import gettext
from pytest_django import DjangoAssertNumQueries

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, Notice, User
from accounts.services.people import set_roles
from edu_platform.lib.long_work import WorkState
from edu_platform.lib.secret_text import decrypt
from edu_platform.lib.secret_tokens import digest_of
from schedule.families.links import LINKS_A_CHILD
from schedule.families.slips.printing import SALT, SHOWN_FOR, preview_of
from schedule.models import ClassGroup, FamilyLink, FamilySlips, Work
from schedule.tasks import close_family_slips
from tests.factories.schedule import MembershipFactory
from tests.schedule.families.slips.conftest import (
    addresses_on,
    open_links,
    printed,
    slips_page,
    use,
)
from tests.support.families import link_of
from tests.support.long_work import done_by_worker, page_of_work, refusal_on
from tests.support.pages import main, read

pytestmark = pytest.mark.django_db


class TestPrinted:
    def test_each_student_of_today_gets_a_link_of_their_own(
        self, office: Client, address: str, student: User, classmate: User, class_group: ClassGroup
    ):
        yesterday = timezone.localdate() - dt.timedelta(days=1)
        MembershipFactory.create(class_group=class_group, to_date=yesterday)
        gone = MembershipFactory.create(class_group=class_group).user
        User.objects.filter(pk=gone.pk).update(is_active=False)
        set_roles(MembershipFactory.create(class_group=class_group).user, {Role.TEACHER}, by=None)

        work = printed(office, address)
        sheets = office.get(slips_page(office, work))

        assert work.state == WorkState.DONE
        assert "no-store" in sheets["Cache-Control"]
        page = read(sheets.content)
        assert [head.text for head in page.all("h2")] == ["陈小雨", "王小明"]
        assert len(page.all("svg")) >= 2
        by_digest = {
            digest_of(link_address.rstrip("/").rpartition("/")[2]): link_address
            for link_address in addresses_on(sheets)
        }
        (link,) = open_links(student)
        assert by_digest.keys() == {link.token_digest, open_links(classmate)[0].token_digest}
        with translation.override(settings.LANGUAGE_CODE):
            assert link.label == gettext("Family")
        assert by_digest[link.token_digest].startswith(f"{settings.PUBLIC_BASE_URL}/family/")

    def test_no_token_is_kept_in_the_open(self, office: Client, address: str, student: User):
        work = printed(office, address)

        (token,) = json.loads(decrypt(FamilySlips.objects.get().sealed_tokens, salt=SALT)).values()

        models = (Work, FamilySlips, FamilyLink, AuditEntry, Notice)
        assert token not in str([list(model._default_manager.values()) for model in models])
        assert token not in page_of_work(office, work).text

    def test_unused_ones_of_an_earlier_print_end_and_others_stay(
        self, office: Client, address: str, student: User, classmate: User, planner: User
    ):
        alone = link_of(student, by=planner)
        printed(office, address)
        (unused,) = [link for link in open_links(student) if link != alone]
        (used,) = open_links(classmate)
        use(used)

        preview = main(office.get(address)).text
        printed(office, address)

        assert "2 students get a new link each" in preview
        assert "The family of 1 student uses a link already" in preview
        assert "1 link of an earlier print that nobody has used ends" in preview
        unused.refresh_from_db()
        assert (unused.is_open, unused.ended_by) == (False, planner)
        assert alone in open_links(student)
        assert used in open_links(classmate)
        assert [len(open_links(child)) for child in (student, classmate)] == [2, 2]

    def test_an_unused_one_of_the_class_before_ends_too(
        self,
        office: Client,
        address: str,
        student: User,
        other_class_group: ClassGroup,
    ):
        earlier = printed(office, address)
        student.memberships.update(class_group=other_class_group)

        printed(office, f"/class-groups/{other_class_group.code}/family-slips/")

        assert len(open_links(student)) == 1
        # What it shows no more is of no use on paper either.
        assert addresses_on(office.get(slips_page(office, earlier))) == []

    def test_who_has_all_links_gets_none_and_is_named(
        self, office: Client, address: str, student: User, classmate: User, planner: User
    ):
        for _number in range(LINKS_A_CHILD):
            link_of(student, by=planner)

        preview = main(office.get(address))
        work = printed(office, address)

        assert "1 student gets a new link" in preview.text
        assert preview.link("王小明") == f"/people/{student.code}/family-links/"
        assert work.result["left_out"] == 1
        assert "1 student has as many links as there may be" in page_of_work(office, work).text
        assert len(open_links(student)) == LINKS_A_CHILD
        assert len(open_links(classmate)) == 1

    def test_who_has_one_unused_printed_link_among_all_gets_another(
        self, office: Client, address: str, student: User, planner: User
    ):
        printed(office, address)
        for _number in range(LINKS_A_CHILD - 1):
            link_of(student, by=planner)

        assert "as many links" not in main(office.get(address)).text
        assert printed(office, address).result["left_out"] == 0
        assert len(open_links(student)) == LINKS_A_CHILD

    def test_is_logged_once_for_a_class_group(
        self, office: Client, address: str, student: User, classmate: User, planner: User
    ):
        printed(office, address)
        printed(office, address)

        first, second = AuditEntry.objects.filter(
            kind=AuditKind.FAMILY_SLIPS_PRINTED, actor=planner
        ).order_by("pk")
        assert "2 links made" in first.details["changes"]
        assert "2 unused links ended" in second.details["changes"]

    def test_without_students_nothing_is_begun(
        self, office: Client, address: str, class_group: ClassGroup
    ):
        answer = office.post(address)

        assert answer.status_code == 422
        assert "No student belongs to this class group today" in main(answer).text
        assert not Work.objects.exists()

    def test_archived_meanwhile_nothing_is_printed(
        self, office: Client, address: str, student: User, class_group: ClassGroup
    ):
        office.post(address)
        ClassGroup.objects.filter(pk=class_group.pk).update(archived_at=timezone.now())

        work = done_by_worker()

        assert "archived" in refusal_on(page_of_work(office, work))
        assert not FamilyLink.objects.exists()

    def test_looking_costs_the_same_for_many(
        self, office: Client, address: str, class_group: ClassGroup, student: User
    ):
        def queries(path: str) -> int:
            with CaptureQueriesContext(connection) as captured:
                assert office.get(path).status_code == 200
            return len(captured)

        sheets = slips_page(office, printed(office, address))
        counts = [queries(address), queries(sheets)]
        MembershipFactory.create_batch(5, class_group=class_group)
        sheets = slips_page(office, printed(office, address))

        assert [queries(address), queries(sheets)] == counts


class TestKept:
    def test_pressing_the_button_closes_them(self, office: Client, address: str, student: User):
        sheets = slips_page(office, printed(office, address))

        answer = office.post(f"{sheets}done/")

        assert (answer.status_code, answer["Location"]) == (303, sheets)
        page = main(office.get(sheets))
        assert "cannot be shown again" in page.text
        assert page.link("Print anew…") == address
        assert FamilySlips.objects.get().sealed_tokens == ""
        assert len(open_links(student)) == 1

    def test_a_newer_print_of_the_class_group_closes_them(
        self, office: Client, address: str, student: User
    ):
        older = slips_page(office, printed(office, address))
        newer = slips_page(office, printed(office, address))

        assert "cannot be shown again" in main(office.get(older)).text
        assert len(addresses_on(office.get(newer))) == 1

    def test_after_a_day_they_are_gone_with_and_without_the_clock(
        self, office: Client, address: str, student: User
    ):
        sheets = slips_page(office, printed(office, address))
        with time_machine.travel(timezone.now() + SHOWN_FOR - dt.timedelta(minutes=1)):
            close_family_slips()
            assert addresses_on(office.get(sheets))
        with time_machine.travel(timezone.now() + SHOWN_FOR, tick=False):
            assert "cannot be shown again" in main(office.get(sheets)).text
            assert not main(office.get(address)).all("a", href=sheets)

            close_family_slips()

        assert FamilySlips.objects.get().sealed_tokens == ""

    def test_another_secret_key_shows_them_as_closed(
        self, office: Client, address: str, student: User, planner: User, settings: Any
    ):
        sheets = slips_page(office, printed(office, address))
        settings.SECRET_KEY = "another one"
        office.force_login(planner)

        assert "cannot be shown again" in main(office.get(sheets)).text

    def test_a_child_who_leaves_meanwhile_is_on_no_slip(
        self, office: Client, address: str, student: User, classmate: User
    ):
        sheets = slips_page(office, printed(office, address))

        User.objects.filter(pk=student.pk).update(is_active=False)

        assert len(addresses_on(office.get(sheets))) == 1


def test_preview_takes_as_many_queries_as_it_says(
    student: User,
    classmate: User,
    planner: User,
    django_assert_num_queries: DjangoAssertNumQueries,
):
    with django_assert_num_queries(3):
        preview_of([student, classmate])
    for _number in range(LINKS_A_CHILD):
        link_of(student, by=planner)
    with django_assert_num_queries(4):
        preview_of([student, classmate])
