"""Deleting many replays at once, one, and bringing them back."""

from __future__ import annotations

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.models import User
from replays.enums import ReplayEventKind, ReplayReason, ReplayState
from replays.forms.filters import CODES_AT_MOST
from replays.models import Replay, ReplayEvent, ReplayFile, ReplayPurge
from replays.services.trash import IN_TRASH_FOR, restore_replays, trash_replays
from replays.views import trash
from schedule.models import ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import LessonFactory, UnplannedLessonFactory, school_time
from tests.support.lessons import copies_of
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

LIST = "/replays/"
DELETE = "/replays/delete/"
ALLOWED = ["teacher", "planner", "administrator", "superuser"]
TRASHED = (ReplayState.DELETED, ReplayReason.TRASHED)


@pytest.fixture
def second(lesson: Lesson, class_group: ClassGroup) -> Replay:
    """Another replay of the cast's teacher."""
    other = LessonFactory.create(
        teacher=lesson.teacher, class_groups=[class_group], starts_at=school_time(2, 8)
    )
    made = ReplayFactory.create(lesson=other)
    ReplayFileFactory.create(replay=made, number=1)
    return made


@pytest.fixture
def foreign() -> Replay:
    """A replay of somebody else's lesson."""
    made = ReplayFactory.create()
    ReplayFileFactory.create(replay=made, number=1)
    return made


@pytest.fixture
def others(
    student: User, assistant: User, other_teacher: User, outsider: User, supervisor: User
) -> dict[str, User]:
    """Return those who may delete no replay of the cast's lesson, by their names."""
    people = (student, assistant, other_teacher, outsider, supervisor)
    return {person.username: person for person in people}


def states() -> set[tuple[str, str]]:
    return set(Replay.objects.values_list("state", "reason"))


def main_of(client: Client, address: str) -> Element:
    response = client.get(address)
    assert response.status_code == 200
    return read(response.content).one("main")


def told(client: Client) -> list[str]:
    return [each.text for each in main_of(client, LIST).one("ul", "messages").all("li")]


class TestDeletingMany:
    @pytest.mark.parametrize("who", ALLOWED)
    def test_all_go_to_the_trash(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        file: ReplayFile,
        second: Replay,
        who: str,
    ):
        person = request.getfixturevalue(who)
        client = signed_in(person, "en")

        response = client.post(DELETE, {"code": [file.replay.code, second.code]})

        assert (response.status_code, response["Location"]) == (303, LIST)
        assert states() == {TRASHED}
        assert set(Replay.objects.values_list("deleted_by", flat=True)) == {person.pk}
        assert ReplayEvent.objects.filter(kind=ReplayEventKind.TRASHED, person=person).count() == 2
        assert told(client) == ["2 replays are in the trash. They can be restored for 30 days."]

    def test_others_delete_nothing(
        self, signed_in: SignedIn, others: dict[str, User], file: ReplayFile
    ):
        answers = {}
        for who, person in others.items():
            client = signed_in(person)
            responses = [
                client.post(DELETE, {"code": file.replay.code}),
                client.post(f"{LIST}{file.replay.code}/delete/"),
                client.get(f"{DELETE}?code={file.replay.code}"),
            ]
            answers[who] = ([response.status_code for response in responses], states())

        assert answers == {
            who: ([404] * 3, {(ReplayState.READY, ReplayReason.FOUND)}) for who in others
        }

    def test_one_that_does_not_exist_deletes_nothing(
        self, signed_in: SignedIn, teacher: User, file: ReplayFile
    ):
        client, codes = signed_in(teacher), ["none", "", "ABC", "a" * 40, "\0", "（）"]

        statuses = {
            code: client.post(DELETE, {"code": [file.replay.code, code]}).status_code
            for code in codes
        }

        assert statuses == dict.fromkeys(codes, 404)
        assert states() == {(ReplayState.READY, ReplayReason.FOUND)}

    def test_one_foreign_code_deletes_nothing(
        self, signed_in: SignedIn, teacher: User, file: ReplayFile, foreign: Replay
    ):
        response = signed_in(teacher).post(DELETE, {"code": [file.replay.code, foreign.code]})

        assert response.status_code == 404
        assert states() == {(ReplayState.READY, ReplayReason.FOUND)}

    def test_same_code_twice_counts_once(
        self, signed_in: SignedIn, teacher: User, file: ReplayFile
    ):
        client = signed_in(teacher, "en")

        client.post(DELETE, {"code": [file.replay.code, file.replay.code]})

        assert told(client) == ["1 replay is in the trash. It can be restored for 30 days."]

    def test_one_that_vanished_stays_what_it_is(
        self, signed_in: SignedIn, teacher: User, file: ReplayFile
    ):
        vanished = (ReplayState.DELETED, ReplayReason.VANISHED)
        Replay.objects.update(state=vanished[0], reason=vanished[1])
        client = signed_in(teacher, "en")

        client.post(f"{LIST}{file.replay.code}/delete/")

        title = file.replay.title
        assert told(client) == [f"Nothing was deleted: of “{title}” there is no recording."]
        assert states() == {vanished}

    def test_one_without_a_recording_keeps_all(
        self, signed_in: SignedIn, teacher: User, file: ReplayFile, second: Replay
    ):
        second.files.all().delete()
        Replay.objects.filter(pk=second.pk).update(state=ReplayState.RECORDING)
        client = signed_in(teacher, "en")

        response = client.post(DELETE, {"code": [file.replay.code, second.code]})

        assert response.status_code == 303
        assert Replay.objects.filter(deleted_at=None).count() == 2
        assert told(client) == [f"Nothing was deleted: of “{second.title}” there is no recording."]

    def test_nothing_chosen(self, signed_in: SignedIn, teacher: User, file: ReplayFile):
        client = signed_in(teacher, "en")

        response = client.post(DELETE)

        assert (response.status_code, response["Location"]) == (303, LIST)
        assert told(client) == ["Choose first which replays to delete."]

    def test_again_says_so(self, signed_in: SignedIn, teacher: User, file: ReplayFile):
        client = signed_in(teacher, "en")
        trash_replays([file.replay], person=teacher, at=timezone.now())

        client.post(DELETE, {"code": file.replay.code})

        assert told(client) == ["They are in the trash already."]

    def test_leads_back_to_where_one_was_and_nowhere_else(self, signed_in: SignedIn, teacher: User):
        client = signed_in(teacher)
        expected = {
            "/replays/?q=%E8%AF%BE&page=2": "/replays/?q=%E8%AF%BE&page=2",
            "https://elsewhere.example/replays/": LIST,
            "//elsewhere.example/replays/": LIST,
            "/accounts/logout/": LIST,
            "/replays/\r\nSet-Cookie: a=b": LIST,
        }

        led = {}
        for address in expected:
            # Each time one that is not in the trash yet.
            code = ReplayFactory.create(lesson=UnplannedLessonFactory.create(teacher=teacher)).code
            led[address] = client.post(DELETE, {"code": code, "next": address})["Location"]

        assert led == expected
        assert states() == {TRASHED}


