"""The page of long work: whose it is, what its tab says, and what is read out of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib import long_work
from edu_platform.lib.long_work import LEASE, WorkState
from edu_platform.lib.progress import Phase
from schedule.models import Term, Work
from schedule.work.writing import do_long_work
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.schedule.work.conftest import plan
from tests.support.long_work import address_of, stop
from tests.support.pages import Element, main, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def work(client: Client, term: Term) -> Work:
    plan(client, term)
    return Work.objects.get()


def run_until(work: Work, phase: Phase, done: int, total: int) -> None:
    Work.objects.update(
        state=WorkState.WRITING if phase == Phase.WRITING else WorkState.RUNNING,
        began_at=timezone.now(),
        leased_until=timezone.now() + LEASE,
    )
    long_work.keep_progress(work.code, phase, done, total)


def part_of(answer: Any) -> Element:
    return read(answer.content).one("div", **{"data-live": "work"})


def test_says_whose_it_is_to_everybody_else(
    client: Client, signed_in: SignedIn, planner: User, work: Work
):
    User.objects.filter(pk=planner.pk).update(display_name="冯老师")
    other = signed_in(UserFactory.create(roles=[Role.PLANNER]), "en")

    own, others = (main(each.get(address_of(work))).text for each in (client, other))

    assert "Asked for by you" in own
    assert "where you are told when it is over" in own
    assert "Asked for by 冯老师" in others
    assert "冯老师 is told when it is over" in others


def test_tab_says_how_far_it_is_and_how_it_ended(client: Client, work: Work, valkey: str):
    titles = []
    for step in (lambda: None, lambda: run_until(work, Phase.CHECKING, 43, 100)):
        step()
        titles.append(part_of(client.get(address_of(work))).attrs["data-title"])
    Work.objects.update(state=WorkState.WAITING, leased_until=None)
    do_long_work(timezone.now())
    ended = client.get(address_of(work))
    titles.append(part_of(ended).attrs["data-title"])

    assert [each.split(" · ")[0] for each in titles] == ["Waiting", "43%", "Done"]
    assert read(ended.content).one("title").text == titles[-1]


def test_states_phases_and_the_end_are_read_out_and_no_figures(
    client: Client, work: Work, valkey: str
):
    run_until(work, Phase.CHECKING, 43, 100)
    running = part_of(client.get(address_of(work)))
    Work.objects.update(state=WorkState.WAITING, leased_until=None)
    do_long_work(timezone.now())
    ended = part_of(client.get(address_of(work)))

    spoken = [
        " ".join(each.text for each in page.all("", **{"aria-live": "polite"}))
        for page in (running, ended)
    ]
    assert spoken[0].strip() == "◌ Running Checking who is free"
    assert spoken[1].startswith("✓ Done The term is planned: 2 new lessons")
    quiet = running.one("p", **{"data-quiet": ""})
    assert quiet.text.startswith("43 of 100")


def test_bar_has_a_name_and_stopping_says_what_it_means(client: Client, work: Work, valkey: str):
    run_until(work, Phase.CHECKING, 43, 100)
    page = part_of(client.get(address_of(work)))

    assert page.one("progress").attrs["aria-label"] == "Done so far"
    meaning = page.one("button", name="stop").attrs["aria-describedby"]
    assert page.one("span", id=meaning).text == (
        "Nothing has been changed yet. If you stop it, nothing will be."
    )


def test_it_asks_every_second_until_it_has_ended(client: Client, work: Work):
    known = client.get(address_of(work))
    stop(work)
    ended = client.get(address_of(work), headers={"X-Page-Version": known["X-Page-Version"]})

    lives = [read(each.content).one("div", id="live").attrs for each in (known, ended)]
    assert [each.get("data-every-s") for each in lives] == ["1", None]


def test_without_scripts_a_link_loads_it_again(client: Client, work: Work):
    text = client.get(address_of(work)).content.decode()
    noscript = text.split("<noscript>")[1].split("</noscript>")[0]

    assert f'href="{address_of(work)}"' in noscript


def test_help_explains_it(client: Client, work: Work):
    page = read(client.get(address_of(work)).content)

    assert page.link("Help on this page") == "/help/planner/#long-work"
