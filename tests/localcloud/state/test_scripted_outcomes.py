"""Transcodes that go their own way because of the document's name."""

from __future__ import annotations

from typing import Any

from tests.localcloud import coursefiles
from tests.localcloud.clients import HOUR_S, Api, Control
from tests.localcloud.courseware import create, describe, done
from tests.localcloud.filesite import Site


def test_names_go_their_own_way(
    api: Api, control: Control, teacher: dict[str, Any], site: Site
) -> None:
    url = site.put("a.pdf", coursefiles.pdf())
    control.post("/transcoding/names", name="慢.pdf", delay_s=2 * HOUR_S, percent=40)
    control.post("/transcoding/names", name="卡住.pdf", stuck=True, percent=30)

    slow = create(api, teacher, url, DocumentName="慢.pdf")
    stuck = create(api, teacher, url, DocumentName="卡住.pdf")
    usual = done(api, create(api, teacher, url))["TranscodeProgress"]
    seen = [progress(api, slow)]
    control.shift_clock(HOUR_S)
    seen.append(progress(api, slow))

    assert (usual, seen, progress(api, stuck)) == (100, [(1, 40), (1, 65)], (1, 30))
    control.shift_clock(2 * HOUR_S)
    control.delete("/transcoding/names")
    assert done(api, slow)["TranscodeProgress"] == 100
    assert done(api, stuck)["TranscodeProgress"] == 100


def progress(api: Api, document_id: str) -> tuple[int, int]:
    document = describe(api, document_id)
    return document["TranscodeState"], document["TranscodeProgress"]


def test_name_gets_another_outcome_and_is_shown_with_it(control: Control) -> None:
    control.post("/transcoding/names", name="甲.pdf", delay_s=1.5)
    control.post("/transcoding/names", name="甲.pdf", stuck=True)

    outcome = {"name": "甲.pdf", "delay_s": 0, "percent": 0, "stuck": True}
    assert control.get("/state")["transcode_fates"] == [outcome]
