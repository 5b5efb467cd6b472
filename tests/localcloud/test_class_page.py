"""The class page: who gets in, in what role, and what they see."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.conftest import HOUR_S, SDK_APP_ID, Api, ClassPage, Control
from tests.support.pages import read


def role_on(page: requests.Response) -> str:
    found = re.search(r'<main data-role="(\w+)" data-status="[0-3]">', page.text)
    return found[1] if found else ""


def status_on(page: requests.Response) -> str:
    found = re.search(r'<main data-role="\w+" data-status="([0-3])">', page.text)
    return found[1] if found else ""


def refusal_on(page: requests.Response) -> tuple[int, str]:
    found = re.search(r'<main data-refused="(\w+)">', page.text)
    return page.status_code, found[1] if found else ""


def members_on(page: requests.Response) -> list[tuple[str, str]]:
    return re.findall(r'<li data-user-id="(\w+)" data-role="(\w+)">', page.text)


def test_role_follows_from_the_room(api: Api, class_page: ClassPage) -> None:
    teacher, assistant, student = (api.register(name) for name in ("王", "李", "张"))
    room_id = api.create_room(TeacherId=teacher["UserId"], Assistants=[assistant["UserId"]])

    roles = [role_on(class_page.visit(room_id, user)) for user in (teacher, assistant, student)]

    assert roles == ["teacher", "assistant", "student"]


def test_supervisor_needs_the_list_and_the_address(
    api: Api, class_page: ClassPage, room_id: int, student: dict[str, Any]
) -> None:
    refused = class_page.visit(room_id, student, role="supervisor")
    api.call("CreateSupervisor", SdkAppId=SDK_APP_ID, Users=[student["UserId"]])

    assert refusal_on(refused) == (403, "role")
    assert role_on(class_page.visit(room_id, student)) == "student"
    assert role_on(class_page.visit(room_id, student, role="supervisor")) == "supervisor"


def test_other_roles_in_the_address_are_refused(
    class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    assert refusal_on(class_page.visit(room_id, teacher, role="teacher")) == (403, "role")


def test_page_shows_name_state_role_and_members(
    class_page: ClassPage, room_id: int, teacher: dict[str, Any], student: dict[str, Any]
) -> None:
    class_page.visit(room_id, student)

    page = class_page.visit(room_id, teacher)

    assert page.status_code == 200
    assert "<h1>语文课</h1>" in page.text
    assert status_on(page) == "0"
    assert '<b id="own-name">王老师</b>' in page.text
    assert '<b id="own-role">老师</b>' in page.text
    assert members_on(page) == [
        (teacher["UserId"], "teacher"),
        (student["UserId"], "student"),
    ]


def test_versioned_address_and_client_options_are_served(
    cloud: RunningCloud, room_id: int, teacher: dict[str, Any]
) -> None:
    query = {"classid": room_id, "userid": teacher["UserId"], "token": teacher["Token"]}

    page = requests.get(
        f"{cloud.base_url}/latest/class.html",
        params={**query, "scene": "default", "lng": "zh-CN", "role": ""},
        timeout=10,
    )

    assert role_on(page) == "teacher"


@pytest.mark.parametrize(
    "change", [{"token": ""}, {"token": "a.b.c"}, {"token": "…"}, {"userid": "u"}, {"userid": ""}]
)
def test_bad_ticket_is_refused(
    class_page: ClassPage,
    control: Control,
    room_id: int,
    teacher: dict[str, Any],
    change: dict[str, str],
) -> None:
    page = class_page.visit(room_id, teacher, **change)

    assert refusal_on(page) == (403, "ticket")
    assert "语文课" not in page.text
    assert control.members(room_id) == {}


def test_ticket_of_another_user_is_refused(
    class_page: ClassPage, room_id: int, teacher: dict[str, Any], student: dict[str, Any]
) -> None:
    page = class_page.visit(room_id, {**student, "UserId": teacher["UserId"]})

    assert refusal_on(page) == (403, "ticket")


def test_ticket_with_changed_claims_is_refused(
    class_page: ClassPage, room_id: int, teacher: dict[str, Any], student: dict[str, Any]
) -> None:
    head, _, signature = teacher["Token"].split(".")
    mixed = ".".join([head, student["Token"].split(".")[1], signature])

    page = class_page.visit(room_id, {**student, "Token": mixed})

    assert refusal_on(page) == (403, "ticket")


def test_address_without_a_ticket_is_refused(cloud: RunningCloud, room_id: int) -> None:
    page = requests.get(f"{cloud.base_url}/class.html?classid={room_id}", timeout=10)

    assert refusal_on(page) == (403, "ticket")


@pytest.mark.parametrize("class_id", ["1", "", "abc", "9" * 30])
def test_unknown_room_is_not_found(
    class_page: ClassPage, teacher: dict[str, Any], class_id: str
) -> None:
    assert refusal_on(class_page.visit(class_id, teacher)) == (404, "room")


def test_ended_class_says_so(
    control: Control, class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    control.post(f"/rooms/{room_id}/start")
    control.post(f"/rooms/{room_id}/end")

    page = class_page.visit(room_id, teacher)

    assert refusal_on(page) == (410, "ended")
    assert "课堂已结束" in page.text


def test_expired_class_says_so(
    control: Control, class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    control.shift_clock(2 * HOUR_S)

    page = class_page.visit(room_id, teacher)

    assert refusal_on(page) == (410, "expired")
    assert "课堂已过期" in page.text


def test_teacher_starts_and_ends_the_class(
    api: Api, class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    waiting = class_page.visit(room_id, teacher)
    running = class_page.press("start", room_id, teacher)
    ended = class_page.press("end", room_id, teacher)

    assert ('action="/class/start"' in waiting.text, status_on(running)) == (True, "1")
    assert 'action="/class/end"' in running.text
    assert 'action="/class/start"' not in running.text
    assert refusal_on(ended) == (410, "ended")
    assert api.status(room_id) == 2


def test_start_and_end_redirect_with_see_other(
    cloud: RunningCloud, room_id: int, teacher: dict[str, Any]
) -> None:
    fields = {"classid": room_id, "userid": teacher["UserId"], "token": teacher["Token"]}

    answer = requests.post(
        f"{cloud.base_url}/class/start", data=fields, allow_redirects=False, timeout=10
    )

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/class.html?classid=")


def test_second_start_changes_nothing(
    control: Control, class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    class_page.press("start", room_id, teacher)
    first = control.room(room_id)["RealStartTime"]
    control.shift_clock(30)

    page = class_page.press("start", room_id, teacher)

    assert status_on(page) == "1"
    assert control.room(room_id)["RealStartTime"] == first


@pytest.mark.parametrize("verb", ["start", "end"])
def test_only_the_teacher_may_start_and_end(
    api: Api, class_page: ClassPage, room_id: int, student: dict[str, Any], verb: str
) -> None:
    page = class_page.press(verb, room_id, student)

    assert refusal_on(page) == (403, "role")
    assert api.status(room_id) == 0


def test_students_see_no_start_button(
    class_page: ClassPage, room_id: int, student: dict[str, Any]
) -> None:
    page = class_page.visit(room_id, student)

    assert "/class/start" not in page.text
    assert 'action="/class/leave"' in page.text


@pytest.mark.parametrize("verb", ["start", "end", "leave"])
def test_forms_check_the_ticket(
    class_page: ClassPage, room_id: int, teacher: dict[str, Any], verb: str
) -> None:
    assert refusal_on(class_page.press(verb, room_id, teacher, token="x")) == (403, "ticket")


def test_leaving_ends_presence(
    control: Control, class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    class_page.visit(room_id, teacher)

    page = class_page.press("leave", room_id, teacher)

    assert (page.status_code, "您已离开课堂" in page.text) == (200, True)
    assert control.members(room_id) == {}


def test_repeated_visit_is_one_presence(
    control: Control, class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    class_page.visit(room_id, teacher)
    class_page.visit(room_id, teacher)

    assert control.members(room_id) == {teacher["UserId"]: "teacher"}


def test_joining_one_room_leaves_the_other(
    api: Api, control: Control, class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    other = api.create_room()
    class_page.visit(room_id, teacher)

    class_page.visit(other, teacher)

    assert control.members(room_id) == {}
    assert control.members(other) == {teacher["UserId"]: "student"}


@pytest.mark.parametrize(("end", "shown"), [("15:59", "23:59"), ("16:00", "2030-01-02 00:00")])
def test_end_on_another_day_in_beijing_shows_its_date(
    api: Api, class_page: ClassPage, teacher: dict[str, Any], end: str, shown: str
) -> None:
    start_s, end_s = (
        int(datetime.fromisoformat(f"2030-01-01T{clock}:00+00:00").timestamp())
        for clock in ("15:00", end)
    )

    page = class_page.visit(api.create_room(StartTime=start_s, EndTime=end_s), teacher)

    assert f">{shown}</time>（北京时间）" in page.text


def test_names_are_escaped(api: Api, class_page: ClassPage) -> None:
    user = api.register("<img src=x>")
    room_id = api.create_room(Name='<script>"&', TeacherId=user["UserId"])

    page = class_page.visit(room_id, user, scene='"><b>')

    assert read(page.text).one("h1").text == '<script>"&'
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert "<b>" not in page.text


def test_page_is_not_cached_and_sends_no_referrer(
    class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    for page in (class_page.visit(room_id, teacher), class_page.visit(1, teacher)):
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_ticket_is_not_in_the_access_log(
    class_page: ClassPage,
    room_id: int,
    teacher: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    class_page.visit(room_id, teacher)
    class_page.press("start", room_id, teacher)

    logged = "".join(capsys.readouterr())
    assert "GET /class.html" in logged
    assert "token" not in logged
    assert teacher["Token"] not in logged
