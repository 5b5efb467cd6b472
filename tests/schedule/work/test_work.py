"""Long work: asked for on a page, done by a worker, and what becomes of it in between."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Notice, RoleGrant, User
from edu_platform.lib import long_work
from edu_platform.lib.long_work import LEASE, MOST_TRIES, RETRY_AFTER, WorkState
from edu_platform.lib.progress import Phase
from schedule.models import Lesson, PlanningAction, Term, Work
from schedule.terms.planning import plan_work
from schedule.terms.planning.term_plan import plan_term
from schedule.work import writing
from schedule.work.kinds import KINDS
from schedule.work.writing import KEPT_FOR, do_long_work, forget_old_work
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.schedule.work.conftest import plan
from tests.support.long_work import address_of, page_of_work, stop
from tests.support.pages import Element, main

pytestmark = pytest.mark.django_db

COPY_OF_TERM = {"source_name": "春季学期", "name": "秋季学期"}


@pytest.fixture
def work(client: Client, term: Term) -> Work:
    plan(client, term)
    return Work.objects.get()


def ways(page: Element) -> list[str]:
    return [link.attrs["href"] for link in page.all("a")]


def fail(*_args: Any, **_kwargs: Any) -> None:
    raise RuntimeError("broken")


def again(work: Work) -> Work:
    return Work.objects.get(pk=work.pk)


class TestAskedFor:
    def test_nothing_is_done_in_the_request(self, client: Client, term: Term):
        answer = plan(client, term)

        work = Work.objects.get()
        assert (answer.status_code, answer["Location"]) == (303, address_of(work))
        assert (work.state, work.row_count) == (WorkState.WAITING, 2)
        assert not Lesson.objects.exists()

    def test_second_press_shows_the_work_that_runs(self, client: Client, term: Term, work: Work):
        assert plan(client, term)["Location"] == address_of(work)
        assert Work.objects.count() == 1

    def test_another_planner_of_the_same_term_is_shown_it_too(
        self, signed_in: SignedIn, term: Term, work: Work
    ):
        other = signed_in(UserFactory.create(roles=[Role.PLANNER]), "en")

        assert plan(other, term)["Location"] == address_of(work)
        assert "Waiting" in page_of_work(other, work).text

    def test_who_asked_for_the_very_same_is_told_that_it_is_under_way(
        self, client: Client, term: Term, work: Work
    ):
        plan(client, term)

        shown = client.get(address_of(work)).content.decode()
        assert "This was asked for before, and is under way." in shown
        assert "was not begun" not in shown

    def test_who_asked_for_something_else_is_told_that_it_was_not_begun(
        self, client: Client, term: Term, work: Work
    ):
        Work.objects.update(kind="schedule.copy_term", arguments=COPY_OF_TERM)

        assert plan(client, term)["Location"] == address_of(work)
        shown = client.get(address_of(work)).content.decode()
        assert "what you asked for was not begun" in shown
        assert Work.objects.count() == 1

    def test_version_that_no_database_stores_is_no_version(self, client: Client, term: Term):
        client.post(f"/schedule/terms/{term.code}/plan/", {"version": "\0"})
        do_long_work(timezone.now())

        assert Work.objects.get().result == {"fault": "changed"}

    def test_pages_of_the_term_lead_to_it_until_it_is_over(
        self, client: Client, term: Term, work: Work
    ):
        pages = [f"/schedule/terms/{term.code}/", f"/schedule/terms/{term.code}/plan/"]
        for address in pages:
            notice = main(client.get(address)).one("div", "work-on-term")
            assert ways(notice) == [address_of(work)]

        stop(work)
        assert not main(client.get(pages[0])).all("div", "work-on-term")

    def test_what_is_over_does_not_stand_in_the_way(self, client: Client, term: Term, work: Work):
        stop(work)

        assert plan(client, term)["Location"] != address_of(work)


class TestDone:
    def test_says_on_its_page_and_in_a_notice_what_was_done(
        self, client: Client, planner: User, work: Work
    ):
        do_long_work(timezone.now())

        assert Lesson.objects.count() == 2
        page = page_of_work(client, work)
        assert "Plan the term “秋季学期”" in page.one("h1").text
        assert "2 new lessons, 0 changed, 0 deleted" in page.text
        notice = Notice.objects.get(user=planner, kind="schedule.work_ended")
        assert notice.address == address_of(work)
        notices = client.get("/accounts/notices/").content.decode()
        assert "Plan the term “秋季学期”: Done" in notices

    def test_page_follows_without_a_query_too_many(self, client: Client, work: Work):
        client.get(address_of(work))  # what a session reads once
        with CaptureQueriesContext(connection) as queries:
            client.get(address_of(work))

        assert len(queries) <= 6

    def test_is_done_once(self, client: Client, work: Work):
        for _time in range(2):
            do_long_work(timezone.now())

        assert PlanningAction.objects.count() == 1
        assert Notice.objects.filter(kind="schedule.work_ended").count() == 1

    def test_notice_keeps_no_more_than_its_title_says(self, work: Work):
        do_long_work(timezone.now())

        notice = Notice.objects.get(kind="schedule.work_ended")
        assert notice.arguments["arguments"] == {"name": "秋季学期"}

    def test_term_that_has_changed_since_is_shown_anew(
        self, client: Client, term: Term, work: Work
    ):
        term.weekly_lessons.update(weekday=3)
        Term.objects.update(changed_at=timezone.now())

        do_long_work(timezone.now())

        assert not Lesson.objects.exists()
        page = page_of_work(client, work)
        assert "since you opened the page something has changed" in page.one("p", role="alert").text
        assert ways(page)[0] == f"/schedule/terms/{term.code}/plan/"

    def test_deleted_term_leads_to_the_list_of_terms(self, client: Client, term: Term, work: Work):
        term.delete()

        do_long_work(timezone.now())

        page = page_of_work(client, work)
        assert "deleted meanwhile" in page.one("p", role="alert").text
        assert ways(page)[0] == "/schedule/terms/"


class TestStopped:
    def test_before_it_begins_nothing_is_done(self, client: Client, work: Work):
        client.post(address_of(work), {"stop": "1"})
        do_long_work(timezone.now())

        assert again(work).state == WorkState.STOPPED
        assert not Lesson.objects.exists()
        assert "nothing was changed" in page_of_work(client, work).text

    def test_asker_is_told_who_else_stopped_it(
        self, client: Client, signed_in: SignedIn, planner: User, work: Work
    ):
        administrator = UserFactory.create(roles=[Role.ADMINISTRATOR], display_name="郑管理")

        signed_in(administrator, "en").post(address_of(work), {"stop": "1"})

        assert Notice.objects.get(kind="schedule.work_ended").user == planner
        assert "郑管理 has stopped it" in page_of_work(client, work).text

    def test_its_file_is_gone_at_once(self, work: Work):
        Work.objects.update(content=b"start passwords")

        assert stop(work)

        assert again(work).content is None

    def test_while_it_computes_nothing_is_written(
        self, work: Work, monkeypatch: pytest.MonkeyPatch
    ):
        compute = plan_term

        def stopped_meanwhile(*args: Any, **kwargs: Any) -> Any:
            assert stop(work)
            return compute(*args, **kwargs)

        monkeypatch.setattr(plan_work, "plan_term", stopped_meanwhile)
        do_long_work(timezone.now())

        assert again(work).state == WorkState.STOPPED
        assert not Lesson.objects.exists()
        assert not Notice.objects.filter(kind="schedule.work_ended").exists()

    def test_at_the_last_moment_it_is_too_late(self, client: Client, work: Work):
        Work.objects.update(state=WorkState.WRITING, leased_until=timezone.now() + LEASE)

        client.post(address_of(work), {"stop": "1"})
        answer = client.get(address_of(work))
        page = main(answer)

        assert again(work).state == WorkState.WRITING
        assert "It can no longer be stopped." in answer.content.decode()
        assert not page.all("button", name="stop")


class TestWithoutItsAsker:
    @pytest.mark.parametrize("change", ["account closed", "role taken away"])
    def test_nothing_is_done_for_who_may_not_any_more(self, planner: User, work: Work, change: str):
        if change == "account closed":
            User.objects.filter(pk=planner.pk).update(is_active=False)
        else:
            RoleGrant.objects.filter(user=planner).delete()

        do_long_work(timezone.now())

        assert (again(work).state, again(work).result) == (WorkState.FAILED, {"fault": "account"})
        assert not Lesson.objects.exists()


class TestBroken:
    def test_worker_that_is_gone_leaves_it_to_the_next(self, work: Work):
        """Its lease runs out; it may have been killed before the transaction or within it."""
        at = timezone.now()
        Work.objects.update(
            state=WorkState.WRITING, lease_token="killed", leased_until=at, attempts=1
        )

        do_long_work(at + dt.timedelta(seconds=1))

        assert again(work).state == WorkState.DONE
        assert Lesson.objects.count() == 2

    def test_one_that_had_it_before_writes_nothing_any_more(
        self, work: Work, monkeypatch: pytest.MonkeyPatch
    ):
        compute = plan_term

        def overtaken(*args: Any, **kwargs: Any) -> Any:
            Work.objects.update(lease_token="another")
            return compute(*args, **kwargs)

        monkeypatch.setattr(plan_work, "plan_term", overtaken)
        do_long_work(timezone.now())

        assert not Lesson.objects.exists()
        assert again(work).is_open

    def test_error_is_tried_again_then_told(
        self, client: Client, work: Work, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(plan_work, "plan_term", fail)
        at = timezone.now()
        for number in range(MOST_TRIES + 1):
            assert again(work).is_open
            do_long_work(at + number * 2 * RETRY_AFTER)

        assert again(work).state == WorkState.FAILED
        assert "failed several times" in page_of_work(client, work).one("p", role="alert").text
        assert Notice.objects.filter(kind="schedule.work_ended").exists()

    def test_giving_it_up_is_tried_again_where_that_fails_too(
        self, work: Work, monkeypatch: pytest.MonkeyPatch
    ):
        """Else it would be open for ever, and keep its term."""
        Work.objects.update(state=WorkState.RUNNING, attempts=MOST_TRIES)
        at = timezone.now()
        with monkeypatch.context() as broken:
            broken.setattr(writing, "notify", fail)
            do_long_work(at)
        assert again(work).is_open

        do_long_work(at + 2 * RETRY_AFTER)

        assert again(work).state == WorkState.FAILED

    def test_kind_that_this_release_does_not_know_is_given_up(self, work: Work):
        Work.objects.update(kind="schedule.of_before")
        at = timezone.now()
        for number in range(MOST_TRIES + 1):
            do_long_work(at + number * 2 * RETRY_AFTER)

        assert again(work).state == WorkState.FAILED

    def test_one_that_kills_its_workers_is_given_up(self, client: Client, work: Work):
        Work.objects.update(state=WorkState.RUNNING, attempts=MOST_TRIES)

        do_long_work(timezone.now())

        assert again(work).state == WorkState.FAILED
        assert "failed several times" in page_of_work(client, work).one("p", role="alert").text
        assert not Lesson.objects.exists()

    def test_without_redis_it_is_done_and_its_page_says_that_it_runs(
        self, client: Client, work: Work, settings: Any
    ):
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        Work.objects.update(state=WorkState.RUNNING, leased_until=timezone.now() + LEASE)

        assert "It is being worked on." in page_of_work(client, work).text
        Work.objects.update(leased_until=None)
        do_long_work(timezone.now())

        assert again(work).state == WorkState.DONE

    def test_one_that_writes_nothing_and_says_no_reason_is_an_error(
        self, work: Work, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setitem(KINDS, work.kind, replace(KINDS[work.kind], run=lambda _work: None))
        at = timezone.now()
        for number in range(MOST_TRIES + 1):
            do_long_work(at + number * 2 * RETRY_AFTER)

        assert (again(work).state, again(work).result) == (WorkState.FAILED, {"fault": "error"})


class TestPage:
    def test_is_of_who_asked_and_of_staff(self, signed_in: SignedIn, work: Work, teacher: User):
        supervisor = UserFactory.create(roles=[Role.SUPERVISOR])
        administrator = UserFactory.create(roles=[Role.ADMINISTRATOR])
        answers = {
            who: signed_in(user, "en").get(address_of(work)).status_code
            for who, user in {
                "teacher": teacher,
                "supervisor": supervisor,
                "administrator": administrator,
            }.items()
        }

        assert answers == {"teacher": 404, "supervisor": 404, "administrator": 200}

    @pytest.mark.parametrize("code", ["nothing", "%00"])
    def test_unknown_is_missing(self, client: Client, code: str):
        assert client.get(f"/schedule/work/{code}/").status_code == 404
        assert client.get(f"/schedule/lessons/delete/?work={code}").status_code == 404

    def test_shows_how_far_it_is_and_about_how_long_it_takes(
        self, client: Client, work: Work, valkey: str
    ):
        at = timezone.now()
        Work.objects.create(
            kind=work.kind,
            scope="other",
            asked_by=work.asked_by,
            state=WorkState.DONE,
            row_count=100,
            began_at=at - dt.timedelta(seconds=500),
            ended_at=at,
        )
        Work.objects.filter(pk=work.pk).update(
            state=WorkState.RUNNING, row_count=4, began_at=at, leased_until=at + LEASE
        )
        long_work.keep_progress(work.code, Phase.CHECKING, 1, 4)

        page = page_of_work(client, work)

        assert page.one("progress").attrs["value"] == "25"
        assert "1 of 4" in page.text
        assert "about 20 s more" in page.text
        assert page.one("p", "work-state").text == "◌ Running Checking who is free"

    def test_first_of_its_kind_says_about_how_long_such_work_takes(
        self, client: Client, work: Work, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setitem(KINDS, work.kind, replace(KINDS[work.kind], rows_a_second=100))
        at = timezone.now()
        Work.objects.update(
            state=WorkState.RUNNING, row_count=2_000, began_at=at, leased_until=at + LEASE
        )

        assert "about 20 s more" in page_of_work(client, work).text


def test_old_work_is_forgotten(work: Work):
    do_long_work(timezone.now())
    ended_at = again(work).ended_at
    assert ended_at is not None

    forget_old_work(ended_at + KEPT_FOR, KEPT_FOR)
    assert Work.objects.exists()
    forget_old_work(ended_at + KEPT_FOR + dt.timedelta(seconds=1), KEPT_FOR)
    assert not Work.objects.exists()
