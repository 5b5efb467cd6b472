"""For how long replays are kept, as staff choose it in the administration."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from replays.models import Retention
from schedule.models import ClassGroup
from tests.factories.schedule import ClassGroupFactory
from tests.support.pages import read

pytestmark = pytest.mark.django_db

LIST = "/admin/replays/retention/"


def kept() -> list[tuple[int, int]]:
    return list(Retention.objects.values_list("class_group", "days"))


def test_time_is_chosen_changed_and_taken_back(each_of_staff: Client, class_group: ClassGroup):
    each_of_staff.post(f"{LIST}add/", {"class_group": class_group.pk, "days": "180"})
    chosen = kept()
    path = f"{LIST}{Retention.objects.get().pk}"
    each_of_staff.post(f"{path}/change/", {"class_group": class_group.pk, "days": "365"})
    changed = kept()
    each_of_staff.post(f"{path}/delete/", {"post": "yes"})

    assert (chosen, changed) == ([(class_group.pk, 180)], [(class_group.pk, 365)])
    assert kept() == []


def test_time_that_cannot_be_is_refused(office: Client, class_group: ClassGroup):
    for days in ("0", "-1", "3651", "", "long"):
        answer = office.post(f"{LIST}add/", {"class_group": class_group.pk, "days": days})

        assert len(read(answer.content).all("ul", "errorlist")) == 1, days
        assert kept() == [], days


def test_class_group_has_one_time(office: Client, class_group: ClassGroup):
    Retention.objects.create(class_group=class_group, days=30)

    answer = office.post(f"{LIST}add/", {"class_group": class_group.pk, "days": "60"})

    assert answer.status_code == 200
    assert kept() == [(class_group.pk, 30)]


def test_list_is_searched_by_class_group(staff: dict[str, Client], class_group: ClassGroup):
    Retention.objects.create(class_group=class_group, days=30)
    Retention.objects.create(class_group=ClassGroupFactory.create(), days=60)

    for who, client in staff.items():
        page = read(client.get(f"{LIST}?q={class_group.name}").content)

        assert [cell.text for cell in page.all("td", "field-days")] == ["30"], who


def test_others_choose_nothing(others: dict[str, Client], class_group: ClassGroup):
    for who, client in others.items():
        answer = client.post(f"{LIST}add/", {"class_group": class_group.pk, "days": "1"})

        assert answer.status_code == 302, who
        assert kept() == [], who


def test_many_rows_take_no_more_queries_than_one(
    office: Client, class_group: ClassGroup, django_assert_max_num_queries: Any
):
    Retention.objects.create(class_group=class_group, days=30)
    with django_assert_max_num_queries(12) as one:
        office.get(LIST)
    for _number in range(3):
        Retention.objects.create(class_group=ClassGroupFactory.create(), days=60)

    with django_assert_max_num_queries(len(one.captured_queries)):
        page = read(office.get(LIST).content)
    assert len(page.all("td", "field-days")) == 4


@pytest.mark.parametrize(
    ("language", "days", "text"),
    [
        ("zh-hans", 30, "三年级1班：30 天"),
        ("en", 30, "三年级1班: 30 days"),
        ("en", 1, "三年级1班: 1 day"),
    ],
)
def test_is_called_by_its_class_group_and_its_time(
    class_group: ClassGroup, language: str, days: int, text: str
):
    with translation.override(language):
        assert str(Retention(class_group=class_group, days=days)) == text
