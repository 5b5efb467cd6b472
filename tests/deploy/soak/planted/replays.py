"""Faults of replays, and what looks like one and has its reason."""

from __future__ import annotations

from deploy.soak import journal
from tests.deploy.soak.planted.case import (
    DOUBLED,
    LOST,
    UNEXPLAINED,
    Fault,
)

RECORDING = {
    "VideoId": "v",
    "State": "ready",
    "RecordUrl": "http://127.0.0.1/v.mp4",
    "RecordSize": 1,
}
FIRST_FILE = "replays_replayfile WHERE number = 1"


FAULTS = (
    Fault(
        "file of a replay lost",
        lambda c: c.sql(f"DELETE FROM {FIRST_FILE}"),
        LOST,
        "is no file of a replay",
    ),
    Fault(
        "file of a replay gone by mistake",
        lambda c: c.sql("UPDATE replays_replayfile SET gone_at = now()"),
        LOST,
        "is no file of a replay",
    ),
    Fault(
        "file of a replay doubled",
        lambda c: c.copy_row("replays_replayfile", "number = 1", """'{"number": 9}'"""),
        DOUBLED,
        "is 2 files",
    ),
    Fault(
        "file of another replay",
        lambda c: c.sql(
            "UPDATE replays_replayfile SET replay_id = (SELECT id FROM replays_replay WHERE title = '第四讲')"
        ),
        UNEXPLAINED,
        "is a file of the replay of room",
    ),
    Fault(
        "file that the cloud has not",
        lambda c: c.held["Recordings"][0].update(State="deleted"),
        UNEXPLAINED,
        "is not in the cloud",
    ),
    Fault(
        "size of a file differs",
        lambda c: c.sql(f"UPDATE {FIRST_FILE.replace(' WHERE', ' SET size_bytes = 1 WHERE')}"),
        UNEXPLAINED,
        "has size_bytes 1 here",
    ),
    Fault(
        "recording on its way",
        lambda c: c.held["Recordings"].append({**RECORDING, "State": "making"}),
        UNEXPLAINED,
        "still being made",
    ),
    Fault(
        "single stream lost",
        lambda c: c.held["Streams"].append(RECORDING),
        LOST,
        "recording v of room",
    ),
    Fault(
        "signalling replay lost",
        lambda c: c.held["Playbacks"].append(RECORDING),
        LOST,
        "signalling replay",
    ),
    Fault(
        "recording that the cloud lost",
        lambda c: c.tell_anew(journal.RecordedAgain, video_id="v"),
        LOST,
        "the cloud was told to record v",
    ),
    Fault(
        "state of a replay differs",
        lambda c: c.sql("UPDATE replays_replay SET state = 'processing' WHERE title = '第一讲'"),
        UNEXPLAINED,
        "is processing (found), with 2 files",
    ),
    Fault(
        "class without a replay",
        lambda c: c.sql("UPDATE replays_replay SET room_id = NULL WHERE title = '第一讲'"),
        LOST,
        "the class in room",
    ),
    Fault(
        "lesson without a replay",
        lambda c: c.sql("UPDATE replays_replay SET lesson_id = %s", c.school.held.pk),
        LOST,
        "not even an expected one",
    ),
)
