"""The content policy: to the letter on every page, and nothing in a page that it would block."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from courseware.enums import Release
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.factories.courseware import BindingFactory, CoursewareFactory
from tests.factories.replays import ReplayFileFactory
from tests.factories.schedule import LessonFactory
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "*.qcloudclass.com"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "media-src": ["'self'", "*.vod2.myqcloud.com", "*.qcloudclass.com"],
    "frame-src": ["*.qcloudclass.com"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "object-src": ["'none'"],
    "form-action": ["'self'", "https://class.qcloudclass.com"],
}
PAGES_OF_VISITORS = ["/accounts/login/", "/accounts/password/reset/", "/nowhere/"]
PAGES = [
    "/schedule/",
    "/schedule/2022-10-24/",
    "/schedule/?teacher=teacher",
    "/schedule/today/",
    "/schedule/lessons/{code}/",
    "/replays/",
    "/replays/{replay}/",
    "/courseware/",
    "/courseware/{courseware}/",
    "/courseware/{courseware}/preview/",
    "/accounts/profile/",
    "/accounts/password/change/",
    "/accounts/second-factor/",
    "/accounts/second-factor/recovery-codes/new/",
    "/accounts/logout/",
    "/nowhere/",
]
PAGES_OF_STAFF = [
    "/start/",
    "/admin/",
    "/admin/schedule/",
    "/schedule/lessons/",
    "/schedule/lessons/new/",
    "/schedule/lessons/{code}/change/",
    "/schedule/lessons/{code}/changes/",
    "/schedule/changes/",
    "/class-groups/",
    "/class-groups/new/",
    "/schedule/school-year/",
    "/courses/",
    "/courses/new/",
    "/imports/lessons/",
    "/admin/schedule/room/",
    "/admin/replays/replay/",
    "/admin/replays/replay/{replay_pk}/change/",
    "/people/",
    "/people/new/",
    "/people/start-passwords/",
    "/imports/people/",
    "/admin/accounts/classroomidentity/",
    "/admin/accounts/schoolsettings/",
]


def policy_of(header: str) -> dict[str, list[str]]:
    directives = (each.split() for each in header.split(";") if each.strip())
    return {name: values for name, *values in directives}


def blocked(page: Element) -> list[str]:
    """Return what a browser would not run or paint under the policy."""
    found = []
    for each in page.all():
        if each.tag == "style":
            found.append("<style>")
        if each.tag == "script" and not each.attrs.get("src") and not _is_data(each):
            found.append("<script>")
        found += [
            f"<{each.tag} {name}>"
            for name, value in each.attrs.items()
            if name == "style" or name.startswith("on") or value.startswith("javascript:")
        ]
        address = each.attrs.get("src", "")
        if "://" in address or address.startswith(("//", "data:")):
            found.append(f"<{each.tag} src={address}>")
    return found


def _is_data(script: Element) -> bool:
    return script.attrs.get("type") == "application/json"


def assert_clean(client: Client, path: str) -> Any:
    """Return the answer, whose headers and page hold nothing that they should not."""
    answer = client.get(path, follow=True)
    assert policy_of(answer["Content-Security-Policy"]) == POLICY, path
    assert "Content-Security-Policy-Report-Only" not in answer, path
    assert answer["X-Content-Type-Options"] == "nosniff", path
    assert answer["X-Frame-Options"] == "DENY", path
    assert answer["Referrer-Policy"] == "same-origin", path
    assert blocked(read(answer.content)) == [], path
    return answer


def test_visitors(client: Client) -> None:
    for path in PAGES_OF_VISITORS:
        assert_clean(client, path)


@pytest.mark.parametrize("who", ["teacher", "student", "planner"])
def test_people(request, signed_in: SignedIn, lesson: Lesson, who: str) -> None:
    replay = ReplayFileFactory.create(replay__lesson=lesson).replay
    song = CoursewareFactory.create(owner=lesson.teacher, suffix="mp3", result_url="")
    BindingFactory.create(courseware=song, lesson=lesson, release=Release.BEFORE)
    client = signed_in(request.getfixturevalue(who))

    for path in PAGES:
        assert_clean(
            client, path.format(code=lesson.code, replay=replay.code, courseware=song.code)
        )


def test_administration(signed_in: SignedIn, superuser: User, lesson: Lesson) -> None:
    replay = ReplayFileFactory.create(replay__lesson=lesson).replay
    client = signed_in(superuser)

    for path in PAGES_OF_STAFF:
        answer = assert_clean(client, path.format(code=lesson.code, replay_pk=replay.pk))

        assert answer.status_code == 200, path
        assert answer.request["PATH_INFO"].startswith(path.split("{", maxsplit=1)[0])


def test_refusals_and_faults_of_forms(signed_in: SignedIn, student: User, lesson: Lesson) -> None:
    client = signed_in(student)

    for answer in (
        client.post(f"/schedule/lessons/{lesson.code}/enter/"),
        client.post("/accounts/profile/picture/"),
        client.post("/accounts/password/change/", {"oldpassword": "wrong"}),
        Client().post("/accounts/login/", {"login": "nobody", "password": "wrong"}),
        Client(enforce_csrf_checks=True).post("/accounts/login/"),
    ):
        assert policy_of(answer["Content-Security-Policy"]) == POLICY
        assert blocked(read(answer.content)) == []


def test_texts_of_people_are_shown_and_not_run(
    signed_in: SignedIn, teacher: User, class_group
) -> None:
    teacher.display_name = "<script>alert(1)</script>"
    teacher.save()
    lesson = LessonFactory.create(
        title='"><img src=x onerror=alert(1)>', teacher=teacher, class_groups=[class_group]
    )
    client = signed_in(teacher)

    day = timezone.localdate(lesson.starts_at)
    for path in (f"/schedule/lessons/{lesson.code}/", f"/schedule/{day}/", "/accounts/profile/"):
        page = read(client.get(path).content)
        assert blocked(page) == [], path
        assert "<script>alert(1)</script>" in page.text


def test_what_the_reader_of_pages_would_notice() -> None:
    """The test of the test: each fault alone is found."""
    for html in itertools.chain(
        ("<style>p{}</style>", "<script>1</script>", "<p style='x'></p>", "<p onclick='x'></p>"),
        (
            "<a href='javascript:x'>a</a>",
            "<img src='data:x'>",
            "<script src='//x.example'></script>",
        ),
    ):
        assert blocked(read(html)), html
