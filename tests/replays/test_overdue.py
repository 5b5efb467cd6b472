"""Late replays, by age; and how the cloud is asked for them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import Notice, User
from classroom.enums import Source
from edu_platform.lib.formatting import age_text
from edu_platform.lib.moments import near_text
from replays.enums import AnswerKind, ReplayEventKind, ReplayReason, ReplayState
from replays.models import Replay, ReplayEvent
from replays.overdue import late_replays
from replays.services import notifications, refresh
from replays.services.notifications import notify_people
from replays.views import overdue
from replays.wording.refresh import Answer
from schedule.enums import RoomReason
from schedule.models import Lesson, Room, RoomPolling
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import UnplannedLessonFactory
from tests.support.classes import ended_room
from tests.support.cloud import LocalCloud
from tests.support.lessons import copies_of
from tests.support.pages import Element, read, table_of

pytestmark = pytest.mark.django_db

LIST = "/replays/"
LATE = "/replays/late/"
ASK_ALL = "/replays/late/ask/"
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
OTHERS = ["student", "teacher", "assistant", "other_teacher", "outsider", "supervisor"]


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def ended(ago: dt.timedelta, title: str = "late", **fields: object) -> Replay:
    """A replay that is being made of a class whose planned end was so long ago."""
    ends_at = timezone.now() - ago
    lesson = UnplannedLessonFactory.create(starts_at=ends_at - HOUR, ends_at=ends_at)
    fields.setdefault("state", ReplayState.PROCESSING)
    return ReplayFactory.create(lesson=lesson, title=title, **fields)


@pytest.fixture
def twelve(lesson: Lesson) -> None:
    """Late ones of as many days, the oldest first: 00, 01, and so on."""
    for number, each in enumerate(reversed(copies_of(lesson, 14)[2:])):
        ReplayFactory.create(lesson=each, title=f"{number:02}", state=ReplayState.PROCESSING)


def in_room(
    replay: Replay,
    *,
    unanswered_since: dt.datetime | None = None,
    next_poll_at: dt.datetime | None = None,
    **fields: object,
) -> None:
    """Give the class of a replay a room of which this is known."""
    room = Room.objects.create(
        lesson=replay.lesson,
        room_id=300_000_000 + replay.pk,
        sdk_app_id=1,
        reason=RoomReason.AHEAD,
        **fields,
    )
    RoomPolling.objects.create(room=room, unreachable_since=unanswered_since, due_at=next_poll_at)
    Replay.objects.filter(pk=replay.pk).update(room=room)


def main_of(client: Client, address: str = LATE) -> Element:
    response = client.get(address)
    assert response.status_code == 200
    return read(response.content).one("main")


def titles(page: Element) -> list[str]:
    return [cell.all("a")[0].text for cell in page.all("td", "replay-title")]


def told(client: Client) -> list[str]:
    return [each.text for each in main_of(client).one("ul", "messages").all("li")]


# By the plan it ended so long ago, and really; its state; and whether the cloud is silent.
LATE_OR_NOT = [
    (-HOUR, 31 * MINUTE, ReplayState.PROCESSING, False, True),
    (-HOUR, 29 * MINUTE, ReplayState.PROCESSING, False, False),
    (HOUR, 10 * MINUTE, ReplayState.PROCESSING, False, False),
    (HOUR, None, ReplayState.PROCESSING, False, True),
    (HOUR, None, ReplayState.EXPECTED, True, True),
    (HOUR, None, ReplayState.EXPECTED, False, False),
    (-HOUR, None, ReplayState.EXPECTED, True, False),
    (HOUR, None, ReplayState.RECORDING, True, True),
    (HOUR, None, ReplayState.FAILED, False, True),
    (HOUR, None, ReplayState.READY, False, False),
]


class TestWhatIsLate:
    def test_by_state_and_age(self, office: Client):
        expected = {
            (ReplayState.PROCESSING, 29 * MINUTE): False,
            (ReplayState.PROCESSING, 31 * MINUTE): True,
            (ReplayState.PROCESSING, 29 * DAY): True,
            (ReplayState.FAILED, 31 * MINUTE): True,
            (ReplayState.READY, DAY): False,
            (ReplayState.NONE, DAY): False,
            (ReplayState.EXPECTED, DAY): False,
            (ReplayState.RECORDING, DAY): False,
            (ReplayState.DELETED, DAY): False,
        }
        for state, ago in expected:
            ended(ago, f"{state} {ago}", state=state)

        shown = titles(main_of(office))

        assert {each: f"{each[0]} {each[1]}" in shown for each in expected} == expected
        assert len(shown) == sum(expected.values())

    def test_is_the_same_for_page_number_and_notice(
        self, office: Client, planner: User, monkeypatch: pytest.MonkeyPatch
    ):
        # Staff are told of each of them.
        monkeypatch.setattr(notifications, "STAFF_TOLD_ONE_BY_ONE", 10)
        now, late = timezone.now(), set()
        for planned_ago, real_ago, state, is_silent, is_late in LATE_OR_NOT:
            title = f"planned {planned_ago}, {state}, really {real_ago}, {is_silent}"
            in_room(
                ended(planned_ago, title, state=state),
                real_ended_at=now - real_ago if real_ago is not None else None,
                unanswered_since=now - HOUR if is_silent else None,
            )
            late |= {title} if is_late else set()

        notify_people(now)

        told = Notice.objects.filter(user=planner, kind__in=["replays.late", "replays.failed"])
        assert sorted(each.arguments["lesson"] for each in told) == sorted(late)
        assert {replay.title for replay in late_replays(now)} == late
        assert set(titles(main_of(office))) == late
        link = [each.text for each in main_of(office, LIST).all("a") if each.attrs["href"] == LATE]
        assert link == [f"Late ({len(late)})"]

    def test_recorded_by_hand_may_be_nothing(self, office: Client):
        ended(HOUR, reason=ReplayReason.BY_HAND_ENDED)

        assert titles(main_of(office)) == []

    def test_failed_ones_for_a_month(self, office: Client):
        for days in (29, 31):
            since = timezone.now() - days * DAY
            ended(60 * DAY, f"{days}", state=ReplayState.FAILED, state_since=since)

        assert titles(main_of(office)) == ["29"]

    def test_failed_one_leaves_when_it_goes_to_the_trash(self, office: Client):
        replay = ended(DAY, state=ReplayState.FAILED)
        assert titles(main_of(office)) == ["late"]

        assert office.post(f"{LIST}{replay.code}/delete/").status_code == 303

        assert titles(main_of(office)) == []

    @pytest.mark.parametrize(
        ("age", "text"),
        [
            (dt.timedelta(seconds=-5), "0 minutes"),
            (MINUTE, "1 minute"),
            (59 * MINUTE, "59 minutes"),
            (HOUR, "1 hour"),
            (23 * HOUR, "23 hours"),
            (DAY, "1 day"),
            (9 * DAY + HOUR, "9 days"),
        ],
    )
    def test_age_in_words(self, age: dt.timedelta, text: str):
        with translation.override("en"):
            assert age_text(age) == text


class TestPage:
    def test_oldest_first_with_all_that_is_known(self, office: Client, lesson: Lesson):
        now = timezone.localtime()
        ended(HOUR, "young")
        old = ended(
            3 * DAY,
            "old",
            room_number=106_101_309,
            asked_at=(now - DAY).replace(hour=12, minute=30),
            due_at=(now + DAY).replace(hour=8, minute=15),
        )

        page = main_of(office)

        assert titles(page) == ["old", "young"]
        row = table_of(page)[1]
        assert row[0].startswith(
            "old ◌ Being made 3 days after the class there is still no recording of it."
        )
        assert old.teacher is not None
        with translation.override("en"):
            ended_at = near_text(old.planned_end, now)
        assert row[1:] == [
            "106101309",
            old.teacher.display_name,
            ended_at,
            "3 days",
            f"{now - DAY:%Y-%m-%d} 12:30",
            f"{now + DAY:%Y-%m-%d} 08:15",
            "Check now old",
        ]
        # Without a room there is nobody to ask.
        assert table_of(page)[2][-1] == ""

    def test_class_that_the_cloud_tells_nothing_of_says_when_it_did_and_is_asked(
        self, office: Client
    ):
        now = timezone.localtime()
        in_room(
            ended(HOUR, state=ReplayState.EXPECTED),
            unanswered_since=now - 50 * MINUTE,
            asked_at=(now - DAY).replace(hour=12, minute=30),
            next_poll_at=(now + DAY).replace(hour=8, minute=15),
        )

        row = table_of(main_of(office))[1]

        assert row[5:7] == [f"{now - DAY:%Y-%m-%d} 12:30", f"{now + DAY:%Y-%m-%d} 08:15"]

    def test_by_teacher(self, office: Client):
        one, other = ended(HOUR, "one"), ended(HOUR, "other")
        assert one.teacher is not None
        assert other.teacher is not None

        page = main_of(office, f"{LATE}?teacher={one.teacher.username}")

        assert titles(page) == ["one"]
        options = [each.attrs["value"] for each in page.one("select", name="teacher").all("option")]
        assert set(options) == {"", one.teacher.username, other.teacher.username}

    def test_nothing_is_late(self, office: Client):
        assert main_of(office).one("div", "card").all("p")[0].text == "No replay is late."

    def test_teacher_without_late_ones(self, office: Client):
        ended(HOUR)

        card = main_of(office, f"{LATE}?teacher=nobody").one("div", "card")

        assert card.link("Show all late replays") == LATE

    def test_pages(self, office: Client, twelve: None):
        assert titles(main_of(office, f"{LATE}?page=2")) == ["10", "11"]

    def test_is_for_staff(self, request: pytest.FixtureRequest, signed_in: SignedIn):
        for who in OTHERS:
            client = signed_in(request.getfixturevalue(who))

            statuses = [client.get(LATE).status_code, client.post(ASK_ALL).status_code]
            assert statuses == [404, 404], who

    @pytest.mark.parametrize(("who", "link"), [("planner", ["Late (2)"]), ("teacher", [])])
    def test_list_leads_there_with_their_number(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, who: str, link: list[str]
    ):
        ended(HOUR)
        ended(DAY)

        page = main_of(signed_in(request.getfixturevalue(who), "en"), LIST)

        assert [each.text for each in page.all("a") if each.attrs["href"] == LATE] == link

    def test_questions_do_not_grow_with_the_replays(
        self, office: Client, django_assert_max_num_queries, django_assert_num_queries
    ):
        ended(HOUR)
        with django_assert_max_num_queries(10) as one:
            assert len(titles(main_of(office))) == 1
        for _ in range(3):
            ended(DAY)
        with django_assert_num_queries(len(one.captured_queries)):
            assert len(titles(main_of(office))) == 4


@pytest.fixture
def held(lesson: Lesson, local_cloud: LocalCloud, settings) -> Replay:
    """The replay of a class that was held and recorded; nobody has asked for the recording yet."""
    settings.REPLAY_HOSTS = [local_cloud.url.removeprefix("http://")]
    return Replay.objects.get(room=ended_room(lesson, local_cloud))


class TestAskingForOne:
    def test_answer_is_told_on_the_replays_page(
        self,
        signed_in: SignedIn,
        held: Replay,
        teacher: User,
        assistant: User,
        planner: User,
        administrator: User,
        superuser: User,
    ):
        for person in (teacher, assistant, planner, administrator, superuser):
            # As if nobody had asked before.
            ReplayEvent.objects.all().delete()
            Replay.objects.update(asked_by_hand_at=None)
            client, who = signed_in(person, "en"), person.username

            response = client.post(f"{LIST}{held.code}/ask/")

            assert response["Location"] == f"{LIST}{held.code}/", who
            step = ReplayEvent.objects.get(kind=ReplayEventKind.ASKED_BY_HAND)
            assert (step.person, step.detail) == (person, AnswerKind.FOUND), who
            page = main_of(client, f"{LIST}{held.code}/")
            messages = [each.text for each in page.one("ul", "messages").all("li")]
            assert messages == ["There is 1 file."], who
        held.refresh_from_db()
        assert (held.state, held.found_by) == (ReplayState.READY, Source.BY_HAND)

    def test_others_have_nothing_asked(
        self,
        signed_in: SignedIn,
        replay: Replay,
        student: User,
        other_teacher: User,
        outsider: User,
        supervisor: User,
    ):
        others = (student, other_teacher, outsider, supervisor)

        statuses = {
            person: signed_in(person).post(f"{LIST}{replay.code}/ask/").status_code
            for person in others
        }

        assert statuses == dict.fromkeys(others, 404)
        assert not ReplayEvent.objects.filter(kind=ReplayEventKind.ASKED_BY_HAND).exists()

    def test_from_the_late_ones_back_to_them_with_the_name(self, office: Client, held: Replay):
        response = office.post(f"{LIST}{held.code}/ask/", {"next": f"{LATE}?page=1"})

        assert response["Location"] == f"{LATE}?page=1"
        assert told(office) == [f"{held.title}: There is 1 file."]

    def test_address_alone_asks_nothing(self, office: Client, replay: Replay):
        response = office.get(f"{LIST}{replay.code}/ask/")

        assert (response.status_code, response["Allow"]) == (405, "POST")
        assert not ReplayEvent.objects.filter(kind=ReplayEventKind.ASKED_BY_HAND).exists()


class TestAskingForAll:
    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The titles of those that the cloud is asked for; it has nothing yet, and no cloud is there."""
        titles: list[str] = []

        def ask(replay: Replay, **_: object) -> Answer:
            titles.append(replay.title)
            is_silent = replay.title == "silent"
            return Answer(AnswerKind.SILENT if is_silent else AnswerKind.NOTHING_YET)

        monkeypatch.setattr(refresh, "ask_now", ask)
        return titles

    def test_all_that_the_page_shows(self, office: Client, asked: list[str], twelve: None):
        (form,) = main_of(office).forms_to(ASK_ALL)
        codes = [each.attrs["value"] for each in form.all("input", name="code")]
        back = form.one("input", name="next").attrs["value"]

        response = office.post(ASK_ALL, {"code": codes, "next": back})

        assert (response.status_code, response["Location"]) == (303, LATE)
        assert sorted(asked) == [f"{number:02}" for number in range(10)]
        assert told(office) == ["There is no recording yet: 10 (09、08、07…)"]

    def test_answers_that_tell_nothing_look_like_none(self, office: Client, asked: list[str]):
        made = [ended(HOUR, "first"), ended(2 * HOUR, "silent")]

        office.post(ASK_ALL, {"code": [replay.code for replay in made]})

        lines = main_of(office).one("ul", "messages").all("li")
        assert [line.attrs["class"] for line in lines] == ["info", "warning"]

    def test_silent_cloud_is_not_asked_on(self, office: Client, asked: list[str]):
        made = [ended(HOUR, "first"), ended(2 * HOUR, "silent"), ended(3 * HOUR, "last")]

        office.post(ASK_ALL, {"code": [replay.code for replay in made]})

        assert asked == ["first", "silent"]
        assert told(office) == [
            "There is no recording yet: 1 (first)",
            "No answer: 1 (silent)",
            "1 was not checked, since the classroom service cannot be reached.",
        ]

    def test_where_many_wait_already_nothing_more_is_asked(
        self, office: Client, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(refresh, "ask_now", lambda *_, **__: Answer(AnswerKind.BUSY))
        made = [ended(HOUR), ended(2 * HOUR)]

        office.post(ASK_ALL, {"code": [replay.code for replay in made]})

        assert told(office) == [
            f"Too many people checked at once: 1 ({made[0].title})",
            "1 was not checked: that would take too long now.",
        ]

    def test_no_more_than_a_page_shows(
        self, office: Client, asked: list[str], monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(overdue, "CODES_AT_MOST", 2)
        made = [ended(HOUR * number, f"{number}") for number in (1, 2, 3)]

        office.post(ASK_ALL, {"code": [replay.code for replay in made]})

        assert asked == ["1", "2"]
        assert told(office) == [
            "There is no recording yet: 2 (1、2)",
            "1 was not checked: that would take too long now.",
        ]

    def test_nobody_waits_longer_than_the_limit(
        self, office: Client, asked: list[str], monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(refresh, "BY_HAND", replace(refresh.BY_HAND, limit_s=-1))

        office.post(ASK_ALL, {"code": [ended(HOUR).code, ended(HOUR).code]})

        assert asked == []
        assert told(office) == ["2 were not checked: that would take too long now."]

    def test_nothing_to_ask_for(self, office: Client, asked: list[str]):
        office.post(ASK_ALL)

        assert told(office) == ["There was nothing to check."]

    def test_one_that_does_not_exist_asks_for_none(self, office: Client, asked: list[str]):
        response = office.post(ASK_ALL, {"code": [ended(HOUR).code, "none"]})

        assert (response.status_code, asked) == (404, [])