class TestLookingOnceMore:
    def test_shows_what_goes_and_has_the_button(
        self, signed_in: SignedIn, teacher: User, file: ReplayFile, second: Replay
    ):
        client = signed_in(teacher, "en")

        main = main_of(
            client, f"{DELETE}?code={file.replay.code}&code={second.code}&next=/replays/?page=2"
        )

        assert main.one("h1").text == "Delete 2 replays?"
        assert len(main.one("ul", "replay-doomed").all("li")) == 2
        (form,) = main.forms_to(DELETE)
        sent = [
            (each.attrs["name"], each.attrs["value"])
            for each in form.all("input")
            if each.attrs["name"] != "csrfmiddlewaretoken"
        ]
        assert sent == [
            ("next", "/replays/?page=2"),
            ("code", second.code),
            ("code", file.replay.code),
        ]
        assert main.link("Keep them") == "/replays/?page=2"
        assert Replay.objects.filter(deleted_at=None).count() == 2

    def test_is_where_the_lists_boxes_lead(
        self, signed_in: SignedIn, teacher: User, file: ReplayFile
    ):
        main = main_of(signed_in(teacher), f"{LIST}?q={file.replay.title[:2]}")

        (form,) = main.forms_to(DELETE)
        (box,) = [each for each in main.all("input", type="checkbox") if "value" in each.attrs]
        assert form.attrs["method"] == "get"
        assert (box.attrs["form"], box.attrs["name"]) == (form.attrs["id"], "code")
        assert box.attrs["value"] == file.replay.code


