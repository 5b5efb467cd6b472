"""Pages on which links for whole class groups are printed: whose they are, and for several at once."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from edu_platform.lib.long_work import WorkState
from schedule.models import ClassGroup, FamilyLink, FamilySlips, Work
from tests.cast import SignedIn
from tests.factories.schedule import ClassGroupFactory, MembershipFactory
from tests.schedule.families.slips.conftest import (
    addresses_on,
    open_links,
    printed,
    slips_page,
)
from tests.support.long_work import done_by_worker, page_of_work
from tests.support.pages import main

pytestmark = pytest.mark.django_db

SEVERAL = "/class-groups/family-slips/"


class TestWhose:
    def test_for_others_there_is_nothing(
        self,
        office: Client,
        address: str,
        own_address: str,
        student: User,
        outsider: User,
        other_teacher: User,
        supervisor: User,
        signed_in: SignedIn,
    ):
        sheets = slips_page(office, printed(office, address))
        for user in (student, outsider, other_teacher, supervisor):
            client = signed_in(user)
            for path in (address, own_address, SEVERAL, sheets):
                assert client.get(path).status_code == 404, (user, path)
            for path in (address, own_address, SEVERAL, f"{sheets}done/"):
                assert client.post(path).status_code == 404, (user, path)
        assert FamilySlips.objects.get().sealed_tokens

    def test_class_teachers_have_an_address_of_their_own(
        self,
        class_teacher: User,
        address: str,
        own_address: str,
        student: User,
        class_group: ClassGroup,
        signed_in: SignedIn,
    ):
        client = signed_in(class_teacher, "en")
        page = main(client.get(f"/schedule/class-groups/{class_group.code}/"))
        assert page.link("Links for families…") == own_address
        assert client.get(address).status_code == 404

        sheets = slips_page(client, printed(client, own_address))

        assert len(addresses_on(client.get(sheets))) == 1

    def test_a_class_teacher_sees_no_slips_that_the_office_printed(
        self,
        office: Client,
        address: str,
        own_address: str,
        student: User,
        class_teacher: User,
        signed_in: SignedIn,
    ):
        client = signed_in(class_teacher, "en")
        sheets = slips_page(office, printed(office, address))

        assert client.get(sheets).status_code == 404
        assert not main(client.get(own_address)).all("a", href=sheets)
        assert main(office.get(address)).all("a", href=sheets)

    def test_who_is_class_teacher_no_more_sees_their_slips_no_more_and_the_office_does(
        self,
        office: Client,
        own_address: str,
        student: User,
        class_teacher: User,
        signed_in: SignedIn,
    ):
        client = signed_in(class_teacher)
        sheets = slips_page(client, printed(client, own_address))
        class_teacher.memberships.all().delete()

        assert client.get(sheets).status_code == 404
        assert office.get(sheets).status_code == 200

    def test_who_is_class_teacher_no_more_has_nothing_printed(
        self, own_address: str, student: User, class_teacher: User, signed_in: SignedIn
    ):
        signed_in(class_teacher).post(own_address)
        class_teacher.memberships.all().delete()

        work = done_by_worker()

        assert (work.state, work.result) == (WorkState.FAILED, {"fault": "account"})
        assert not FamilyLink.objects.exists()


class TestSeveral:
    def test_prints_for_the_chosen_class_groups(
        self,
        office: Client,
        student: User,
        outsider: User,
        class_group: ClassGroup,
        other_class_group: ClassGroup,
    ):
        left = MembershipFactory.create(class_group=ClassGroupFactory.create(name="四年级1班"))
        page = main(office.get(SEVERAL))
        assert len(page.all("input", name="code")) == 3

        work = printed(office, SEVERAL, code=[class_group.code, other_class_group.code])

        assert "Slips for 2 students are ready" in page_of_work(office, work).text
        assert slips_page(office, work) == SEVERAL
        page = main(office.get(SEVERAL))
        for name in ("三年级1班", "三年级2班"):
            assert len(addresses_on(office.get(page.link(f"Slips of {name}")))) == 1
        assert not open_links(left.user)

    def test_a_student_of_two_gets_one_slip(
        self, office: Client, student: User, class_group: ClassGroup, other_class_group: ClassGroup
    ):
        MembershipFactory.create(user=student, class_group=other_class_group)

        printed(office, SEVERAL, code=[class_group.code, other_class_group.code])

        assert len(open_links(student)) == 1

    def test_without_a_choice_says_so_and_with_a_foreign_one_is_not_there(
        self, office: Client, student: User, class_group: ClassGroup
    ):
        empty = ClassGroupFactory.create()

        assert "Choose at least one" in main(office.post(SEVERAL)).text
        assert office.post(SEVERAL, {"code": empty.code}).status_code == 422
        refused = office.post(SEVERAL, {"code": [class_group.code, "none"]})

        assert refused.status_code == 404
        assert not Work.objects.exists()

    def test_costs_the_same_for_many_class_groups_and_prints(
        self, office: Client, student: User, class_group: ClassGroup
    ):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert len(main(office.get(SEVERAL)).all("input", name="code")) == len(codes)
            return len(captured)

        codes = [class_group.code]
        printed(office, SEVERAL, code=codes)
        one = queries()
        for name in ("四年级1班", "四年级2班"):
            further = ClassGroupFactory.create(name=name)
            MembershipFactory.create(class_group=further)
            codes.append(further.code)
        printed(office, SEVERAL, code=codes)

        assert queries() == one

    def test_leads_from_the_list_of_class_groups(self, office: Client):
        page = main(office.get("/class-groups/"))
        assert page.link("Links for families…") == SEVERAL
