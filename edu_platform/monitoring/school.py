"""Figures of the school, read from the database when they are asked for: the same on every machine."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Min, Q, QuerySet, Sum
from django.utils import timezone
from prometheus_client import Metric
from prometheus_client.metrics_core import GaugeMetricFamily

from accounts.models import Notice, RequestedMail, SchoolSettings
from accounts.selectors.people import refused_count
from accounts.services.batch_registration import unknown_identities
from accounts.services.profile_sync import former_supervisors, stale_identities
from attendance.collecting.asking import rooms_to_ask
from attendance.models import Alarm, LessonAttendance
from classroom.client.transport import sdk_app_id
from classroom.enums import EventState
from classroom.models import CallbackEvent
from courseware.models import Binding, Courseware, Submission, Upload
from courseware.services.deletion import documents_to_delete
from edu_platform.heartbeat import last_heartbeat
from edu_platform.models import Backup
from replays.enums import ReplayState
from replays.models import Replay, ReplayPurge, WatchQuestion
from replays.overdue import late_replays
from schedule.channels.message_queue import messages_to_send
from schedule.enums import CloudStatus, LessonState
from schedule.models import (
    FAILS_IN_CLOUD,
    LONGEST_LESSON,
    CalendarFeed,
    Channel,
    FamilyAddress,
    Lesson,
    PlanningAction,
    Room,
    Work,
)
from schedule.rooms.polling import rooms_put_off
from schedule.rooms.unheard import unheard_rooms

# A question that takes longer is given up: who asks has a limit too, and comes again.
STATEMENT_LIMIT_MS = 3000
# By kind what its loop takes up when it is due: a row whose turn waits for something else is not late.
DUE_WORK: dict[str, Callable[[dt.datetime], QuerySet[Any]]] = {
    "alarms": lambda _at: Alarm.objects.all(),
    "attendance": lambda _at: LessonAttendance.objects.all(),
    "class_statistics": lambda _at: rooms_to_ask(sdk_app_id()),
    "courseware": lambda _at: Courseware.objects.all(),
    "courseware_in_rooms": lambda _at: Binding.objects.all(),
    "discarded_documents": documents_to_delete,
    "family_mails": lambda _at: FamilyAddress.objects.all(),
    "group_messages": messages_to_send,
    "lost_documents": lambda _at: Submission.objects.filter(courseware=None),
    "long_work": lambda _at: Work.objects.all(),
    "mails": lambda _at: Notice.objects.all(),
    "people": lambda _at: unknown_identities() | stale_identities() | former_supervisors(),
    "replay_deletions": lambda _at: ReplayPurge.objects.filter(replay__purged_at=None),
    "replays": lambda _at: Replay.objects.filter(room_number__isnull=False),
    "requested_mails": lambda _at: RequestedMail.objects.all(),
    "room_changes": lambda _at: Room.objects.to_sync(),
    "room_states": rooms_put_off,
    "timetable_changes": lambda _at: PlanningAction.objects.all(),
    "watch_records": lambda _at: WatchQuestion.objects.all(),
}


def school_figures() -> list[Metric]:
    """All figures.

    Raises:
        DatabaseError: the database is away, or too slow.
    """
    at = timezone.now()
    with _time_limit():
        return [
            *_clock_and_backup(at),
            *_callbacks(at),
            *_due_work(at),
            *_rooms(at),
            *_people_and_files(at),
        ]


def database_is(*, up: bool) -> Metric:
    return _gauge("edu_database_up", "Whether the database answered.", float(up))


@contextmanager
def _time_limit() -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield  # SQLite has none, and a transaction there would keep writers waiting.
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = %s", [STATEMENT_LIMIT_MS])
        yield


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _age_s(at: dt.datetime, since: dt.datetime | None, *, never: float = 0.0) -> float:
    return never if since is None else max(0.0, (at - since).total_seconds())


def _clock_and_backup(at: dt.datetime) -> Iterator[Metric]:
    yield _gauge(
        "edu_heartbeat_age_seconds",
        "How long ago a worker last did what beat sent; +Inf: never.",
        _age_s(at, last_heartbeat(), never=math.inf),
    )
    backup = Backup.objects.order_by("-ended_at").first()
    yield _gauge(
        "edu_backup_age_seconds",
        "How long ago the latest finished backup began; +Inf: there is none.",
        _age_s(at, None if backup is None else backup.began_at, never=math.inf),
    )
    size = backup.size_bytes if backup is not None else 0
    yield _gauge("edu_backup_size_bytes", "How large the latest finished backup is.", size)


def _callbacks(at: dt.datetime) -> Iterator[Metric]:
    waiting = CallbackEvent.objects.waiting().aggregate(
        count=Count("pk"), oldest=Min("received_at")
    )
    yield _gauge(
        "edu_callbacks_waiting",
        "Callbacks that are stored and not handled yet, those that failed and are tried again among them.",
        waiting["count"],
    )
    yield _gauge(
        "edu_callbacks_waiting_age_seconds",
        "How long the oldest of them has waited.",
        _age_s(at, waiting["oldest"]),
    )
    dead = CallbackEvent.objects.filter(state=EventState.DEAD).count()
    yield _gauge("edu_callbacks_dead", "Callbacks that were given up.", dead)


def _due_work(at: dt.datetime) -> Iterator[Metric]:
    rows = GaugeMetricFamily(
        "edu_due_rows", "Rows whose work is due and not done, by kind.", labels=["kind"]
    )
    lateness = GaugeMetricFamily(
        "edu_due_lateness_seconds",
        "How long the one that waits longest has been due, by kind.",
        labels=["kind"],
    )
    for kind, queryset in DUE_WORK.items():
        due = queryset(at).filter(due_at__lte=at).aggregate(count=Count("pk"), first=Min("due_at"))
        rows.add_metric([kind], due["count"])
        lateness.add_metric([kind], _age_s(at, due["first"]))
    yield rows
    yield lateness


def _rooms(at: dt.datetime) -> Iterator[Metric]:
    coming = Lesson.objects.filter(
        state=LessonState.PUBLISHED,
        # By the index of beginnings: of the many lessons before, none is looked at.
        starts_at__gt=at - LONGEST_LESSON,
        starts_at__lt=at + SchoolSettings.load().room_horizon,
        ends_at__gt=at,
    )
    with_room = Q(rooms__is_current=True, rooms__room_id__isnull=False)
    counted = coming.aggregate(
        all=Count("pk", distinct=True), made=Count("pk", filter=with_room, distinct=True)
    )
    ahead = GaugeMetricFamily(
        "edu_rooms_ahead",
        "Lessons for which a room is made ahead, by whether it is there.",
        labels=["state"],
    )
    ahead.add_metric(["made"], counted["made"])
    ahead.add_metric(["missing"], counted["all"] - counted["made"])
    yield ahead
    failing = Room.objects.of_lessons_to_come(at=at).filter(FAILS_IN_CLOUD).count()
    yield _gauge("edu_rooms_failing", "Rooms of lessons to come that the cloud refuses.", failing)
    running = Room.objects.current().open().filter(cloud_status=CloudStatus.RUNNING).count()
    yield _gauge("edu_classes_running", "Classes that run, as the cloud last told.", running)
    yield _gauge(
        "edu_classes_unheard",
        "Classes that ended more than 15 minutes ago, and of which the cloud has told nothing since.",
        unheard_rooms(at).count(),
    )
    yield _late_replays(at)


def _late_replays(at: dt.datetime) -> Metric:
    counted = (
        late_replays(at)
        .order_by()
        .aggregate(all=Count("pk"), failed=Count("pk", filter=Q(state=ReplayState.FAILED)))
    )
    late = GaugeMetricFamily(
        "edu_replays_late",
        "Replays that staff see as late: still to come, or given up within 30 days.",
        labels=["reason"],
    )
    late.add_metric(["late"], counted["all"] - counted["failed"])
    late.add_metric(["failed"], counted["failed"])
    return late


def _people_and_files(at: dt.datetime) -> Iterator[Metric]:
    yield _gauge(
        "edu_people_refused",
        "People whom the cloud refuses: they enter no class.",
        refused_count().count,
    )
    uploads = Upload.objects.open(at=at).aggregate(count=Count("pk"), size=Sum("length_bytes"))
    yield _gauge("edu_uploads_open", "Uploads that are not finished.", uploads["count"])
    yield _gauge("edu_uploads_open_bytes", "How large they will be together.", uploads["size"] or 0)
    feeds = CalendarFeed.objects.count()
    yield _gauge("edu_calendar_feeds", "People who have an address for their calendar.", feeds)
    robots = Channel.objects.active().filter(failing_since__isnull=False).count()
    yield _gauge("edu_channels_failing", "Group robots to which nothing can be sent.", robots)
