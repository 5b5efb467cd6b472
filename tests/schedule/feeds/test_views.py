"""The page of one's calendar address, and the address."""

from __future__ import annotations

import datetime as dt
import logging
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.feeds import writing as feeds
from schedule.models import CalendarFeed, ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.schedule import LessonFactory, school_time

pytestmark = pytest.mark.django_db

PAGE = "/schedule/feed/"


@pytest.fixture
def path(teacher: User) -> str:
    return f"/schedule/feeds/{feeds.make_token(teacher, at=timezone.now())}.ics"


def address_in(answer: Any) -> str:
    found = re.search(r'value="(http[^"]+\.ics)"', answer.content.decode())
    assert found is not None
    return found[1]


class TestPage:
    def test_address_is_shown_once_and_works(
        self, signed_in: SignedIn, teacher: User, lesson: Lesson
    ):
        client = signed_in(teacher)
        before = client.get(PAGE).content.decode()
        made = client.post(PAGE)
        address = address_in(made)
        after = client.get(PAGE).content.decode()

        assert "您还没有地址" in before
        assert address.startswith("http://127.0.0.1:8000/schedule/feeds/")
        assert f'href="{address.replace("http:", "webcal:")}"' in made.content.decode()
        assert "您还没有地址" not in after
        assert address not in after
        feed = Client().get(address.removeprefix("http://127.0.0.1:8000"))
        assert lesson.code.encode() in feed.content

    def test_page_with_the_address_leaves_no_trace_of_it_and_has_a_code_for_cameras(
        self, signed_in: SignedIn, teacher: User
    ):
        made = signed_in(teacher).post(PAGE)

        content = made.content.decode()
        assert made["Cache-Control"] == "no-store"
        assert made["Referrer-Policy"] == "no-referrer"
        # Without a referrer browsers send no origin, and its forms would be refused.
        assert "<form" not in content
        assert re.search(r'role="img"[^>]*><svg [^>]*xmlns="http://www.w3.org/2000/svg"', content)
        assert "data:" not in content
        assert "style=" not in content

    def test_new_address_ends_the_old_one(self, signed_in: SignedIn, teacher: User):
        client = signed_in(teacher)
        old, new = (
            address_in(client.post(PAGE)).removeprefix("http://127.0.0.1:8000") for _ in range(2)
        )

        assert [Client().get(each).status_code for each in (old, new)] == [404, 200]

    def test_end(self, signed_in: SignedIn, teacher: User, path: str):
        client = signed_in(teacher)
        answer = client.post(PAGE, {"revoke": "1"})

        assert (answer.status_code, answer["Location"]) == (303, PAGE)
        assert "该地址已失效" in client.get(PAGE).content.decode()
        assert Client().get(path).status_code == 404
        assert not CalendarFeed.objects.exists()

    def test_only_ones_own_address_is_touched(self, signed_in: SignedIn, student: User, path: str):
        client = signed_in(student)
        client.post(PAGE)
        client.post(PAGE, {"revoke": "1"})

        assert Client().get(path).status_code == 200

    def test_tells_when_a_calendar_last_came(self, signed_in: SignedIn, teacher: User, path: str):
        client = signed_in(teacher)
        assert "尚未" in client.get(PAGE).content.decode()

        Client().get(path)
        assert f"{timezone.localdate():%Y-%m-%d}</dd>" in client.get(PAGE).content.decode()

    def test_in_english(self, signed_in: SignedIn, teacher: User):
        content = signed_in(teacher, language="en").post(PAGE).content.decode()

        assert "How to subscribe" in content
        assert "Xiaomi phones" in content

    def test_is_led_to_from_timetable_and_profile(self, signed_in: SignedIn, student: User):
        for page in ("/schedule/", "/accounts/profile/"):
            assert f'href="{PAGE}"' in signed_in(student).get(page).content.decode()

    def test_costs_one_query_beside_everybodys(
        self, signed_in: SignedIn, teacher: User, path: str, django_assert_num_queries
    ):
        client = signed_in(teacher)
        # Session, person, school and notices are everybody's part.
        with django_assert_num_queries(5):
            client.get(PAGE)


