"""The page of a child's family links: whose it is, what it shows, and links made and ended there."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from accounts.services.leaving import deactivate_people
from edu_platform.lib.secret_tokens import digest_of
from schedule.enums import MembershipKind
from schedule.families.links import CHILDREN_A_LINK, LINKS_A_CHILD, make_link
from schedule.families.managing import views
from schedule.models import ClassGroup, FamilyAddress, FamilyChild, FamilyLink
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import MembershipFactory
from tests.support.families import link_of
from tests.support.pages import main, read, table_of

pytestmark = pytest.mark.django_db


def children_of(link: FamilyLink) -> set[User]:
    return {row.person for row in FamilyChild.objects.filter(link=link)}


def refusals(answer: Any) -> str:
    assert answer.status_code == 422
    return read(answer.content).one("", "errors").text


class TestWhose:
    def test_for_others_there_is_nothing(
        self,
        address: str,
        student: User,
        outsider: User,
        other_teacher: User,
        supervisor: User,
        planner: User,
        signed_in: SignedIn,
    ):
        link = link_of(student, by=planner)
        for user in (student, outsider, other_teacher, supervisor):
            client = signed_in(user)
            answers = [
                client.get(address),
                client.post(address, {"label": "母亲"}),
                client.post(f"{address}{link.code}/end/"),
            ]
            assert [answer.status_code for answer in answers] == [404] * 3, user
        assert FamilyLink.objects.get().is_open

    def test_follows_the_child_into_another_class(
        self,
        address: str,
        student: User,
        class_teacher: User,
        other_teacher: User,
        other_class_group: ClassGroup,
        signed_in: SignedIn,
    ):
        kind = MembershipKind.CLASS_TEACHER
        MembershipFactory.create(user=other_teacher, class_group=other_class_group, kind=kind)
        link = link_of(student, by=class_teacher)
        before, after = signed_in(class_teacher), signed_in(other_teacher)
        assert [before.get(address).status_code, after.get(address).status_code] == [200, 404]

        student.memberships.update(class_group=other_class_group)

        assert [before.get(address).status_code, after.get(address).status_code] == [404, 200]
        assert after.post(f"{address}{link.code}/end/").status_code == 303

    @pytest.mark.parametrize("person", ["teacher", "planner"])
    def test_only_students_have_one(self, office: Client, person: str, request: Any):
        user = request.getfixturevalue(person)
        assert office.get(f"/people/{user.code}/family-links/").status_code == 404
        assert office.get("/people/none/family-links/").status_code == 404

    def test_a_link_of_another_child_is_not_there(
        self, office: Client, address: str, outsider: User, planner: User
    ):
        link = link_of(outsider, by=planner)
        assert office.post(f"{address}{link.code}/end/").status_code == 404
        assert office.post(f"{address}none/end/").status_code == 404


class TestMade:
    def test_its_address_is_shown_once(self, office: Client, address: str, student: User):
        answer = office.post(address, {"label": " 母\u3000亲 <b> "})
        assert (answer.status_code, answer["Location"]) == (303, address)

        first, second = office.get(address), office.get(address)

        link = FamilyLink.objects.get()
        assert (link.label, children_of(link)) == ("母 亲 <b>", {student})
        shown = main(first).one("input", id="family-address").attrs["value"]
        assert digest_of(shown.rstrip("/").rpartition("/")[2]) == link.token_digest
        # Nothing follows the address: messengers would take it for a part of it.
        assert main(first).one("textarea", id="family-message").text.split()[-1] == shown
        assert main(first).all("svg")
        assert "no-store" in first["Cache-Control"]
        assert shown not in second.content.decode()
        assert "母 亲 <b>" in table_of(main(second))[1][0]

    def test_shows_several_children(
        self, office: Client, address: str, student: User, outsider: User, classmate: User
    ):
        more = f"{outsider.username}; Classmate；{outsider.username};{student.username}"

        assert office.post(address, {"label": "父亲", "more": more}).status_code == 303

        assert children_of(FamilyLink.objects.get()) == {student, outsider, classmate}
        office.get(address)
        assert "刘小红" in table_of(main(office.get(address)))[1][0]
        theirs = office.get(f"/people/{outsider.code}/family-links/")
        assert "王小明" in table_of(main(theirs))[1][0]

    def test_a_class_teacher_names_their_own_students_alone(
        self,
        address: str,
        class_teacher: User,
        classmate: User,
        outsider: User,
        signed_in: SignedIn,
    ):
        client = signed_in(class_teacher, "en")

        foreign = client.post(address, {"label": "母亲", "more": outsider.username})
        unknown = client.post(address, {"label": "母亲", "more": "nobody"})

        said = refusals(foreign)
        assert outsider.username in said
        assert "office" in said
        assert outsider.display_name not in foreign.content.decode()
        assert said.replace(outsider.username, "nobody") == refusals(unknown)
        assert not FamilyLink.objects.exists()
        own = client.post(address, {"label": "母亲", "more": classmate.username})
        assert own.status_code == 303

    def test_bad_input_is_said_and_loses_nothing(
        self, office: Client, address: str, teacher: User, classmate: User
    ):
        gone = UserFactory.create(username="gone", is_active=False, roles=[Role.STUDENT])

        for label, more, words in (
            ("", "", "required"),
            ("\u200b \u2800", "", "required"),
            ("母" * 65, "", "64"),
            ("母\0亲", "", "cannot be shown"),
            ("母亲", "clasmate", "Did you mean 陈小雨 (classmate)?"),
            ("母亲", teacher.username, "is not a student"),
            ("母亲", gone.username, "deactivated"),
            ("母亲", ";".join(f"s{n}" for n in range(CHILDREN_A_LINK + 1)), "at most 8"),
            ("母亲", "x" * 2001, "2000"),
        ):
            answer = office.post(address, {"label": label, "more": more})

            assert words in refusals(answer), (label, more)
            assert read(answer.content).one("input", name="more").attrs.get("value", "") == more
        assert not FamilyLink.objects.exists()

    def test_a_child_with_all_links_gets_no_further_one(
        self, office: Client, address: str, student: User, planner: User
    ):
        for _number in range(LINKS_A_CHILD):
            link_of(student, by=planner)

        answer = office.post(address, {"label": "祖母"})

        assert "王小明 has 10 open links already: end" in refusals(answer)

    def test_nobody_makes_one_for_a_child_who_has_left(
        self, office: Client, address: str, student: User
    ):
        User.objects.filter(pk=student.pk).update(is_active=False)

        assert "deactivated" in main(office.get(address)).text
        refused = office.post(address, {"label": "母亲"})
        assert refused.status_code == 422
        assert "deactivated" in main(refused).text
        assert not FamilyLink.objects.exists()

    def test_says_of_a_child_who_leaves_meanwhile_why_there_is_no_link(
        self,
        office: Client,
        address: str,
        classmate: User,
        planner: User,
        monkeypatch: pytest.MonkeyPatch,
    ):
        def leaves_first(*args: Any, **fields: Any) -> Any:
            deactivate_people([User.objects.get(pk=classmate.pk)], by=planner)
            return make_link(*args, **fields)

        monkeypatch.setattr(views, "make_link", leaves_first)

        answer = office.post(address, {"label": "母亲", "more": classmate.username})

        assert f"The account of {classmate} is deactivated." in refusals(answer)
        assert read(answer.content).one("input", name="label").attrs["value"] == "母亲"
        assert not FamilyLink.objects.exists()

    def test_another_child_page_does_not_show_the_new_address(
        self, office: Client, address: str, outsider: User
    ):
        office.post(address, {"label": "母亲"})

        cookie = office.cookies["new_family_link"]
        assert cookie["path"] == address
        other = office.get(f"/people/{outsider.code}/family-links/")
        assert not main(other).all("input", id="family-address")


class TestList:
    def test_says_how_each_is_used(
        self, office: Client, address: str, student: User, planner: User
    ):
        at = timezone.now() - dt.timedelta(days=3)
        used = link_of(student, by=planner, label="父亲")
        FamilyLink.objects.filter(pk=used.pk).update(
            first_used_at=at, used_on=dt.date(2026, 11, 2), browser_count=2
        )
        FamilyAddress.objects.create(
            link=used, email="ba@example.com", language="zh-hans", confirmed_at=at
        )
        link_of(student, by=planner, label="祖母")

        _head, newest, oldest = table_of(main(office.get(address)))

        assert newest[0] == "祖母"
        assert (newest[2], newest[3]) == ("Never", "–")
        assert "in 2 browsers" in oldest[2]
        assert "last 2026-11-02" in oldest[2]
        assert oldest[3] == "ba@example.com · confirmed"

    def test_keeps_mail_addresses_from_class_teachers(
        self, address: str, student: User, class_teacher: User, signed_in: SignedIn
    ):
        FamilyAddress.objects.create(
            link=link_of(student, by=class_teacher), email="ma@example.com", language="zh-hans"
        )

        page = main(signed_in(class_teacher, "en").get(address))

        assert table_of(page)[1][3] == "not confirmed yet"
        assert "ma@example.com" not in page.text

    def test_ended_ones_stand_last(
        self, office: Client, address: str, student: User, planner: User
    ):
        link_of(student, by=planner, label="父亲")
        ended = link_of(student, by=planner, label="母亲")

        answer = office.post(f"{address}{ended.code}/end/")
        office.get(address)
        office.post(f"{address}{ended.code}/end/")
        again = office.get(address)

        assert (answer.status_code, answer["Location"]) == (303, address)
        assert "already" in main(again).text
        rows = table_of(main(office.get(address)))[1:]
        assert [row[0] for row in rows] == ["父亲", "母亲"]
        assert rows[1][4].startswith("ended ")
        assert rows[1][4].endswith("孙教务")

    def test_a_class_teacher_does_not_end_what_shows_children_of_others(
        self,
        address: str,
        student: User,
        outsider: User,
        class_teacher: User,
        planner: User,
        signed_in: SignedIn,
    ):
        link, client = link_of(student, outsider, by=planner), signed_in(class_teacher, "en")

        page = main(client.get(address))

        assert "The office ends it" in table_of(page)[1][4]
        assert client.post(f"{address}{link.code}/end/").status_code == 404
        # A sibling who has left is nobody's to look after any more.
        User.objects.filter(pk=outsider.pk).update(is_active=False)
        assert client.post(f"{address}{link.code}/end/").status_code == 303

    def test_get_of_ending_leads_back(
        self, office: Client, address: str, student: User, planner: User
    ):
        answer = office.get(f"{address}{link_of(student, by=planner).code}/end/")

        assert answer.status_code == 405
        assert f'href="{address}"' in answer.content.decode()

    def test_costs_the_same_for_many(
        self, office: Client, address: str, student: User, outsider: User, planner: User
    ):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert office.get(address).status_code == 200
            return len(captured)

        link_of(student, by=planner)
        one = queries()
        for _number in range(5):
            link_of(student, outsider, by=planner)

        assert queries() == one
