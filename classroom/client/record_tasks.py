"""Recording by hand (手动录制): begin, stop, and look for what runs.

Source: LCIC API 3.0, StartRecord, StopRecord and DescribeRecordTask (models of the vendor's Python SDK 3.1.134). The
vendor knows these for rooms with DisableRecord 2 alone, whose whole page is recorded (RecordLayout 9), for ten hours at
most. What DescribeRecordTask answers while nothing is recorded is not said: an empty TaskId, or a refusal.
"""

from __future__ import annotations

from tencentcloud.lcic.v20220817 import models

from classroom.client.answer_values import optional_words, words
from classroom.client.rate_limits import Priority
from classroom.client.transport import call, read, sdk_app_id

TASK_ID_CHARS = 128


def start_recording(room_id: int, priority: Priority) -> str:
    """Begin to record a class that runs, and return the TaskId. Not idempotent: see `running_task`.

    Raises:
        CloudRejected: the cloud does not begin; with the meaning STORAGE_FULL, CLASS_ENDED or ROOM_GONE among others.
        CloudUnavailable: whether it records now is not known.
    """
    request = models.StartRecordRequest()
    request.SdkAppId = sdk_app_id()
    request.RoomId = room_id
    answer = call("StartRecord", request, models.StartRecordResponse, priority)
    return words("StartRecord", answer.TaskId)[:TASK_ID_CHARS]


def stop_recording(room_id: int, task_id: str, priority: Priority) -> None:
    """Stop what `start_recording` began.

    Raises:
        CloudRejected: the cloud knows of no such recording, or refuses.
        CloudUnavailable: whether it still records is not known.
    """
    request = models.StopRecordRequest()
    request.SdkAppId = sdk_app_id()
    request.RoomId = room_id
    request.TaskId = task_id
    call("StopRecord", request, models.StopRecordResponse, priority)


def running_task(room_id: int, priority: Priority) -> str:
    """Return the TaskId of the recording that runs now; empty where none does.

    Raises:
        CloudRejected: the cloud does not tell; it may say so where nothing runs.
    """
    request = models.DescribeRecordTaskRequest()
    request.SdkAppId = sdk_app_id()
    request.RoomId = room_id
    answer = read("DescribeRecordTask", request, models.DescribeRecordTaskResponse, priority)
    return optional_words(answer.TaskId)[:TASK_ID_CHARS]
