"""Actions of owners and staff on courseware by its buttons, and what others cannot do."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from courseware.enums import CoursewareState, Failure, Release
from courseware.models import Courseware
from courseware.services import transcoding
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.factories.courseware import BindingFactory, CoursewareFactory
from tests.factories.schedule import LessonFactory
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

ACTIONS: dict[str, dict[str, str]] = {
    "rename": {"name": "新名.pdf"},
    "tags": {"tags": "新"},
    "public": {"public": "1"},
    "retry": {},
    "delete": {"confirm": "1"},
}


@pytest.fixture
def owner(signed_in: SignedIn, teacher: User) -> Client:
    return signed_in(teacher)


@pytest.fixture
def failed(teacher: User) -> Courseware:
    """The cast's teacher's own, which the cloud could not transcode."""
    return CoursewareFactory.create(
        owner=teacher,
        name="第一讲.pdf",
        state=CoursewareState.FAILED,
        failure=Failure.CLOUD,
        cloud_reason="坏",
        tags=["旧"],
    )


def press(client: Client, courseware: Courseware, action: str, **data: str) -> Any:
    return client.post(f"/courseware/{courseware.code}/{action}/", data)


def told(client: Client, address: str) -> str:
    return read(client.get(address).content).one("ul", "messages").text


def state_of(courseware: Courseware) -> dict[str, Any]:
    (row,) = Courseware.objects.filter(pk=courseware.pk).values()
    tags = sorted(courseware.tags.values_list("name", flat=True))
    return row | {"tags": tags}


class TestName:
    def test_is_changed(self, owner: Client, failed: Courseware):
        expected = {
            "第二讲.pdf": "第二讲.pdf",
            "第二讲": "第二讲.pdf",
            "  a  b.pdf ": "a b.pdf",
            "<b>.pdf": "<b>.pdf",
            "x\u202efdp.exe": "xfdp.exe.pdf",
        }
        for name, kept in expected.items():
            answer = press(owner, failed, "rename", name=name)

            failed.refresh_from_db()
            assert answer.status_code == 303, name
            assert answer["Location"] == f"/courseware/{failed.code}/", name
            assert failed.name == kept, name
            assert told(owner, answer["Location"]) == "新名称已保存。", name

    def test_nonsense_is_refused_in_words(self, owner: Client, failed: Courseware):
        for name in ("", "   ", "x" * 201, "a\0b", ".pdf", "\u200b"):
            answer = press(owner, failed, "rename", name=name)

            page = read(answer.content).one("main")
            failed.refresh_from_db()
            assert answer.status_code == 422, name
            assert failed.name == "第一讲.pdf", name
            assert len(page.one("div", id="id_name_error").all("li")) == 1, name


class TestTags:
    def test_are_set(self, owner: Client, failed: Courseware):
        expected = {
            "语文, 一年级": ["一年级", "语文"],
            "": [],
            "语文，一年级、语文;  大 单 元 ": ["一年级", "大 单 元", "语文"],
            " ,，、": [],
        }
        for text, tags in expected.items():
            answer = press(owner, failed, "tags", tags=text)

            assert answer.status_code == 303, text
            assert state_of(failed)["tags"] == tags, text

    def test_too_much_is_refused_in_words(self, owner: Client, failed: Courseware):
        expected = {
            ",".join("abcdefghijk"): "标签超过 10 个。",
            "x" * 33: "每个标签最多 32 个字符。",
        }
        for text, words in expected.items():
            answer = press(owner, failed, "tags", tags=text)

            page = read(answer.content).one("main")
            assert answer.status_code == 422, text
            assert page.one("div", id="id_tags_error").text == words, text
            assert page.one("input", id="id_tags").attrs["value"] == text
            assert state_of(failed)["tags"] == ["旧"], text


@pytest.mark.parametrize(
    ("value", "is_public", "words"),
    [
        ("1", True, "现在全校老师都可以使用。"),
        ("", False, "已设为私有：已经使用它的课不受影响。"),
    ],
)
def test_public_and_private(
    owner: Client, failed: Courseware, value: str, is_public: bool, words: str
):
    Courseware.objects.update(is_public=not is_public)

    answer = press(owner, failed, "public", public=value)

    failed.refresh_from_db()
    assert answer.status_code == 303
    assert failed.is_public is is_public
    assert told(owner, answer["Location"]) == words


class TestRetry:
    def test_failed_goes_to_the_cloud_again(self, owner: Client, failed: Courseware):
        answer = press(owner, failed, "retry")

        failed.refresh_from_db()
        assert answer.status_code == 303
        assert failed.state == CoursewareState.QUEUED
        assert told(owner, answer["Location"]) == "已重新提交转码。"

    def test_what_is_ready_stays_so(self, owner: Client, courseware: Courseware):
        before = state_of(courseware)

        answer = press(owner, courseware, "retry")

        assert state_of(courseware) == before
        assert told(owner, answer["Location"]) == "无需重试：它没有失败。"


class TestDelete:
    def test_unused_goes_at_once(self, owner: Client, failed: Courseware):
        answer = press(owner, failed, "delete")

        failed.refresh_from_db()
        assert answer.status_code == 303
        assert answer["Location"] == "/courseware/"
        assert failed.deleted_at is not None
        assert told(owner, "/courseware/") == "“第一讲.pdf”已删除。"
        assert owner.get(f"/courseware/{failed.code}/").status_code == 404

    def test_used_asks_first(self, owner: Client, failed: Courseware, lesson: Lesson):
        BindingFactory.create(courseware=failed, lesson=lesson, release=Release.AFTER)
        BindingFactory.create(courseware=failed, lesson=LessonFactory.create(title="秘密"))

        answer = press(owner, failed, "delete")

        failed.refresh_from_db()
        page = read(answer.content).one("main")
        lines = [line.text for line in page.one("ul", "panel-lines").all("li")]
        assert answer.status_code == 409
        assert failed.deleted_at is None
        assert page.one("h1").text == "有课正在使用这个课件"
        assert lines == [f"{lesson.title} 明天 08:00 · 课后可下载", "另有 1 节课"]
        assert _confirms(page, failed) == {"name": "confirm", "value": "1"}

    def test_used_goes_when_confirmed(self, owner: Client, failed: Courseware, lesson: Lesson):
        BindingFactory.create(courseware=failed, lesson=lesson)

        answer = press(owner, failed, "delete", confirm="1")

        failed.refresh_from_db()
        assert answer.status_code == 303
        assert failed.deleted_at is not None

    def test_what_was_used_once_is_unused(self, owner: Client, failed: Courseware, lesson: Lesson):
        BindingFactory.create(courseware=failed, lesson=lesson, removed_at=lesson.starts_at)

        assert press(owner, failed, "delete").status_code == 303


def _confirms(page: Element, courseware: Courseware) -> dict[str, str]:
    (form,) = page.forms_to(f"/courseware/{courseware.code}/delete/")
    button = form.one("button")
    return {name: button.attrs[name] for name in ("name", "value")}


class TestWho:
    @pytest.mark.parametrize("who", ["planner", "administrator", "superuser"])
    def test_staff_may_all(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, failed: Courseware, who: str
    ):
        client = signed_in(request.getfixturevalue(who))
        for action, data in ACTIONS.items():
            before = state_of(failed)

            answer = press(client, failed, action, **data)

            assert answer.status_code == 303, action
            assert state_of(failed) != before, action

    def test_others_may_nothing_whatever_they_see(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        failed: Courseware,
        lesson: Lesson,
    ):
        BindingFactory.create(courseware=failed, lesson=lesson, release=Release.BEFORE)
        Courseware.objects.update(is_public=True)
        before = state_of(failed)
        for who in ("student", "assistant", "other_teacher", "outsider", "supervisor"):
            client = signed_in(request.getfixturevalue(who))

            codes = {
                action: press(client, failed, action, **data).status_code
                for action, data in ACTIONS.items()
            }

            assert codes == dict.fromkeys(ACTIONS, 404), who
            assert state_of(failed) == before, who

    def test_visitors_sign_in_first(self, client: Client, failed: Courseware):
        before = state_of(failed)
        for action, data in ACTIONS.items():
            answer = press(client, failed, action, **data)

            assert answer["Location"].startswith("/accounts/login/?next="), action
        assert state_of(failed) == before

    def test_never_by_looking(self, owner: Client, failed: Courseware):
        before = state_of(failed)
        for action, data in ACTIONS.items():
            answer = owner.get(f"/courseware/{failed.code}/{action}/", data)

            page = read(answer.content).one("main")
            assert answer.status_code == 405, action
            assert page.one("a").attrs["href"] == f"/courseware/{failed.code}/", action
        assert state_of(failed) == before

    def test_only_with_the_pages_own_form(self, teacher: User, failed: Courseware):
        client = Client(enforce_csrf_checks=True)
        client.force_login(teacher)
        before = state_of(failed)

        codes = {
            action: press(client, failed, action, **data).status_code
            for action, data in ACTIONS.items()
        }

        assert codes == dict.fromkeys(ACTIONS, 403)
        assert state_of(failed) == before


def test_retry_that_was_pressed_twice_says_so(
    owner: Client, failed: Courseware, monkeypatch: pytest.MonkeyPatch
):
    retry = transcoding.retry

    def be_slower_than_the_other_press(found: Courseware, *, at: dt.datetime) -> None:
        retry(Courseware.objects.get(pk=found.pk), at=at)
        retry(found, at=at)

    monkeypatch.setattr(transcoding, "retry", be_slower_than_the_other_press)

    answer = press(owner, failed, "retry")

    page = read(owner.get(answer["Location"]).content).one("body")
    assert answer.status_code == 303
    assert "没有失败" in page.text
    assert state_of(failed)["state"] == CoursewareState.QUEUED
