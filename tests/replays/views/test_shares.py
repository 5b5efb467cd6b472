"""The holder of a link sees nothing but the replay, and no trace of the link."""

from __future__ import annotations

import datetime as dt
import io
import logging
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import SchoolSettings, User
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, ReplayFile, Share
from replays.services import shares
from replays.services.trash import restore_replays, trash_replays
from replays.views.share_cookies import VISITOR_COOKIE
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.factories.replays import ReplayFileFactory
from tests.support.pages import main, read
from tests.support.replays import replay_of_session
from tests.support.sharing import Make, make_link, used

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
BELOW = ("", "play/", "download/", "play/1/f0.m3u8")


class TestPage:
    def test_shows_the_replay_and_nothing_else(self, guest: Client, make: Make, file: ReplayFile):
        path = make()

        answer = guest.get(path)

        page = read(answer.content)
        assert answer.status_code == 200
        assert page.one("h1").text == file.replay.title
        assert (
            page.one("p", "soft").text
            == f"{timezone.localtime(file.replay.made_at):%Y-%m-%d} 08:46 · 语文课"
        )
        assert page.one("video").attrs["src"] == f"{path}play/?file=1"
        assert page.all("nav") == page.all("header") == page.all("a") == []

    @pytest.mark.parametrize(
        ("who", "changes", "sharer"),
        [
            ("teacher", {}, ("the teacher of this lesson", "本次课的老师")),
            ("student", {"made_as_student": True}, ("a student of this class", "本班学生")),
            ("planner", {}, ("a planner of the school", "学校教务")),
            ("other_teacher", {"made_as_student": False}, ("a teacher of the school", "本校老师")),
        ],
    )
    def test_says_of_which_school_by_whom_and_until_when(
        self,
        request: pytest.FixtureRequest,
        guest: Client,
        file: ReplayFile,
        who: str,
        changes: dict[str, bool],
        sharer: tuple[str, str],
    ):
        Lesson.objects.update(students_may_download=True)
        SchoolSettings.objects.update_or_create(pk=1, defaults={"school_name": "向阳小学"})
        made = make_link(file.replay, request.getfixturevalue(who))
        expires_at = dt.datetime(2099, 9, 1, 8, 30, tzinfo=timezone.get_default_timezone())
        Share.objects.update(expires_at=expires_at, **changes)
        until = "2099-09-01 08:30"
        sentences = {
            "en": f"Shared by {sharer[0]}. This link works until {until}.",
            "zh-hans": f"由{sharer[1]}分享，链接有效期至 {until}。",
        }

        for language, sentence in sentences.items():
            guest.cookies["django_language"] = language
            page = main(guest.get(f"/replays/shared/{made.token}/"))

            assert page.one("p", "site-name").text == "向阳小学", language
            assert sentence in [each.text for each in page.all("p")]

    def test_says_of_which_session_where_there_were_several(
        self, guest: Client, file: ReplayFile, lesson: Lesson, planner: User
    ):
        replay_of_session(lesson, 1)
        made = make_link(replay_of_session(lesson, 2, title="语文课"), planner)
        ReplayFileFactory.create(replay=made.share.replay, number=1)

        page = main(guest.get(f"/replays/shared/{made.token}/"))

        assert page.one("h1").text == "语文课 (class 2)"

    def test_page_for_the_password_names_the_school_and_nothing_else(
        self, guest: Client, make: Make, file: ReplayFile
    ):
        page = main(guest.get(make(password="1234")))

        assert page.one("p", "site-name").text == SchoolSettings.load().school_name
        assert file.replay.title not in page.text

    def test_says_nothing_else_of_the_school(
        self, guest: Client, make: Make, file: ReplayFile, teacher: User
    ):
        Replay.objects.update(room_number=300123456)
        text = guest.get(make()).content.decode()

        told = (file.url, teacher.display_name, "300123456", file.replay.code, "三年级1班")
        assert [word for word in told if word in text] == []

    def test_is_the_same_for_who_is_signed_in(self, signed_in: SignedIn, teacher: User, make: Make):
        answer = signed_in(teacher).get(make())

        assert read(answer.content).all("nav") == []

    @pytest.mark.parametrize(("may_download", "links"), [(False, 0), (True, 1)])
    def test_offers_the_file_where_the_link_does(
        self, guest: Client, make: Make, may_download: bool, links: int
    ):
        path = make(may_download=may_download)

        found = main(guest.get(path)).all("a")

        assert [link.attrs["href"] for link in found] == [f"{path}download/?file=1"] * links

    def test_says_how_to_save_where_browsers_are_not_told_to(
        self, guest: Client, make: Make, file: ReplayFile, settings: Any
    ):
        expected = {
            ("redirect", True, 1): 1,
            ("redirect", False, 1): 0,
            ("accel", True, 1): 0,
            ("redirect", True, 2): 1,
            ("accel", True, 2): 0,
        }

        hints = {}
        for delivery, may_download, count in expected:
            settings.REPLAY_DELIVERY = delivery
            if count > file.replay.files.count():
                ReplayFileFactory.create(replay=file.replay, number=count)
            page = main(guest.get(make(may_download=may_download)))
            said = [each.text for each in page.all("p", "hint")]
            hints[delivery, may_download, count] = sum(
                text.startswith("If the browser plays a file") for text in said
            )

        assert hints == expected

    def test_leads_to_each_of_several_files(self, guest: Client, make: Make, file: ReplayFile):
        ReplayFileFactory.create(replay=file.replay, number=2)
        path = make()

        page = main(guest.get(f"{path}?file=2"))

        assert page.one("video").attrs["src"] == f"{path}play/?file=2"
        assert [link.attrs["href"] for link in page.all("a")] == [
            f"{path}?file=1#player-box",
            f"{path}?file=2#player-box",
        ]

    def test_opens_for_who_has_yet_to_replace_a_start_password(
        self, signed_in: SignedIn, student: User, make: Make, file: ReplayFile
    ):
        student.must_change_password = True
        student.save()
        client, path = signed_in(student), make()

        answers = [client.get(each) for each in (path, f"{path}play/", f"/replays/{file.pk}/")]

        assert [answer.status_code for answer in answers] == [200, 302, 302]
        assert answers[1]["Location"] == file.url
        assert answers[2]["Location"] == "/accounts/password/change/"


