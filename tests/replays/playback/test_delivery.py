"""Files come to players by each REPLAY_DELIVERY, and are saved under their name."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import time_machine
from django.core.checks import run_checks
from django.test import Client
from django.utils import translation

from accounts.models import User
from replays.models import PlaybackUse, Replay, ReplayFile
from replays.playback.delivery import file_name, piece_of
from replays.playback.file_kinds import content_type
from tests.cast import SignedIn
from tests.replays.playback.test_hotlinks import KEY, opens
from tests.support.pages import read

NOW = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
HOST = "https://1252463788.vod2.myqcloud.com"


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner)


def place_at(file: ReplayFile, url: str, **fields: Any) -> ReplayFile:
    ReplayFile.objects.filter(pk=file.pk).update(url=url, **fields)
    file.refresh_from_db()
    return file


@pytest.mark.django_db
class TestAccel:
    @pytest.fixture(autouse=True)
    def _accel(self, settings: Any) -> None:
        settings.REPLAY_DELIVERY = "accel"

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            (f"{HOST}/a/f0.mp4", "/replay-media/https/1252463788.vod2.myqcloud.com/a/f0.mp4"),
            (
                f"{HOST}/a/f0.mp4?t=1&us=%E8",
                "/replay-media/https/1252463788.vod2.myqcloud.com/a/f0.mp4?t=1&us=%E8",
            ),
            # It compares hosts letter by letter.
            (
                "https://1252463788.VOD2.myqcloud.com:443/a/f0.mp4",
                "/replay-media/https/1252463788.vod2.myqcloud.com/a/f0.mp4",
            ),
            # nginx undoes one quoting.
            (
                f"{HOST}/语 文/f0.mp4",
                "/replay-media/https/1252463788.vod2.myqcloud.com/%25E8%25AF%25AD%2520%25E6%2596%2587/f0.mp4",
            ),
        ],
    )
    def test_names_the_file_to_nginx_alone(
        self, office: Client, file: ReplayFile, url: str, expected: str
    ):
        place_at(file, url)

        answer = office.get(f"/replays/{file.replay.code}/play/")

        assert (answer.status_code, answer.content) == (200, b"")
        assert answer["X-Accel-Redirect"] == expected
        assert "Location" not in answer

    def test_headers_of_playing(self, office: Client, file: ReplayFile):
        answer = office.get(f"/replays/{file.replay.code}/play/")

        assert answer["Content-Type"] == "video/mp4"
        assert answer["Content-Disposition"].startswith("inline; filename")
        assert answer["Cache-Control"] == "private, no-store"

    def test_download_is_saved_under_the_lesson_s_name(self, office: Client, file: ReplayFile):
        Replay.objects.update(title="语文课 0901")

        answer = office.get(f"/replays/{file.replay.code}/download/")

        kind, _semicolon, name = answer["Content-Disposition"].partition("; filename*=utf-8''")
        assert (kind, unquote(name)) == ("attachment", "语文课 0901.mp4")

    def test_views_and_downloads_are_counted(self, office: Client, file: ReplayFile):
        office.get(f"/replays/{file.replay.code}/play/")
        office.get(f"/replays/{file.replay.code}/download/")

        file.replay.refresh_from_db()
        assert (file.replay.views, file.replay.downloads) == (1, 1)

    def test_playlist_is_led_to_an_address_that_its_pieces_lie_below(
        self, office: Client, file: ReplayFile
    ):
        place_at(file, f"{HOST}/a/语.m3u8?v=2", file_format="hls")
        path = f"/replays/{file.replay.code}/play/"

        answer = office.get(path)
        below = office.get(answer["Location"])
        piece = office.get(f"{path}1/sub/000.ts")

        assert answer["Location"] == f"{path}1/%E8%AF%AD.m3u8"
        assert below["Content-Type"] == "application/vnd.apple.mpegurl"
        internal = "/replay-media/https/1252463788.vod2.myqcloud.com/a"
        assert below["X-Accel-Redirect"] == f"{internal}/%25E8%25AF%25AD.m3u8?v=2"
        assert piece["X-Accel-Redirect"] == f"{internal}/sub/000.ts"
        assert piece["Content-Type"] == "video/mp2t"
        assert PlaybackUse.objects.count() == 1

    def test_pieces_that_are_parts_of_one_file_are_told_apart(
        self, office: Client, file: ReplayFile
    ):
        place_at(file, f"{HOST}/a/v.m3u8?sign=own", file_format="hls")
        query = "start=0&end=282375&type=mpegts"
        below = f"/replays/{file.replay.code}/play/1"

        piece = office.get(f"{below}/v.f230.ts?{query}")
        playlist = office.get(f"{below}/v.m3u8?{query}")

        internal = "/replay-media/https/1252463788.vod2.myqcloud.com/a"
        assert piece["X-Accel-Redirect"] == f"{internal}/v.f230.ts?{query}"
        assert playlist["X-Accel-Redirect"] == f"{internal}/v.m3u8?sign=own"

    @pytest.mark.parametrize(
        "url",
        [f"{HOST}/a/", f"{HOST}/a/..", f"{HOST}/a/%2E%2E", HOST, f"{HOST}/", f"{HOST}/v.m3u8"],
    )
    def test_playlist_without_a_folder_of_its_own_is_refused_in_words(
        self, office: Client, file: ReplayFile, url: str
    ):
        place_at(file, url, file_format="hls")
        office.cookies["django_language"] = "en"

        for below in ("", "1/v.m3u8", "1/a/000.ts"):
            answer = office.get(f"/replays/{file.replay.code}/play/{below}")

            page = read(answer.content).one("main")
            assert (answer.status_code, "X-Accel-Redirect" in answer) == (409, False), below
            assert page.one("h1").text == "The file is on an unknown host", below
            assert page.all("p")[1].text == (
                "Tell the school: where recordings are stored, this one needs a folder of its own."
            ), below
        assert PlaybackUse.objects.count() == 0

    def test_odd_name_of_a_playlist_stays_as_it_is(self, office: Client, file: ReplayFile):
        place_at(file, f"{HOST}/a/p%2Fq;r.m3u8", file_format="hls")
        path = f"/replays/{file.replay.code}/play/"

        led = office.get(path)["Location"]

        assert led == f"{path}1/p%2Fq%3Br.m3u8"
        internal = "/replay-media/https/1252463788.vod2.myqcloud.com/a"
        assert office.get(led)["X-Accel-Redirect"] == f"{internal}/p%252Fq%3Br.m3u8"

    def test_what_lies_beside_a_playlist_is_no_piece(self, office: Client, file: ReplayFile):
        place_at(file, f"{HOST}/a/100.m3u8", file_format="hls")

        for name in ("200.mp4", "f0.MP4", "sub/f0.mp4", "list.txt", "200", ".ts"):
            answer = office.get(f"/replays/{file.replay.code}/play/1/{name}")

            assert (name, answer.status_code, "X-Accel-Redirect" in answer) == (name, 409, False)

    def test_pieces_lie_in_the_playlist_s_own_folder(self, office: Client, file: ReplayFile):
        place_at(file, f"{HOST}/a/index.m3u8", file_format="hls")

        for name in ("../b/000.ts", "sub//000.ts", "a%5C..%5Cb.ts", "./000.ts"):
            answer = office.get(f"/replays/{file.replay.code}/play/1/{name}")

            assert (name, answer.status_code, "X-Accel-Redirect" in answer) == (name, 409, False)

    def test_a_single_file_has_no_pieces(self, office: Client, file: ReplayFile):
        assert office.get(f"/replays/{file.replay.code}/play/1/000.ts").status_code == 409

    @pytest.mark.parametrize(("who", "status"), [("student", 200), ("outsider", 404)])
    def test_pieces_are_for_those_who_may_see_the_replay(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        file: ReplayFile,
        who: str,
        status: int,
    ):
        place_at(file, f"{HOST}/a/index.m3u8", file_format="hls")
        client = signed_in(request.getfixturevalue(who))

        answer = client.get(f"/replays/{file.replay.code}/play/1/000.ts")

        assert (answer.status_code, "X-Accel-Redirect" in answer) == (status, status == 200)

    def test_unknown_hosts_are_not_named(self, office: Client, file: ReplayFile):
        place_at(file, "https://elsewhere.example/f0.mp4")

        answer = office.get(f"/replays/{file.replay.code}/play/")

        assert (answer.status_code, "X-Accel-Redirect" in answer) == (409, False)


@pytest.mark.django_db
class TestSigned:
    @pytest.fixture(autouse=True)
    def _signed(self, settings: Any) -> None:
        settings.REPLAY_DELIVERY = "signed"
        settings.LCIC_VOD_KEY = KEY

    @pytest.mark.parametrize(("duration_s", "lasts_s"), [(2700, 2700 + 1800), (None, 7200 + 1800)])
    def test_address_holds_as_long_as_the_file_lasts_and_half_an_hour(
        self, office: Client, file: ReplayFile, duration_s: int | None, lasts_s: int
    ):
        place_at(file, file.url, duration_s=duration_s)
        with time_machine.travel(NOW, tick=False):
            answer = office.get(f"/replays/{file.replay.code}/play/")

        address, end = answer["Location"], NOW + dt.timedelta(seconds=lasts_s)
        assert address.partition("?")[0] == file.url
        assert opens(address, KEY, end)
        assert not opens(address, KEY, end + dt.timedelta(seconds=1))
        assert "download_name" not in address

    @pytest.mark.parametrize("duration_s", [366 * 24 * 3600, 2**31 - 1])
    def test_no_address_holds_for_longer_than_a_day_at_school(
        self, office: Client, file: ReplayFile, duration_s: int
    ):
        place_at(file, file.url, duration_s=duration_s)
        with time_machine.travel(NOW, tick=False):
            address = office.get(f"/replays/{file.replay.code}/play/")["Location"]

        end = NOW + dt.timedelta(hours=12, minutes=30)
        assert opens(address, KEY, end)
        assert not opens(address, KEY, end + dt.timedelta(seconds=1))

    def test_what_lies_beside_a_playlist_gets_no_signature(self, office: Client, file: ReplayFile):
        place_at(file, f"{HOST}/a/100.m3u8", file_format="hls")

        answer = office.get(f"/replays/{file.replay.code}/play/1/200.mp4")

        assert (answer.status_code, "Location" in answer) == (409, False)

    def test_download_is_saved_under_the_lesson_s_name(self, office: Client, file: ReplayFile):
        Replay.objects.update(title="语文课 0901")

        address = office.get(f"/replays/{file.replay.code}/download/")["Location"]

        assert parse_qs(urlsplit(address).query)["download_name"] == ["语文课 0901.mp4"]

    def test_key_is_in_no_answer(self, office: Client, file: ReplayFile):
        answers = [
            office.get(f"/replays/{file.replay.code}/{what}") for what in ("", "play/", "download/")
        ]

        assert [KEY in str(answer.headers) + answer.content.decode() for answer in answers] == [
            False
        ] * 3

    def test_file_on_an_unknown_host_gets_no_signature(self, office: Client, file: ReplayFile):
        place_at(file, "https://elsewhere.example/f0.mp4")

        answer = office.get(f"/replays/{file.replay.code}/play/")

        assert (answer.status_code, "Location" in answer) == (409, False)


@pytest.mark.parametrize(
    ("title", "count", "expected"),
    [
        ("语文课 0901-0800", 1, "语文课 0901-0800.mp4"),
        ("语文课", 2, "语文课 Part 2.mp4"),
        ("a/b\\c:d*e?f", 1, "a b c d e f.mp4"),
        ('../..\r\n"x"', 1, "x.mp4"),
        ("课\u202e4pm", 1, "课 4pm.mp4"),
        ("...", 1, "replay.mp4"),
        ("课" * 300, 1, f"{'课' * 120}.mp4"),
    ],
)
def test_name_of_a_saved_file(title: str, count: int, expected: str):
    file = ReplayFile(url=f"{HOST}/a/f0.mp4")

    with translation.override("en"):
        assert file_name(title, file, number=2, count=count) == expected


@pytest.mark.parametrize(
    ("file_format", "expected"),
    [
        ("mp4", "课.mp4"),
        ("FLV", "课.flv"),
        ("", "课.mp4"),
        ("video/mp4", "课.mp4"),
        ("a\nb", "课.mp4"),
    ],
)
def test_suffix_of_an_address_without_one_is_a_format_that_is_known(
    file_format: str, expected: str
):
    file = ReplayFile(url=f"{HOST}/a/f0", file_format=file_format)

    assert file_name("课", file, number=1, count=1) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{HOST}/f0.mp4?x=.ts", "video/mp4"),
        (f"{HOST}/f0.MP4", "video/mp4"),
        (f"{HOST}/f0.html", "application/octet-stream"),
        (f"{HOST}/f0", "application/octet-stream"),
    ],
)
def test_type_comes_from_a_table(url: str, expected: str):
    assert content_type(url) == expected


@pytest.mark.parametrize(
    "name", ["", "..", "a/../../b.ts", "../b.ts", "./b.ts", "/b.ts", "a//b.ts", "a/", "a\\b.ts"]
)
def test_no_piece_outside_the_folder(name: str):
    assert piece_of(f"{HOST}/a/index.m3u8", name, "") is None


@pytest.mark.parametrize(
    "name",
    ["000.ts", "v.f230.TS", "b/1.m4s", "v.f230.m3u8", "a.aac", "zh.vtt", "enc.key", "init-0.mp4"],
)
def test_pieces_that_playlists_name(name: str):
    assert piece_of(f"{HOST}/a/index.m3u8?v=1", name, "n=2") == f"{HOST}/a/{name}?n=2"


@pytest.mark.parametrize(
    ("delivery", "expected"), [("redirect", ["replays.W001"]), ("accel", []), ("signed", [])]
)
def test_deploy_check_says_what_a_redirect_means(settings: Any, delivery: str, expected: list[str]):
    settings.REPLAY_DELIVERY = delivery

    found = run_checks(include_deployment_checks=True)

    assert [each.id for each in found if (each.id or "").startswith("replays.")] == expected
