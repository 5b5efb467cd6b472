"""The class page: who gets in, in what role, and what they see."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from localcloud.http.server import RunningCloud
from localcloud.media import audio_video
from localcloud.pages.class_words import CHINESE, ENGLISH
from tests.localcloud import coursefiles
from tests.localcloud.clients import (
    SDK_APP_ID,
    Api,
    ClassPage,
    Control,
    class_fields,
    eventually,
    get,
)
from tests.localcloud.courseware import bind, create, done, ended, plain
from tests.localcloud.filesite import Site
from tests.support.pages import Element, read


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
    assert refusal_on(class_page.visit(room_id, student, role="teacher")) == (403, "role")
    assert role_on(class_page.visit(room_id, student)) == "student"
    assert role_on(class_page.visit(room_id, student, role="supervisor")) == "supervisor"


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
    page = requests.get(
        f"{cloud.base_url}/latest/class.html",
        params={
            **class_fields(room_id, teacher),
            "scene": "default",
            "lng": "zh-CN",
            "role": "",
        },
        timeout=10,
    )

    assert role_on(page) == "teacher"


@pytest.mark.parametrize("class_id", ["1", "", "abc", "9" * 30])
def test_unknown_room_is_not_found(
    class_page: ClassPage, teacher: dict[str, Any], class_id: str
) -> None:
    assert refusal_on(class_page.visit(class_id, teacher)) == (404, "room")


def test_teacher_starts_and_ends_the_class(
    api: Api, class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    waiting = class_page.visit(room_id, teacher)
    running = class_page.press("start", room_id, teacher)
    ended = class_page.press("end", room_id, teacher)

    assert buttons_on(waiting) == ["start", "leave"]
    assert (status_on(running), buttons_on(running)) == ("1", ["end", "leave"])
    assert [each.status_code for each in running.history] == [303]
    assert running.url.startswith(f"{class_page.base_url}/class.html?schoolid=")
    assert refusal_on(ended) == (410, "ended")
    assert api.status(room_id) == 2


def test_second_start_changes_nothing(
    control: Control, class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    class_page.press("start", room_id, teacher)
    first = control.room(room_id)["RealStartTime"]
    control.shift_clock(30)

    page = class_page.press("start", room_id, teacher)

    assert status_on(page) == "1"
    assert control.room(room_id)["RealStartTime"] == first


def test_leaving_ends_presence(
    control: Control, class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    class_page.visit(room_id, teacher)

    page = class_page.press("leave", room_id, teacher)

    assert (page.status_code, "您已离开课堂" in page.text) == (200, True)
    assert control.members(room_id) == {}


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
    assert page.text.count("<script") == page.text.count("<script data-status-url=") == 1
    assert "<img" not in page.text
    assert "<b>" not in page.text


def test_page_is_not_cached_and_sends_no_referrer(
    class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    for page in (class_page.visit(room_id, teacher), class_page.visit(1, teacher)):
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_token_is_not_in_the_access_log(
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


def shown(answer: requests.Response) -> list[tuple[str, str, bool, str]]:
    """Return document id, bind type, openness and name of each courseware on a class page."""
    return [
        (
            each.attrs["data-document-id"],
            each.attrs["data-bind-type"],
            "open" in each.attrs,
            each.one("summary").text,
        )
        for each in read(answer.text).all("details")
    ]


def test_class_shows_its_courseware_the_default_one_first_and_open(
    api: Api, class_page: ClassPage, teacher: dict[str, Any], student: dict[str, Any], room_id: int
) -> None:
    first = plain(api, teacher, DocumentName="一")
    second = plain(api, teacher, DocumentName="<二>")
    plain(api, teacher, DocumentName="别的")
    bind(api, room_id, first)
    bind(api, room_id, second, BindType=1)

    answer = class_page.visit(room_id, student)

    assert shown(answer) == [
        (second, "1", True, "<二>"),
        (first, "0", False, "一"),
    ]


def test_class_without_courseware_says_nothing_of_it(
    class_page: ClassPage, teacher: dict[str, Any], room_id: int
) -> None:
    assert 'id="documents"' not in class_page.visit(room_id, teacher).text


def content(api: Api, class_page: ClassPage, user: dict[str, Any], document_id: str) -> Element:
    """Bind a document to a new class and return what the class page shows of it."""
    room_id = api.create_room()
    bind(api, room_id, document_id, BindType=1)
    return read(class_page.visit(room_id, user).text).one("details")


def sources(part: Element) -> list[tuple[str, str]]:
    return [(each.tag, each.attrs["src"]) for each in part.all() if "src" in each.attrs]


def path_of(document: dict[str, Any]) -> str:
    return "/doc/" + str(document["TranscodeResult"]).partition("/doc/")[2]


def test_class_shows_a_plain_picture_from_its_own_address(
    api: Api, class_page: ClassPage, teacher: dict[str, Any]
) -> None:
    url = "https://files.invalid/a.png?a=1&b=2"

    part = content(api, class_page, teacher, plain(api, teacher, url=url))

    assert sources(part) == [("img", url)]
    assert part.one("img").attrs["alt"] == "诗经"


def test_class_shows_pages_and_slides(
    api: Api,
    class_page: ClassPage,
    teacher: dict[str, Any],
    static: dict[str, Any],
    dynamic: dict[str, Any],
) -> None:
    parts = [content(api, class_page, teacher, each["DocumentId"]) for each in (static, dynamic)]

    assert sources(parts[0]) == [("img", f"{path_of(static)}1.jpg")]
    assert sources(parts[1]) == [("iframe", path_of(dynamic))]
    assert parts[0].one("p").text == "共 2 页"


def test_class_plays_media(
    api: Api, class_page: ClassPage, teacher: dict[str, Any], site: Site, tmp_path: Path
) -> None:
    url = site.put("a.mp4", coursefiles.film(tmp_path / "a.mp4"))
    document = done(api, create(api, teacher, url, TranscodeType=2))

    video = content(api, class_page, teacher, document["DocumentId"]).one(
        "video", css_class="video"
    )

    path = path_of(document)
    assert video.attrs == {"class": "video", "src": path, "controls": "", "preload": "none"}
    assert path.endswith(audio_video.VIDEO_NAME)


def test_class_says_what_is_not_ready(
    api: Api, control: Control, class_page: ClassPage, teacher: dict[str, Any], site: Site
) -> None:
    failed = create(api, teacher, site.put("a.pdf", b"broken"))
    ended(api, failed)
    control.post("/transcoding", stuck=True)
    stuck = create(api, teacher, site.put("b.pdf", coursefiles.pdf()))

    parts = [content(api, class_page, teacher, each) for each in (failed, stuck)]

    assert [part.one("p").text for part in parts] == ["转码失败", "转码中"]


def test_policy_of_the_class_page_lets_courseware_load(
    class_page: ClassPage, teacher: dict[str, Any], room_id: int
) -> None:
    policy = class_page.visit(room_id, teacher).headers["Content-Security-Policy"]

    sources = [each for each in policy.split("; ") if each.split("-src")[0] in {"img", "media"}]
    assert sources == ["img-src http: https:", "media-src 'self'"]
    assert "frame-src 'self'; frame-ancestors 'self'" in policy


@pytest.fixture
def running_manual_id(api: Api, control: Control, teacher: dict[str, Any]) -> int:
    room_id = api.create_room(DisableRecord=2, RecordLayout=9, TeacherId=teacher["UserId"])
    control.post(f"/rooms/{room_id}/start")
    return room_id


def buttons_on(page: requests.Response) -> list[str]:
    return re.findall(r'action="/class/(\w+(?:/\w+)?)"', page.text)


def pills_of_recording(page: requests.Response) -> str:
    main = read(page.text)
    pills = [*main.all("span", id="recording"), *main.all("span", id="not-recording")]
    return "".join(pill.text for pill in pills)


def test_no_button_records_and_the_page_says_while_an_api_call_does(
    api: Api, class_page: ClassPage, running_manual_id: int, teacher: dict[str, Any]
) -> None:
    idle = class_page.visit(running_manual_id, teacher)
    api.call("StartRecord", SdkAppId=SDK_APP_ID, RoomId=running_manual_id)
    recording = class_page.visit(running_manual_id, teacher)

    assert buttons_on(idle) == buttons_on(recording) == ["end", "leave"]
    assert [pills_of_recording(page) for page in (idle, recording)] == ["未录制", "录制中"]
    assert class_page.press("record/start", running_manual_id, teacher).status_code == 404


def test_page_says_nothing_of_recordings_that_nobody_begins_by_hand(
    class_page: ClassPage, control: Control, room_id: int, teacher: dict[str, Any]
) -> None:
    control.post(f"/rooms/{room_id}/start")

    assert pills_of_recording(class_page.visit(room_id, teacher)) == ""


def notify(api: Api, room_id: int, text: str) -> None:
    api.call("SendRoomNotificationMessage", SdkAppId=SDK_APP_ID, RoomId=room_id, MsgContent=text)


def test_page_shows_notices_of_the_school_the_newest_first(
    api: Api, class_page: ClassPage, room_id: int, student: dict[str, Any]
) -> None:
    before = class_page.visit(room_id, student)
    for text in ("请打开摄像头", "<b>第二条</b>"):
        notify(api, room_id, text)

    page = class_page.visit(room_id, student)

    assert 'id="messages"' not in before.text
    items = [
        item.text.partition(" ")[2] for item in read(page.text).one("ul", id="messages").all("li")
    ]
    assert items == ["<b>第二条</b>", "请打开摄像头"]


@pytest.mark.parametrize(
    ("mark_type", "shown"),
    [
        (1, ["固定"]),
        (2, ["小明"]),
        (3, ["固定 小明"]),
        (4, ["{UserId}"]),
        (5, ["student 固定"]),
        (6, ["小明（student）"]),
    ],
)
def test_mark_shows_whose_screen_it_is(
    api: Api,
    class_page: ClassPage,
    room_id: int,
    student: dict[str, Any],
    mark_type: int,
    shown: list[str],
) -> None:
    without = class_page.visit(room_id, student)
    fields = {"MarqueeType": mark_type, "DisplayMode": 1, "Content": "固定"}
    api.call("SetMarquee", SdkAppId=SDK_APP_ID, RoomId=room_id, **fields)

    mark = read(class_page.visit(room_id, student).text).one("svg", id="marquee")

    assert 'id="marquee"' not in without.text
    assert [text.text for text in mark.all("text")] == [text.format(**student) for text in shown]
    assert len(mark.all("animate", attributename="x")) == 1


def test_mark_of_two_rows_blinks(
    api: Api, class_page: ClassPage, room_id: int, student: dict[str, Any]
) -> None:
    fields = {"MarqueeType": 2, "DisplayMode": 2, "MarqueeCount": 2, "FontColor": "#00ff00"}
    api.call("SetMarquee", SdkAppId=SDK_APP_ID, RoomId=room_id, **fields)

    mark = read(class_page.visit(room_id, student).text).one("svg", id="marquee")

    assert [text.attrs["fill"] for text in mark.all("text")] == ["#00ff00"] * 2
    assert len(mark.all("animate", attributename="opacity")) == 2


def test_wrong_token_opens_neither_page_nor_form(
    class_page: ClassPage,
    control: Control,
    room_id: int,
    teacher: dict[str, Any],
    student: dict[str, Any],
) -> None:
    head, _, signature = teacher["Token"].split(".")
    mixed = ".".join([head, student["Token"].split(".")[1], signature])
    forged = [{**teacher, "Token": token} for token in ("", "a.b.c", "…", mixed)]
    others = [{**teacher, "UserId": user_id} for user_id in ("u", "", student["UserId"])]

    pages = [class_page.visit(room_id, user) for user in (*forged, *others)]
    pages += [class_page.press(verb, room_id, forged[1]) for verb in ("start", "end", "leave")]
    pages.append(class_page.visit(room_id, {"UserId": "", "Token": ""}))

    assert {refusal_on(page) for page in pages} == {(403, "ticket")}
    assert not any("语文课" in page.text for page in pages)
    assert control.members(room_id) == {}


def test_class_that_is_over_says_so(
    api: Api, control: Control, class_page: ClassPage, teacher: dict[str, Any]
) -> None:
    ended, expired = api.create_room(), api.create_room()
    for path in (f"{ended}/start", f"{ended}/end", f"{expired}/expire"):
        control.post(f"/rooms/{path}")

    pages = [class_page.visit(room_id, teacher) for room_id in (ended, expired)]

    assert [refusal_on(page) for page in pages] == [(410, "ended"), (410, "expired")]
    assert ["课堂已结束" in pages[0].text, "课堂已过期" in pages[1].text] == [True, True]


def test_only_the_teacher_starts_and_ends(
    api: Api, class_page: ClassPage, room_id: int, student: dict[str, Any]
) -> None:
    page = class_page.visit(room_id, student)
    pressed = [class_page.press(verb, room_id, student) for verb in ("start", "end")]

    assert buttons_on(page) == ["leave"]
    assert [refusal_on(each) for each in pressed] == [(403, "role")] * 2
    assert api.status(room_id) == 0


@pytest.mark.parametrize("school", ["", "3520372", "x"])
def test_address_has_to_name_the_application(
    control: Control, class_page: ClassPage, room_id: int, teacher: dict[str, Any], school: str
) -> None:
    pages = [
        class_page.visit(room_id, teacher, schoolid=school),
        class_page.press("start", room_id, teacher, schoolid=school),
    ]

    assert [refusal_on(page) for page in pages] == [(403, "school")] * 2
    assert not any("语文课" in page.text for page in pages)
    assert control.members(room_id) == {}


def test_page_speaks_the_language_of_its_address(
    class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    chinese = class_page.visit(room_id, teacher)
    english = class_page.visit(room_id, teacher, lng="en-US")
    other = class_page.visit(room_id, teacher, lng="ja")

    assert [read(page.text).one("html").attrs["lang"] for page in (chinese, english, other)] == [
        "zh-Hans",
        "en",
        "zh-Hans",
    ]
    assert words_on(chinese) == ["上课", "离开"]
    assert words_on(english) == ["Start", "Leave"]
    # Nothing is left of Chinese but the names.
    assert {letter for letter in english.text if "一" <= letter <= "鿿"} == set("语文课王老师")


def test_language_stays_after_a_press(
    class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    running = class_page.press("start", room_id, teacher, lng="en-US")
    left = class_page.press("leave", room_id, teacher, lng="en-US")
    refused = class_page.visit(1, teacher, lng="en-US")

    assert words_on(running) == ["End", "Leave"]
    assert read(left.text).one("h1").text == "You have left the class"
    assert read(refused.text).one("h1").text == "No such class"


def words_on(page: requests.Response) -> list[str]:
    return [button.text for button in read(page.text).all("button")]


def test_every_text_is_there_in_both_languages() -> None:
    def shape(words: dict[Any, Any]) -> dict[Any, Any]:
        return {
            name: shape(value) if isinstance(value, dict) else type(value)
            for name, value in words.items()
        }

    assert shape(ENGLISH) == shape(CHINESE)


HOME = "https://school.example/schedule/after-class/"


@pytest.fixture
def home(api: Api) -> str:
    scenes = [{"Scene": "default", "HomeUrl": HOME}, {"Scene": "exam", "HomeUrl": f"{HOME}?exam"}]
    api.call("SetAppCustomContent", SdkAppId=SDK_APP_ID, CustomContent=scenes)
    return HOME


def leads_to(page: requests.Response) -> str:
    """Return where a page leads by itself."""
    found = read(page.text).all("meta", **{"http-equiv": "refresh"})
    return found[0].attrs["content"].removeprefix("0; url=") if found else ""


def link_home_on(page: requests.Response) -> str:
    found = read(page.text).all("a", id="home")
    return found[0].attrs["href"] if found else ""


def test_class_that_has_ended_leads_to_the_home_page_of_its_scene(
    class_page: ClassPage,
    room_id: int,
    teacher: dict[str, Any],
    student: dict[str, Any],
    home: str,
) -> None:
    class_page.press("start", room_id, teacher)

    ended = class_page.press("end", room_id, teacher)
    late = class_page.visit(room_id, student)
    exam = class_page.visit(room_id, student, scene="exam")
    unknown = class_page.visit(room_id, student, scene="none")

    assert [refusal_on(page) for page in (ended, late)] == [(410, "ended")] * 2
    assert [leads_to(page) for page in (ended, late, exam, unknown)] == [home] * 2 + [
        f"{home}?exam",
        "",
    ]
    assert link_home_on(ended) == home


def test_without_a_home_page_it_says_that_it_can_be_closed(
    class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    class_page.press("start", room_id, teacher)

    ended = class_page.press("end", room_id, teacher)

    assert (leads_to(ended), link_home_on(ended)) == ("", "")
    assert "本页可以关闭。" in ended.text


def test_who_leaves_or_comes_to_an_expired_class_finds_a_link(
    control: Control, class_page: ClassPage, room_id: int, teacher: dict[str, Any], home: str
) -> None:
    left = class_page.press("leave", room_id, teacher, scene="exam")
    control.post(f"/rooms/{room_id}/expire")
    expired = class_page.visit(room_id, teacher)
    foreign = class_page.visit(room_id, teacher, schoolid="1")

    assert [link_home_on(page) for page in (left, expired, foreign)] == [f"{home}?exam", home, ""]
    assert [leads_to(page) for page in (left, expired)] == ["", ""]


class OpenPage:
    """A class page that is open: what its script asks, and tells."""

    def __init__(self, page: requests.Response, base_url: str) -> None:
        script = read(page.text).one("script").attrs
        self.address = base_url + script["data-page-url"]
        self._status_address = base_url + script["data-status-url"]
        self._closed_address = base_url + script["data-closed-url"]

    def told(self) -> str:
        return requests.get(self._status_address, timeout=10).text

    def shown_anew(self) -> requests.Response:
        return requests.get(self.address, timeout=10)

    def close(self) -> None:
        query = self.address.partition("?")[2]
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        requests.post(self._closed_address, data=query, headers=headers, timeout=10)


@pytest.fixture
def open_page(class_page: ClassPage, room_id: int) -> Callable[[dict[str, Any]], OpenPage]:
    return lambda user: OpenPage(class_page.visit(room_id, user), class_page.base_url)


def reasons(control: Control, user: dict[str, Any]) -> list[int | None]:
    """Return how each visit of a person ended, in order; None of one that goes on."""
    kept = control.get("/visits")["visits"]
    return [visit["reason"] for visit in kept if visit["user_id"] == user["UserId"]]


def test_open_page_learns_the_status_without_entering(
    control: Control,
    class_page: ClassPage,
    room_id: int,
    teacher: dict[str, Any],
    open_page: Callable[[dict[str, Any]], OpenPage],
) -> None:
    page = open_page(teacher)
    assert page.told() == "0"
    class_page.press("start", room_id, teacher)
    assert page.told() == "1"
    class_page.press("leave", room_id, teacher)
    assert page.told() == "over"
    assert control.members(room_id) == {}
    control.post(f"/rooms/{room_id}/end")
    assert page.told() == "ended"
    control.post(f"/rooms/{room_id}/delete")
    assert page.told() == "room"
    assert requests.get(f"{class_page.base_url}/class/status", timeout=10).text == "school"


def test_open_page_learns_of_notices_and_of_a_recording(
    api: Api, class_page: ClassPage, running_manual_id: int, teacher: dict[str, Any]
) -> None:
    page = OpenPage(class_page.visit(running_manual_id, teacher), class_page.base_url)
    room = {"SdkAppId": SDK_APP_ID, "RoomId": running_manual_id}
    versions = [page.told()]
    for text in ("一", "二"):
        notify(api, running_manual_id, text)
        versions.append(page.told())
    task_id = api.call("StartRecord", **room)["TaskId"]
    versions.append(page.told())
    api.call("StopRecord", **room, TaskId=task_id)
    versions.append(page.told())

    assert versions[0] == "1"
    assert len(set(versions)) == 4
    version = read(page.shown_anew().text).one("script").attrs["data-shown"]
    assert version == versions[4] == versions[2]


def test_second_page_of_a_person_puts_the_first_out_which_says_so(
    control: Control,
    student: dict[str, Any],
    open_page: Callable[[dict[str, Any]], OpenPage],
) -> None:
    first = open_page(student)
    second = open_page(student)

    assert (first.told(), second.told()) == ("over", "0")
    out = first.shown_anew()
    assert refusal_on(out) == (409, "elsewhere")
    assert read(out.text).one("h1").text == CHINESE["refused"]["elsewhere"][0]
    assert reasons(control, student) == [1, None]
    again = re.search(r'href="(/class.html[^"]+)"', out.text)
    assert again
    assert get(control.base_url + html.unescape(again[1])).status_code == 200
    assert (second.told(), reasons(control, student)) == ("over", [1, 1, None])


def test_page_shown_anew_goes_on_with_its_visit(
    control: Control,
    student: dict[str, Any],
    open_page: Callable[[dict[str, Any]], OpenPage],
) -> None:
    page = open_page(student)

    assert role_on(page.shown_anew()) == "student"
    assert reasons(control, student) == [None]


def test_closed_page_leaves_and_a_page_opened_meanwhile_stays(
    control: Control,
    student: dict[str, Any],
    open_page: Callable[[dict[str, Any]], OpenPage],
) -> None:
    first = open_page(student)
    second = open_page(student)
    first.close()
    assert reasons(control, student) == [1, None]

    second.close()

    assert reasons(control, student) == [1, 0]
    assert role_on(second.shown_anew()) == "student"  # come back to by the browser's own button
    assert reasons(control, student) == [1, 0, None]


def test_nobody_closes_a_page_with_somebody_else_s_ticket(
    control: Control,
    class_page: ClassPage,
    room_id: int,
    teacher: dict[str, Any],
    student: dict[str, Any],
    open_page: Callable[[dict[str, Any]], OpenPage],
) -> None:
    visit_id = open_page(student).address.rpartition("visit=")[2]

    class_page.press("closed", room_id, teacher, visit=visit_id)
    class_page.press("leave", room_id, teacher, visit=visit_id)

    assert reasons(control, student) == [None]


def test_page_that_falls_silent_is_out_and_one_without_a_script_stays(
    control: Control,
    teacher: dict[str, Any],
    student: dict[str, Any],
    open_page: Callable[[dict[str, Any]], OpenPage],
) -> None:
    open_page(teacher)
    page = open_page(student)
    page.told()
    control.post("/attendance", heartbeat_s=0.01)

    eventually(lambda: reasons(control, student), lambda seen: seen == [4])

    assert reasons(control, teacher) == [None]
    assert page.told() == "over"
    assert role_on(page.shown_anew()) == "student"


@pytest.mark.parametrize(
    ("agent", "device"),
    [("Mozilla/5.0 (Windows NT 10.0)", 5), ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0)", 6)],
)
def test_device_is_a_browser_s_on_a_computer_or_a_phone(
    control: Control,
    class_page: ClassPage,
    room_id: int,
    student: dict[str, Any],
    agent: str,
    device: int,
) -> None:
    fields = class_fields(room_id, student)
    address = f"{class_page.base_url}/class.html"
    requests.get(address, params=fields, headers={"User-Agent": agent}, timeout=10)

    assert [visit["device"] for visit in control.get("/visits")["visits"]] == [device]


def test_policy_lets_the_page_s_own_script_run_and_no_other(
    class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    page = class_page.visit(room_id, teacher)

    script = re.findall(r"<script[^>]*>(.*?)</script>", page.text, re.DOTALL)[0]
    digest = hashlib.sha256(script.encode()).digest()
    policy = page.headers["Content-Security-Policy"].split("; ")
    assert f"script-src 'sha256-{base64.b64encode(digest).decode()}'" in policy
    assert "connect-src 'self'" in policy
