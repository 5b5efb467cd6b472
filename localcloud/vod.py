"""The recordings' files: GET and HEAD /vod/<room>/<video>/f0.mp4, whole or in one range of bytes.

As with the cloud's own addresses, whoever knows one may fetch it.
"""

from __future__ import annotations

import re

from localcloud import files, recordings
from localcloud.answers import Answer, Request, html_answer
from localcloud.cloud import Cloud

PATH = re.compile(r"/vod/([0-9]{1,18})/([0-9]{16})/f0\.mp4")
MP4_TYPE = "video/mp4"


def show(cloud: Cloud, request: Request) -> Answer:
    """Answer the file of a recording that is ready."""
    found = PATH.fullmatch(request.path)
    with cloud.lock:
        recording = recordings.find(cloud, found[2]) if found else None
    if not found or recording is None or recording.room_id != int(found[1]):
        return html_answer("not found", status=404)
    path = recordings.path_of(cloud, recording)
    if recording.state != recordings.READY or not path.is_file():
        return html_answer("not found", status=404)
    return files.answer(request, path, MP4_TYPE)
