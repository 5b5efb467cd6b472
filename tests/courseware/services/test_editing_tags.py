"""Tags: given by many at once, cleaned of what nobody sees, and cleared away when nothing has them."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.models import User
from courseware.models import Courseware, Tag
from courseware.services.editing import remove_unused_tags, set_tags
from courseware.tasks import remove_unused_tags as remove_unused_tags_task
from tests.cast import SignedIn
from tests.factories.courseware import CoursewareFactory
from tests.support.threads import all_at_once

TIMES = 40


def names_of(courseware: Courseware) -> list[str]:
    return sorted(courseware.tags.values_list("name", flat=True))


@pytest.mark.django_db
def test_what_nobody_sees_is_no_part_of_a_tag(
    signed_in: SignedIn, teacher: User, courseware: Courseware
):
    client: Client = signed_in(teacher)
    words = "\u202efdp.exe\u202c\u200b, \u3164\u115f\u1160\uffa0,\u200b\u200b, 诗\u200b  歌"

    answer = client.post(f"/courseware/{courseware.code}/tags/", {"tags": words})

    assert answer.status_code == 303
    assert names_of(courseware) == ["fdp.exe", "诗 歌"]


@pytest.mark.django_db
def test_tags_that_nothing_has_are_cleared_away(courseware: Courseware):
    set_tags(courseware, names=["旧", "诗"])
    set_tags(courseware, names=["诗"])

    remove_unused_tags_task()

    assert list(Tag.objects.values_list("name", flat=True)) == ["诗"]


@pytest.mark.django_db(transaction=True)
def test_tag_that_somebody_is_about_to_give_is_not_cleared_away(courseware: Courseware):
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite transactions that write come one after the other anyway")
    Tag.objects.create(name="诗")

    with transaction.atomic():
        set_tags(courseware, names=["诗"])
        (removed,) = all_at_once(lambda _nothing: remove_unused_tags(), [None])

    assert removed == 0
    assert names_of(courseware) == ["诗"]


@pytest.mark.django_db(transaction=True)
def test_many_give_and_take_the_same_tags_at_once(teacher: User):
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite transactions that write come one after the other anyway")
    files = [CoursewareFactory.create(owner=teacher) for _ in range(3)]

    def work(number: int) -> None:
        for time in range(TIMES):
            if number == len(files):
                remove_unused_tags()
            else:
                set_tags(files[number], names=["a", "b"] if (time + number) % 2 else [])
        if number < len(files):
            set_tags(files[number], names=["b", "c"])

    all_at_once(work, range(len(files) + 1))

    assert [names_of(each) for each in files] == [["b", "c"]] * len(files)
