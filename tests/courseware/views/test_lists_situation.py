"""The page of one piece of courseware: what it says of its state, and how it looks again."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from accounts.models import User
from courseware.enums import CoursewareState, Failure, FileKind, TranscodeType
from courseware.models import Courseware
from courseware.wording.explaining import explain
from tests.cast import SignedIn
from tests.courseware.conftest import document_of, forms_of, page_of
from tests.support.pages import Element, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_china")]

# 21:55 in the school's time.
NOW = dt.datetime(2026, 6, 3, 13, 55, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
NEVER_CACHED = "max-age=0, no-cache, no-store, must-revalidate, private"
NOT_YET = "The file could not be submitted for transcoding yet. The platform keeps trying."


def situation(page: Element) -> list[str]:
    return [each.text for each in page.one("section", id="situation").all("p")]


def set_state(courseware: Courseware, state: CoursewareState, **fields: Any) -> Courseware:
    Courseware.objects.update(state=state, state_since=NOW, **fields)
    return courseware


ORDINARY = {"failure": "", "due_at": None, "transcode_type": TranscodeType.DOCUMENT}
SENTENCES: list[tuple[CoursewareState, dict[str, Any], str]] = [
    (CoursewareState.UPLOADING, {}, "文件还在上传。"),
    (CoursewareState.QUEUED, {}, "文件已上传，即将提交转码。"),
    (CoursewareState.TRANSCODING, {}, "正在为上课转码。"),
    (
        CoursewareState.TRANSCODING,
        {"transcode_type": TranscodeType.SPARE},
        "用常规方式无法转码，正在换另一种方式。",
    ),
    (CoursewareState.READY, {}, "已就绪，上课时可以展示。"),
    (
        CoursewareState.READY,
        {"transcode_type": TranscodeType.NONE},
        "无需转码，上课时直接展示原文件。",
    ),
    (CoursewareState.FAILED, {"failure": Failure.CLOUD}, "这个文件无法转码。"),
    (
        CoursewareState.FAILED,
        {"failure": Failure.STUCK, "due_at": NOW},
        "这类文件的转码通常不需要这么久。平台会继续查询，转码一完成，课件就会就绪。",
    ),
    (
        CoursewareState.FAILED,
        {"failure": Failure.STUCK},
        "一天后转码仍未完成，已停止查询。",
    ),
    (CoursewareState.FAILED, {"failure": Failure.REFUSED}, "这个文件没能提交转码。"),
    (
        CoursewareState.FAILED,
        {"failure": Failure.GONE},
        "文件曾经就绪，后来被删除，但不是在本平台删除的。",
    ),
]


class TestSituation:
    @pytest.fixture(autouse=True)
    def _now(self) -> Iterator[None]:
        with time_machine.travel(NOW, tick=False):
            yield

    def test_says_since_when_and_why(self, office: Client, courseware: Courseware):
        for state, fields, sentence in (SENTENCES[0], SENTENCES[-1]):
            set_state(courseware, state, **fields)

            said = situation(page_of(office, courseware))

            assert said[0].endswith("自 今天 21:55 起"), (state, fields)
            assert said[1] == sentence, (state, fields)

    def test_each_state_has_its_sentence(self, courseware: Courseware):
        for state, fields, sentence in SENTENCES:
            for name, value in {**ORDINARY, **fields, "state": state}.items():
                setattr(courseware, name, value)

            with translation.override("zh-hans"):
                assert explain(courseware, NOW).sentence == sentence, (state, fields)

    def test_failed_says_what_to_do(self, office: Client, courseware: Courseware):
        for failure in Failure:
            set_state(courseware, CoursewareState.FAILED, failure=failure)

            page = page_of(office, courseware)

            assert len(situation(page)) == 3, failure
            assert forms_of(page)[0] == "retry", failure

    def test_for_each_failure_of_each_kind_there_is_something_to_do(self, courseware: Courseware):
        courseware.state = CoursewareState.FAILED
        for courseware.failure, courseware.kind in itertools.product(Failure, FileKind):
            case = courseware.failure, courseware.kind

            assert explain(courseware, NOW).advice, case

    def test_says_what_the_cloud_says(self, office: Client, courseware: Courseware):
        set_state(
            courseware,
            CoursewareState.FAILED,
            failure=Failure.CLOUD,
            cloud_reason="<b>文件已损坏</b>",
        )

        assert situation(page_of(office, courseware))[2] == "技术说明：<b>文件已损坏</b>"

    def test_words_of_the_cloud_on_success_are_no_reason(
        self, office: Client, courseware: Courseware
    ):
        set_state(courseware, CoursewareState.READY, cloud_reason="Microsoft PowerPoint")

        assert len(situation(page_of(office, courseware))) == 2

    def test_percent(self, office: Client, courseware: Courseware):
        set_state(courseware, CoursewareState.TRANSCODING, percent=40)

        page = page_of(office, courseware)

        assert page.one("progress").attrs["value"] == "40"
        assert page.one("span", "mark").text == "◌ 转码中 40%"

    def test_says_when_the_cloud_is_asked(self, office: Client, courseware: Courseware):
        times = [
            (-4, 3, "平台上次查询：21:51，下次：21:58。"),
            (None, 3, "平台将于 21:58 查询。"),
            (-4, -1, "平台上次查询：21:51，下次：21:55。"),
        ]
        states = [(CoursewareState.TRANSCODING, ""), (CoursewareState.FAILED, Failure.STUCK)]
        for (state, failure), (asked, upcoming, expected) in itertools.product(states, times):
            set_state(
                courseware,
                state,
                failure=failure,
                asked_at=None if asked is None else NOW + asked * MINUTE,
                due_at=NOW + upcoming * MINUTE,
            )

            said = situation(page_of(office, courseware))

            assert said[2] == expected, (state, asked, upcoming)

    def test_says_that_the_cloud_does_not_answer(self, office: Client, courseware: Courseware):
        set_state(
            courseware,
            CoursewareState.QUEUED,
            unreachable_since=NOW - 5 * MINUTE,
            due_at=NOW + MINUTE,
        )

        assert situation(page_of(office, courseware))[2] == (
            "自 21:50 起联系不上转码服务，21:56 再试。不会丢失：文件在平台上。"
        )

    def test_says_since_when_it_could_not_be_submitted(
        self, signed_in: SignedIn, planner: User, courseware: Courseware
    ):
        about_to_go = "The file is uploaded and is about to be submitted for transcoding."
        trouble = "The file could not be submitted for transcoding since 21:50; the next try is at 21:56. Nothing is lost: the platform has the file."
        later = "It will be submitted for transcoding at 21:56."
        client = signed_in(planner, "en")
        for state, failure, since, sentence, told in (
            (CoursewareState.QUEUED, "", NOW - 5 * MINUTE, NOT_YET, trouble),
            (CoursewareState.QUEUED, "", None, about_to_go, later),
            (CoursewareState.FAILED, Failure.STUCK, NOW - 5 * MINUTE, NOT_YET, trouble),
            (CoursewareState.FAILED, Failure.STUCK, None, NOT_YET, later),
        ):
            set_state(
                courseware,
                state,
                failure=failure,
                document_id="",
                unreachable_since=since,
                due_at=NOW + MINUTE,
            )

            said = situation(page_of(client, courseware))

            times = [each for each in said if "21:50" in each or "21:56" in each]
            assert (said[1], times) == (sentence, [told]), (state, since)

    def test_what_is_handed_in_much_later_is_not_about_to_go(
        self, signed_in: SignedIn, planner: User, courseware: Courseware
    ):
        set_state(courseware, CoursewareState.QUEUED, document_id="", due_at=NOW + 65 * MINUTE)

        said = situation(page_of(signed_in(planner, "en"), courseware))

        assert said[1:3] == [
            "The file is uploaded and waits to be submitted for transcoding.",
            "It will be submitted for transcoding at 23:00.",
        ]

    def test_after_both_ways_failed_says_so(
        self, signed_in: SignedIn, planner: User, courseware: Courseware
    ):
        set_state(
            courseware,
            CoursewareState.FAILED,
            failure=Failure.CLOUD,
            transcode_type=TranscodeType.SPARE,
        )

        said = situation(page_of(signed_in(planner, "en"), courseware))

        assert said[1] == "The file could not be transcoded: both ways were tried."

    def test_known_code_is_told_in_words_before_the_clouds_own(
        self, signed_in: SignedIn, planner: User, courseware: Courseware
    ):
        client = signed_in(planner, "en")
        for failure, reason, cause, advice in (
            (
                Failure.REFUSED,
                "FailedOperation.Arrears: account overdue",
                "The school's account for the classroom service is in arrears.",
                "Tell the school: its bill for the classroom service has to be paid. Then try again.",
            ),
            (
                Failure.CLOUD,
                "FileBroken: 文件已损坏",
                "The file is damaged, or is not what its ending says.",
                "Open the file on your computer, save it again, best as PDF, and upload that.",
            ),
        ):
            set_state(courseware, CoursewareState.FAILED, failure=failure, cloud_reason=reason)

            page = page_of(client, courseware)

            assert situation(page)[2:] == [cause, f"Technical detail: {reason}", advice], failure
            hint = page.one("section", id="situation").one("p", "hint").text
            assert hint.endswith(reason), failure

    def test_says_nothing_of_asking_when_nothing_is_to_come(
        self, office: Client, courseware: Courseware
    ):
        for state, failure in (
            (CoursewareState.READY, ""),
            (CoursewareState.FAILED, Failure.CLOUD),
        ):
            set_state(
                courseware, state, failure=failure, unreachable_since=NOW, due_at=NOW + MINUTE
            )

            said = situation(page_of(office, courseware))

            assert [each for each in said if "21:56" in each] == [], state

    def test_retry_is_for_those_who_may_change_it(
        self,
        signed_in: SignedIn,
        teacher: User,
        planner: User,
        supervisor: User,
        courseware: Courseware,
    ):
        set_state(courseware, CoursewareState.FAILED, failure=Failure.STUCK)
        path = f"/courseware/{courseware.code}/retry/"

        offered = {
            user.username: len(page_of(signed_in(user), courseware).forms_to(path))
            for user in (teacher, planner, supervisor)
        }

        assert offered == {"teacher": 1, "planner": 1, "supervisor": 0}


class TestLooksAgain:
    def test_until_the_cloud_is_done(self, office: Client, courseware: Courseware):
        path = f"/courseware/{courseware.code}/state/"
        for state, looks in (
            (CoursewareState.QUEUED, True),
            (CoursewareState.TRANSCODING, True),
            (CoursewareState.READY, False),
            (CoursewareState.FAILED, False),
        ):
            set_state(courseware, state)

            page = document_of(office, courseware)
            answer = office.get(path)

            fragment = read(answer.content)
            scripts = [each.attrs.get("src", "") for each in page.all("script")]
            assert ("/static/js/live.js" in scripts) is looks, state
            assert len(page.all("meta", **{"http-equiv": "refresh"})) == looks, state
            urls = [each.attrs["data-url"] for each in page.all("div", id="live")]
            assert urls == [path] * looks, state
            live = fragment.one("div", id="live")
            assert live.attrs.get("data-every-s", "") == ("4" if looks else ""), state
            without_scripts = live.one("noscript").one("a").attrs["href"]
            assert without_scripts == f"/courseware/{courseware.code}/", state
            for shown in (page, fragment):
                parts = [
                    each.attrs["data-live"] for each in shown.all() if "data-live" in each.attrs
                ]
                assert sorted(parts) == [
                    *("facts", "head", "newer", "next-lessons", "situation", "versions")
                ], state
            assert fragment.all("html") == [], state
            assert "no-store" in answer["Cache-Control"], state


class TestUnchanged:
    """A script that looks again says what it has already."""

    @pytest.fixture(autouse=True)
    def _now(self) -> Iterator[None]:
        with time_machine.travel(NOW, tick=False):
            yield

    @pytest.fixture(params=["/courseware/{}/state/", "/courseware/"])
    def path(self, request: pytest.FixtureRequest, courseware: Courseware) -> str:
        set_state(courseware, CoursewareState.TRANSCODING, percent=10, due_at=NOW + MINUTE)
        path: str = request.param
        return path.format(courseware.code)

    def test_nothing_is_sent_after_session_person_and_two_queries_at_most(
        self,
        signed_in: SignedIn,
        teacher: User,
        planner: User,
        path: str,
        django_assert_num_queries: Any,
    ):
        for user, queries in ((teacher, 4), (planner, 3)):
            client = signed_in(user)
            known = client.get(path)["X-Page-Version"]

            who = user.username
            with django_assert_num_queries(queries, info=who):
                answer = client.get(path, headers={"X-Page-Version": known})

            assert (answer.status_code, answer.content) == (204, b""), who
            assert answer["Cache-Control"] in ("private, no-store", NEVER_CACHED), who

    def test_whatever_is_shown_anew_is_sent(self, office: Client, path: str):
        changes: list[dict[str, Any]] = [
            {"percent": 11},
            {"state": CoursewareState.READY},
            {"name": "第二讲.pdf"},
            {"due_at": NOW + 2 * MINUTE},
            {"unreachable_since": NOW},
        ]
        (before,) = Courseware.objects.values(
            "percent", "state", "name", "due_at", "unreachable_since"
        )
        known = office.get(path)["X-Page-Version"]
        for change in changes:
            Courseware.objects.update(**{**before, **change})

            answer = office.get(path, headers={"X-Page-Version": known})

            assert answer.status_code == 200, change
            assert answer["X-Page-Version"] != known, change

    def test_time_that_goes_by_is_told(self, office: Client, courseware: Courseware):
        set_state(courseware, CoursewareState.TRANSCODING, percent=10, due_at=NOW + MINUTE)
        path = f"/courseware/{courseware.code}/state/"
        known = office.get(path)["X-Page-Version"]

        with time_machine.travel(NOW + 2 * MINUTE, tick=False):
            answer = office.get(path, headers={"X-Page-Version": known})

        assert answer.status_code == 200

    def test_foreign_one_is_not_there(
        self, office: Client, signed_in: SignedIn, other_teacher: User, courseware: Courseware
    ):
        path = f"/courseware/{courseware.code}/state/"
        known = office.get(path)["X-Page-Version"]

        answer = signed_in(other_teacher).get(path, headers={"X-Page-Version": known})

        assert answer.status_code == 404

    def test_page_that_no_database_counts_to(self, office: Client, courseware: Courseware):
        set_state(courseware, CoursewareState.TRANSCODING, percent=10, due_at=NOW + MINUTE)

        answer = office.get(f"/courseware/?page={10**30}", headers={"X-Page-Version": "x"})

        assert answer.status_code == 200


def test_in_english(signed_in: SignedIn, planner: User, courseware: Courseware):
    set_state(courseware, CoursewareState.FAILED, failure=Failure.STUCK, cloud_reason="")

    said = situation(page_of(signed_in(planner, "en"), courseware))

    assert said == [
        "△ Stuck since 2026-06-03 21:55",
        "Transcoding had not finished after a day, so checks have ended.",
        "You can have it transcoded again from the start.",
    ]
