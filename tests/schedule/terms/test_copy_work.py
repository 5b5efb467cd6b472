"""A term whose weekly lessons a worker copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.long_work import WorkState
from edu_platform.lib.progress import Phase, reporting_to
from schedule.lessons.may_teach import CannotTeach
from schedule.lessons.trying_again import TRIES, ChangedMeanwhile
from schedule.models import ClassGroup, Term, WeeklyLesson, Work
from schedule.terms import term_copies
from schedule.terms.locks import lock_unchanged
from schedule.terms.term_copies import TermCopy, copy_term
from schedule.terms.term_versions import touch
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, TermFactory, WeeklyLessonFactory
from tests.schedule.imports.meanwhile import after
from tests.support.long_work import address_of, done_by_worker, page_of_work, refusal_on, way_of
from tests.support.pages import facts, main

pytestmark = pytest.mark.django_db
by_worker = pytest.mark.usefixtures("all_is_long")


@pytest.fixture
def source(teacher: User, class_group: ClassGroup) -> Term:
    term: Term = TermFactory.create(name="去年")
    WeeklyLessonFactory.create(term=term, teacher=teacher, class_groups=[class_group])
    return term


@pytest.fixture
def target() -> Term:
    return TermFactory.create(name="今年")


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def path_of(term: Term) -> str:
    return f"/schedule/terms/{term.code}/copy/"


def press(client: Client, source: Term, target: Term) -> Any:
    """Press the button, with the class groups in the places of which they stand already."""
    groups = ClassGroup.objects.filter(weekly_lessons__term=source).active()
    data = {f"group-{group.code}": group.code for group in groups}
    return client.post(path_of(target), {"from": source.code, **data})


def archive(class_group: ClassGroup) -> None:
    ClassGroup.objects.filter(pk=class_group.pk).update(archived_at=timezone.now())


def delete(class_group: ClassGroup) -> None:
    ClassGroup.objects.filter(pk=class_group.pk).delete()


@by_worker
class TestByWorker:
    def test_request_copies_nothing_and_leads_to_the_work(
        self, client: Client, source: Term, target: Term
    ):
        answer = press(client, source, target)

        work = Work.objects.get()
        assert (answer.status_code, answer["Location"]) == (303, address_of(work))
        assert (work.state, work.row_count) == (WorkState.WAITING, 1)
        title = "Copy the term “去年” into “今年”"
        assert title in page_of_work(client, work).one("h1").text
        assert not target.weekly_lessons.exists()

    def test_all_that_was_copied_leads_to_the_term(
        self, client: Client, source: Term, target: Term, class_group: ClassGroup
    ):
        press(client, source, target)

        page = page_of_work(client, done_by_worker())

        assert "1 weekly lesson was copied." in page.text
        assert way_of(page) == f"/schedule/terms/{target.code}/"
        assert list(target.weekly_lessons.get().class_groups.all()) == [class_group]

    def test_what_was_not_carried_over_is_shown_as_after_a_small_copy(
        self, client: Client, source: Term, target: Term
    ):
        archived = ClassGroupFactory.create(name="合唱团", archived_at=timezone.now())
        WeeklyLessonFactory.create(term=source, weekday=2, class_groups=[archived])
        press(client, source, target)

        page = page_of_work(client, done_by_worker())
        assert "Not all could be carried over." in page.text
        shown = main(client.get(way_of(page)))

        assert facts(shown) == {"Added": "1", "There already": "0", "Not carried over": "1"}
        reason = shown.one("ul", "left-out").text
        assert reason.endswith("None of its class groups has a counterpart.")
        assert "What was copied" in shown.text
        assert not shown.all("form", "planning")

    def test_it_is_shown_to_nobody_else_and_for_no_other_term(
        self, signed_in: SignedIn, client: Client, source: Term, target: Term
    ):
        press(client, source, target)
        query = {"done": done_by_worker().code}
        supervisor = signed_in(UserFactory.create(roles=[Role.SUPERVISOR]))

        assert client.get(path_of(target), query).status_code == 200
        assert client.get(path_of(source), query).status_code == 404
        assert client.get(path_of(target), {"done": "nothing"}).status_code == 404
        assert supervisor.get(path_of(target), query).status_code == 404

    def test_class_group_that_was_archived_since_is_no_counterpart(
        self, client: Client, source: Term, target: Term
    ):
        press(client, source, target)
        ClassGroup.objects.update(archived_at=timezone.now())

        assert done_by_worker().result["added"] == 0
        assert not target.weekly_lessons.exists()

    def test_source_that_is_gone_by_then_is_named(self, client: Client, source: Term, target: Term):
        press(client, source, target)
        Term.objects.get(pk=source.pk).delete()

        page = page_of_work(client, done_by_worker())

        assert refusal_on(page).startswith("Nothing was copied: the term “去年” was deleted")
        assert way_of(page) == path_of(target)

    def test_target_that_is_gone_by_then_leads_to_the_list(
        self, client: Client, source: Term, target: Term
    ):
        press(client, source, target)
        Term.objects.get(pk=target.pk).delete()

        page = page_of_work(client, done_by_worker())

        assert "deleted meanwhile" in refusal_on(page)
        assert way_of(page) == "/schedule/terms/"


class TestWorkedOutBefore:
    def copy(self, source: Term, target: Term, *meanwhile: Callable[[], object]) -> TermCopy:
        """Copy, with one of these changes before each time that it is about to be written."""
        groups = {group.pk: group for group in ClassGroup.objects.all()}
        return copy_term(source, target, groups, copies_bells=False, write_in=after(*meanwhile))

    def test_it_reports_how_far_it_is(self, source: Term, target: Term):
        reported: list[tuple[Phase, int, int]] = []
        with reporting_to(lambda *progress: reported.append(progress)):
            self.copy(source, target)

        assert reported[0][0] is Phase.READING
        phases = [phase for phase, _done, _total in reported]
        assert phases.index(Phase.CHECKING) < phases.index(Phase.WRITING)
        assert {(Phase.COMPARING, 1, 1), (Phase.CHECKING, 1, 1)} < set(reported)

    @pytest.mark.parametrize("changed", ["source", "target"])
    def test_what_has_changed_since_is_worked_out_once_more(
        self, source: Term, target: Term, changed: str, teacher: User
    ):
        def change() -> None:
            if changed == "source":
                source.weekly_lessons.get().delete()
                touch(source)
            else:
                WeeklyLessonFactory.create(term=target, teacher=teacher)
                touch(target)

        done = self.copy(source, target, change)

        assert done.wanted == []
        assert target.weekly_lessons.count() == (changed == "target")

    def test_where_that_never_ends_nothing_is_copied(self, source: Term, target: Term):
        with pytest.raises(ChangedMeanwhile):
            self.copy(source, target, *[lambda: touch(target)] * TRIES)

        assert not target.weekly_lessons.exists()

    def test_teacher_who_leaves_before_it_is_written_is_not_copied(
        self, source: Term, target: Term, teacher: User
    ):
        def leave() -> None:
            User.objects.filter(pk=teacher.pk).update(is_active=False)

        done = self.copy(source, target, leave)

        reason = CannotTeach.INACTIVE.words(teacher.display_name)
        assert [row.reason for row in done.left_out] == [reason]
        assert not target.weekly_lessons.exists()

    @pytest.mark.parametrize("goes", [archive, delete])
    def test_class_group_that_goes_before_it_is_written_is_no_counterpart(
        self, source: Term, target: Term, class_group: ClassGroup, goes: Callable[[ClassGroup], Any]
    ):
        new: ClassGroup = ClassGroupFactory.create()
        groups = {class_group.pk: new}

        done = copy_term(
            source, target, groups, copies_bells=False, write_in=after(lambda: goes(new))
        )

        assert len(done.left_out) == 1
        assert not target.weekly_lessons.exists()


@pytest.mark.django_db(transaction=True)
class TestGoneAtTheEnd:
    """A class group is deleted after the look, of which the database tells when the transaction ends."""

    @pytest.fixture(autouse=True)
    def lacking(self, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> list[bool]:
        """Each time that it is written while there is one of these, a weekly lesson lacks its class group."""
        times = [True] * TRIES

        def lose_class_groups(term: Term) -> None:
            touch(term)
            if times:
                times.pop()
                attending = WeeklyLesson.class_groups.through.objects
                attending.filter(weekly_lesson__term=term).update(classgroup_id=0)

        monkeypatch.setattr(term_copies, "touch", lose_class_groups)
        return times

    def test_it_is_worked_out_once_more(
        self, source: Term, target: Term, class_group: ClassGroup, lacking: list[bool]
    ):
        del lacking[1:]

        copy_term(source, target, {class_group.pk: class_group}, copies_bells=False)

        assert list(target.weekly_lessons.get().class_groups.all()) == [class_group]

    def test_page_says_so_in_words(self, client: Client, source: Term, target: Term):
        answer = press(client, source, target)

        assert answer.status_code == 409
        assert "Nothing was copied: others change" in answer.content.decode()
        assert not target.weekly_lessons.exists()

    @by_worker
    def test_so_does_the_worker(self, client: Client, source: Term, target: Term):
        press(client, source, target)

        page = page_of_work(client, done_by_worker())

        assert refusal_on(page).startswith("Nothing was copied: others change")
        assert not target.weekly_lessons.exists()


class TestChangedAllTheTime:
    @pytest.fixture(autouse=True)
    def _changed_all_the_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def changed_before(term: Term) -> Term:
            touch(term)
            return lock_unchanged(term)

        monkeypatch.setattr(term_copies, "lock_unchanged", changed_before)

    @by_worker
    def test_worker_says_that_nothing_was_copied(self, client: Client, source: Term, target: Term):
        press(client, source, target)

        page = page_of_work(client, done_by_worker())

        assert refusal_on(page).startswith("Nothing was copied: others change")
        assert way_of(page) == path_of(target)
        assert not target.weekly_lessons.exists()

    def test_so_does_the_page_of_the_copy(self, client: Client, source: Term, target: Term):
        answer = press(client, source, target)

        assert answer.status_code == 409
        assert "Nothing was copied: others change" in answer.content.decode()
        assert facts(main(answer))["Added"] == "1"
        assert not target.weekly_lessons.exists()
