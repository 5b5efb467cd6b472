"""Playing and downloading by a link: what it allows, what is counted, and that nobody is named."""

from __future__ import annotations

import threading

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import SchoolSettings, Session, User
from replays.models import PlaybackUse, Replay, ReplayFile, Share
from replays.services import playback, watching
from replays.views.share_cookies import VISITOR_COOKIE
from tests.cast import SignedIn
from tests.support.cloud import LocalCloud
from tests.support.pages import main, read
from tests.support.sharing import Make, make_link, used
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db


class TestPlaying:
    @pytest.mark.parametrize(
        ("below", "may_download", "status"),
        [("play/", False, 302), ("download/", True, 302), ("download/", False, 403)],
    )
    def test_by_what_the_link_allows(
        self,
        guest: Client,
        make: Make,
        file: ReplayFile,
        below: str,
        may_download: bool,
        status: int,
    ):
        answer = guest.get(make(may_download=may_download) + below)

        assert answer.status_code == status
        assert answer.get("Location") == (file.url if status == 302 else None)

    def test_refusal_leads_back_to_the_replay_and_nowhere_else(self, guest: Client, make: Make):
        path = make()

        page = read(guest.get(f"{path}download/").content)

        assert page.one("h1").text == "This replay cannot be downloaded"
        assert [link.attrs["href"] for link in page.all("a")] == [path]

    def test_counts_once_a_visitor_and_half_hour(self, make: Make, file: ReplayFile):
        path = make(may_download=True)
        visitors = [Client(), Client()]
        for visitor in visitors:
            visitor.get(path)

        for visitor in (*visitors, *visitors):
            visitor.get(f"{path}play/")
        visitors[0].get(f"{path}download/")

        assert used(file) == (2, 1, 2, 1)
        assert Share.objects.get().last_used_at is not None
        assert {use.user for use in PlaybackUse.objects.all()} == {None}
        assert PlaybackUse.objects.values("visitor").distinct().count() == 2

    def test_who_never_saw_the_page_plays_without_being_counted(self, make: Make, file: ReplayFile):
        path = make(may_download=True)

        answers = [Client().get(f"{path}{below}") for below in ("play/", "download/") * 3]

        assert {answer["Location"] for answer in answers} == {file.url}
        assert (used(file), PlaybackUse.objects.count()) == ((0, 0, 0, 0), 0)

    def test_opening_it_leaves_nothing_in_any_table(self, guest: Client, make: Make):
        path = make()

        for method in (guest.get, guest.head):
            method(path)

        assert (Session.objects.count(), PlaybackUse.objects.count()) == (0, 0)

    def test_wherever_a_visitor_begins_it_is_a_view(self, make: Make, file: ReplayFile):
        visitor, path = Client(), make()
        visitor.get(path)

        for asked in ("bytes=1-", "bytes=1048576-"):
            visitor.get(f"{path}play/", headers={"Range": asked})

        assert (used(file), PlaybackUse.objects.count()) == ((1, 0, 1, 0), 1)

    def test_of_one_link_so_many_count_in_a_half_hour(
        self, make: Make, file: ReplayFile, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(watching, "USES_OF_A_LINK", 3)
        path = make()

        for _visitor in range(5):
            visitor = Client()
            visitor.get(path)
            # The film plays all the same.
            assert visitor.get(f"{path}play/")["Location"] == file.url

        assert (used(file), PlaybackUse.objects.count()) == ((3, 0, 3, 0), 3)
        PlaybackUse.objects.update(at=timezone.now() - watching.SAME_USE_WITHIN)
        visitor.get(f"{path}play/")
        assert used(file) == (4, 0, 4, 0)

    def test_link_that_is_used_up_takes_nothing_from_others(
        self,
        signed_in: SignedIn,
        student: User,
        make: Make,
        file: ReplayFile,
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr(watching, "USES_OF_A_LINK", 1)
        used_up = make()
        for path in (used_up, used_up, make()):
            visitor = Client()
            visitor.get(path)
            visitor.get(f"{path}play/")
        signed_in(student).get(f"/replays/{file.replay.code}/play/")

        assert PlaybackUse.objects.count() == 3

    def test_mark_is_given_by_the_page_and_kept_below_links_alone(self, guest: Client, make: Make):
        path = make()
        guest.head(path)
        guest.get(f"{path}play/")
        before = VISITOR_COOKIE in guest.cookies

        guest.get(path)

        cookie = guest.cookies[VISITOR_COOKIE]
        assert (before, cookie["path"], cookie["httponly"]) == (False, "/replays/shared/", True)

    def test_forged_mark_is_none(self, make: Make, file: ReplayFile):
        browser = Client()
        browser.cookies[VISITOR_COOKIE] = "forged:1:x"

        answer = browser.get(f"{make()}play/")

        assert (answer.status_code, used(file)) == (302, (0, 0, 0, 0))

    def test_counts_the_signed_in_as_visitors(
        self, signed_in: SignedIn, student: User, make: Make, file: ReplayFile
    ):
        client, path = signed_in(student), make()
        client.get(path)
        client.get(f"{path}play/")

        use = PlaybackUse.objects.get()
        assert (use.user, use.share) == (None, Share.objects.get())

    def test_says_who_it_was_to_nobody(self, guest: Client, make: Make, file: ReplayFile):
        path = make()
        guest.get(path)
        guest.get(f"{path}play/")

        visitor = PlaybackUse.objects.get().visitor
        assert len(visitor) == 64
        assert visitor not in guest.cookies[VISITOR_COOKIE].value


class TestSignalling:
    """Kept by the cloud as signals, and played by its own player."""

    @pytest.fixture
    def path(self, local_cloud: LocalCloud, make: Make, file: ReplayFile) -> str:
        start_s = int(timezone.now().timestamp()) - 7200
        kept = local_cloud.add_history("语文课", start_s, start_s + 2700, DisableRecord=3)
        Replay.objects.update(room_number=kept)
        ReplayFile.objects.update(url="")
        return make(may_download=True)

    def test_leads_to_the_cloud_s_player_with_a_ticket_for_nobody_in_particular(
        self, guest: Client, path: str, file: ReplayFile, local_cloud: LocalCloud
    ):
        page = main(guest.get(path))
        answer = guest.get(f"{path}play/?file=1")

        assert [link.attrs["href"] for link in page.all("a")] == [f"{path}play/?file=1"]
        assert answer.status_code == 302
        assert answer["Location"].startswith(f"{local_cloud.url}/playback/index.html?classid=")
        (call,) = local_cloud.calls(action="GetPlaybackToken")
        assert call["params"].get("UserId", "") == ""
        assert call["params"]["ExpireSeconds"] == 7200
        assert used(file) == (1, 0, 1, 0)

    def test_visitor_is_never_recorded(self, guest: Client, path: str):
        SchoolSettings.objects.update_or_create(pk=1, defaults={"keeps_watch_records": True})
        guest.get(path)

        assert "report=" not in guest.get(f"{path}play/?file=1")["Location"]

    def tickets(self, local_cloud: LocalCloud) -> int:
        return len(local_cloud.calls(action="GetPlaybackToken"))

    def test_who_never_saw_the_page_is_led_there_without_a_ticket(
        self, path: str, local_cloud: LocalCloud
    ):
        answers = [Client().get(f"{path}play/") for _time in range(3)]

        assert {(answer.status_code, answer["Location"]) for answer in answers} == {(303, path)}
        assert self.tickets(local_cloud) == 0

    def test_looking_without_opening_asks_for_no_ticket(
        self, guest: Client, signed_in: SignedIn, teacher: User, path: str, local_cloud: LocalCloud
    ):
        code = Replay.objects.get().code
        guest.get(path)

        answers = [
            guest.head(f"{path}play/"),
            signed_in(teacher).head(f"/replays/{code}/play/"),
        ]

        assert [answer["Location"] for answer in answers] == [path, f"/replays/{code}/"]
        assert self.tickets(local_cloud) == 0

    def test_one_link_has_so_many_tickets_a_minute(
        self,
        guest: Client,
        path: str,
        make: Make,
        file: ReplayFile,
        local_cloud: LocalCloud,
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr(playback, "TICKETS_A_LINK", 2)
        other = make()
        for each in (path, other):
            guest.get(each)

        answers = [guest.get(f"{path}play/") for _time in range(4)]

        assert [answer.status_code for answer in answers] == [302, 302, 429, 429]
        assert 1 <= int(answers[-1]["Retry-After"]) <= 60
        page = main(answers[-1])
        assert page.one("h1").text == "Too many people are opening this replay"
        assert [link.attrs["href"] for link in page.all("a")] == [path]
        assert self.tickets(local_cloud) == 2
        assert guest.get(f"{other}play/").status_code == 302
        Share.objects.update(tickets_since=timezone.now() - playback.TICKETS_WITHIN)
        assert guest.get(f"{path}play/").status_code == 302

    def test_visitors_leave_the_places_of_the_school_alone(
        self,
        guest: Client,
        signed_in: SignedIn,
        teacher: User,
        path: str,
        monkeypatch: pytest.MonkeyPatch,
    ):
        guest.get(path)
        full = threading.BoundedSemaphore(1)
        full.acquire()
        monkeypatch.setattr(playback, "_visitor_slots", full)

        refused = guest.get(f"{path}play/")
        led = signed_in(teacher).get(f"/replays/{Replay.objects.get().code}/play/")

        assert (refused.status_code, led.status_code) == (503, 302)
        assert refused["Retry-After"] == "10"

    def test_is_no_file_to_download(self, guest: Client, path: str):
        answer = guest.get(f"{path}download/")

        assert answer.status_code == 409
        assert main(answer).one("h1").text == "There is no single file to download"


@pytest.mark.django_db(transaction=True)
def test_tickets_that_are_asked_for_at_once_are_counted(planner: User, file: ReplayFile):
    link = make_link(file.replay, planner).share
    at = timezone.now()

    def take(_number: int) -> bool:
        try:
            playback.count_ticket(link, at=at)
        except playback.TooManyTickets:
            return False
        return True

    taken = all_at_once(take, range(playback.TICKETS_A_LINK + 4))

    assert sum(taken) == playback.TICKETS_A_LINK
