"""The labels of states and kinds on the console."""

from __future__ import annotations

from localcloud.callbacks import deliveries
from localcloud.state import documents, recordings, rooms

ROOM_STATUS = {
    rooms.WAITING: "未开始",
    rooms.RUNNING: "上课中",
    rooms.ENDED: "已结束",
    rooms.EXPIRED: "已过期",
}
RECORDING_STATES = {
    recordings.RUNNING: "录制中",
    recordings.PART: "等待合并",
    recordings.MAKING: "生成中",
    recordings.FAILED: "失败",
    recordings.DELETED: "已删除",
}
RECORDING_KINDS = {
    recordings.MIXED: "",
    recordings.STREAM: "单流 ",
    recordings.SIGNALLING: "信令回放 ",
}
DOCUMENT_STATES = {
    documents.NOT_NEEDED: "无需转码",
    documents.IN_PROGRESS: "转码中",
    documents.FAILED: "转码失败",
    documents.DONE: "转码完成",
}
PERMISSIONS = {documents.PRIVATE: "私有", documents.PUBLIC: "公共"}
DELIVERY_OUTCOMES = {
    deliveries.WAITING: "等待",
    deliveries.SENT: "已送达",
    deliveries.LOST: "已丢失",
    deliveries.GIVEN_UP: "已放弃",
}
