"""The reason for which the cloud did not delete something is kept apart from what else it says of it."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.utils import timezone, translation

from classroom.client import records
from classroom.client.errors import CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.enums import Source
from classroom.hooks import NotOurs
from replays.enums import Audience, ReplayEventKind, ReplayReason, ReplayState
from replays.models import ReplayPurge
from replays.models.purge import MANY_PURGES
from replays.services import purge
from replays.services.purge import purge_due
from replays.services.refresh import ask
from replays.services.trash import trash_replays
from replays.services.unanswered import put_off
from replays.wording import explain
from tests.factories.replays import ReplayFactory
from tests.support.classes import known
from tests.support.pages import read
from tests.support.replays import purge_of, standing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
TRASHED = (ReplayState.DELETED, ReplayReason.TRASHED)
PURGED = (ReplayState.DELETED, ReplayReason.DELETED_HERE)


@pytest.mark.parametrize("ends_in", ["answer", "silence"])
def test_reason_outlives_the_questions_of_polling(due, monkeypatch, ends_in):
    def refuse(*_args: object) -> None:
        raise NotOurs("room 1 belongs to another application of the cloud")

    monkeypatch.setattr(purge, "_is_left", refuse)
    purge_due(timezone.now())

    if ends_in == "silence":
        silence = CloudUnavailable("DescribeRecord", "slow", outcome_is_known=True)
        put_off(due.pk, silence, timezone.now(), began_at=timezone.now())
    else:
        ask(known(due.room_number), priority=Priority.BACKGROUND, source=Source.POLL).apply()

    due.refresh_from_db()
    assert purge_of(due).last_error.startswith("NotOurs: room 1 belongs to another")
    with translation.override("en"):
        advice = explain(due, timezone.now(), audience=Audience.STAFF).advice
    assert advice.startswith("It was not deleted: in the cloud its room belongs to another")


def test_refused_deletion_does_not_come_first_for_having_been_asked_for(
    due, local_cloud, monkeypatch
):
    local_cloud.switch("DeleteRecord", "fail", code="UnauthorizedOperation")
    purge_due(timezone.now())
    at = known(purge_of(due).due_at) + MINUTE
    ask(known(due.room_number), priority=Priority.BACKGROUND, source=Source.POLL).apply()
    other = ReplayFactory.create(state=ReplayState.FAILED)
    trash_replays([other], person=None, at=at - 31 * DAY)
    monkeypatch.setattr(purge, "REPLAYS_A_RUN", 1)

    with time_machine.travel(at):
        purge_due(at)

    assert (standing(due), standing(other)) == (TRASHED, PURGED)


def test_reason_holds_what_every_database_takes_and_no_address(due, monkeypatch, caplog):
    def break_down(*_args: object) -> None:
        raise ValueError("odd\0 at https://1.vod2.myqcloud.com/f0.mp4?sign=secret")

    monkeypatch.setattr(purge, "_is_left", break_down)

    purge_due(timezone.now())

    due.refresh_from_db()
    assert purge_of(due).last_error == "ValueError: odd at …"
    warned = [each.getMessage() for each in caplog.records]
    assert f"replay {due.code} is not deleted after 1 tries: {purge_of(due).last_error}" in warned


def test_odd_name_of_a_refusal_is_noted_all_the_same(due, monkeypatch):
    def refuse(*_args: object) -> None:
        raise CloudRejected("DeleteRecord", "Odd\0\ud800", "no")

    monkeypatch.setattr(records, "delete_records", refuse)

    purge_due(timezone.now())

    step = due.steps.get(kind=ReplayEventKind.PURGE_REFUSED)
    assert step.detail == "Odd?"


def test_staff_are_sent_to_the_cloud_with_a_reason_alone(due):
    sentences = {
        "": "It can no longer be restored.",
        "StillListed: it is": "The cloud did not delete it in 30 tries: delete it in the cloud's",
    }
    for why, said in sentences.items():
        ReplayPurge.objects.filter(pk=due.pk).update(
            attempts=MANY_PURGES, has_begun=True, last_error=why
        )
        due.refresh_from_db()

        with translation.override("en"):
            advice = explain(due, timezone.now(), audience=Audience.STAFF).advice

        assert advice.startswith(said), why
        assert advice.endswith(why or said), why


def test_administration_shows_the_reason(due, superuser):
    ReplayPurge.objects.filter(pk=due.pk).update(last_error="StillListed: it is there")
    client = Client()
    client.force_login(superuser)

    page = read(client.get(f"/admin/replays/replay/{due.pk}/change/").content)

    assert "StillListed: it is there" in page.text
