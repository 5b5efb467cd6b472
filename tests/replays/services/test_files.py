"""Files that the cloud lists twice are one; one that it does not list once is not lost yet."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import responses

from classroom.client.file_sizes import size_of
from classroom.client.records import Recording
from classroom.enums import EventKind, Source
from classroom.models import CallbackEvent
from replays.models import Replay, ReplayFile
from replays.services.files import MOST_NAMES, Listing, fetch_files, save_files
from schedule.enums import RecordMode

NOW = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
HOST = "1500000001.vod2.myqcloud.com"
URL = f"https://{HOST}/a/f0.mp4"
OTHER_URL = f"https://{HOST}/b/f0.mp4"
FULL = Recording(
    url=URL,
    video_id="v1",
    file_format="mp4",
    started_at=NOW - 45 * MINUTE,
    stopped_at=NOW,
    duration_s=2700,
    size_bytes=1000,
)
WITH_OTHER = replace(FULL, other_names=(OTHER_URL,))


STREAM = Recording(
    url=f"https://{HOST}/s/f0.mp4",
    video_id="v9",
    file_format="mp4",
    started_at=NOW - 46 * MINUTE,
    stopped_at=NOW,
    duration_s=2760,
    size_bytes=10,
    stream_of="u1",
)


def look(*recordings: Recording, asked_at: dt.datetime = NOW, **told: Any):
    """A look whose answers have come already, at a class that was planned until NOW."""
    details = SimpleNamespace(
        record_url=told.get("record_url", ""),
        video_duration_s=told.get("duration_s"),
        disable_record=RecordMode.AUTOMATIC,
        ends_at=NOW,
    )
    return SimpleNamespace(
        room_id=300_000_001,
        asked_at=asked_at,
        recordings=recordings,
        streams=told.get("streams", ()),
        details=details,
        size_of=size_of,
    )


def listed(seen: Any, *, known: Collection[ReplayFile]) -> tuple[Recording, ...]:
    return fetch_files(seen, known=known).files


def unsized(url: str, file_format: str) -> dict[str, Any]:
    return {"url": url, "file_format": file_format, "size_bytes": None}


def told(url: object, *, number: int = 1, **data: object) -> CallbackEvent:
    return CallbackEvent.objects.create(
        digest=f"digest-{number}",
        event_type="RecordFinish",
        kind=EventKind.ROOM,
        timestamp_s=0,
        data=json.dumps({"RoomId": 300_000_001, "RecordUrl": url, **data}),
        room_id=300_000_001,
        received_at=NOW,
    )


@pytest.mark.django_db
class TestFetching:
    def test_address_that_both_actions_give_is_one_file(self):
        found = listed(look(FULL, record_url=f"{URL}?sign=abc"), known=())

        assert found == (FULL,)

    def test_address_that_only_the_room_tells_is_a_file_too(self):
        sized = Recording(url=OTHER_URL, file_format="mp4", duration_s=60, size_bytes=7)
        told(OTHER_URL, RecordSize=7)

        found = listed(look(FULL, record_url=OTHER_URL, duration_s=60), known=())

        assert found == (FULL, sized)

    def test_entries_of_one_video_are_one_file(self):
        moved = Recording(url=OTHER_URL, video_id="v1")

        assert listed(look(FULL, moved), known=()) == (WITH_OTHER,)

    @pytest.mark.parametrize(
        "entries",
        [
            # The room tells the second address, without a video id.
            (FULL, Recording(url=OTHER_URL, video_id="v1"), Recording(url=OTHER_URL)),
            (FULL, Recording(url=f"{OTHER_URL}?sign=a"), Recording(url=OTHER_URL, video_id="v1")),
            (FULL, Recording(url=URL, video_id="v2"), Recording(url=OTHER_URL, video_id="v2")),
        ],
    )
    def test_entry_that_has_a_name_of_two_others_makes_them_one_file(self, entries):
        (file,) = listed(look(*entries), known=())

        assert (file.url, file.video_id) == (URL, "v1")
        assert OTHER_URL in file.other_names

    def test_callback_may_name_any_address_of_a_file(self):
        told(OTHER_URL, RecordSize=555)
        moved = Recording(url=OTHER_URL, video_id="v1")

        (file,) = listed(look(replace(FULL, size_bytes=None), moved), known=())

        assert file.size_bytes == 555

    def test_size_that_is_known_by_another_address_is_not_asked_for_again(self):
        known = ReplayFile(url=URL, size_bytes=9, other_names=[OTHER_URL])

        (file,) = listed(look(record_url=OTHER_URL), known=[known])

        assert file.size_bytes is None

    def test_files_come_in_the_order_in_which_they_were_recorded(self):
        later = replace(FULL, url=OTHER_URL, video_id="v2", started_at=NOW)

        assert listed(look(later, FULL), known=()) == (FULL, later)

    def test_single_streams_come_behind_the_recordings_of_the_class(self):
        assert listed(look(FULL, streams=(STREAM,)), known=()) == (FULL, STREAM)

    def test_address_that_is_listed_as_both_is_one_stream(self):
        found = listed(look(replace(STREAM, stream_of=""), streams=(STREAM,)), known=())

        assert found == (STREAM,)

    @pytest.mark.parametrize(
        ("later", "expected"), [(DAY - MINUTE, ()), (DAY, (STREAM,)), (30 * DAY, (STREAM,))]
    )
    def test_streams_wait_a_day_for_the_recording_of_the_class(self, later, expected):
        found = listed(look(streams=(STREAM,), asked_at=NOW + later), known=())

        assert found == expected

    @pytest.mark.parametrize(
        ("minutes", "is_believed"), [(10, True), (11, False), (60 * 24 * 365 * 70, False)]
    )
    def test_moment_that_has_not_come_is_not_known(self, minutes, is_believed):
        moment = NOW + minutes * MINUTE
        told = replace(FULL, started_at=moment, stopped_at=moment)

        (file,) = listed(look(told), known=())

        expected = moment if is_believed else None
        assert (file.started_at, file.stopped_at) == (expected, expected)
        assert file.duration_s == FULL.duration_s

    @pytest.mark.parametrize(
        ("name", "told_format", "expected"),
        [
            ("index.m3u8", "", "hls"),
            ("INDEX.M3U8", "", "hls"),
            ("f0.mp4", "", "mp4"),
            ("f0.MP4", "", "mp4"),
            ("f0.php", "", ""),
            ("f0", "", ""),
            ("index.m3u8", "mp4", "mp4"),
        ],
    )
    def test_format_that_nobody_names_is_that_of_the_address(self, name, told_format, expected):
        url = f"https://{HOST}/a/{name}"
        told_file = replace(FULL, url=url, file_format=told_format)

        (file,) = listed(look(told_file, record_url=f"{url}?sign=a.ts"), known=())

        assert file.file_format == expected

    def test_address_that_nobody_can_read_has_no_format(self):
        (file,) = listed(look(record_url="http://[x/f0.mp4"), known=())

        assert (file.file_format, file.size_bytes) == ("", None)

    @pytest.mark.parametrize("told_format", ["", "hls", "m3u8"])
    def test_size_of_a_playlist_is_not_that_of_its_film(self, told_format):
        url = f"https://{HOST}/a/index.m3u8"

        with responses.RequestsMock():  # nobody is asked
            (file,) = listed(look(replace(FULL, **unsized(url, told_format))), known=())

        assert (file.url, file.size_bytes) == (url, None)

    def test_playlist_that_is_known_as_one_is_not_measured_either(self):
        url = f"https://{HOST}/a/index"
        known = ReplayFile(url=url, file_format="hls")

        with responses.RequestsMock():
            (file,) = listed(look(replace(FULL, **unsized(url, ""))), known=[known])

        assert file.size_bytes is None

    def test_callback_adds_what_the_api_leaves_out(self):
        told(URL, RecordSize=555, Duration=66)

        (file,) = listed(look(record_url=URL), known=())

        assert (file.size_bytes, file.duration_s) == (555, 66)

    @pytest.mark.parametrize("seconds", [366 * 24 * 3600, 2**31 - 1, 0, True, "66"])
    def test_callback_with_an_absurd_length_adds_nothing(self, seconds):
        told(URL, RecordSize=555, Duration=seconds)

        (file,) = listed(look(record_url=URL), known=())

        assert (file.size_bytes, file.duration_s) == (555, None)

    @pytest.mark.parametrize("size", [0, -1, "555", True, None, 2**63, [1]])
    def test_callback_with_an_absurd_size_adds_nothing(self, size):
        told(URL, RecordSize=size)

        with responses.RequestsMock() as server:
            server.head(URL, status=404)
            (file,) = listed(look(record_url=URL), known=())

        assert file.size_bytes is None

    def test_callback_about_an_address_that_the_api_does_not_give_is_ignored(self):
        told(OTHER_URL, RecordSize=555, Duration=66)

        with responses.RequestsMock() as server:
            server.head(URL, headers={"Content-Length": "1234"})
            found = listed(look(record_url=URL), known=())

        assert [(file.url, file.size_bytes, file.duration_s) for file in found] == [
            (URL, 1234, None)
        ]

    def test_callback_whose_address_is_no_text_is_ignored(self):
        told(17, RecordSize=555)

        assert listed(look(FULL), known=()) == (FULL,)

    def test_size_that_is_known_is_not_asked_for_again(self):
        known = ReplayFile(url=URL, size_bytes=9)

        (file,) = listed(look(record_url=URL), known=[known])

        assert file.size_bytes is None

    def test_foreign_host_is_not_asked(self, settings):
        settings.REPLAY_HOSTS = ["elsewhere.example.org"]

        (file,) = listed(look(record_url=URL), known=())

        assert file.size_bytes is None

    @pytest.mark.parametrize(
        "answer",
        [
            {"status": 302, "headers": {"Location": "http://127.0.0.1/"}},
            {"status": 500},
            {"headers": {"Content-Length": "many"}},
            {"headers": {"Content-Length": "0"}},
        ],
    )
    def test_server_that_does_not_tell_leaves_the_size_unknown(self, answer):
        with responses.RequestsMock() as server:
            server.head(URL, **answer)
            (file,) = listed(look(record_url=URL), known=())

        assert file.size_bytes is None

    def test_server_that_is_away_leaves_the_size_unknown(self):
        with responses.RequestsMock() as server:
            server.head(URL, body=requests.ConnectionError("away"))
            (file,) = listed(look(record_url=URL), known=())

        assert file.size_bytes is None


class TestSaving:
    @pytest.fixture
    def replay(self, lesson) -> Replay:
        return Replay.objects.get(lesson=lesson)

    def save(self, replay: Replay, *found: Recording, at: dt.datetime = NOW) -> None:
        save_files(replay, Listing(found), source=Source.POLL, at=at)

    def test_new_files_are_numbered_as_they_come(self, replay):
        self.save(replay, FULL)

        self.save(replay, Recording(url=OTHER_URL, started_at=NOW - 90 * MINUTE), FULL)

        numbers = replay.files.order_by("number").values_list("number", "url")
        assert list(numbers) == [(1, URL), (2, OTHER_URL)]

    def test_same_answer_again_changes_nothing(self, replay):
        self.save(replay, FULL)
        before = list(replay.files.values())

        self.save(replay, FULL, at=NOW + MINUTE)

        assert list(replay.files.values()) == before

    def test_what_is_known_stays_when_the_cloud_tells_less(self, replay):
        self.save(replay, FULL)

        self.save(replay, Recording(url=f"{URL}?sign=new"))

        file = replay.files.get()
        assert (file.url, file.size_bytes, file.duration_s, file.video_id) == (
            f"{URL}?sign=new",
            1000,
            2700,
            "v1",
        )

    def test_file_that_moved_to_another_host_is_still_one(self, replay):
        self.save(replay, FULL)
        moved = Recording(url="https://new.vod2.myqcloud.com/a/f0.mp4", video_id="v1")

        self.save(replay, moved, Recording(url=URL))

        assert replay.files.get().url == moved.url

    @pytest.mark.parametrize("later", [URL, OTHER_URL])
    def test_answer_may_name_any_address_of_a_file(self, replay, later):
        self.save(replay, WITH_OTHER)

        self.save(replay, Recording(url=later))

        file = replay.files.get()
        assert (file.url, file.video_id, file.missing_since) == (later, "v1", None)

    def test_file_that_moved_is_still_one_when_its_old_address_is_listed_again(self, replay):
        self.save(replay, FULL)
        moved = Recording(url=OTHER_URL, video_id="v1")
        for _look in range(2):
            self.save(replay, moved, Recording(url=URL))

        assert replay.files.get().url == OTHER_URL

    def test_two_files_that_turn_out_to_be_one_are_shown_once(self, replay):
        self.save(replay, FULL, Recording(url=OTHER_URL))

        saved = save_files(replay, Listing((WITH_OTHER,)), source=Source.POLL, at=NOW + MINUTE)

        assert list(replay.files.present().values_list("url", flat=True)) == [URL]
        assert saved.changes == {}

        self.save(replay, WITH_OTHER, at=NOW + 2 * MINUTE)

        gone = replay.files.order_by("pk").values_list("gone_at", flat=True)
        assert list(gone) == [None, NOW + MINUTE]

    def test_of_a_file_that_moves_with_each_answer_a_few_names_are_kept(self, replay):
        for number in range(MOST_NAMES + 2):
            self.save(replay, replace(FULL, url=f"https://{HOST}/{number}/f0.mp4"))

        assert len(replay.files.get().other_names) == MOST_NAMES

    def test_file_missed_once_is_kept(self, replay):
        self.save(replay, FULL)

        self.save(replay, at=NOW + MINUTE)

        file = replay.files.get()
        assert (file.missing_since, file.gone_at) == (NOW + MINUTE, None)

    def test_file_missed_ten_minutes_later_as_well_is_gone(self, replay):
        self.save(replay, FULL)
        self.save(replay, at=NOW + MINUTE)

        self.save(replay, at=NOW + 11 * MINUTE)

        assert replay.files.get().gone_at == NOW + 11 * MINUTE

    def test_file_missed_twice_within_minutes_is_kept(self, replay):
        self.save(replay, FULL)
        self.save(replay, at=NOW + MINUTE)

        self.save(replay, at=NOW + 10 * MINUTE)

        assert replay.files.get().gone_at is None

    def test_file_that_is_listed_again_is_back(self, replay):
        self.save(replay, FULL)
        self.save(replay, at=NOW + MINUTE)
        self.save(replay, at=NOW + 20 * MINUTE)

        self.save(replay, FULL, at=NOW + 30 * MINUTE)

        file = replay.files.get()
        assert (file.missing_since, file.gone_at) == (None, None)
