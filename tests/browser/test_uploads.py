"""Uploading courseware in a browser: by click, by drop, interrupted in every way, and without scripts."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, CDPSession, Page, Request, Route, expect

from accounts.models import User
from courseware.enums import CoursewareState, Failure
from courseware.models import Courseware, Upload
from deploy.services.processes import free_port
from tests.factories.courseware import UploadFactory
from tests.support.eyes import faults_of
from tests.support.profiles import OwnBrowser
from tests.support.site import Processes
from tests.support.visitors import WIDE, look_until, sign_in_as

pytestmark = pytest.mark.browser

MIB = 1024 * 1024
FILM = b"\x00\x00\x00\x01" + bytes(range(251)) * 84_000  # 20 MiB, three parts
SHORT = FILM[:1000]
SLOW_BYTES_S = 4 * MIB


@pytest.fixture
def upload_page(page_of: Callable[..., Page], teacher: User) -> Page:
    """The upload page of a teacher, in English."""
    page = page_of(teacher, "en")
    page.goto("/courseware/upload/")
    return page


@pytest.fixture
def own_browser(browser: Browser, live_site: str, tmp_path: Path) -> Iterator[OwnBrowser]:
    """A browser of this test's own, not started yet."""
    own = OwnBrowser(browser.browser_type, tmp_path / "profile", live_site)
    yield own
    own.close()


def upload_page_in(own_browser: OwnBrowser, teacher: User) -> Page:
    """Start the browser, sign in and open the upload page."""
    context = own_browser.start()
    sign_in_as(context, own_browser.site, teacher, "en")
    page = context.pages[0]
    page.goto("/courseware/upload/")
    return page


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "语文 第一课.h264"
    path.write_bytes(FILM)
    return path


@pytest.fixture
def short_film(film: Path) -> Path:
    """The beginning of the film, sent in one part."""
    film.write_bytes(SHORT)
    return film


def choose(page: Page, *files: Path | dict[str, Any]) -> None:
    page.get_by_label("Choose files").set_input_files(list(files))  # type: ignore[arg-type]


