"""The console's page and forms."""

from __future__ import annotations

import html
import re
from typing import Any

import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.clients import (
    SDK_APP_ID,
    Api,
    Control,
    console_text,
    eventually,
    get,
    submit,
)
from tests.localcloud.courseware import bind, create, ended
from tests.localcloud.filesite import Site
from tests.support.pages import read


def test_console_shows_rooms_users_and_calls(
    cloud: RunningCloud, api: Api, room_id: int, teacher: dict[str, Any]
) -> None:
    api.refusal("DescribeRoom", RoomId=1)

    text = console_text(cloud)

    assert str(room_id) in text
    assert "语文课" in text
    assert teacher["UserId"] in text
    assert '{"RoomId": 1}' in text
    assert "ResourceNotFound.Room" in text
    assert teacher["Token"] not in text


def test_icon_that_browsers_ask_for_is_there(cloud: RunningCloud) -> None:
    answer = requests.get(f"{cloud.base_url}/favicon.ico", timeout=10)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml")


def test_console_escapes_what_it_shows(cloud: RunningCloud, api: Api) -> None:
    api.create_room(Name="<script>alert(1)</script>")
    api.register("<b>", OriginId='"><i>')

    answer = requests.get(f"{cloud.base_url}/console", timeout=10)

    assert "<script" not in answer.text
    assert "<b>" not in answer.text
    assert "<i>" not in answer.text


def test_secrets_inside_parameters_are_not_shown(cloud: RunningCloud, api: Api) -> None:
    api.create_room(RecordLayout=9, RecordScene='{"customToken": "hush"}')

    assert "hush" not in console_text(cloud)


def test_recordings_are_shown_made_and_deleted_by_form(
    cloud: RunningCloud, control: Control, room_id: int
) -> None:
    for verb in ("start", "end", "record"):
        submit(cloud, f"rooms/{room_id}/{verb}")
    urls = [each["RecordUrl"] for each in control.recorded(room_id, 2)]

    linked = re.findall(r'href="(http[^"]+/vod/[^"]+)"', console_text(cloud))
    submit(cloud, f"rooms/{room_id}/delete_records")

    assert linked == urls
    assert [each["State"] for each in control.recordings(room_id)] == ["deleted", "deleted"]
    assert submit(cloud, "rooms/1/record").status_code == 404


def test_signalling_replay_is_shown_without_its_address_and_deleted_by_form(
    cloud: RunningCloud, control: Control, api: Api
) -> None:
    room_id = api.create_room(DisableRecord=3)
    for verb in ("start", "end"):
        submit(cloud, f"rooms/{room_id}/{verb}")
    eventually(
        lambda: [each["State"] for each in control.room(room_id)["Playbacks"]],
        lambda states: states == ["ready"],
    )

    items = re.findall(r"<li>(信令回放 [^<]+)</li>", console_text(cloud))
    submit(cloud, f"rooms/{room_id}/delete_playback")

    assert len(items) == 1
    assert [each["State"] for each in control.room(room_id)["Playbacks"]] == ["deleted"]


def test_recording_by_hand_breaks_off_by_form(
    cloud: RunningCloud, control: Control, api: Api
) -> None:
    room_id = api.create_room(DisableRecord=2, RecordLayout=9)
    submit(cloud, f"rooms/{room_id}/start")
    path = f"rooms/{room_id}/break_record"
    before = (path in console_text(cloud), submit(cloud, path).status_code)
    api.call("StartRecord", SdkAppId=SDK_APP_ID, RoomId=room_id)

    assert path in console_text(cloud)
    submit(cloud, path)

    assert before == (False, 409)
    assert control.recorded(room_id)[0]["State"] == "ready"


def test_console_shows_deliveries_with_their_outcome(
    cloud: RunningCloud, control: Control, room_id: int
) -> None:
    control.post("/callbacks", url="http://127.0.0.1:1/", retry_s=[])
    submit(cloud, f"rooms/{room_id}/start")
    control.delivered(1)

    table = console_text(cloud).partition('<table id="deliveries">')[2].partition("</table>")[0]

    cells = re.findall(r"<td>(.*?)</td>", table)
    assert cells[2:] == ["RoomStart", f'<code>{{"RoomId": {room_id}}}</code>', "1", "–", "已放弃"]


def test_console_shows_notices_and_marks(cloud: RunningCloud, api: Api, room_id: int) -> None:
    room = {"SdkAppId": SDK_APP_ID, "RoomId": room_id}
    before = read(console_text(cloud)).one("table", id="rooms").text
    api.call("SendRoomNotificationMessage", **room, MsgContent="请回到课堂")
    api.call("SetMarquee", **room, MarqueeType=6, DisplayMode=1)

    shown = read(console_text(cloud))

    cells = shown.one("table", id="messages").all("td")
    assert [cells[2].text, cells[3].text] == [str(room_id), "请回到课堂"]
    assert ("跑马灯" in before, "跑马灯" in shown.one("table", id="rooms").text) == (False, True)


def rows(cloud: RunningCloud) -> list[list[str]]:
    """Return the texts of the console's table of documents."""
    table = read(get(f"{cloud.base_url}/console").text).one("table", id="documents")
    return [[cell.text for cell in row.all("td")] for row in table.all("tr")[1:]]


def test_console_lists_documents(
    api: Api,
    cloud: RunningCloud,
    control: Control,
    teacher: dict[str, Any],
    site: Site,
    room_id: int,
    static: dict[str, Any],
) -> None:
    bind(api, room_id, static["DocumentId"])
    broken = ended(api, create(api, teacher, site.put("b.pdf", b"broken"), DocumentName="<坏>"))
    control.post("/transcoding", stuck=True)
    stuck = create(api, teacher, "javascript:alert(1)", Permission=1, DocumentType="pdf")

    listed = rows(cloud)

    owner, size_kib = teacher["UserId"], round(static["DocumentSize"] / 1024)
    failure = "FileBroken 文件已损坏，或者不是 PDF"
    assert [row[:-1] for row in listed] == [
        [
            stuck,
            "诗经",
            "1 pdf 公共",
            "1 转码中 0%",
            "javascript:alert(1)",
            "0",
            "0 KiB",
            owner,
            "",
        ],
        [
            broken["DocumentId"],
            "<坏>",
            "1 pdf 私有",
            "2 转码失败",
            failure,
            "0",
            "0 KiB",
            owner,
            "",
        ],
        [
            static["DocumentId"],
            "诗经",
            "1 pdf 私有",
            "3 转码完成",
            "原件 结果 封面",
            f"2 ({static['Resolution']})",
            f"{size_kib} KiB",
            owner,
            str(room_id),
        ],
    ]


def test_console_links_lead_to_the_files(
    api: Api, cloud: RunningCloud, static: dict[str, Any], dynamic: dict[str, Any]
) -> None:
    text = html.unescape(get(f"{cloud.base_url}/console").text)

    links = dict(re.findall('<a href="([^"]*)">(原件|结果|预览|封面)</a>', text))

    assert links[f"{static['TranscodeResult']}1.jpg"] == "结果"
    assert links[dynamic["TranscodeResult"]] == "结果"
    assert links[dynamic["Preview"]] == "预览"
    assert links[dynamic["DocumentUrl"]] == "原件"
    assert {get(url).status_code for url in links} == {200}