class TestLanguage:
    @pytest.mark.parametrize("below", ["", "?file=2", "download/"])
    @pytest.mark.parametrize("password", ["", "1234"])
    def test_is_chosen_on_every_page_of_a_link(
        self, make: Make, file: ReplayFile, below: str, password: str
    ):
        # As browsers send forms of pages that tell no referrer.
        visitor = Client(enforce_csrf_checks=True, headers={"Origin": "null"})
        path = f"{make(password=password)}{below}"

        (form,) = read(visitor.get(path).content).all("form", css_class="inline-form")
        chosen = visitor.post(path, {"language": form.one("button").attrs["value"]})
        page = read(visitor.get(chosen["Location"]).content)

        assert (form.one("button").text, form.attrs.get("action")) == ("English", None)
        assert (chosen.status_code, chosen["Location"]) == (303, path)
        assert chosen["Referrer-Policy"] == "no-referrer"
        assert page.one("html").attrs["lang"] == "en"
        assert page.one("form", css_class="inline-form").text == "中文"

    def test_is_chosen_where_a_link_leads_nowhere_too(self, guest: Client):
        path = "/replays/shared/nowhere/"

        assert guest.post(path, {"language": "en"}).status_code == 303
        assert "This link does not work" in read(guest.get(path).content).text

    def test_that_is_none_changes_nothing(self, make: Make):
        guest, path = Client(), make()

        assert guest.post(path, {"language": "xx"})["Location"] == path
        assert "django_language" not in guest.cookies

    def test_opens_no_link_with_a_password(self, guest: Client, make: Make):
        path = make(password="1234")

        guest.post(path, {"language": "en", "password": "1234"})

        assert len(read(guest.get(path).content).all("input", name="password")) == 1


