"""The screen in the office: its address, and that it names nobody."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from attendance.enums import INSIDE_AS_GUEST, AlarmKind
from attendance.models import WallAddress
from attendance.now.walls import WALLS_AT_MOST, make_wall
from edu_platform.lib.secret_tokens import digest_of
from edu_platform.logs import without_secrets
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.support.guests import guest_of
from tests.support.pages import read
from tests.support.running_classes import BOARD, begin_class, look_into, raise_alarm
from tests.support.today import MINUTE, NOW

pytestmark = pytest.mark.django_db

WALLS = "/schedule/now/walls/"


@pytest.fixture
def token(administrator: User) -> str:
    return make_wall("走廊", by=administrator, at=NOW)


def wall(token: str) -> str:
    return f"/schedule/now/wall/{token}/"


@pytest.fixture
def lesson_on_board(running: Lesson, pupils: list[User], planner: User) -> Lesson:
    """Make a class with everything that has a name: pupils, teacher, a guest, an alarm, its note and who took it."""
    Lesson.objects.filter(pk=running.pk).update(title="给王小明补课")
    guest_of(running, "客人甲", "guest")
    presence = look_into(begin_class(running), *pupils[:2])
    presence.members.append(["guest", INSIDE_AS_GUEST, ""])
    presence.save()
    raise_alarm(running, AlarmKind.EMPTY, taken_by=planner, taken_at=NOW, note="陈小刚的妈妈")
    raise_alarm(running, AlarmKind.NOT_RECORDED)
    return running


def test_it_shows_classes_by_class_group_and_course_without_names_and_buttons(
    lesson_on_board: Lesson, token: str, office: Client, administrator: User
):
    names = [*User.objects.values_list("display_name", flat=True), "陈小刚的妈妈", "补课", "客人甲"]

    for answer in (
        Client().get(wall(token)),
        office.get(wall(token)),
        office.get(f"{BOARD}?wall=1"),
    ):
        assert answer.status_code == 200
        text = answer.content.decode()
        assert [name for name in names if name in text] == []
        assert all(username not in text for username in ("planner", "administrator"))
        page = read(answer.content)
        assert [page.all(tag) for tag in ("form", "button", "nav", "header")] == [[], [], [], []]
        assert [link.attrs["href"] for link in page.all("a")] in (
            [wall(token)],
            [f"{BOARD}?wall=1"],
        )
        assert page.one("li", "now-tile").one("b", "now-count").text == "2/3"
        guests = page.one("li", "now-tile").one("span", "now-guests").text
        assert guests in {"+1 guest", "+1 名访客"}
        assert "三年级1班 语文课" in page.one("li", "now-tile").text


def test_it_follows_by_itself_and_leaves_no_trace_of_its_address(
    lesson_on_board: Lesson, token: str, django_assert_num_queries: Any
):
    visitor = Client()
    answer = visitor.get(wall(token))

    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"
    assert not visitor.cookies
    live = read(answer.content).one("div", id="live")
    assert (live.attrs["data-url"], live.attrs["data-every-s"]) == (wall(token), "2")
    # Its address, settings and classes.
    with django_assert_num_queries(3):
        again = visitor.get(wall(token), headers={"X-Page-Version": answer["X-Page-Version"]})
    assert (again.status_code, again["Referrer-Policy"]) == (204, "no-referrer")
    assert token not in without_secrets(f"GET {wall(token)} 200")


def test_it_says_how_many_classes_run_and_what_time_it_is(lesson_on_board: Lesson, token: str):
    def figures(moment: dt.datetime, known: str = "") -> str:
        headers = {"X-Page-Version": known} if known else {}
        with time_machine.travel(moment, tick=False):
            answer = Client().get(wall(token), headers=headers)
        assert answer.status_code == 200
        versions.append(answer["X-Page-Version"])
        return read(answer.content).one("p", "wall-figures").text

    versions: list[str] = []

    assert figures(NOW) == "截至 10:00 · 1 节课中有 1 节正在进行"
    assert figures(NOW + MINUTE, versions[0]) == "截至 10:01 · 1 节课中有 1 节正在进行"


def test_unknown_and_ended_addresses_are_one_page(token: str, administrator: User):
    WallAddress.objects.update(ended_at=NOW)

    answers = [Client().get(wall(which)) for which in (token, "unknown", "%ED%A0%80", "x" * 500)]

    assert {(answer.status_code, answer.content) for answer in answers} == {
        (404, answers[0].content)
    }
    assert answers[0]["Referrer-Policy"] == "no-referrer"
    assert Client().post(wall(token)).status_code == 405


def test_day_of_use_is_noted_once(token: str, django_assert_num_queries: Any):
    Client().get(wall(token))
    assert WallAddress.objects.get().used_on == dt.date(2026, 9, 2)


class TestAddresses:
    @pytest.fixture
    def head(self, signed_in: SignedIn, administrator: User) -> Client:
        return signed_in(administrator, "en")

    def test_one_is_made_and_shown_once(self, head: Client):
        made = head.post(WALLS, {"name": "走廊"})
        assert (made.status_code, made["Location"]) == (303, WALLS)
        assert made.cookies["new_wall"]["httponly"]

        answer = head.get(WALLS)

        address = read(answer.content).one("input", id="wall-address").attrs["value"]
        token = address.rstrip("/").rpartition("/")[2]
        assert len(token) >= 32
        assert WallAddress.objects.get().token_digest == digest_of(token)
        assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("no-referrer", "no-store")
        assert Client().get(wall(token)).status_code == 200
        page = head.get(WALLS).content.decode()
        assert "走廊" in page
        assert WallAddress.objects.count() == 1
        assert token not in page
        assert token not in str(AuditEntry.objects.values_list("details", "object_text"))
        assert AuditEntry.objects.filter(kind=AuditKind.WALL_MADE).count() == 1

    def test_one_is_ended_once(self, head: Client, token: str):
        code = WallAddress.objects.get().code

        answers = [head.post(f"{WALLS}{code}/end/") for _ in range(2)]

        assert [(answer.status_code, answer["Location"]) for answer in answers] == [
            (303, WALLS)
        ] * 2
        assert AuditEntry.objects.filter(kind=AuditKind.WALL_ENDED).count() == 1
        assert Client().get(wall(token)).status_code == 404
        assert head.post(f"{WALLS}none/end/").status_code == 404

    def test_a_name_is_needed_and_there_are_not_very_many(self, head: Client, administrator: User):
        for blank in ("", "\u200b\ufeff"):
            assert head.post(WALLS, {"name": blank}).status_code == 422
        for number in range(WALLS_AT_MOST):
            make_wall(f"{number}", by=administrator, at=NOW)
        answer = head.post(WALLS, {"name": "走廊"})
        assert answer.status_code == 422
        assert "end some of them first" in answer.content.decode()

    def test_administrators_alone_may(
        self, signed_in: SignedIn, token: str, planner: User, supervisor: User, outsider: User
    ):
        code = WallAddress.objects.get().code
        for user in (planner, supervisor, outsider):
            client = signed_in(user)
            assert client.get(WALLS).status_code == 404
            assert client.post(WALLS, {"name": "x"}).status_code == 404
            assert client.post(f"{WALLS}{code}/end/").status_code == 404
        assert WallAddress.objects.get().ended_at is None
