"""Playing and downloading: who may, where it leads, and what it counts."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from replays.enums import ReplayReason, ReplayState
from replays.models import PlaybackUse, Replay, ReplayFile
from replays.services import watching
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.factories.replays import ReplayFileFactory
from tests.support.pages import read

pytestmark = pytest.mark.django_db

VERBS = ("play", "download")
BOTH = pytest.mark.parametrize("verb", VERBS)


def path_of(replay: Replay, verb: str = "play") -> str:
    return f"/replays/{replay.code}/{verb}/"


def counters(replay: Replay) -> tuple[int, int]:
    replay.refresh_from_db()
    return replay.views, replay.downloads


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner)


class TestWhoMay:
    def test_everybody(self, request: pytest.FixtureRequest, signed_in: SignedIn, file: ReplayFile):
        expected = {
            "student": [302, 403],
            "teacher": [302, 302],
            "assistant": [302, 302],
            "supervisor": [302, 403],
            "planner": [302, 302],
            "administrator": [302, 302],
            "superuser": [302, 302],
            "outsider": [404, 404],
            "other_teacher": [404, 404],
        }

        answers = {}
        for who in expected:
            client = signed_in(request.getfixturevalue(who))
            given = [client.get(path_of(file.replay, verb)) for verb in VERBS]
            answers[who] = [(answer.status_code, answer.get("Location")) for answer in given]

        assert answers == {
            who: [(status, file.url if status == 302 else None) for status in statuses]
            for who, statuses in expected.items()
        }

    def test_students_download_where_the_lesson_allows(
        self, signed_in: SignedIn, student: User, file: ReplayFile
    ):
        Lesson.objects.update(students_may_download=True)

        answer = signed_in(student).get(path_of(file.replay, "download"))

        assert (answer.status_code, answer["Location"]) == (302, file.url)

    def test_who_may_not_download_is_told_in_words(
        self, signed_in: SignedIn, student: User, file: ReplayFile
    ):
        answer = signed_in(student).get(path_of(file.replay, "download"))

        page = read(answer.content).one("main")
        assert page.one("h1").text == "这个回放不能下载"
        assert page.link("查看回放") == f"/replays/{file.replay.code}/"
        assert file.url not in answer.content.decode()
        assert counters(file.replay) == (0, 0)

    def test_visitors_sign_in_first(self, client: Client, file: ReplayFile):
        for verb in VERBS:
            path = path_of(file.replay, verb)

            assert client.get(path)["Location"] == f"/accounts/login/?next={path}", verb

    def test_unknown_is_missing(self, office: Client):
        statuses = [office.get(f"/replays/nonesuch/{verb}/").status_code for verb in VERBS]

        assert statuses == [404, 404]


def test_refusal_says_what_this_person_can_do(
    signed_in: SignedIn, file: ReplayFile, student: User, teacher: User, planner: User
):
    Lesson.objects.update(students_may_download=True)
    Replay.objects.update(state=ReplayState.NONE, reason=ReplayReason.NEVER_HELD)
    advice = {
        student: "If the class was held in another place, ask its teacher.",
        teacher: "If you held the class in another place, no recording of it comes here.",
        planner: "If it was held in another room, enter that room's number in the cloud with an import of the lesson.",
    }

    for person, sentence in advice.items():
        for verb in VERBS:
            answer = signed_in(person, "en").get(path_of(file.replay, verb))

            paragraphs = [each.text for each in read(answer.content).one("main").all("p")]
            assert answer.status_code == 409, (person, verb)
            assert sentence in paragraphs, (person, verb)


class TestAnswer:
    def test_nobody_keeps_the_address(self, office: Client, file: ReplayFile):
        for verb in VERBS:
            answer = office.get(path_of(file.replay, verb))

            assert answer["Cache-Control"] == "no-store", verb
            assert answer["Referrer-Policy"] == "no-referrer", verb
            assert answer.content == b"", verb

    def test_letters_of_the_address_are_escaped(self, office: Client, file: ReplayFile):
        ReplayFile.objects.update(url="https://a.vod2.myqcloud.com/语文 课/f0.mp4?t=1&us=%E8")

        answer = office.get(path_of(file.replay))

        assert answer["Location"] == (
            "https://a.vod2.myqcloud.com/%E8%AF%AD%E6%96%87%20%E8%AF%BE/f0.mp4?t=1&us=%E8"
        )

    def test_looking_only(self, office: Client, file: ReplayFile):
        asked = [(verb, method) for verb in VERBS for method in ("post", "put", "patch", "delete")]

        statuses = {
            (verb, method): getattr(office, method)(path_of(file.replay, verb)).status_code
            for verb, method in asked
        }

        assert statuses == dict.fromkeys(asked, 405)
        assert counters(file.replay) == (0, 0)


class TestWhichFile:
    @pytest.fixture
    def files(self, replay: Replay) -> list[ReplayFile]:
        """The second is gone from the cloud."""
        return [
            ReplayFileFactory.create(replay=replay, number=1),
            ReplayFileFactory.create(replay=replay, number=2, gone_at=timezone.now()),
            ReplayFileFactory.create(replay=replay, number=3),
        ]

    def test_nth_of_those_that_there_are(
        self, office: Client, replay: Replay, files: list[ReplayFile]
    ):
        expected = {
            "": 0,
            "?file=1": 0,
            "?file=2": 2,
            "?file=x": 0,
            "?file=": 0,
            "?file=1.5": 0,
        }

        led = {query: office.get(f"{path_of(replay)}{query}")["Location"] for query in expected}

        assert led == {query: files[index].url for query, index in expected.items()}

    @BOTH
    def test_number_that_does_not_exist(
        self, office: Client, replay: Replay, files: list[ReplayFile], verb: str
    ):
        for number in ("0", "3", "-1", "99999999999999999999"):
            answer = office.get(f"{path_of(replay, verb)}?file={number}")

            assert answer.status_code == 409, number
            heading = read(answer.content).one("main").one("h1").text
            assert heading == "这个回放没有这个文件", number


class TestNotReady:
    @BOTH
    def test_says_why(self, office: Client, file: ReplayFile, verb: str):
        for state in ReplayState:
            if state == ReplayState.READY:
                continue
            Replay.objects.update(state=state, reason=ReplayReason.ENDED)

            answer = office.get(path_of(file.replay, verb))

            page = read(answer.content).one("main")
            assert answer.status_code == 409, state
            assert page.one("h1").text == "这个回放现在不能播放", state
            assert [each.text for each in page.all("p")] == [
                "已下课，正在生成文件。",
                "可以关闭本页：平台会一直查询，直到文件生成。",
            ], state
            assert counters(file.replay) == (0, 0), state


class TestHosts:
    @pytest.fixture(autouse=True)
    def _elsewhere(self, settings: Any, file: ReplayFile) -> None:
        settings.REPLAY_HOSTS = ["*.school.example"]

    def test_allowed_host(self, office: Client, file: ReplayFile):
        ReplayFile.objects.update(url="https://video.school.example/f0.mp4")

        assert office.get(path_of(file.replay)).status_code == 302

    @pytest.mark.parametrize(
        ("who", "advice"),
        [
            (
                "planner",
                "如果本校的录像存放在 1252463788.vod2.myqcloud.com，请将它加入设置 REPLAY_HOSTS。",
            ),
            ("teacher", "请告知学校，平台管理员可以允许这个位置。"),
        ],
    )
    def test_any_other_host_is_not_led_to(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        file: ReplayFile,
        who: str,
        advice: str,
    ):
        ReplayFile.objects.update(url="https://me:word@1252463788.vod2.myqcloud.com/s/f0.mp4")

        answer = signed_in(request.getfixturevalue(who)).get(path_of(file.replay))

        page = read(answer.content).one("main")
        assert answer.status_code == 409
        assert page.all("p")[1].text == advice
        assert "me:word" not in answer.content.decode()
        assert counters(file.replay) == (0, 0)

    def test_address_that_nobody_can_read_is_refused_in_words(
        self, signed_in: SignedIn, planner: User, file: ReplayFile
    ):
        client = signed_in(planner, "en")
        for url in ("http://[x/f0.mp4", "https://a\u2100b.example/f0.mp4"):
            ReplayFile.objects.update(url=url)
            for verb in VERBS:
                answer = client.get(path_of(file.replay, verb))

                assert answer.status_code == 409, (url, verb)
                assert read(answer.content).one("main").all("p")[1].text == (
                    "The recording's address is invalid: tell the school."
                ), (url, verb)

    def test_administration_shows_no_host_of_such_an_address(
        self, signed_in: SignedIn, superuser: User, file: ReplayFile
    ):
        ReplayFile.objects.update(url="http://[x/f0.mp4")

        answer = signed_in(superuser).get(f"/admin/replays/replay/{file.replay.pk}/change/")

        page = read(answer.content)
        assert (answer.status_code, page.one("td", "field-host").text) == (200, "")


class TestCounting:
    def test_views_and_downloads(self, office: Client, file: ReplayFile):
        office.get(path_of(file.replay))
        assert counters(file.replay) == (1, 0)

        office.get(path_of(file.replay, "download"))
        assert counters(file.replay) == (1, 1)

    @pytest.mark.parametrize(
        "asked",
        [
            "bytes=0-",
            "bytes=0-1023",
            "nonsense",
            "bytes=1-",
            "bytes=1048576-2097151",
        ],
    )
    def test_parts_of_a_file_are_one_view_wherever_it_begins(
        self, office: Client, file: ReplayFile, asked: str
    ):
        answers = [office.get(path_of(file.replay), HTTP_RANGE=asked) for _time in range(3)]

        assert {answer["Location"] for answer in answers} == {file.url}
        assert counters(file.replay) == (1, 0)
        assert PlaybackUse.objects.count() == 1

    def test_players_that_ask_again_count_once(self, office: Client, file: ReplayFile):
        for _time in range(3):
            office.get(path_of(file.replay))

        assert counters(file.replay) == (1, 0)
        assert PlaybackUse.objects.count() == 1

    @pytest.mark.parametrize(
        ("asked", "views"),
        [("", 2), ("bytes=0-", 2), ("bytes=00-5", 2), ("bytes=5-", 1), ("bytes=-5", 1)],
    )
    def test_film_that_goes_on_after_half_an_hour_is_one_view(
        self, office: Client, file: ReplayFile, settings: Any, asked: str, views: int
    ):
        settings.REPLAY_DELIVERY = "accel"
        office.get(path_of(file.replay))
        PlaybackUse.objects.update(at=timezone.now() - watching.SAME_USE_WITHIN)

        office.get(path_of(file.replay), headers={"Range": asked} if asked else {})

        assert counters(file.replay) == (views, 0)

    @pytest.mark.parametrize("asked", ["", "bytes=0-"])
    def test_what_a_player_loads_ahead_counts_when_it_is_played(
        self, office: Client, file: ReplayFile, asked: str
    ):
        headers: dict[str, Any] = {"HTTP_RANGE": asked} if asked else {}

        ahead = office.get(f"{path_of(file.replay)}?file=1&metadata=1", **headers)
        before = counters(file.replay)
        played = office.get(f"{path_of(file.replay)}?file=1", HTTP_RANGE="bytes=0-0")

        assert (ahead.status_code, ahead["Location"]) == (302, file.url)
        assert (played.status_code, played["Location"]) == (302, file.url)
        assert (before, counters(file.replay)) == ((0, 0), (1, 0))

    @pytest.mark.parametrize("query", ["?metadata=", "?metadata=false", "?file=x"])
    def test_other_words_count(self, office: Client, file: ReplayFile, query: str):
        office.get(f"{path_of(file.replay)}{query}")

        assert counters(file.replay) == (1, 0)

    @pytest.mark.parametrize(
        ("file_format", "asks_for", "views"),
        [
            ("mp4", "video", 0),
            ("mp4", "document", 1),
            ("mp4", "empty", 1),
            ("hls", "empty", 0),
            ("hls", "document", 1),
        ],
    )
    def test_only_a_player_loads_ahead(
        self, office: Client, file: ReplayFile, file_format: str, asks_for: str, views: int
    ):
        ReplayFile.objects.update(file_format=file_format)

        office.get(f"{path_of(file.replay)}?metadata=1", HTTP_SEC_FETCH_DEST=asks_for)

        assert counters(file.replay) == (views, 0)

    def test_downloads_are_never_ahead(self, office: Client, file: ReplayFile):
        office.get(f"{path_of(file.replay, 'download')}?metadata=1")

        assert counters(file.replay) == (0, 1)

    def test_head_leads_the_same_way_and_counts_nothing(self, office: Client, file: ReplayFile):
        answers = [office.head(path_of(file.replay, verb)) for verb in VERBS]

        led = [(answer.status_code, answer["Location"]) for answer in answers]
        assert led == [(302, file.url)] * 2
        assert counters(file.replay) == (0, 0)