class TestNowhere:
    @pytest.fixture
    def paths(self, make: Make, file: ReplayFile, planner: User, lesson: Lesson) -> dict[str, str]:
        """Those that lead nowhere, by why they do."""
        now, good = timezone.now(), make()
        paths = {
            "unknown": "/replays/shared/nonesuch/",
            "altered": f"{good[:-2]}{'A' if good[-2] != 'A' else 'B'}/",
            "digest": f"/replays/shared/{Share.objects.get().token_digest}/",
            "expired": make(at=now - 8 * DAY),
        }
        revoked = make_link(file.replay, planner)
        Share.objects.filter(pk=revoked.share.pk).update(revoked_at=now)
        changes: dict[str, dict[str, Any]] = {
            "deleted": {"deleted_at": now},
            "vanished": {"state": ReplayState.DELETED, "reason": ReplayReason.VANISHED},
            "not ready": {"state": ReplayState.PROCESSING, "reason": ReplayReason.ENDED},
        }
        tokens = {"revoked": revoked.token}
        for number, (why, fields) in enumerate(changes.items(), start=1):
            replay = replay_of_session(lesson, number)
            ReplayFileFactory.create(replay=replay, number=1)
            tokens[why] = make_link(replay, planner).token
            Replay.objects.filter(pk=replay.pk).update(**fields)
        return paths | {why: f"/replays/shared/{token}/" for why, token in tokens.items()}

    def test_is_one_and_the_same_answer_also_when_a_password_is_sent(
        self, guest: Client, paths: dict[str, str]
    ):
        for below in BELOW:
            unknown = guest.get(f"/replays/shared/another/{below}")
            assert main(unknown).one("h1").text == "This link does not work", below
            del unknown.headers["X-Request-ID"]  # each has its own
            for why, path in paths.items():
                answer = guest.get(path + below)

                del answer.headers["X-Request-ID"]
                assert answer.status_code == 404, (why, below)
                assert answer.content == unknown.content, (why, below)
                assert dict(answer.headers) == dict(unknown.headers), (why, below)

        for why, path in paths.items():
            answer = guest.post(path, {"password": "abcd1234"})

            assert answer.status_code == 404, why
            assert main(answer).one("h1").text == "This link does not work", why

    def test_what_went_away_a_moment_ago_is_answered_alike(
        self, guest: Client, make: Make, file: ReplayFile
    ):
        path = make(may_download=True)
        file.gone_at = timezone.now()
        file.save()

        answers = [guest.get(path + below) for below in ("", "play/", "download/")]

        assert [answer.status_code for answer in answers] == [404, 409, 409]

    @pytest.mark.parametrize(("is_gone", "status"), [(False, 200), (True, 404)])
    def test_back_from_the_trash_it_is_as_before_unless_it_is_gone(
        self, guest: Client, make: Make, planner: User, file: ReplayFile, is_gone: bool, status: int
    ):
        path, now = make(), timezone.now()
        trash_replays([file.replay], person=planner, at=now)
        assert guest.get(path).status_code == 404
        ReplayFile.objects.update(gone_at=now if is_gone else None)

        restore_replays([file.replay], person=planner, at=now)

        assert guest.get(path).status_code == status

    def test_last_moment_of_a_link(self, guest: Client, make: Make):
        second = dt.timedelta(seconds=1)
        paths = [make(at=timezone.now() - 7 * DAY + second * add) for add in (0, 30)]

        assert [guest.get(path).status_code for path in paths] == [404, 200]


class TestHeaders:
    @pytest.mark.parametrize("password", ["", "abcd1234"])
    def test_nothing_is_indexed_or_kept_or_told_to_others(
        self, guest: Client, make: Make, password: str
    ):
        path = make(password=password)
        below = ("", "play/", "download/", "play/1/x.ts", "?file=9", "play", "download")
        paths = [
            *(path + each for each in below),
            path.removesuffix("/"),
            "/replays/shared/nonesuch/",
        ]
        headers = {
            "X-Robots-Tag": "noindex, nofollow",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }

        answers = {each: guest.get(each) for each in paths}

        assert {
            each: {name: answer[name] for name in headers} for each, answer in answers.items()
        } == dict.fromkeys(paths, headers)

    def test_address_without_its_last_slash_leads_nowhere_else(
        self, guest: Client, make: Make, file: ReplayFile
    ):
        path = make(may_download=True)
        cut = [path.removesuffix("/"), f"{path}play", f"{path}download"]

        answers = [guest.get(each) for each in cut]

        assert [answer.status_code for answer in answers] == [200, 302, 302]
        assert [answer.get("Location") for answer in answers] == [None, file.url, file.url]

    @pytest.mark.parametrize("password", ["", "abcd1234"])
    def test_pages_say_so_too(self, guest: Client, make: Make, password: str):
        page = read(guest.get(make(password=password)).content)

        tags = {
            tag.attrs["name"]: tag.attrs["content"]
            for tag in page.all("meta")
            if "name" in tag.attrs
        }
        assert (tags["robots"], tags["referrer"]) == ("noindex, nofollow", "no-referrer")

    def test_looking_only(self, guest: Client, make: Make, file: ReplayFile):
        path = make(may_download=True)
        asked = [
            (method, below)
            for method in ("post", "put", "delete")
            for below in ("play/", "download/")
        ]

        statuses = {
            (method, below): getattr(guest, method)(path + below).status_code
            for method, below in asked
        }

        assert statuses == dict.fromkeys(asked, 405)
        assert used(file) == (0, 0, 0, 0)


