"""Contents of the player's page: for the browser's own player, for the script, and for neither."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from django.utils import timezone

from accounts.models import SchoolSettings, User
from replays.enums import ReplayReason, ReplayState
from replays.models import PlaybackUse, Replay, ReplayFile, ReplayPurge
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import school_time
from tests.support.classes import room_with_recording
from tests.support.cloud import LocalCloud
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db


def page_of(client: Client, replay: Replay, query: str = "") -> Element:
    return read(client.get(f"/replays/{replay.code}/{query}").content)


def policy_of(client: Client, replay: Replay) -> dict[str, list[str]]:
    header = client.get(f"/replays/{replay.code}/")["Content-Security-Policy"]
    return {words[0]: words[1:] for words in (each.split() for each in header.split(";"))}


def scripts_of(page: Element) -> list[str]:
    sources = [script.attrs.get("src", "") for script in page.all("script")]
    return [
        source.rpartition("/")[2] for source in sources if "player" in source or "hls" in source
    ]


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


class TestPage:
    def test_script_is_told_of_the_files_and_of_no_address_of_the_cloud(
        self, office: Client, file: ReplayFile
    ):
        ReplayFileFactory.create(replay=file.replay, number=2, file_format="hls")

        page = page_of(office, file.replay)

        told = json.loads(page.one("script", id="player-files").text)
        path = f"/replays/{file.replay.code}/play/"
        assert [(each["number"], each["address"], each["is_playlist"]) for each in told] == [
            (1, f"{path}?file=1", False),
            (2, f"{path}?file=2", True),
        ]
        assert "myqcloud" not in page.text

    def test_what_needs_a_script_is_hidden_without_one(self, office: Client, file: ReplayFile):
        ReplayFileFactory.create(replay=file.replay, number=2)

        box = page_of(office, file.replay).one("div", id="player-box")

        hidden = [each for each in box.all("div") if "hidden" in each.attrs]
        assert len(hidden) == 3  # going on, the next file, and the tools
        buttons = {id(button) for each in hidden for button in each.all("button")}
        assert {id(button) for button in box.all("button")} == buttons

    def test_next_file_is_offered_until_the_last(self, office: Client, file: ReplayFile):
        ReplayFileFactory.create(replay=file.replay, number=2)

        offered = [
            "hidden" not in button.attrs
            for number in (1, 2)
            for button in page_of(office, file.replay, f"?file={number}").all("button")
            if "data-next-file" in button.attrs
        ]

        assert offered == [True, False]


class TestPlaylists:
    def test_is_known_as_one_where_only_the_room_tells_of_it(
        self,
        office: Client,
        lesson: Lesson,
        local_cloud: LocalCloud,
        impatient: None,
        settings: Any,
    ):
        settings.REPLAY_DELIVERY = "accel"
        local_cloud.set_recording(file_format="hls", describe_record_silent=True)
        room_with_recording(lesson, local_cloud)
        replay = Replay.objects.get()

        page = page_of(office, replay)
        play = office.get(f"/replays/{replay.code}/play/")

        row = page.one("table", "files").one("tbody").one("tr")
        assert [cell.text for cell in row.all("td")] == [
            "HLS",
            "0:00:01",
            "size unknown",
            "Play Part 1",
        ]
        assert scripts_of(page)[0] == "hls.light.min.js"
        assert "blob:" in policy_of(office, replay)["media-src"]
        assert play["Location"] == f"/replays/{replay.code}/play/1/index.m3u8"
        assert office.get(f"/replays/{replay.code}/download/").status_code == 409

    def test_only_such_a_page_lets_scripts_put_a_film_together(
        self, office: Client, file: ReplayFile, settings: Any
    ):
        settings.REPLAY_HOSTS = ["*.vod2.myqcloud.com"]
        usual = policy_of(office, file.replay)
        ReplayFile.objects.update(file_format="hls")

        of_playlist = policy_of(office, file.replay)

        assert ("blob:" in usual["media-src"], usual["connect-src"]) == (False, ["'self'"])
        assert "blob:" in of_playlist["media-src"]
        assert of_playlist["connect-src"] == ["'self'", "*.vod2.myqcloud.com"]
        assert of_playlist["script-src"] == usual["script-src"] == ["'self'"]

    def test_script_for_playlists_comes_where_there_is_one(self, office: Client, file: ReplayFile):
        own = ["player-source.js", "player.js", "player-watched.js", "player-progress.js"]

        assert scripts_of(page_of(office, file.replay)) == own
        ReplayFile.objects.update(file_format="m3u8")
        assert scripts_of(page_of(office, file.replay)) == ["hls.light.min.js", *own]

    def test_is_not_downloaded(self, office: Client, file: ReplayFile):
        ReplayFile.objects.update(file_format="hls")

        answer = office.get(f"/replays/{file.replay.code}/download/")

        assert answer.status_code == 409
        heading = read(answer.content).one("main").one("h1").text
        assert heading == "There is no single file to download"
        assert "download/" not in office.get(f"/replays/{file.replay.code}/").content.decode()


class TestSignalling:
    @pytest.fixture
    def replay(self, local_cloud: LocalCloud, lesson: Lesson) -> Replay:
        """A class that the cloud kept as signalling, held yesterday."""
        start_s = int(school_time(-1, 8).timestamp())
        room_id = local_cloud.add_history("语文课", start_s, start_s + 60, DisableRecord=3)
        local_cloud.playbacks(room_id)
        replay = ReplayFactory.create(lesson=lesson, title="语文课 信令", room_number=room_id)
        ReplayFileFactory.create(replay=replay, number=1, url="", file_format="", video_id="")
        return replay

    def test_page_leads_to_the_cloud_s_player_and_says_that_there_is_no_file(
        self, office: Client, replay: Replay
    ):
        page = page_of(office, replay)

        assert page.link("Open the player") == f"/replays/{replay.code}/play/?file=1"
        assert page.all("video") == []
        assert "There is no file to download." in page.text
        assert f"/replays/{replay.code}/download/" not in page.text
        assert scripts_of(page) == []

    def test_table_of_files_leads_to_the_cloud_s_player_too(self, office: Client, replay: Replay):
        row = page_of(office, replay).one("table", "files").one("tbody").one("tr")

        assert [link.attrs["href"] for link in row.all("a")] == [
            f"/replays/{replay.code}/play/?file=1"
        ]

    def test_play_leads_there_with_a_ticket_that_expires(
        self, signed_in: SignedIn, student: User, replay: Replay, local_cloud: LocalCloud
    ):
        answer = signed_in(student).get(f"/replays/{replay.code}/play/")

        address = urlsplit(answer["Location"])
        query = parse_qs(address.query)
        assert (answer.status_code, answer["Referrer-Policy"]) == (302, "no-referrer")
        assert f"{address.scheme}://{address.netloc}{address.path}" == (
            f"{local_cloud.url}/playback/index.html"
        )
        assert (query["classid"], query["title"]) == ([str(replay.room_number)], [replay.title])
        asked = local_cloud.calls(action="GetPlaybackToken")[-1]
        identity = student.classroom_identities.get()
        assert asked["params"]["ExpireSeconds"] == 2 * 3600
        assert asked["params"]["UserId"] == identity.classroom_user_id
        replay.refresh_from_db()
        assert (replay.views, PlaybackUse.objects.get().user) == (1, student)

    def test_watching_is_recorded_when_the_school_chose_so(
        self, signed_in: SignedIn, student: User, replay: Replay, local_cloud: LocalCloud
    ):
        client = signed_in(student)

        def reported() -> list[str]:
            link = client.get(f"/replays/{replay.code}/play/")["Location"]
            assert requests.get(link, timeout=10).status_code == 200
            return parse_qs(urlsplit(link).query).get("report", [])

        assert reported() == []
        SchoolSettings.objects.update_or_create(pk=1, defaults={"keeps_watch_records": True})
        assert reported() == ["true"]

    def test_cloud_that_does_not_answer_is_told_in_words(
        self, office: Client, replay: Replay, local_cloud: LocalCloud
    ):
        local_cloud.switch("GetPlaybackToken", "fail", code="InternalError")

        answer = office.get(f"/replays/{replay.code}/play/")

        page = read(answer.content).one("main")
        assert answer.status_code == 503
        assert int(answer["Retry-After"]) > 0
        assert page.one("h1").text == "This replay's player is not available now"
        replay.refresh_from_db()
        assert replay.views == 0

    def test_is_not_downloaded(self, office: Client, replay: Replay):
        answer = office.get(f"/replays/{replay.code}/download/")

        assert (answer.status_code, "Location" in answer) == (409, False)
        assert read(answer.content).one("main").all("p")[0].text == (
            "This class was recorded as signalling, which plays only in a player of its own."
        )

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            (
                {"url": ""},
                "Signalling recordings play only in a player of their own",
            ),
            (
                {"url": "https://a.vod2.myqcloud.com/a.m3u8", "file_format": "hls"},
                "This recording is kept in many small pieces: it can be watched",
            ),
            (
                {"url": "https://a.vod2.myqcloud.com/a.mp4", "file_format": "mp4"},
                "If the browser plays a file instead of saving it",
            ),
        ],
    )
    def test_hint_is_of_the_kind_that_it_is(
        self, office: Client, replay: Replay, fields: dict[str, str], expected: str
    ):
        ReplayFile.objects.update(**fields)

        table = page_of(office, replay).one("table", "files")

        hints = [each.text for each in page_of(office, replay).all("p", "hint")]
        assert len(table.one("tbody").all("tr")) == 1
        starts = ("Signalling recordings", "This recording is kept", "If the browser")
        found = [hint for hint in hints if hint.startswith(starts)]
        assert [hint.startswith(expected) for hint in found] == [True]

    def test_outsiders_get_no_ticket(
        self, signed_in: SignedIn, outsider: User, replay: Replay, local_cloud: LocalCloud
    ):
        answer = signed_in(outsider).get(f"/replays/{replay.code}/play/")

        assert answer.status_code == 404
        assert local_cloud.calls(action="GetPlaybackToken") == []


class TestDoings:
    """The offers of the page beside playing, and to whom."""

    def offered(self, client: Client, replay: Replay) -> set[str]:
        page = page_of(client, replay).one("main")
        base = f"/replays/{replay.code}/"
        actions = [form.attrs.get("action", "") for form in page.all("form")]
        return {
            action.removeprefix(base).strip("/") for action in actions if action.startswith(base)
        }

    @pytest.mark.parametrize(
        ("who", "expected"),
        [
            ("student", set()),
            ("supervisor", set()),
            ("assistant", set()),
            ("teacher", {"share", "delete"}),
            ("planner", {"share", "delete"}),
        ],
    )
    def test_of_a_ready_one(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        file: ReplayFile,
        who: str,
        expected: set[str],
    ):
        Replay.objects.update(room_number=300000001)

        assert self.offered(signed_in(request.getfixturevalue(who)), file.replay) == expected

    def test_of_a_ready_one_of_which_more_may_come(
        self, signed_in: SignedIn, assistant: User, file: ReplayFile
    ):
        Replay.objects.update(room_number=300000001, due_at=timezone.now())

        assert self.offered(signed_in(assistant), file.replay) == {"ask"}

    def test_of_others(self, signed_in: SignedIn, teacher: User, replay: Replay):
        client = signed_in(teacher)
        expected: dict[tuple[ReplayState, ReplayReason], set[str]] = {
            (ReplayState.EXPECTED, ReplayReason.TO_COME): set(),
            (ReplayState.RECORDING, ReplayReason.RUNNING): {"ask"},
            (ReplayState.PROCESSING, ReplayReason.ENDED): {"ask", "delete"},
            (ReplayState.NONE, ReplayReason.NOT_RECORDED): {"ask"},
            (ReplayState.NONE, ReplayReason.NEVER_HELD): {"ask"},
            (ReplayState.NONE, ReplayReason.ROOM_GONE): {"ask"},
            (ReplayState.NONE, ReplayReason.CANCELLED): set(),
            (ReplayState.FAILED, ReplayReason.GIVEN_UP): {"ask", "delete"},
            (ReplayState.DELETED, ReplayReason.VANISHED): {"ask"},
        }

        offered = {}
        for state, reason in expected:
            Replay.objects.update(state=state, reason=reason, room_number=300000001)
            offered[state, reason] = self.offered(client, replay) - {"share"}

        assert offered == expected

    @pytest.mark.parametrize(("minutes", "expected"), [(-1, {"ask"}), (1, set())])
    def test_of_one_that_nobody_has_started(
        self,
        signed_in: SignedIn,
        teacher: User,
        replay: Replay,
        minutes: int,
        expected: set[str],
    ):
        ends_at = timezone.now() + dt.timedelta(minutes=minutes)
        Replay.objects.update(
            state=ReplayState.EXPECTED,
            reason=ReplayReason.TO_COME,
            room_number=300000001,
            planned_end=ends_at,
        )

        assert self.offered(signed_in(teacher), replay) - {"share"} == expected

    @pytest.mark.parametrize(("tries", "expected"), [(0, {"restore"}), (1, set())])
    def test_of_one_in_the_trash(
        self, signed_in: SignedIn, teacher: User, replay: Replay, tries: int, expected: set[str]
    ):
        now = timezone.now()
        Replay.objects.update(
            state=ReplayState.DELETED,
            reason=ReplayReason.TRASHED,
            room_number=300000001,
            deleted_at=now,
            deleted_by=teacher,
        )
        ReplayPurge.objects.create(
            replay=replay, due_at=now + dt.timedelta(days=30), attempts=tries, has_begun=tries > 0
        )

        assert self.offered(signed_in(teacher), replay) - {"share"} == expected
