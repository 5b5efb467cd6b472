"""The page of a replay shows of its links: the form, a new address once, and the list."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Session, User
from edu_platform.lib import shown_once
from edu_platform.lib.secret_tokens import digest_of
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, ReplayFile, Share
from replays.services import shares
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory
from tests.support.pages import read
from tests.support.sharing import make_link, new_address, page_of, rows, section, share_by

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def shows_address(client: Client, replay: Replay) -> bool:
    return bool(read(client.get(page_of(replay)).content).all("input", id="new-link"))


class TestSection:
    """Nobody is offered to share what never will be there."""

    @pytest.mark.parametrize(
        ("state", "reason", "says"),
        [
            (ReplayState.PROCESSING, ReplayReason.ENDED, True),
            (ReplayState.EXPECTED, ReplayReason.TO_COME, True),
            (ReplayState.NONE, ReplayReason.NOT_RECORDED, False),
            (ReplayState.FAILED, ReplayReason.GIVEN_UP, False),
            (ReplayState.DELETED, ReplayReason.VANISHED, False),
        ],
    )
    def test_stands_only_where_something_may_come(
        self,
        office: Client,
        planner: User,
        file: ReplayFile,
        state: ReplayState,
        reason: ReplayReason,
        says: bool,
    ):
        Replay.objects.update(state=state, reason=reason)

        bare = read(office.get(page_of(file.replay)).content)
        assert (len(bare.all("section", id="share")), bare.all("a", href="#share")) == (says, [])

        make = Replay.objects.update
        make(state=ReplayState.READY)
        make_link(Replay.objects.get(), planner)
        make(state=state)
        linked = section(office, file.replay)
        sentence = "When the replay can be played, links to it can be made here."
        assert sum(each.text == sentence for each in linked.all("p")) == says
        assert len(linked.one("ul", "links").all("li")) == 1
        assert linked.all("form", "share-form") == []

    def test_button_leads_to_the_form(self, office: Client, file: ReplayFile):
        page = read(office.get(page_of(file.replay)).content)

        assert len(page.all("a", href="#share")) == len(page.all("form", "share-form")) == 1


class TestDeleted:
    """Links of what is deleted lead nowhere, and say so."""

    @pytest.mark.parametrize(
        ("reason", "expected"),
        [
            (ReplayReason.TRASHED, "◇ Paused (the replay is in the trash)"),
            (ReplayReason.VANISHED, "◇ Paused (the replay was deleted elsewhere)"),
            (ReplayReason.DELETED_HERE, "✕ Over (the replay was deleted)"),
        ],
    )
    def test_links_say_why(
        self, office: Client, planner: User, file: ReplayFile, reason: ReplayReason, expected: str
    ):
        make_link(file.replay, planner)
        Replay.objects.update(state=ReplayState.DELETED, reason=reason)

        link = section(office, file.replay).one("ul", "links").one("li")

        assert link.all("p")[0].text == expected

    def test_over_is_over_when_the_account_is_closed_too(
        self, office: Client, teacher: User, file: ReplayFile
    ):
        make_link(file.replay, teacher)
        User.objects.filter(pk=teacher.pk).update(is_active=False)
        Replay.objects.update(state=ReplayState.DELETED, reason=ReplayReason.DELETED_HERE)

        link = section(office, file.replay).one("ul", "links").one("li")

        assert link.text.startswith("✕ Over (the replay was deleted)")
        assert link.all("button") == []

    @pytest.mark.parametrize("is_revoked", [False, True])
    def test_who_deletes_is_told_of_open_links(
        self, office: Client, planner: User, file: ReplayFile, is_revoked: bool
    ):
        link = make_link(file.replay, planner).share
        if is_revoked:
            shares.revoke(link, at=timezone.now())
        told = "1 open link leads to them: it does not work while they are in the trash."

        asked = read(office.get(f"/replays/delete/?code={file.replay.code}").content).one("main")
        shown = read(office.get(page_of(file.replay)).content).one("section", id="delete")

        expected = 0 if is_revoked else 1
        assert sum(each.text == told for each in asked.all("p")) == expected
        sentence = "While it is in the trash, links to it do not work."
        assert sum(each.text == sentence for each in shown.all("p")) == expected


class TestDays:
    def test_absent_ones_are_seven(self, office: Client, file: ReplayFile):
        before = timezone.now()
        share_by(office, file.replay)

        assert Share.objects.get().expires_at - before >= 7 * DAY

    def test_empty_ones_are_a_fault(self, office: Client, file: ReplayFile):
        answer = share_by(office, file.replay, days="", password="abcd")

        form = read(answer.content).one("section", id="share")
        assert answer.status_code == 400
        assert [each.text for each in form.all("ul", "errors")] == ["This field is required."]
        assert form.one("input", name="password").attrs["value"] == "abcd"
        assert not Share.objects.exists()

    def test_seven_are_offered(self, office: Client, file: ReplayFile):
        days = section(office, file.replay).one("input", name="days").attrs

        assert (days["value"], "required" in days) == ("7", True)


class TestAddress:
    def test_is_shown_once_and_opens_the_replay(self, office: Client, file: ReplayFile):
        share_by(office, file.replay)

        address = new_address(office, file.replay)

        assert address.startswith("http://testserver/replays/shared/")
        page = Client().get(address.removeprefix("http://testserver"))
        assert read(page.content).one("h1").text == file.replay.title
        assert not shows_address(office, file.replay)

    def test_page_that_shows_it_is_kept_by_nobody(self, office: Client, file: ReplayFile):
        share_by(office, file.replay)

        answers = [office.get(page_of(file.replay)) for _time in range(2)]

        assert ["no-store" in answer["Cache-Control"] for answer in answers] == [True, True]

    def test_is_shown_on_its_own_page_only(self, office: Client, file: ReplayFile):
        other = ReplayFactory.create()
        share_by(office, file.replay)

        assert not shows_address(office, other)
        assert new_address(office, file.replay) != ""

    @pytest.mark.parametrize(("password", "is_told"), [("abcd1234", True), ("", False)])
    def test_says_that_its_password_goes_another_way(
        self, office: Client, file: ReplayFile, password: str, is_told: bool
    ):
        share_by(office, file.replay, password=password)

        hint = read(office.get(page_of(file.replay)).content).one("p", id="new-link-hint")

        assert ("send the password separately" in hint.text) is is_told

    def test_is_in_nobody_s_database(self, office: Client, file: ReplayFile):
        share_by(office, file.replay, password="abcd1234")
        before = [session.get_decoded() for session in Session.objects.all()]
        token = new_address(office, file.replay).rstrip("/").rpartition("/")[2]

        made = Share.objects.get()
        assert not [data for data in before if token in str(data) or made.code in str(data)]
        kept = [str(value) for value in Share.objects.values_list().get()]
        assert not [value for value in kept if token in value or "abcd1234" in value]
        assert made.token_digest == digest_of(token)
        assert made.password.startswith("pbkdf2_sha256$1$")
        sessions = [session.get_decoded() for session in Session.objects.all()]
        assert not [data for data in sessions if token in str(data)]

    def test_waits_in_a_cookie_of_its_page_alone(self, office: Client, file: ReplayFile):
        kept = share_by(office, file.replay).cookies["new_link"]

        assert (kept["path"], kept["max-age"]) == (page_of(file.replay), 120)
        assert (kept["httponly"], kept["samesite"]) == (True, "Strict")
        taken = office.get(page_of(file.replay)).cookies["new_link"]
        assert (taken.value, taken["path"], taken["max-age"]) == ("", page_of(file.replay), 0)

    def test_is_not_taken_by_a_tab_that_follows_the_page(self, office: Client, file: ReplayFile):
        share_by(office, file.replay)

        office.get(page_of(file.replay), headers={"X-Page-Version": "of another state"})

        assert shows_address(office, file.replay)

    def test_waits_no_longer_than_minutes(
        self, office: Client, file: ReplayFile, monkeypatch: pytest.MonkeyPatch
    ):
        share_by(office, file.replay)
        monkeypatch.setattr(shown_once, "KEPT_S", -1)

        assert not shows_address(office, file.replay)

    @pytest.mark.parametrize("kept", ["", "x", "eyJ0b2tlbiI6IngifQ:1uXYZa:abc"])
    def test_is_not_what_somebody_wrote(self, office: Client, file: ReplayFile, kept: str):
        office.cookies["new_link"] = kept

        assert not shows_address(office, file.replay)

    def test_is_not_for_who_signs_in_next(
        self, office: Client, signed_in: SignedIn, teacher: User, file: ReplayFile
    ):
        share_by(office, file.replay)
        other = signed_in(teacher, "en")
        other.cookies["new_link"] = office.cookies["new_link"].value

        assert not shows_address(other, file.replay)

    def test_cannot_be_guessed(self, planner: User, file: ReplayFile):
        tokens = {make_link(file.replay, planner).token for _number in range(20)}

        assert len(tokens) == 20
        # Each character is one of 64: 256 bits.
        assert {len(token) for token in tokens} == {32}


class TestList:
    def test_says_who_until_when_how_and_how_often(
        self, signed_in: SignedIn, teacher: User, planner: User, file: ReplayFile
    ):
        at = timezone.now()
        make_link(file.replay, planner, at=at - 2 * DAY, password="abcd")
        Share.objects.update(views=3, downloads=1, last_used_at=at)
        make_link(file.replay, teacher, at=at - DAY, may_download=True)

        listed = rows(signed_in(teacher, "en"), file.replay)

        def local(moment: dt.datetime) -> str:
            return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"

        taught = f"Made by 李老师 on {local(at - DAY)}"
        planned = f"Made by 孙教务 on {local(at - 2 * DAY)}"
        assert listed == [
            f"✓ Valid until {local(at + 6 * DAY)} {taught} · without a password · may be downloaded"
            f" not used yet Revoke {taught}",
            f"✓ Valid until {local(at + 5 * DAY)} {planned} · with a password · for watching only"
            f" 3 views · 1 download · last used {local(at)} Revoke {planned}",
        ]

    def test_keeps_what_ended_for_a_month(self, office: Client, planner: User, file: ReplayFile):
        at = timezone.now()
        revoked = make_link(file.replay, planner, at=at - DAY).share
        shares.revoke(revoked, at=at)
        make_link(file.replay, planner, at=at - 3 * DAY, days=1)
        make_link(file.replay, planner, at=at - 33 * DAY, days=1)
        make_link(file.replay, planner, at=at - 4 * DAY)

        assert [row[:9] for row in rows(office, file.replay)] == [
            "✓ Valid u",
            "✕ Revoked",
            "◇ Expired",
        ]

    @pytest.mark.parametrize("who", ["assistant", "supervisor", "student"])
    def test_is_not_for_the_others(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        planner: User,
        file: ReplayFile,
        who: str,
    ):
        make_link(file.replay, planner)
        client = signed_in(request.getfixturevalue(who))

        answer = client.get(page_of(file.replay))

        assert answer.status_code == 200
        assert read(answer.content).all("section", id="share") == []

    def test_costs_the_same_whatever_its_length(
        self, office: Client, planner: User, teacher: User, file: ReplayFile
    ):
        make_link(file.replay, planner)
        office.get(page_of(file.replay))
        with CaptureQueriesContext(connection) as with_one:
            office.get(page_of(file.replay))
        for person in (planner, teacher, planner):
            make_link(file.replay, person)

        with CaptureQueriesContext(connection) as with_many:
            office.get(page_of(file.replay))

        assert len(with_many) == len(with_one)