class TestBoxes:
    def test_others_have_neither_boxes_nor_a_way_to_delete(
        self, signed_in: SignedIn, others: dict[str, User], file: ReplayFile
    ):
        listed = {"student": 1, "assistant": 1, "supervisor": 1, "other_teacher": 0, "outsider": 0}
        assert set(listed) == set(others)
        for who, count in listed.items():
            main = main_of(signed_in(others[who]), LIST)

            assert len(main.all("td", "replay-title")) == count, who
            assert main.all("input", type="checkbox") == [], who
            assert main.all("", "row-box") == [], who
            deleting = [each for each in main.all("a") if each.attrs["href"].startswith(DELETE)]
            assert deleting == [], who

    def test_only_own_ones_have_a_box(
        self, signed_in: SignedIn, teacher: User, file: ReplayFile, foreign: Replay
    ):
        assert foreign.lesson is not None
        foreign.lesson.assistants.add(teacher)

        main = main_of(signed_in(teacher), LIST)

        values = [each.attrs.get("value") for each in main.one("tbody").all("input")]
        assert (len(main.one("tbody").all("tr")), values) == (2, [file.replay.code])

    def test_what_can_be_deleted(self, signed_in: SignedIn, planner: User, replay: Replay):
        client = signed_in(planner)
        expected = {
            ReplayState.EXPECTED: False,
            ReplayState.RECORDING: False,
            ReplayState.PROCESSING: True,
            ReplayState.READY: True,
            ReplayState.NONE: False,
            ReplayState.FAILED: True,
            ReplayState.DELETED: False,
        }

        has_box = {}
        for state in expected:
            Replay.objects.update(state=state)
            rows = main_of(client, f"{LIST}?state={state}").one("tbody")
            has_box[state] = bool(rows.all("input", type="checkbox"))

        assert has_box == expected


class TestDeletingOne:
    def test_goes_to_the_trash(self, signed_in: SignedIn, teacher: User, file: ReplayFile):
        response = signed_in(teacher).post(f"{LIST}{file.replay.code}/delete/")

        assert (response.status_code, response["Location"]) == (303, LIST)
        assert states() == {TRASHED}

    def test_address_alone_deletes_nothing(
        self, signed_in: SignedIn, teacher: User, file: ReplayFile
    ):
        response = signed_in(teacher).get(f"{LIST}{file.replay.code}/delete/")

        assert (response.status_code, response["Allow"]) == (405, "POST")
        assert states() == {(ReplayState.READY, ReplayReason.FOUND)}


class TestNothingRecorded:
    """A class whose recording never came has nothing to delete in the cloud."""

    FOR_GOOD = "deleted for good"

    def test_confirmation_says_so(
        self, signed_in: SignedIn, planner: User, file: ReplayFile, second: Replay
    ):
        Replay.objects.filter(pk=second.pk).update(
            state=ReplayState.FAILED, reason=ReplayReason.GIVEN_UP
        )
        client = signed_in(planner, "en")

        failed = main_of(client, f"{DELETE}?code={second.code}")
        both = main_of(client, f"{DELETE}?code={second.code}&code={file.replay.code}")

        hint = "no recording of it was found"
        assert (self.FOR_GOOD in failed.text, self.FOR_GOOD in both.text) == (False, True)
        assert [hint in each.text for each in both.all("li") if second.title in each.text] == [True]
        assert both.text.count(hint) == failed.text.count(hint) == 1

    def test_page_says_so(self, signed_in: SignedIn, planner: User, file: ReplayFile):
        client, says = signed_in(planner, "en"), {}
        for state in (ReplayState.FAILED, ReplayState.READY):
            Replay.objects.update(state=state)
            page = main_of(client, f"{LIST}{file.replay.code}/")
            says[state] = self.FOR_GOOD in page.one("section", id="delete").text

        assert says == {ReplayState.FAILED: False, ReplayState.READY: True}


