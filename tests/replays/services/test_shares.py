"""Links to a replay: who makes and revokes them, and what ends them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from replays.enums import ReplayState
from replays.models import Replay, ReplayFile, Share
from replays.services import shares
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory
from tests.support.pages import read
from tests.support.sharing import make_link, new_address, page_of, rows, section, share_by

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
NOW = dt.datetime(2026, 9, 7, 8, tzinfo=dt.UTC)
NO_PASSWORD = "A password of blanks is none. For a link without a password leave it empty."


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def messages(client: Client, replay: Replay) -> list[str]:
    listed = read(client.get(page_of(replay)).content).all("ul", "messages")
    return [message.text for message in listed[0].all("li")] if listed else []


MAY_SHARE = {
    "teacher": True,
    "planner": True,
    "administrator": True,
    "superuser": True,
    "assistant": False,
    "supervisor": False,
    "student": False,
    "other_teacher": False,
    "outsider": False,
}


class TestMaking:
    def test_by_the_teacher_and_staff(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, file: ReplayFile
    ):
        for who, may in MAY_SHARE.items():
            person = request.getfixturevalue(who)
            Share.objects.all().delete()

            answer = share_by(signed_in(person), file.replay)

            assert answer.status_code == (303 if may else 404), who
            made = [person.pk] if may else []
            assert list(Share.objects.values_list("created_by", flat=True)) == made, who

    def test_visitors_sign_in_first(self, client: Client, file: ReplayFile):
        answer = share_by(client, file.replay)

        assert answer["Location"] == f"/accounts/login/?next={page_of(file.replay)}share/"
        assert not Share.objects.exists()

    def test_only_by_its_button(self, office: Client, file: ReplayFile):
        answer = office.get(f"{page_of(file.replay)}share/")

        assert (answer.status_code, answer["Allow"]) == (405, "POST")
        assert not Share.objects.exists()

    def test_is_for_a_week_to_watch_without_a_password(self, office: Client, file: ReplayFile):
        before = timezone.now()

        answer = share_by(office, file.replay)

        assert (answer.status_code, answer["Location"]) == (303, page_of(file.replay))
        made = Share.objects.get()
        assert before + 7 * DAY <= made.expires_at <= timezone.now() + 7 * DAY
        assert (made.has_password, made.may_download) == (False, False)

    @pytest.mark.parametrize("days", [1, 30, 365])
    def test_is_for_so_many_days(self, office: Client, file: ReplayFile, days: int):
        share_by(office, file.replay, days=str(days), download="on")

        made = Share.objects.get()
        assert made.expires_at - made.created_at == days * DAY
        assert made.may_download

    def test_what_cannot_be_is_said_and_makes_none(self, office: Client, file: ReplayFile):
        cases = [
            ({"days": "0"}, "days: Ensure this value is greater than or equal to 1."),
            ({"days": "366"}, "days: Ensure this value is less than or equal to 365."),
            ({"days": "a week"}, "days: Enter a whole number."),
            (
                {"password": "123"},
                "password: Ensure this value has at least 4 characters (it has 3).",
            ),
            *(
                ({"password": blank * 4}, f"password: {NO_PASSWORD}")
                for blank in (" ", "\u3000", "\u00a0", "\u200b", "\ufeff")
            ),
        ]

        for data, said in cases:
            answer = share_by(office, file.replay, **data)

            page = read(answer.content)
            form = page.one("section", id="share").one("form", "share-form")
            wrong = {
                each.attrs["name"]: page.one(id=f"{each.attrs['id']}_error").text
                for each in form.all("input")
                if "autofocus" in each.attrs
            }
            assert answer.status_code == 400, data
            assert [": ".join(each) for each in wrong.items()] == [said], data
            assert not Share.objects.exists(), data

    def test_form_keeps_what_was_typed_when_something_is_wrong(
        self, office: Client, file: ReplayFile
    ):
        answer = share_by(office, file.replay, days="366", password="abcd", download="on")

        page = read(answer.content)
        fields = {
            each.attrs["name"]: each.attrs for each in page.one("section", id="share").all("input")
        }
        assert (fields["days"]["value"], fields["password"]["value"]) == ("366", "abcd")
        assert "checked" in fields["download"]
        assert fields["days"]["aria-describedby"] == "id_days_helptext id_days_error"
        # Who changes the language, or copies the address, gets the replay's own page.
        assert page.one("input", id="replay-address").attrs["value"].endswith(page_of(file.replay))
        assert {each.attrs["value"] for each in page.all("input", name="next")} == {
            page_of(file.replay)
        }

    def test_hints_say_what_may_be_typed(self, office: Client, file: ReplayFile):
        hints = section(office, file.replay).all("div", "hint")

        assert [hint.text for hint in hints] == ["From 1 to 365 days.", "At least 4 characters."]

    @pytest.mark.parametrize("file_format", ["hls", ""])
    def test_downloading_is_not_offered_of_what_is_no_file(
        self, office: Client, file: ReplayFile, file_format: str
    ):
        url = file.url if file_format else ""
        ReplayFile.objects.update(file_format=file_format, url=url)

        shown = section(office, file.replay)
        share_by(office, file.replay, download="on")

        assert shown.all("input", name="download") == []
        assert shown.one("p", "hint").text.startswith("This replay has no single file")
        assert not Share.objects.get().may_download

    def test_needs_something_to_share(self, office: Client, file: ReplayFile):
        for state in ReplayState:
            if state == ReplayState.READY:
                continue
            Replay.objects.update(state=state)

            share_by(office, file.replay)

            assert not Share.objects.exists(), state
            assert messages(office, file.replay) == [
                "There is nothing to share yet: the replay cannot be played."
            ], state

    def test_ends_at_so_many_open_ones(self, planner: User, file: ReplayFile):
        for _number in range(shares.OPEN_LINKS_AT_MOST):
            made = make_link(file.replay, planner)

        with pytest.raises(shares.TooManyLinks):
            make_link(file.replay, planner)
        shares.revoke(made.share, at=timezone.now())
        make_link(file.replay, planner)

        assert Share.objects.count() == shares.OPEN_LINKS_AT_MOST + 1

    def test_of_one_person_do_not_end_those_of_another(
        self, planner: User, teacher: User, file: ReplayFile, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(shares, "OPEN_LINKS_AT_MOST", 1)
        make_link(file.replay, planner)

        made = make_link(file.replay, teacher)

        assert Share.objects.valid(at=timezone.now()).filter(pk=made.share.pk).exists()


class TestStudents:
    """Students whose lesson lets them download may share too, and have their own links alone."""

    @pytest.fixture
    def pupil(self, signed_in: SignedIn, student: User, file: ReplayFile) -> Client:
        Lesson.objects.update(students_may_download=True)
        return signed_in(student, "en")

    def test_make_links(self, pupil: Client, student: User, file: ReplayFile):
        answer = share_by(pupil, file.replay)

        assert answer.status_code == 303
        assert Share.objects.get().created_by == student
        address = new_address(pupil, file.replay)
        assert Client().get(address.removeprefix("http://testserver")).status_code == 200

    def test_see_their_own_only(
        self,
        pupil: Client,
        office: Client,
        student: User,
        planner: User,
        file: ReplayFile,
    ):
        make_link(file.replay, planner)
        make_link(file.replay, student)

        def makers(client: Client) -> list[str]:
            return [row.split("Made by ")[1].split()[0] for row in rows(client, file.replay)]

        assert makers(pupil) == [student.display_name]
        assert makers(office) == [student.display_name, planner.display_name]

    def test_revoke_their_own_only(
        self, pupil: Client, student: User, planner: User, file: ReplayFile
    ):
        own, other = make_link(file.replay, student), make_link(file.replay, planner)

        answers = [
            pupil.post(f"{page_of(file.replay)}share/revoke/", {"share": made.share.code})
            for made in (own, other)
        ]

        assert [answer.status_code for answer in answers] == [303, 404]
        open_links = Share.objects.valid(at=timezone.now())
        assert list(open_links) == [other.share]

    def test_are_revoked_by_the_teacher(
        self, signed_in: SignedIn, teacher: User, student: User, file: ReplayFile
    ):
        made = make_link(file.replay, student)

        answer = signed_in(teacher).post(
            f"{page_of(file.replay)}share/revoke/", {"share": made.share.code}
        )

        assert answer.status_code == 303
        assert not Share.objects.valid(at=timezone.now()).exists()

    def test_of_other_lessons_may_not(
        self, signed_in: SignedIn, pupil: Client, outsider: User, file: ReplayFile
    ):
        assert share_by(signed_in(outsider), file.replay).status_code == 404
        assert not Share.objects.exists()

    def test_whose_lesson_is_for_watching_may_not(
        self, pupil: Client, student: User, file: ReplayFile
    ):
        made = make_link(file.replay, student)
        Lesson.objects.update(students_may_download=False)

        assert share_by(pupil, file.replay).status_code == 404
        assert list(Share.objects.all()) == [made.share]
        assert Client().get(f"/replays/shared/{made.token}/").status_code == 404


class TestAccountsThatAreClosed:
    @pytest.fixture
    def made(self, teacher: User, file: ReplayFile) -> shares.NewLink:
        return make_link(file.replay, teacher)

    def status(self, made: shares.NewLink) -> int:
        return Client().get(f"/replays/shared/{made.token}/").status_code

    def test_end_the_links_made_by_them(self, made: shares.NewLink, teacher: User):
        assert self.status(made) == 200
        User.objects.filter(pk=teacher.pk).update(is_active=False)

        assert self.status(made) == 404
        below = [f"/replays/shared/{made.token}/{name}/" for name in ("play", "download")]
        assert [Client().get(path).status_code for path in below] == [404, 404]

    def test_are_named_in_the_list(self, made: shares.NewLink, office: Client, teacher: User):
        User.objects.filter(pk=teacher.pk).update(is_active=False)

        (row,) = rows(office, made.share.replay)

        assert row.startswith("✕ Account closed Made by 李老师 on ")

    def test_can_be_revoked_before_they_are_opened_again(
        self, made: shares.NewLink, office: Client, teacher: User
    ):
        User.objects.filter(pk=teacher.pk).update(is_active=False)
        (row,) = rows(office, made.share.replay)
        office.post(f"{page_of(made.share.replay)}share/revoke/", {"share": made.share.code})
        User.objects.filter(pk=teacher.pk).update(is_active=True)

        assert "Revoke" in row
        assert self.status(made) == 404

    def test_are_another_thing_than_a_lesson_that_changes_hands(
        self, made: shares.NewLink, other_teacher: User
    ):
        Lesson.objects.update(teacher=other_teacher)
        Replay.objects.update(teacher=other_teacher)

        assert self.status(made) == 200


class TestRevoking:
    def test_by_the_teacher_and_staff(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        planner: User,
        file: ReplayFile,
    ):
        for who, may in MAY_SHARE.items():
            made = make_link(file.replay, planner)
            client = signed_in(request.getfixturevalue(who))

            answer = client.post(f"{page_of(file.replay)}share/revoke/", {"share": made.share.code})

            assert answer.status_code == (303 if may else 404), who
            opened = Client().get(f"/replays/shared/{made.token}/").status_code
            assert opened == (404 if may else 200), who

    def test_of_another_replay_is_missing(self, office: Client, planner: User, file: ReplayFile):
        made = make_link(file.replay, planner)
        other = ReplayFactory.create()

        answers = [
            office.post(f"{page_of(other)}share/revoke/", {"share": made.share.code}),
            office.post(f"{page_of(file.replay)}share/revoke/", {"share": "nonesuch"}),
            office.post(f"{page_of(file.replay)}share/revoke/"),
        ]

        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert Share.objects.get().revoked_at is None

    def test_a_second_time_changes_nothing(self, planner: User, file: ReplayFile):
        made = make_link(file.replay, planner).share

        assert [shares.revoke(made, at=NOW), shares.revoke(made, at=NOW + DAY)] == [True, False]
        made.refresh_from_db()
        assert made.revoked_at == NOW
