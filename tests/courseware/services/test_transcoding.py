"""The cloud is asked for what was handed in until it comes to an end, and may begin again from there."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from classroom.client import documents as cloud_documents
from classroom.client.rate_limits import Priority
from classroom.enums import Source
from courseware.enums import CoursewareState, Failure, FileKind, TranscodeType
from courseware.models import Courseware
from courseware.polling_times import STUCK_ASK, STUCK_FOR
from courseware.services import transcoding
from courseware.services.deletion import finish_deletions
from courseware.services.documents import save_document
from courseware.services.transcoding import (
    SUBMIT_LIMIT,
    TIME_LIMIT,
    note_stuck,
    submit_and_poll,
)
from edu_platform.lib.due import SILENCES_IN_A_ROW
from tests.factories.courseware import CoursewareFactory
from tests.localcloud import coursefiles
from tests.localcloud.converter import Converter
from tests.support.cloud import LocalCloud
from tests.support.courseware import (
    PNG,
    bring,
    created,
    run,
    shift,
    standing,
    until_the_end,
    upload,
    wait_of,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cloud")]

SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
QUEUED = (CoursewareState.QUEUED, "")
TRANSCODING = (CoursewareState.TRANSCODING, "")
READY = (CoursewareState.READY, "")


class TestAsking:
    def test_progress_is_followed(self, teacher: User, cloud: LocalCloud):
        cloud.set_transcoding(delay_s=1000)
        courseware = upload(teacher)
        run()
        cloud.clock(500)

        run()

        assert standing(courseware) == TRANSCODING
        assert 30 <= courseware.percent <= 60

    def test_all_that_is_due_takes_one_call(self, teacher: User, stuck: LocalCloud):
        for number in range(5):
            upload(teacher, f"{number}.pdf")
        run()
        before = stuck.calls()[-1]["n"]

        run()

        assert [each["action"] for each in stuck.calls(before)] == ["BatchDescribeDocument"]

    def test_questions_come_seldomer_with_time(self, teacher: User, stuck: LocalCloud):
        courseware = upload(teacher)
        waits = []
        for seconds in (0, 10, 60, 200, 1000):
            with time_machine.travel(timezone.now() + seconds * SECOND, tick=False):
                run()
                waits.append(wait_of(courseware, timezone.now()))

        assert waits[0] == 5 * SECOND
        seconds_waited = [wait.total_seconds() for wait in waits if wait is not None]
        assert seconds_waited == sorted(seconds_waited)
        assert (len(seconds_waited), seconds_waited[-1]) == (5, 60)

    def test_next_question_is_sent_on_for_what_is_on_its_way(
        self, teacher: User, stuck: LocalCloud, monkeypatch
    ):
        sent: list[float] = []
        upload(teacher)
        monkeypatch.setattr(
            transcoding, "send_in_background", lambda _task, *, delay_s: sent.append(delay_s)
        )

        submit_and_poll(timezone.now())
        submit_and_poll(timezone.now())

        assert len(sent) == 1
        assert 4 < sent[0] <= 5

    def test_pages_that_the_cloud_does_not_count_are_unknown(
        self, teacher: User, cloud: LocalCloud
    ):
        cloud.set_transcoding(zero_pages=True)
        courseware = upload(teacher)

        bring(courseware, cloud)

        assert (standing(courseware), courseware.pages) == (READY, None)

    def test_failure_is_shown_with_the_clouds_reason(self, teacher: User, cloud: LocalCloud):
        cloud.set_transcoding(fail="第三页的字体坏了")
        courseware = upload(teacher)

        bring(courseware, cloud)

        assert standing(courseware) == (CoursewareState.FAILED, Failure.CLOUD)
        assert courseware.cloud_reason.endswith("第三页的字体坏了")
        assert courseware.due_at is None

    def test_document_that_a_list_leaves_out_is_asked_for_itself(
        self, teacher: User, cloud: LocalCloud, monkeypatch
    ):
        monkeypatch.setattr(cloud_documents, "list_documents", lambda *_args: [])
        courseware = upload(teacher)

        bring(courseware, cloud)

        assert (standing(courseware), courseware.cover_url) == (READY, "")

    def test_list_that_is_refused_or_odd_holds_nobody_up(self, teacher: User, cloud: LocalCloud):
        cloud.switch("BatchDescribeDocument", "fail", code="InvalidParameter.SdkAppId")
        courseware = upload(teacher)

        bring(courseware, cloud)

        assert standing(courseware) == READY

    def test_document_that_was_deleted_in_the_cloud_is_gone(self, teacher: User, stuck: LocalCloud):
        courseware = upload(teacher)
        run()
        courseware.refresh_from_db()
        stuck.delete_document(courseware.document_id)

        run()

        assert standing(courseware) == (CoursewareState.FAILED, Failure.GONE)

    def test_silence_is_noted_and_the_answer_after_it_taken(self, teacher: User, stuck: LocalCloud):
        courseware = upload(teacher)
        run()
        stuck.switch("*", "http500")
        before = timezone.now()

        run()

        assert standing(courseware) == TRANSCODING
        assert courseware.unreachable_since is not None
        assert courseware.unreachable_since >= before
        assert courseware.last_error.startswith("CloudUnavailable")
        stuck.clear()
        stuck.set_transcoding(stuck=False)
        bring(courseware, stuck)
        assert standing(courseware) == READY
        assert Courseware.objects.get().unreachable_since is None

    def test_cloud_that_does_not_answer_is_left_alone_for_this_run(
        self, teacher: User, cloud: LocalCloud
    ):
        for number in range(8):
            upload(teacher, f"{number}.pdf")
        cloud.switch("CreateDocument", "http500")

        run()

        assert len(created(cloud)) == SILENCES_IN_A_ROW

    def test_earlier_answer_never_replaces_a_later_one(self, teacher: User, cloud: LocalCloud):
        courseware = bring(upload(teacher), cloud)
        asked_at = courseware.asked_at
        assert asked_at is not None
        details = cloud_documents.describe_document(courseware.document_id, Priority.INTERACTIVE)
        assert details is not None

        save_document(
            courseware.pk,
            None,
            document_id=courseware.document_id,
            asked_at=asked_at - SECOND,
            source=Source.CALLBACK,
        )

        assert standing(courseware) == READY

    def test_why_it_was_asked_is_kept(self, teacher: User, cloud: LocalCloud):
        courseware = bring(upload(teacher), cloud)
        details = cloud_documents.describe_document(courseware.document_id, Priority.INTERACTIVE)
        before = Courseware.objects.get().asked_because

        save_document(
            courseware.pk,
            details,
            document_id=courseware.document_id,
            asked_at=timezone.now(),
            source=Source.CALLBACK,
        )

        assert (before, Courseware.objects.get().asked_because) == (Source.POLL, Source.CALLBACK)

    def test_answer_about_an_earlier_document_is_not_taken(self, teacher: User, cloud: LocalCloud):
        courseware = bring(upload(teacher), cloud)
        details = cloud_documents.describe_document(courseware.document_id, Priority.INTERACTIVE)
        assert details is not None
        Courseware.objects.update(document_id="another", state=CoursewareState.TRANSCODING)

        save_document(
            courseware.pk,
            details,
            document_id=details.document_id,
            asked_at=timezone.now(),
            source=Source.CALLBACK,
        )

        assert standing(courseware) == TRANSCODING


FILES = [
    ("课.pdf", None),
    ("图.png", PNG),
    ("片.h264", b"\0\0\0\x01\x67" + bytes(200)),
    ("声.mp3", b"ID3\x04" + bytes(200)),
]


class TestEnds:
    """Whatever the cloud does, every file comes to an end that people are told of."""

    # Whether the cloud has work to do or not; films and sounds are handed in as documents are.
    @pytest.mark.parametrize(("name", "content"), FILES[:2], ids=["document", "image"])
    def test_cloud_that_never_answers_is_asked_to_take_the_file_for_ever(
        self, teacher: User, cloud: LocalCloud, name, content
    ):
        cloud.switch("*", "http500")
        courseware = upload(teacher, name, content)
        run()
        shift(courseware, SUBMIT_LIMIT)
        run()

        shift(courseware, 30 * STUCK_FOR)
        run()

        wait = wait_of(courseware, timezone.now())
        assert standing(courseware) == (CoursewareState.FAILED, Failure.STUCK)
        assert wait is not None
        assert abs(wait - STUCK_ASK) < MINUTE
        cloud.clear()
        bring(courseware, cloud)
        assert courseware.document_id != ""

    def test_file_that_was_never_handed_in_is_stuck_later_than_the_cloud_may_take(
        self, teacher: User, cloud: LocalCloud
    ):
        """Whatever is handed in has the same time."""
        cloud.switch("*", "http500")
        files = [upload(teacher, name, content) for name, content in FILES]
        stood = []
        for minutes in (28, 3):
            for courseware in files:
                shift(courseware, minutes * MINUTE)
            run()
            stood.append([standing(courseware) for courseware in files])

        assert stood == [[QUEUED] * 4, [(CoursewareState.FAILED, Failure.STUCK)] * 4]

    def test_transcode_that_never_ends(self, teacher: User, stuck: LocalCloud):
        files = [upload(teacher, name, content) for name, content in (FILES[0], *FILES[2:])]

        run()
        stood, is_asked_for = [], []
        for waits in (
            {each: TIME_LIMIT[FileKind(each.kind)] - MINUTE for each in files},
            dict.fromkeys(files, 2 * MINUTE),
            dict.fromkeys(files, STUCK_FOR - 2 * MINUTE),
            dict.fromkeys(files, 3 * MINUTE),
        ):
            for courseware, wait in waits.items():
                shift(courseware, wait)
            run()
            stood.append([standing(each) for each in files])
            is_asked_for.append({wait_of(each, timezone.now()) is not None for each in files})

        never_ended = (CoursewareState.FAILED, Failure.STUCK)
        assert stood == [[TRANSCODING] * 3, *[[never_ended] * 3] * 3]
        assert is_asked_for == [{True}, {True}, {True}, {False}]

    def test_file_that_the_cloud_refuses(self, teacher: User, cloud: LocalCloud):
        cloud.switch("CreateDocument", "fail", code="FailedOperation")
        files = [upload(teacher, name, content) for name, content in FILES]

        for courseware in files:
            until_the_end(courseware)

        refused = (CoursewareState.FAILED, Failure.REFUSED)
        assert {each.name: standing(each) for each in files} == dict.fromkeys(dict(FILES), refused)

    def test_document_that_vanishes(self, teacher: User, stuck: LocalCloud):
        courseware = upload(teacher)
        run()
        courseware.refresh_from_db()
        stuck.delete_document(courseware.document_id)

        until_the_end(courseware)

        assert standing(courseware) == (CoursewareState.FAILED, Failure.GONE)

    def test_cloud_that_has_no_document_to_work_on_and_says_nothing_to_transcode(
        self, teacher: User, stuck: LocalCloud
    ):
        courseware = upload(teacher)
        run()
        courseware.refresh_from_db()
        details = cloud_documents.describe_document(courseware.document_id, Priority.INTERACTIVE)
        assert details is not None
        save_document(
            courseware.pk,
            replace(details, state=cloud_documents.NOT_NEEDED, result=""),
            document_id=courseware.document_id,
            asked_at=timezone.now(),
            source=Source.POLL,
        )

        assert standing(courseware) == TRANSCODING
        assert courseware.due_at is not None

    def test_stuck_file_that_comes_after_all_is_ready(self, teacher: User, stuck: LocalCloud):
        courseware = upload(teacher)
        run()
        shift(courseware, 31 * MINUTE)
        run()
        assert standing(courseware) == (CoursewareState.FAILED, Failure.STUCK)
        run()
        assert wait_of(courseware, timezone.now()) is not None
        assert abs((wait_of(courseware, timezone.now()) or HOUR) - STUCK_ASK) < MINUTE

        stuck.set_transcoding(stuck=False)
        bring(courseware, stuck)

        assert standing(courseware) == READY

    def test_file_that_waited_through_a_long_silence_is_handed_in_after_it(
        self, teacher: User, cloud: LocalCloud
    ):
        cloud.switch("*", "http500")
        courseware = upload(teacher)
        run()
        shift(courseware, 31 * MINUTE)
        run()
        assert standing(courseware) == (CoursewareState.FAILED, Failure.STUCK)
        cloud.clear()

        bring(courseware, cloud)

        assert standing(courseware) == READY

    def test_worker_that_was_away_asks_before_it_calls_anything_stuck(
        self, teacher: User, cloud: LocalCloud
    ):
        courseware = upload(teacher)
        submit_and_poll(timezone.now())
        courseware.refresh_from_db()
        cloud.transcoded(courseware.document_id)
        shift(courseware, 5 * HOUR)

        submit_and_poll(timezone.now())

        assert standing(courseware) == READY

    def test_cloud_that_takes_no_files_is_asked_about_those_that_it_has(
        self, teacher: User, cloud: LocalCloud
    ):
        courseware = upload(teacher)
        submit_and_poll(timezone.now())
        courseware.refresh_from_db()
        cloud.transcoded(courseware.document_id)
        shift(courseware, 5 * HOUR)
        for number in range(SILENCES_IN_A_ROW):
            upload(teacher, f"{number}.pdf")
        cloud.switch("CreateDocument", "http500")

        submit_and_poll(timezone.now())

        assert len(created(cloud)) == 1 + SILENCES_IN_A_ROW
        assert standing(courseware) == READY

    def test_limit_of_a_kind_is_its_own(self):
        now = timezone.now()
        late, early = (
            {
                kind: CoursewareFactory.create(
                    kind=kind, state=CoursewareState.TRANSCODING, state_since=now - limit + by
                )
                for kind, limit in TIME_LIMIT.items()
            }
            for by in (-SECOND, SECOND)
        )

        assert note_stuck(now) == len(late)
        stuck = (CoursewareState.FAILED, Failure.STUCK)
        assert {kind: standing(each) for kind, each in late.items()} == dict.fromkeys(late, stuck)
        assert {kind: standing(each) for kind, each in early.items()} == dict.fromkeys(
            early, TRANSCODING
        )


class TestSecondWay:
    def test_slides_of_wps_go_the_second_way_by_themselves(
        self, teacher: User, cloud: LocalCloud, converter: Converter
    ):
        courseware = upload(teacher, "诗.pptx", coursefiles.slides(last_author="WPS_1712345678"))

        bring(courseware, cloud)
        assert (standing(courseware), courseware.transcode_type) == (QUEUED, TranscodeType.SPARE)
        bring(courseware, cloud)

        assert standing(courseware) == READY
        finish_deletions(timezone.now())
        (document,) = cloud.documents()
        assert (document["DocumentId"], document["TranscodeType"]) == (courseware.document_id, 3)
        asked = [json.loads(call["body_text"]) for call in cloud.calls(action="CreateDocument")]
        assert [body.get("AutoHandleUnsupportedElement") for body in asked] == [None, True]

    def test_slides_that_fail_both_ways_have_failed(self, teacher: User, cloud: LocalCloud):
        cloud.set_transcoding(fail="坏了")
        courseware = upload(teacher, "诗.pptx", coursefiles.slides())

        for _count in range(4):
            bring(courseware, cloud)

        assert standing(courseware) == (CoursewareState.FAILED, Failure.CLOUD)
        assert courseware.transcode_type == TranscodeType.SPARE
        assert [each["TranscodeType"] for each in cloud.documents()] == [1, 3]

    def test_other_documents_have_one_way(self, teacher: User, cloud: LocalCloud):
        cloud.set_transcoding(fail="坏了")
        courseware = upload(teacher)

        bring(courseware, cloud)

        assert standing(courseware) == (CoursewareState.FAILED, Failure.CLOUD)
        assert courseware.transcode_type == TranscodeType.DOCUMENT
