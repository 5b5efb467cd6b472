"""Settings of transcodes and their faults."""

from __future__ import annotations

import time
from typing import Any

from tests.localcloud import coursefiles
from tests.localcloud.clients import HOUR_S, Api, Control
from tests.localcloud.coursefiles import BLUE, RED
from tests.localcloud.courseware import (
    create,
    describe,
    done,
    failure,
    middle,
    picture,
)
from tests.localcloud.filesite import Site


def test_delay_shows_as_progress_until_it_is_over(
    api: Api, control: Control, teacher: dict[str, Any], site: Site
) -> None:
    control.post("/transcoding", delay_s=2 * HOUR_S)
    document_id = create(api, teacher, site.put("a.pdf", coursefiles.pdf()))

    seen = []
    for hours in (0, 1, 1.9):
        control.shift_clock(hours * HOUR_S)
        document = describe(api, document_id)
        seen.append((document["TranscodeState"], document["TranscodeProgress"]))
    control.shift_clock(2 * HOUR_S)

    assert seen == [(1, 0), (1, 45), (1, 85)]
    assert done(api, document_id)["TranscodeProgress"] == 100


def test_stuck_transcodes_go_on_later(
    api: Api, control: Control, teacher: dict[str, Any], site: Site
) -> None:
    control.post("/transcoding", stuck=True)
    document_id = create(api, teacher, site.put("a.pdf", coursefiles.pdf()))
    time.sleep(0.3)  # another one is begun at once

    stuck = describe(api, document_id)["TranscodeState"], list(site.requests)
    control.post("/transcoding", stuck=False)

    assert stuck == (1, [])
    assert done(api, document_id)["Pages"] == 1


def test_transcodes_fail_on_demand(
    api: Api, control: Control, teacher: dict[str, Any], site: Site
) -> None:
    url = site.put("a.pdf", coursefiles.pdf())
    control.post("/transcoding", fail="字体缺失")

    failed = failure(api, create(api, teacher, url))
    control.post("/transcoding", fail="")

    assert failed == (2, "TranscodeFailed", "字体缺失")
    assert done(api, create(api, teacher, url))["Pages"] == 1


def test_number_of_pages_may_be_withheld(
    api: Api, control: Control, teacher: dict[str, Any], site: Site
) -> None:
    control.post("/transcoding", zero_pages=True)

    document = done(api, create(api, teacher, site.put("a.pdf", coursefiles.pdf(RED, BLUE))))

    assert document["Pages"] == 0
    assert middle(picture(f"{document['TranscodeResult']}2.jpg")) == BLUE


def test_settings_are_changed_in_parts(control: Control) -> None:
    control.post("/transcoding", delay_s=1.5, stuck=True)
    control.post("/transcoding", fail="坏了", zero_pages=True, document_limit=3)

    wanted = {"delay_s": 1.5, "stuck": True, "fail": "坏了", "zero_pages": True}
    assert control.get("/state")["transcoding"] == {**wanted, "document_limit": 3}