class TestFeed:
    def test_answer(self, path: str, lesson: Lesson):
        answer = Client().get(path)

        assert answer.status_code == 200
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer["Cache-Control"] == "private"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert re.fullmatch(r'"[0-9a-f]{32}"', answer["ETag"])
        assert answer["Content-Disposition"] == 'inline; filename="timetable.ics"'
        assert "Set-Cookie" not in answer
        assert f"UID:{lesson.code}@127.0.0.1\r\n".encode() in answer.content

    def test_what_the_calendar_has_is_not_sent_again(self, path: str):
        tag = Client().get(path)["ETag"]
        for asked, status in (
            (tag, 304),
            (f"W/{tag}", 304),
            (f'"other", W/{tag}', 304),
            ("*", 304),
            ('"other"', 200),
            ("nonsense", 200),
        ):
            answer = Client().get(path, headers={"If-None-Match": asked})

            assert (answer.status_code, answer["ETag"]) == (status, tag), asked
            assert answer["Cache-Control"] == "private", asked
            assert bool(answer.content) is (status == 200), asked

    def test_head(self, path: str):
        whole, head = Client().get(path), Client().head(path)

        assert (head.status_code, head.content) == (200, b"")
        for name in ("ETag", "Content-Type", "Content-Length"):
            assert head[name] == whole[name]

    def test_nothing_else(self, path: str):
        client = Client(enforce_csrf_checks=True)
        methods = ("post", "put", "patch", "delete", "options")

        answers = {method: getattr(client, method)(path).status_code for method in methods}

        assert answers == dict.fromkeys(methods, 405)

    def test_every_address_that_leads_nowhere_is_answered_alike(
        self, path: str, teacher: User, student: User, assistant: User, caplog: Any
    ):
        replaced = path
        feeds.make_token(teacher, at=timezone.now())
        ended = f"/schedule/feeds/{feeds.make_token(student, at=timezone.now())}.ics"
        feeds.end_feed(student)
        closed = f"/schedule/feeds/{feeds.make_token(assistant, at=timezone.now())}.ics"
        User.objects.filter(pk=assistant.pk).update(is_active=False)
        unknown = [
            f"/schedule/feeds/{word}.ics" for word in ("none", "a" * 32, "表%00", "x" * 5000)
        ]

        answers = [Client().get(each) for each in (replaced, ended, closed, *unknown)]

        assert {answer.status_code for answer in answers} == {404}
        for answer in answers:
            del answer["X-Request-ID"]  # each has its own
        assert len({(answer.content, *sorted(answer.items())) for answer in answers}) == 1
        with caplog.at_level(logging.INFO):
            assert path[-20:-4] not in caplog.text

    def test_costs_one_query_while_nothing_changes_and_one_whatever_it_holds(
        self,
        path: str,
        teacher: User,
        class_group: ClassGroup,
        lesson: Lesson,
        django_assert_num_queries,
    ):
        client = Client()
        # The first of a day is noted.
        with django_assert_num_queries(2):
            client.get(path)
        with django_assert_num_queries(1):
            tag = client.get(path)["ETag"]
        with django_assert_num_queries(1):
            assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
        for number in range(3):
            LessonFactory.create(
                teacher=teacher, class_groups=[class_group], starts_at=school_time(2 + number, 8)
            )
        with django_assert_num_queries(1):
            assert client.get(path, headers={"If-None-Match": tag}).status_code == 200
        with django_assert_num_queries(1):
            assert client.get("/schedule/feeds/none.ics").status_code == 404

    def test_is_noted_once_a_day(self, path: str):
        yesterday = timezone.localdate() - dt.timedelta(days=1)
        CalendarFeed.objects.update(fetched_on=yesterday)
        Client().get(path)

        assert CalendarFeed.objects.get().fetched_on == timezone.localdate()
