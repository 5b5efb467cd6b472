"""New users of `make demo` go their ways, in a browser, against the demo's own processes."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
import requests
from playwright.sync_api import Browser

from deploy.pictures import camera
from deploy.pictures.shots import SHOTS
from tests.stories.demo.class_story import (
    imported_lessons_get_rooms,
    people_enter_the_running_class,
)
from tests.stories.demo.courseware_story import courseware_comes_from_the_upload_to_the_class
from tests.stories.demo.replay_story import (
    replay_arrives_without_callbacks_and_after_a_silence,
    replay_of_the_class_just_ended_plays,
)
from tests.support.demo import Demo


@pytest.mark.browser
@pytest.mark.beside
@pytest.mark.timeout(900)
def test_new_users_find_the_running_class_and_a_fresh_one_after_the_next_start(
    browser: Browser, tmp_path: Path
) -> None:
    """A demo takes long to open for the first time, so that all stories are told in one."""
    with Demo(tmp_path) as first:
        says_who_can_sign_in(first)
        says_nothing_else(first)
        pictures_of_the_help_pages_can_be_made(browser, first)
        courseware_comes_from_the_upload_to_the_class(browser, first)
        people_enter_the_running_class(browser, first)
        imported_lessons_get_rooms(first, tmp_path)
        replay_path = replay_of_the_class_just_ended_plays(browser, first)
        cloud_users = first.cloud.users()
        stop_leaves_nothing(first)
    with Demo(tmp_path) as second:
        assert second.sign_ins == first.sign_ins
        assert len(second.cloud.users()) >= len(cloud_users)
        replay_arrives_without_callbacks_and_after_a_silence(browser, second, earlier=replay_path)


def says_who_can_sign_in(demo: Demo) -> None:
    *_, ready = demo.lines
    roles = [role.split()[0] for _, _, role in demo.sign_ins]
    assert ready == f"ready: {demo.url}/"
    assert roles == ["teacher", "student", "student", "supervisor", "planner", "administrator"]
    assert all(line.startswith("sign-in: ") for line in demo.lines[-len(roles) - 1 : -1])


def says_nothing_else(demo: Demo) -> None:
    links = [line.split(" ", 2)[1] for line in demo.lines if line.startswith("link: ")]
    assert [link.split("/")[3] for link in links] == ["family", "guest"]
    assert all(requests.get(link, timeout=10).status_code == 200 for link in links)
    assert len(demo.lines) == 6 + len(links) + len(demo.sign_ins) + 1
    assert str(demo.logs) in demo.lines[3]
    assert demo.terminal() == ""
    written = {path.name for path in demo.logs.iterdir()}
    assert {"cloud.log", "web.log", "worker.log", "valkey.log", "seed_demo.log"} <= written


def pictures_of_the_help_pages_can_be_made(browser: Browser, demo: Demo) -> None:
    """Those to which links lead; the addresses of the others are looked at by tests of their own."""
    passwords = {username: password for username, password, _role in demo.sign_ins}
    shots = [shot for shot in SHOTS if shot.follows or shot.begins_at]

    taken = dict(camera.take(browser, demo.url, passwords, "zh-hans", shots))

    assert taken.keys() == {shot.name for shot in shots}
    assert len(set(taken.values())) == len(shots)


def processes_of(demo: Demo) -> list[psutil.Process]:
    runner = psutil.Process(demo._process.pid)
    return [runner, *runner.children(recursive=True)]


def stop_leaves_nothing(demo: Demo) -> None:
    processes = processes_of(demo)
    assert len(processes) > 5
    demo.stop()
    _gone, alive = psutil.wait_procs(processes, timeout=10)
    assert alive == []
