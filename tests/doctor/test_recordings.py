from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from deploy.services import nginx
from deploy.services.nginx import Nginx
from deploy.services.processes import ROOT, free_port
from edu_platform.doctor.recordings import delivery, signalling, storage
from schedule.models import Lesson, Room
from tests.factories.replays import ReplayFileFactory
from tests.support.cloud import LocalCloud
from tests.support.doctor import levels, said
from tests.support.peers import Script, answering, refusing_port

LINE = "recordings.delivery"
VOD_KEY = "Key4Tests12"


@pytest.mark.django_db
def test_recordings_that_are_refused(lesson: Lesson):
    room = Room.objects.create(lesson=lesson, room_id=300000001, sdk_app_id=3000001)

    assert levels(storage) == {"recordings.storage": "ok"}

    Room.objects.filter(pk=room.pk).update(recording_refused=True)

    assert levels(storage) == {"recordings.storage": "error"}

    over_at = timezone.now() - dt.timedelta(hours=1)
    Lesson.objects.update(starts_at=over_at - dt.timedelta(hours=1), ends_at=over_at)

    assert levels(storage) == {"recordings.storage": "ok"}


@pytest.mark.django_db
def test_signalling_recordings_that_are_refused(lesson: Lesson):
    Room.objects.create(lesson=lesson, room_id=300000001, sdk_app_id=3000001)

    assert levels(signalling) == {"recordings.signalling": "ok"}

    Room.objects.update(signalling_refused=True)

    assert levels(signalling) == {"recordings.signalling": "warning"}


def test_redirect_gives_addresses_away(settings: Any):
    settings.REPLAY_DELIVERY = "redirect"

    assert levels(delivery) == {LINE: "warning"}


class TestByNginx:
    @pytest.fixture(autouse=True)
    def accel(self, settings: Any) -> None:
        settings.REPLAY_DELIVERY = "accel"
        settings.REPLAY_HOSTS = ["*.vod2.myqcloud.com"]

    def test_platform_without_it(self, settings: Any):
        with answering(Script(status=404, body=b"<h1>Not found</h1>")) as there:
            settings.PUBLIC_BASE_URL = there.url

            assert levels(delivery) == {LINE: "error"}

    def test_platform_that_is_away(self, settings: Any):
        settings.PUBLIC_BASE_URL = f"http://127.0.0.1:{refusing_port()}"

        finding = said(delivery, LINE)

        assert finding.level == "error"
        assert "begin with address" in finding.advice

    @pytest.mark.processes
    def test_with_our_file(self, settings: Any, tmp_path: Path):
        program = nginx.find()
        if program is None:
            pytest.skip(nginx.WITHOUT)
        port = free_port()
        media = ROOT / "deploy" / "nginx" / "replay-media.conf"
        front = Nginx(
            program,
            tmp_path / "nginx",
            f"server {{ listen 127.0.0.1:{port}; include {media}; location / {{ return 404; }} }}",
            port=port,
        )
        settings.PUBLIC_BASE_URL = front.url
        try:
            assert levels(delivery) == {LINE: "ok"}

            settings.REPLAY_HOSTS = ["*.vod2.myqcloud.com", "media.school.example"]
            finding = said(delivery, LINE)
        finally:
            front.stop()

        assert finding.level == "error"
        assert "media.school.example" in finding.text


@pytest.mark.django_db
class TestBySignatures:
    @pytest.fixture(autouse=True)
    def signed(self, settings: Any, local_cloud: LocalCloud) -> None:
        settings.REPLAY_DELIVERY, settings.LCIC_VOD_KEY = "signed", VOD_KEY
        settings.REPLAY_HOSTS = [local_cloud.url.removeprefix("http://")]

    @pytest.fixture
    def recording(self, local_cloud: LocalCloud) -> None:
        ends_s = int(timezone.now().timestamp()) - 3600
        room_id = local_cloud.add_history("语文课", ends_s - 60, ends_s)
        (made,) = local_cloud.recorded(room_id)
        ReplayFileFactory.create(url=made["RecordUrl"])

    def test_without_a_recording(self):
        assert levels(delivery) == {LINE: "ok"}

    def test_storage_that_demands_our_signature(self, local_cloud: LocalCloud, recording: None):
        local_cloud.protect_files(VOD_KEY)

        assert levels(delivery) == {LINE: "ok"}

    def test_storage_with_another_key(self, local_cloud: LocalCloud, recording: None):
        local_cloud.protect_files("AnotherKey12")

        finding = said(delivery, LINE)

        assert finding.level == "error"
        assert VOD_KEY not in f"{finding.text}{finding.advice}"

    def test_storage_that_demands_nothing(self, recording: None):
        assert levels(delivery) == {LINE: "warning"}