class TestPassword:
    @pytest.fixture
    def path(self, make: Make) -> str:
        return make(password="abcd1234", may_download=True)

    def test_stands_before_everything(self, guest: Client, path: str, file: ReplayFile):
        for below in BELOW:
            answer = guest.get(path + below)

            assert answer.status_code == (403 if below else 200), below
            assert main(answer).one("form").attrs["action"] == path, below
            assert file.replay.title not in answer.content.decode(), below
            assert used(file) == (0, 0, 0, 0), below

    def test_right_one_opens_this_link_in_this_browser(
        self, guest: Client, path: str, make: Make, file: ReplayFile
    ):
        other = make(password="abcd1234")

        answer = guest.post(path, {"password": "abcd1234"})

        assert (answer.status_code, answer["Location"]) == (303, path)
        assert guest.get(f"{path}play/")["Location"] == file.url
        assert guest.get(f"{path}download/")["Location"] == file.url
        assert guest.get(f"{other}play/").status_code == 403
        assert Client().get(f"{path}play/").status_code == 403

    def test_several_links_are_remembered(self, guest: Client, path: str, make: Make):
        other = make(password="other1234")
        guest.post(path, {"password": "abcd1234"})
        guest.post(other, {"password": "other1234"})

        assert [guest.get(f"{each}play/").status_code for each in (path, other)] == [302, 302]

    def test_mark_of_before_opens_nothing(self, guest: Client, make: Make, path: str):
        guest.get(make())
        before = guest.cookies[VISITOR_COOKIE].value
        guest.post(path, {"password": "abcd1234"})

        stolen = Client()
        stolen.cookies[VISITOR_COOKIE] = before

        assert stolen.get(f"{path}play/").status_code == 403

    def test_signs_nobody_out_and_nobody_in(self, signed_in: SignedIn, teacher: User, path: str):
        client = signed_in(teacher)
        session = client.cookies["sessionid"].value

        answer = client.post(path, {"password": "abcd1234"})

        assert "sessionid" not in answer.cookies
        assert client.cookies["sessionid"].value == session
        assert client.get("/replays/").status_code == 200

    @pytest.mark.parametrize(
        ("site", "status"),
        [("cross-site", 403), ("same-site", 303), ("same-origin", 303), ("none", 303)],
    )
    def test_of_another_site_s_form_is_not_taken(
        self, guest: Client, path: str, site: str, status: int
    ):
        answer = guest.post(path, {"password": "abcd1234"}, headers={"Sec-Fetch-Site": site})

        assert answer.status_code == status
        assert guest.get(f"{path}play/").status_code == (302 if status == 303 else 403)
        assert Share.objects.get().wrong_passwords == 0

    @pytest.mark.parametrize(
        ("password", "said"),
        [("wrong", "This is not the password of this link."), ("", None)],
    )
    def test_wrong_one_is_told(self, guest: Client, path: str, password: str, said: str | None):
        answer = guest.post(path, {"password": password})

        told = [element.text for element in main(answer).all("p", "errors")]
        assert (answer.status_code, told) == (403, [said] if said else [])
        assert guest.get(f"{path}play/").status_code == 403
        assert Share.objects.get().wrong_passwords == (1 if said else 0)

    def test_after_many_wrong_ones_the_link_says_when_it_takes_one_again(
        self, guest: Client, path: str, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(shares, "FREE_GUESSES", 3)
        for _time in range(shares.FREE_GUESSES):
            guest.post(path, {"password": "wrong"})

        answers = [guest.post(path, {"password": "abcd1234"}), guest.get(path)]

        assert [answer.status_code for answer in answers] == [429, 429]
        assert [1 <= int(answer["Retry-After"]) <= 60 for answer in answers] == [True, True]
        assert main(answers[0]).one("p", "notice").text == (
            "Too many wrong passwords were tried with this link. It takes one again in 1 minute."
        )
        assert main(answers[0]).all("form") == []

    def test_who_gave_it_before_is_not_locked_out(
        self, guest: Client, path: str, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(shares, "FREE_GUESSES", 3)
        guest.post(path, {"password": "abcd1234"})
        for _time in range(shares.FREE_GUESSES):
            Client().post(path, {"password": "wrong"})

        assert Client().get(path).status_code == 429
        assert guest.get(path).status_code == 200

    def test_link_without_one_takes_any(self, guest: Client, make: Make):
        path = make()

        answer = guest.post(path, {"password": "whatever"})

        assert (answer.status_code, answer["Location"]) == (303, path)


def test_token_gets_into_no_log(guest: Client, make: Make):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    path = make()
    try:
        for below in ("", "download/", "play/?file=9"):
            guest.get(path + below)
        guest.put(path)
    finally:
        logging.getLogger().removeHandler(handler)

    token = path.split("/")[3]
    assert token not in stream.getvalue()
    assert "/replays/shared/***/download/" in stream.getvalue()