@functools.lru_cache(maxsize=4)
def network_of(page: Page) -> CDPSession:
    """Return the session that rules the page's network; of two sessions the first would win."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    return session


def slow_down(page: Page, bytes_s: int = SLOW_BYTES_S, *, offline: bool = False) -> None:
    """Let the page send no more than this a second; -1 lifts it."""
    limits = {
        "offline": offline,
        "latency": 0,
        "downloadThroughput": -1,
        "uploadThroughput": bytes_s,
    }
    network_of(page).send("Network.emulateNetworkConditions", limits)


def row(page: Page, name: str = "语文 第一课.h264") -> Any:
    return page.get_by_role("list", name="Uploads").get_by_role("listitem").filter(has_text=name)


def wait_for_offset(page: Page) -> int:
    """Wait until something lies on the server."""
    begun = Upload.objects.filter(offset_bytes__gt=0)
    return look_until(page, begun.first, "nothing came").offset_bytes


def wait_for_next_part(page: Page) -> None:
    """Wait until the server, which has kept one part, receives another."""
    receives = Upload.objects.exclude(lease_token="").filter(offset_bytes__gt=0)
    look_until(page, receives.exists, "no other part came")


def wait_until_at_rest(page: Page) -> int:
    """Wait until the server has kept what came of the part that was broken off."""
    at_rest = Upload.objects.filter(lease_token="")
    return look_until(page, at_rest.first, "somebody is sending still").offset_bytes


def wait_for_new_offset(page: Page, name: str) -> None:
    """Wait until something of the file of this name lies on the server."""
    begun = Upload.objects.filter(filename=name, offset_bytes__gt=0)
    look_until(page, begun.exists, "nothing came")


def offsets_of_parts(page: Page) -> list[int]:
    """Record where the parts begin that the page sends from now on."""
    sent: list[int] = []

    def note(request: Request) -> None:
        if request.method == "PATCH":
            sent.append(_offset_said(request.headers))

    page.on("request", note)
    return sent


def expect_uploaded(page: Page, content: bytes = FILM) -> None:
    """The film is there, once and whole, and the page leads to it."""
    expect(row(page)).to_contain_text("Uploaded", timeout=60_000)
    courseware = Courseware.objects.get()
    link = row(page).get_by_role("link", name="Show it")
    expect(link).to_have_attribute("href", f"/courseware/{courseware.code}/")
    assert courseware.size_bytes == len(content)
    assert courseware.sha256 == hashlib.sha256(content).hexdigest()


def follows_transcoding_to_its_end(page: Page) -> None:
    """Wait until each row says by itself what became of its file."""
    Courseware.objects.filter(name="1.h264").update(state=CoursewareState.READY)
    failed = Courseware.objects.filter(name="2.h264")
    failed.update(state=CoursewareState.FAILED, failure=Failure.CLOUD, cloud_reason="FileBroken: x")

    expect(row(page, "1.h264")).to_contain_text("Uploaded · ✓ Ready", timeout=10_000)
    expect(row(page, "2.h264")).to_contain_text("✕ Failed · The file is damaged")
    expect(row(page, "3.h264")).to_contain_text("Uploaded · ○ Waiting for transcoding")


def drop(page: Page, name: str) -> None:
    """Drop a film of five bytes."""
    data = page.evaluate_handle(
        """name => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array([0, 0, 0, 1, 5])], name));
          return data;
        }""",
        name,
    )
    page.dispatch_event("#upload-form", "drop", {"dataTransfer": data})


class TestUploading:
    def test_several_files_at_once_each_by_itself(self, upload_page: Page, film: Path):
        """Chosen and dropped, refused in the server's words, and pointed out if they are known already."""
        page = upload_page
        small = [
            {"name": f"{n}.h264", "mimeType": "", "buffer": FILM[: n * 1000]} for n in range(1, 5)
        ]
        fake = {"name": "课件.pdf", "mimeType": "application/pdf", "buffer": b"<html></html>"}
        program = {"name": "setup.exe", "mimeType": "", "buffer": b"MZ"}

        choose(page, film)
        choose(page, *small, fake, program)
        drop(page, "drop.h264")

        for name in ("drop.h264", *(f"{n}.h264" for n in range(1, 5))):
            expect(row(page, name)).to_contain_text("Uploaded")
        expect(row(page)).to_contain_text("Uploaded", timeout=60_000)
        expect(row(page, "setup.exe")).to_contain_text(".exe files are not accepted")
        expect(row(page, "课件.pdf")).to_contain_text("save it as a real .pdf file")
        names = set(Courseware.objects.values_list("name", flat=True))
        assert names == {film.name, "drop.h264", *(f"{n}.h264" for n in range(1, 5))}
        assert Courseware.objects.get(name="drop.h264").size_bytes == 5
        assert not Upload.objects.filter(filename__in=["setup.exe", "课件.pdf"]).exists()
        row(page, "setup.exe").get_by_role("button", name="Remove from list").click()
        expect(row(page, "setup.exe")).to_have_count(0)

        choose(page, {"name": "again.h264", "mimeType": "", "buffer": FILM[:1000]})
        expect(row(page, "again.h264")).to_contain_text("Uploaded")
        expect(row(page, "again.h264")).to_contain_text("The same content was uploaded before")
        assert row(page, "1.h264").get_by_text("same content").count() == 0
        follows_transcoding_to_its_end(page)

    def test_progress_tells_speed_and_time_left_until_it_is_cancelled(
        self, upload_page: Page, film: Path
    ):
        slow_down(upload_page)

        choose(upload_page, film)

        told = re.compile(r"[\d.]+ MB of 20\.11 MB · [\d.]+ MB/s · \d+ s left")
        expect(row(upload_page)).to_contain_text(told, timeout=20_000)
        value = row(upload_page).get_by_role("progressbar").evaluate("bar => bar.value")
        assert 0 < value < 100

        row(upload_page).get_by_role("button", name="Cancel").click()
        expect(row(upload_page)).to_have_count(0)
        assert (Upload.objects.count(), Courseware.objects.count()) == (0, 0)


