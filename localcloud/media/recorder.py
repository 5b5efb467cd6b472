"""Makes the files of recordings in the background, outside the lock.

A recording that a stop or a kill interrupted stays due, so that the next start makes it.
"""

from __future__ import annotations

import sys

from localcloud.cloud import Cloud
from localcloud.media import recording_videos
from localcloud.media.recording_videos import Caption, RecordingFileError
from localcloud.state import recordings, rooms
from localcloud.state.recordings import Recording

RECORDERS = 2  # threads
POLL_S = 0.5  # how late a delayed recording may be noticed


class Recorder:
    """Makes recordings; shared by the recording threads."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._busy: set[str] = set()

    def step(self) -> float:
        """Make one file that is due; return 0 to go on at once, else the seconds to wait."""
        job = self._next_job()
        if job is None:
            return POLL_S
        recording, caption = job
        try:
            self._make(recording, caption)
        finally:
            with self._cloud.lock:
                self._busy.discard(recording.video_id)
        return 0

    def _next_job(self) -> tuple[Recording, Caption] | None:
        with self._cloud.lock:
            for recording in recordings.waiting(self._cloud):
                if recording.video_id not in self._busy:
                    self._busy.add(recording.video_id)
                    room = rooms.find(self._cloud, recording.room_id)
                    title = room.fields["Name"] if room is not None else ""
                    return recording, Caption(title, recording.room_id, recording.start_s)
        return None

    def _make(self, recording: Recording, caption: Caption) -> None:
        path = recordings.path_of(self._cloud, recording)
        stopping = self._cloud.stopping
        try:
            size_bytes = recording_videos.write(
                path,
                duration_s=recording.duration_s,
                caption=caption,
                stopping=stopping,
                has_ranges=recording.has_ranges,
            )
        except RecordingFileError as error:
            if stopping.is_set():
                return
            sys.stderr.write(f"recording of {recording.room_id} failed: {error}\n")
            size_bytes = 0
        with self._cloud.transaction():
            recordings.close(self._cloud, recording, size_bytes=size_bytes)
