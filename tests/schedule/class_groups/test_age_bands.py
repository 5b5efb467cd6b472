"""Age bands of class groups: what a grade suggests, where they are given, and who takes them over."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from schedule.class_groups.age_bands import suggested_band
from schedule.enums import AgeBand
from schedule.models import ClassGroup, Membership
from tests.cast import SignedIn
from tests.factories.schedule import ClassGroupFactory, MembershipFactory
from tests.support.pages import Element, main

pytestmark = pytest.mark.django_db

LIST = "/class-groups/"
BANDS = f"{LIST}age-bands/"


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def tomorrow() -> str:
    return str(timezone.localdate() + dt.timedelta(days=1))


def bands() -> dict[str, str]:
    return dict(ClassGroup.objects.values_list("name", "age_band"))


def rows_of(page: Element) -> list[Element]:
    return page.one("table").one("tbody").all("tr")


def chosen_in(page: Element) -> list[str]:
    """Return what each field of the page has chosen."""
    options = [row.one("select").all("option") for row in rows_of(page)]
    return [
        next(option.attrs["value"] for option in of_row if "selected" in option.attrs)
        for of_row in options
    ]


@pytest.mark.parametrize(
    ("grade", "band"),
    [
        *((grade, AgeBand.UNDER_14) for grade in ("一年级", "六年级", "7年级", "初一", "初二")),
        *((grade, AgeBand.FROM_14_TO_17) for grade in ("九年级", "初三", "高一", "十二年级")),
        *((grade, "") for grade in ("", "2024级", "小班", "13年级", "0年级", "高级", "十年级提高")),
    ],
)
def test_what_a_grade_suggests(grade, band):
    assert suggested_band(grade) == band


class TestOne:
    def test_a_new_one_has_the_band_of_the_form_and_none_by_itself(self, client: Client):
        for name, band in (("一年级1班", ""), ("成人班", "adult")):
            client.post(f"{LIST}new/", {"name": name, "age_band": band})

        assert bands() == {"一年级1班": "", "成人班": "adult"}

    def test_the_form_suggests_one_and_chooses_none(self, client: Client):
        group = ClassGroupFactory.create(name="三年级1班")

        page = main(client.get(f"{LIST}{group.code}/change/"))

        assert "The grade 三年级 speaks for “Under 14”." in page.text
        options = page.one("select", id="id_age_band").all("option")
        assert [option.attrs["value"] for option in options if "selected" in option.attrs] == [""]

    def test_it_is_changed_and_a_program_that_leaves_it_out_keeps_it(self, client: Client):
        group = ClassGroupFactory.create(name="三年级1班")
        address = f"{LIST}{group.code}/change/"

        client.post(address, {"name": group.name, "grade": group.grade, "age_band": "under_14"})
        client.post(address, {"name": "三年级2班", "grade": group.grade})

        assert bands() == {"三年级2班": "under_14"}
        first = AuditEntry.objects.filter(kind=AuditKind.CLASS_GROUP_CHANGED).earliest("pk")
        assert first.details["changes"] == "三年级1班 · 三年级 → 三年级1班 · 三年级 · Under 14"

    def test_an_unknown_one_is_refused(self, client: Client):
        group = ClassGroupFactory.create()

        answer = client.post(
            f"{LIST}{group.code}/change/", {"name": group.name, "age_band": "infant"}
        )

        assert answer.status_code == 422
        assert bands() == {group.name: ""}

    def test_the_database_takes_no_other(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            ClassGroupFactory.create(age_band="infant")

    def test_its_page_says_it(self, client: Client):
        group = ClassGroupFactory.create(age_band=AgeBand.ADULT)

        assert "Adults" in main(client.get(f"{LIST}{group.code}/")).text


class TestList:
    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("", ["一班", "二班", "三班"]),
            ("?age_band=under_14", ["一班"]),
            ("?age_band=-", ["三班"]),
            ("?age_band=infant", ["一班", "二班", "三班"]),
        ],
    )
    def test_is_narrowed_by_it(self, client: Client, query: str, names: list[str]):
        for name, band in (("一班", "under_14"), ("二班", "adult"), ("三班", "")):
            ClassGroupFactory.create(name=name, age_band=band)

        page = main(client.get(f"{LIST}{query}"))

        assert [row.one("a").text for row in rows_of(page)] == names

    def test_shows_it_where_any_has_one(self, client: Client):
        group = ClassGroupFactory.create()
        assert "Age band" not in page_head(client)

        ClassGroup.objects.filter(pk=group.pk).update(age_band=AgeBand.UNDER_14)

        assert "Age band" in page_head(client)


def page_head(client: Client) -> list[str]:
    return [cell.text for cell in main(client.get(LIST)).one("table").one("thead").all("th")]


class TestSeveral:
    @pytest.fixture
    def groups(self) -> list[ClassGroup]:
        return [ClassGroupFactory.create(name=name) for name in ("三年级1班", "高一1班", "苹果班")]

    @pytest.fixture
    def sent(self, groups: list[ClassGroup]) -> dict[str, Any]:
        return {
            "code": [group.code for group in groups],
            f"band-{groups[0].code}": "under_14",
            f"band-{groups[1].code}": "",
            f"band-{groups[2].code}": "adult",
        }

    def test_the_page_shows_what_their_grades_suggest_and_what_they_have(
        self, client: Client, groups: list[ClassGroup]
    ):
        page = main(client.get(BANDS, {"code": [group.code for group in groups]}))

        assert [row.all("td")[-1].text for row in rows_of(page)] == ["Under 14", "14 to 17", "–"]
        assert chosen_in(page) == ["", "", ""]

    @pytest.mark.parametrize(
        ("fill", "chosen"),
        [
            ("suggested", ["under_14", "14_to_17", "adult"]),
            ("adult", ["adult", "adult", "adult"]),
            ("infant", ["under_14", "", "adult"]),
        ],
    )
    def test_buttons_fill_in_and_save_nothing(
        self, client: Client, sent: dict[str, Any], fill: str, chosen: list[str]
    ):
        page = main(client.post(BANDS, {**sent, "fill": fill}))

        assert chosen_in(page) == chosen
        assert set(bands().values()) == {""}

    def test_they_are_saved_each_with_an_entry_of_the_audit_log(
        self, client: Client, sent: dict[str, Any]
    ):
        answer = client.post(BANDS, sent)

        assert answer.status_code == 303
        assert bands() == {"三年级1班": "under_14", "高一1班": "", "苹果班": "adult"}
        entries = AuditEntry.objects.filter(kind=AuditKind.CLASS_GROUP_CHANGED)
        assert {entry.object_text: entry.details["changes"] for entry in entries} == {
            "三年级1班": "– → Under 14",
            "苹果班": "– → Adults",
        }

    def test_what_somebody_changed_meanwhile_is_not_overwritten_unseen(
        self, client: Client, groups: list[ClassGroup], sent: dict[str, Any]
    ):
        shown = main(client.get(BANDS, {"code": sent["code"]}))
        known = shown.one("input", name="known").attrs["value"]
        ClassGroup.objects.filter(pk=groups[1].pk).update(age_band=AgeBand.ADULT)

        answer = client.post(BANDS, {**sent, "known": known})

        assert answer.status_code == 409
        assert bands()["三年级1班"] == ""
        assert chosen_in(main(answer)) == ["under_14", "", "adult"]

    def test_an_unknown_band_is_refused(
        self, client: Client, groups: list[ClassGroup], sent: dict[str, Any]
    ):
        answer = client.post(BANDS, {**sent, f"band-{groups[1].code}": "infant"})

        assert answer.status_code == 422
        assert set(bands().values()) == {""}

    def test_nobody_else_comes_here(
        self, signed_in: SignedIn, teacher: User, groups: list[ClassGroup]
    ):
        answer = signed_in(teacher).get(BANDS, {"code": [group.code for group in groups]})

        assert answer.status_code == 404


class TestMoves:
    @pytest.fixture
    def member(self) -> Membership:
        group = ClassGroupFactory.create(name="三年级1班", age_band=AgeBand.UNDER_14)
        return MembershipFactory.create(class_group=group)

    def move(self, client: Client, member: Membership, way: str, to: str) -> None:
        sent = {"people": member.user.username, "to": to, "from": tomorrow()}
        assert client.post(f"{LIST}{member.class_group.code}/{way}/", sent).status_code == 303

    def test_a_split_takes_it_over(self, client: Client, member: Membership):
        self.move(client, member, "split", "三年级2班")

        assert bands()["三年级2班"] == AgeBand.UNDER_14

    @pytest.mark.parametrize(("before", "after"), [("", "under_14"), ("adult", "adult")])
    def test_a_merge_gives_it_where_nobody_has_said_one(
        self, client: Client, member: Membership, before: str, after: str
    ):
        ClassGroupFactory.create(name="三年级2班", age_band=before)
        sent = {"to": "三年级2班", "from": tomorrow(), "check": "1"}
        shown = main(client.post(f"{LIST}{member.class_group.code}/merge/", sent)).text

        self.move(client, member, "merge", "三年级2班")

        assert ("takes over the age band “Under 14”" in shown) is (before == "")
        assert bands()["三年级2班"] == after

    def test_single_students_take_it_nowhere(self, client: Client, member: Membership):
        ClassGroupFactory.create(name="三年级2班")

        self.move(client, member, "move", "三年级2班")

        assert bands()["三年级2班"] == ""