class TestInterruptions:
    def test_paused_by_keyboard_it_rests_until_nobody_else_sends_it(
        self, upload_page: Page, film: Path
    ):
        page = upload_page
        page.clock.install()
        page.reload()
        slow_down(page)
        choose(page, film)
        wait_for_offset(page)
        # Else it may rest between two parts, the second of which is on its way.
        slow_down(page, SLOW_BYTES_S // 16)
        wait_for_next_part(page)
        sent = offsets_of_parts(page)

        row(page).get_by_role("button", name="Pause").focus()
        page.keyboard.press("Enter")
        expect(row(page)).to_contain_text("Paused at")
        paused = wait_until_at_rest(page)
        sent.clear()
        page.clock.run_for(60_000)
        page.evaluate("fetch('/healthz')")  # what was sent before it is heard of before it
        assert (sent, Upload.objects.get().offset_bytes) == ([], paused)
        assert 0 < paused < len(FILM)

        later = timezone.now() + dt.timedelta(hours=1)
        Upload.objects.update(lease_token="another writer", leased_until=later)
        slow_down(page, -1)
        page.keyboard.press("Enter")
        expect(row(page)).to_contain_text(
            "This file is being sent already, perhaps from another window: wait a little."
        )
        Upload.objects.update(lease_token="", leased_until=None)

        expect_uploaded(page)

    def test_lost_connection(self, upload_page: Page, film: Path):
        slow_down(upload_page)
        choose(upload_page, film)
        wait_for_offset(upload_page)

        slow_down(upload_page, offline=True)
        expect(row(upload_page)).to_contain_text("The connection is interrupted")
        slow_down(upload_page, -1)

        expect_uploaded(upload_page)

    def test_server_that_fails_is_asked_again_when_it_says_or_after_a_while(
        self, upload_page: Page, short_film: Path
    ):
        page = upload_page
        later = {"Retry-After": "60", "Tus-Resumable": "1.0.0"}
        failures: list[dict[str, Any]] = [{"status": 503, "body": "Disk away.", "headers": later}]
        failures += [{"status": 502, "body": "<h1>Bad gateway</h1>"}] * 3
        kinds = {502: "text/html", 503: "text/plain"}
        sent = offsets_of_parts(page)

        def be_away(route: Route) -> None:
            if route.request.method == "PATCH" and failures:
                failure = failures.pop()
                route.fulfill(**failure, content_type=kinds[failure["status"]])
            else:
                route.continue_()

        page.clock.install()
        page.reload()
        page.route("**/courseware/uploads/*/", be_away)

        choose(page, short_film)
        expect(row(page)).to_contain_text("The connection is interrupted")
        for _ in range(60):
            page.clock.run_for(1_000)  # the pauses between two tries
            if not failures:
                break
        expect(row(page).locator(".upload-state")).to_have_text("Disk away.")
        page.unroute("**/courseware/uploads/*/")
        sent.clear()
        page.clock.run_for(40_000)
        page.evaluate("fetch('/healthz')")  # what was sent before it is heard of before it
        assert sent == []
        page.clock.run_for(20_000)

        expect_uploaded(page, SHORT)

    def test_signed_out_meanwhile(
        self, upload_page: Page, live_site: str, teacher: User, film: Path
    ):
        slow_down(upload_page)
        choose(upload_page, film)
        wait_for_offset(upload_page)

        upload_page.context.clear_cookies(name="sessionid")
        slow_down(upload_page, -1)
        expect(row(upload_page)).to_contain_text("sign in again", timeout=20_000)
        kept = Upload.objects.get().offset_bytes
        sign_in_as(upload_page.context, live_site, teacher, "en")
        row(upload_page).get_by_role("button", name="Go on").click()

        expect_uploaded(upload_page)
        assert (kept > 0, Upload.objects.count()) == (True, 1)

    @pytest.mark.timeout(180)
    def test_closed_browser(self, own_browser: OwnBrowser, teacher: User, film: Path):
        """Killed like any process, it goes on with the same file where it was."""
        page = upload_page_in(own_browser, teacher)
        slow_down(page, 3 * MIB // 2)
        choose(page, film)
        offset = wait_for_offset(page)
        own_browser.wait_until_stored("tus::")
        own_browser.kill()
        killed = Upload.objects.get()

        page = upload_page_in(own_browser, teacher)
        begun = page.get_by_role("region", name="Begun and not finished")
        expect(begun).to_contain_text(film.name)
        sent = offsets_of_parts(page)
        choose(page, film)

        expect_uploaded(page)
        expect(begun).to_be_hidden()
        assert sent[0] >= offset > 0
        assert (killed.is_finished, Upload.objects.get().pk) == (False, killed.pk)

    @pytest.mark.timeout(180)
    def test_browser_killed_before_it_wrote_anything(
        self, own_browser: OwnBrowser, teacher: User, film: Path
    ):
        """It knows nothing of the upload: the page offers to go on with what the server has."""
        page = upload_page_in(own_browser, teacher)
        slow_down(page)
        choose(page, film)
        offset = wait_for_offset(page)
        page.evaluate("localStorage.clear()")  # so that it is never a matter of moments
        own_browser.kill()
        killed = Upload.objects.get()

        page = upload_page_in(own_browser, teacher)
        sent = offsets_of_parts(page)
        choose(page, film)
        expect(row(page)).to_contain_text("If it is the same file, go on")
        row(page).get_by_role("button", name="Go on").click()

        expect_uploaded(page)
        assert sent[0] >= offset > 0
        assert (killed.is_finished, Upload.objects.get().pk) == (False, killed.pk)

    def test_file_begun_before_is_sent_again_when_that_is_discarded(
        self, upload_page: Page, teacher: User, short_film: Path
    ):
        old = UploadFactory.create(owner=teacher, filename=short_film.name, length_bytes=len(SHORT))
        upload_page.reload()

        choose(upload_page, short_film)
        expect(row(upload_page)).to_contain_text("if not, discard that part")
        upload_page.get_by_role("button", name=f"Discard: {short_film.name}").click()

        expect_uploaded(upload_page, SHORT)
        assert not Upload.objects.filter(pk=old.pk).exists()

    def test_file_of_another_size_is_not_taken_for_the_one_begun_before(
        self, upload_page: Page, teacher: User, short_film: Path
    ):
        old = UploadFactory.create(
            owner=teacher, filename=short_film.name, length_bytes=len(SHORT) - 1
        )
        upload_page.reload()

        choose(upload_page, short_film)

        expect_uploaded(upload_page, SHORT)
        assert Upload.objects.get(courseware=None).pk == old.pk

    def test_discarding_throws_away_nothing_that_is_being_sent(
        self, upload_page: Page, teacher: User, film: Path
    ):
        UploadFactory.create(owner=teacher, filename="old.pdf")
        kept = UploadFactory.create(owner=teacher, filename="kept.pdf")
        upload_page.reload()
        slow_down(upload_page)
        choose(upload_page, film)
        wait_for_new_offset(upload_page, film.name)

        upload_page.get_by_role("button", name="Discard: old.pdf").click()

        begun = upload_page.get_by_role("region", name="Begun and not finished")
        expect(begun.get_by_role("listitem")).to_have_count(1)
        expect(begun).to_contain_text("kept.pdf")
        slow_down(upload_page, -1)
        expect_uploaded(upload_page)
        assert [each.pk for each in Upload.objects.filter(courseware=None)] == [kept.pk]

    def test_begun_ones_hold_places_until_they_are_discarded_which_may_be_refused(
        self, upload_page: Page, teacher: User
    ):
        later = timezone.now() + dt.timedelta(hours=1)
        for number in range(2):
            UploadFactory.create(owner=teacher, filename=f"old{number}.pdf")
        UploadFactory.create(
            owner=teacher, filename="sent.pdf", lease_token="another writer", leased_until=later
        )
        upload_page.reload()
        upload_page.get_by_role("button", name="Discard: sent.pdf").click()
        item = upload_page.locator("[data-upload]").filter(has_text="sent.pdf")
        expect(item.locator("[data-refusal]")).not_to_be_empty()
        assert Upload.objects.count() == 3
        begun: list[str] = []
        upload_page.on(
            "request",
            lambda request: begun.append(request.url) if request.method == "POST" else None,
        )

        choose(upload_page, {"name": "new.h264", "mimeType": "", "buffer": FILM[:1000]})
        expect(row(upload_page, "new.h264")).to_contain_text("resume an earlier upload")
        before = list(begun)
        upload_page.get_by_role("button", name="Discard: old1.pdf").click()

        expect(row(upload_page, "new.h264")).to_contain_text("Uploaded")
        assert before == []
        assert Courseware.objects.get().name == "new.h264"


def _offset_said(headers: dict[str, str]) -> int:
    return int(headers.get("upload-offset", -1))


class TestKilledServer:
    @pytest.fixture
    def port(self) -> int:
        return free_port()

    @pytest.fixture
    def own_page(self, browser: Browser, port: int, teacher: User) -> Iterator[Page]:
        context = browser.new_context(base_url=address_of(port), viewport=WIDE)
        sign_in_as(context, address_of(port), teacher, "en")
        yield context.new_page()
        context.close()

    @pytest.mark.timeout(180)
    def test_part_that_takes_too_long_goes_on_with_the_next_and_when_the_server_is_back(
        self, processes: Processes, port: int, own_page: Page, film: Path
    ):
        """The server takes what came in time; the page sends the rest of it again."""
        page = own_page
        config = processes.folder / "hurry.py"
        config.write_text(
            "def post_worker_init(worker):\n"
            "    from courseware.views import tus_uploads\n"
            "    tus_uploads.PART_TIME_S = 1.0\n"
        )
        processes.start_web(port, GUNICORN_CMD_ARGS=f"--config {config}")
        page.goto("/courseware/upload/")
        sent = offsets_of_parts(page)
        slow_down(page, 2 * MIB)

        choose(page, film)
        look_until(page, lambda: len({each for each in sent if each > 0}) >= 2, "no second part")
        first = min(each for each in sent if each > 0)
        assert 0 < first < 8 * MIB

        processes.last.kill()
        expect(row(page)).to_contain_text("The connection is interrupted", timeout=20_000)
        processes.start_web(port)
        slow_down(page, -1)
        expect_uploaded(page)


def address_of(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def test_page_is_for_everybodys_eyes_and_begun_uploads_can_be_discarded(
    upload_page: Page, film: Path
):
    page = upload_page
    slow_down(page)
    choose(page, film)
    choose(page, {"name": "setup.exe", "mimeType": "", "buffer": b"MZ"})
    wait_for_offset(page)

    row(page).get_by_role("button", name="Pause").click()
    expect(row(page)).to_contain_text("Paused at")
    seen = [faults_of(page)]
    wait_until_at_rest(page)
    page.reload()
    seen.append(faults_of(page))
    page.get_by_role("button", name=f"Discard: {film.name}").click()

    expect(page.get_by_role("region", name="Begun and not finished")).to_be_hidden()
    expect(page.get_by_role("status")).to_have_text(f"{film.name}: Discarded")
    assert seen == [[], []]
    assert Upload.objects.count() == 0


def test_form_works_without_scripts(
    browser: Browser, live_site: str, teacher: User, film: Path, tmp_path: Path
):
    context = browser.new_context(base_url=live_site, java_script_enabled=False)
    sign_in_as(context, live_site, teacher, "en")
    page = context.new_page()
    page.goto("/courseware/upload/")
    other = tmp_path / "b.h264"
    other.write_bytes(FILM[:100])

    choose(page, film, other)
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url("**/courseware/")

    expect(page.get_by_text("2 files were uploaded.")).to_be_visible()
    context.close()
    assert set(Courseware.objects.values_list("name", flat=True)) == {film.name, "b.h264"}