class TestTrash:
    @pytest.fixture
    def trashed(self, teacher: User, file: ReplayFile) -> Replay:
        trash_replays([file.replay], person=teacher, at=timezone.now())
        return Replay.objects.get()

    def test_says_who_and_until_when(self, signed_in: SignedIn, teacher: User, trashed: Replay):
        main = main_of(signed_in(teacher, "en"), f"{LIST}?state=bin")

        assert trashed.deleted_at is not None
        until = timezone.localtime(trashed.deleted_at + IN_TRASH_FOR)
        deleted = timezone.localtime(trashed.deleted_at)
        assert main.all("span", "replay-state")[1].text == (
            f"Deleted by 李老师 on {deleted:%H:%M}; can be restored until {until:%Y-%m-%d %H:%M}."
        )

    def test_of_nobody_its_time_was_over(self, signed_in: SignedIn, planner: User, trashed: Replay):
        Replay.objects.update(deleted_by=None)

        main = main_of(signed_in(planner, "en"), f"{LIST}?state=bin")

        assert main.all("span", "replay-state")[1].text.startswith("Retention ended on ")

    @pytest.mark.parametrize("who", ["teacher", "planner"])
    def test_is_brought_back(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, trashed: Replay, who: str
    ):
        client = signed_in(request.getfixturevalue(who), "en")
        main = main_of(client, f"{LIST}?state=bin")
        (form,) = main.forms_to(f"{LIST}{trashed.code}/restore/")

        response = client.post(
            form.attrs["action"], {"next": form.one("input", name="next").attrs["value"]}
        )

        assert (response.status_code, response["Location"]) == (303, f"{LIST}?state=bin")
        assert states() == {(ReplayState.READY, ReplayReason.FOUND)}
        assert told(client) == [f"“{trashed.title}” was restored."]

    def test_others_bring_nothing_back(
        self, signed_in: SignedIn, others: dict[str, User], trashed: Replay
    ):
        answers = {}
        for who, person in others.items():
            client = signed_in(person)
            status = client.post(f"{LIST}{trashed.code}/restore/").status_code
            page = main_of(client, f"{LIST}?state=bin")
            answers[who] = (status, page.forms_to(f"{LIST}{trashed.code}/restore/"), states())

        assert answers == {who: (404, [], {TRASHED}) for who in others}

    def test_too_late_says_so(self, signed_in: SignedIn, planner: User, trashed: Replay):
        ReplayPurge.objects.update(has_begun=True)
        client = signed_in(planner, "en")

        client.post(f"{LIST}{trashed.code}/restore/")

        assert states() == {TRASHED}
        assert told(client) == [
            f"“{trashed.title}” cannot be restored: its files are being deleted."
        ]
        row = main_of(client, f"{LIST}?state=deleted")
        assert row.forms_to(f"{LIST}{trashed.code}/restore/") == []

    def test_is_in_no_other_list(self, signed_in: SignedIn, planner: User, trashed: Replay):
        assert main_of(signed_in(planner), LIST).all("td", "replay-title") == []


@pytest.fixture(params=[1, 5])
def chosen(
    request: pytest.FixtureRequest,
    teacher: User,
    assistant: User,
    class_group: ClassGroup,
    monkeypatch: pytest.MonkeyPatch,
) -> list[Replay]:
    """One replay of the cast's teacher, or as many as are deleted at once, some with files."""
    monkeypatch.setattr(trash, "CODES_AT_MOST", 5)
    lesson = LessonFactory.create(
        teacher=teacher,
        assistants=[assistant],
        class_groups=[class_group],
        starts_at=school_time(-1, 8),
        ends_at=school_time(-1, 8, 45),
    )
    made = []
    for number, each in enumerate([lesson, *copies_of(lesson, request.param - 1)]):
        made.append(ReplayFactory.create(lesson=each))
        ReplayFileFactory.create(replay=made[-1], number=1, size_bytes=7 if number % 2 else None)
    return made


def test_questions_do_not_grow_with_the_replays(
    signed_in: SignedIn,
    chosen: list[Replay],
    teacher: User,
    planner: User,
    django_assert_max_num_queries,
):
    codes, count = [replay.code for replay in chosen], len(chosen)

    for person in (teacher, planner):
        client, who = signed_in(person), person.username
        # Session, person, roles, school, notices; replays, assistants, class groups.
        with django_assert_max_num_queries(9, info=who):
            main = main_of(client, f"{DELETE}?{'&'.join(f'code={code}' for code in codes)}")
        # Replays, files, and for the trail two; what is written, of each table once or twice.
        with django_assert_max_num_queries(17, info=who):
            client.post(DELETE, {"code": codes})

        assert len(main.one("ul", "replay-doomed").all("li")) == count, who
        assert in_the_trash() == (set(codes), count, count), who
        restore_replays(list(Replay.objects.all()), person=person, at=timezone.now())
        ReplayEvent.objects.all().delete()
        assert states() == {(ReplayState.READY, ReplayReason.FOUND)}, who


def in_the_trash() -> tuple[set[str], int, int]:
    """The codes of what is there; how many stay for as long as all do; and how many were noted."""
    trashed = Replay.objects.filter(state=ReplayState.DELETED, reason=ReplayReason.TRASHED)
    waiting = trashed.filter(purge__due_at=F("deleted_at") + IN_TRASH_FOR, list_rank=0)
    noted = ReplayEvent.objects.filter(kind=ReplayEventKind.TRASHED)
    return set(trashed.values_list("code", flat=True)), waiting.count(), noted.count()


def test_more_than_a_page_shows_are_refused(signed_in: SignedIn, teacher: User, file: ReplayFile):
    client = signed_in(teacher, "en")
    codes = [file.replay.code, *(f"x{number}" for number in range(CODES_AT_MOST))]

    answer = client.post(DELETE, {"code": codes})

    assert (answer.status_code, answer["Location"]) == (303, LIST)
    assert told(client) == ["At most 100 at once: choose fewer."]
    assert states() == {(ReplayState.READY, ReplayReason.FOUND)}
