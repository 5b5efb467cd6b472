"""The pages of channels: whose they are, what they take, and what they never show."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import pytest
import responses
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import AuditEntry, User
from schedule.enums import ChannelMessageState
from schedule.models import Channel, ChannelMessage, ClassGroup, PlanningAction
from schedule.school_day_hooks import not_in_order
from tests.cast import SignedIn
from tests.factories.schedule import ChannelFactory

pytestmark = pytest.mark.django_db

LIST = "/schedule/channels/"
NEW = "/schedule/channels/new/"
KEY = "693a91f6-7000-4bc4-97a0-0ec2sifa5aaa"
WEBHOOK = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"
ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"


@pytest.fixture
def client(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def channel(class_group: ClassGroup) -> Channel:
    return ChannelFactory.create(
        class_group=class_group, name="三年级1班家长群", address=f"wecombot://{KEY}"
    )


def shown(client: Client, address: str = LIST) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def add(client: Client, **fields: str) -> Any:
    return client.post(NEW, {"name": "家长群", "address": WEBHOOK, **fields})


class TestWhose:
    def test_of_nobody_else(
        self,
        channel: Channel,
        signed_in: SignedIn,
        teacher: User,
        outsider: User,
        supervisor: User,
    ):
        below = f"{LIST}{channel.code}/"
        for person in (teacher, outsider, supervisor):
            client = signed_in(person)

            heard = [client.get(LIST), client.get(NEW), add(client)]
            heard += [client.get(f"{below}{page}/") for page in ("address", "remove")]
            heard += [
                client.post(f"{below}{page}/", {"address": WEBHOOK})
                for page in ("address", "remove", "test", "pause", "resume")
            ]

            assert {answer.status_code for answer in heard} == {404}, person
            assert "/schedule/channels/" not in shown(client, "/accounts/profile/"), person
        assert Channel.objects.get() == channel

    def test_planners_find_them_on_their_page_and_beside_the_class_groups(self, client: Client):
        assert f'href="{LIST}"' in shown(client, "/accounts/profile/")
        assert f'href="{LIST}"' in shown(client, "/class-groups/")


class TestAdd:
    def test_of_a_class_group(self, client: Client, class_group: ClassGroup, planner: User):
        answer = add(client, class_group=class_group.code)

        assert (answer.status_code, answer["Location"]) == (303, LIST)
        made = Channel.objects.get()
        assert (made.class_group, made.name, made.added_by) == (class_group, "家长群", planner)
        assert (made.schema, made.read_address()) == ("wecombot", f"wecombot://{KEY}")

    def test_of_the_school(self, client: Client):
        add(client)

        assert Channel.objects.get().class_group is None
        assert "The whole school" in shown(client)

    def test_refusal_says_what_to_do_and_does_not_repeat_the_secret(self, client: Client):
        for fields, why in (
            ({"address": f"https://evil.example/{KEY}"}, "This is not the address of a robot."),
            ({"address": f"json://127.0.0.1/{KEY}"}, "This platform writes to"),
            ({"secret": f"SEC{KEY}"}, "Only robots of DingTalk take a secret here."),
        ):
            answer = add(client, **fields)

            assert answer.status_code == 422, why
            assert why in answer.content.decode()
            assert KEY not in answer.content.decode(), why
        assert not Channel.objects.exists()

    def test_archived_class_group_is_not_offered(self, client: Client, class_group: ClassGroup):
        class_group.archived_at = timezone.now()
        class_group.save()

        assert class_group.name not in shown(client, NEW)
        assert add(client, class_group=class_group.code).status_code == 422


class TestLookAfter:
    def test_replace(self, client: Client, channel: Channel):
        now = timezone.now()
        Channel.objects.update(
            failures=4, failing_since=now, last_fault="silent", last_success_at=now
        )
        page = f"{LIST}{channel.code}/address/"

        assert KEY not in shown(client, page)
        answer = client.post(page, {"address": "dingtalk://SECab@ab12"})

        assert answer.status_code == 303
        channel.refresh_from_db()
        assert channel.read_address() == "dingtalk://SECab@ab12"
        assert (channel.failures, channel.last_fault, channel.retry_at) == (0, "", None)
        assert "DingTalk" in shown(client)
        assert "Not tried yet" in shown(client)

    def test_robot_that_is_removed_while_its_address_is_typed_is_gone(
        self, client: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("schedule.channels.views.get_channel", lambda *_asked: channel)
        Channel.objects.all().delete()

        answer = client.post(f"{LIST}{channel.code}/address/", {"address": WEBHOOK})

        assert answer.status_code == 404

    def test_pause_and_resume(self, client: Client, channel: Channel):
        client.post(f"{LIST}{channel.code}/pause/")
        assert "Paused" in shown(client)
        client.post(f"{LIST}{channel.code}/resume/")
        assert "Paused" not in shown(client)

    def test_is_removed_after_a_question(self, client: Client, channel: Channel):
        page = f"{LIST}{channel.code}/remove/"

        assert channel.name in shown(client, page)
        assert Channel.objects.exists()
        assert client.post(page).status_code == 303
        assert not Channel.objects.exists()

    @responses.activate
    def test_test_that_arrives(self, client: Client, channel: Channel, class_group: ClassGroup):
        sent = responses.post(ROBOT, json={"errcode": 0, "errmsg": "ok"})

        client.post(f"{LIST}{channel.code}/test/")

        page = shown(client)
        assert "took the message: look into the group." in page
        assert "In order" in page
        assert class_group.name in sent.calls[0].request.body.decode("unicode-escape")

    @responses.activate
    def test_test_that_does_not(self, client: Client, channel: Channel):
        responses.post(ROBOT, json={"errcode": 93000, "errmsg": f"invalid webhook url {KEY}"})

        client.post(f"{LIST}{channel.code}/test/")

        page = shown(client)
        assert "did not take the message. The robot is gone, or the address is wrong." in page
        assert "Takes no messages" in page
        assert KEY not in page


class TestState:
    def test_says_since_when_why_and_what_was_lost(self, client: Client, channel: Channel):
        at = dt.datetime(2026, 11, 2, 1, 30, tzinfo=dt.UTC)
        Channel.objects.update(failures=3, failing_since=at, last_fault="status:502")
        for _number in range(2):
            ChannelMessage.objects.create(
                channel=channel,
                action=PlanningAction.objects.create(),
                state=ChannelMessageState.EXPIRED,
            )

        page = shown(client)

        assert "Its server refuses the message (status 502)." in page
        assert at.isoformat() in page or "2026-11-02T" in page
        assert "2 messages" in " ".join(page.split())

    def test_has_words_for_each_fault(self, client: Client):
        faults = ["silent", "unreadable", "not_allowed", "limited", "redirect"]
        faults += ["code:19024", "code:-1"]
        for fault in faults:
            ChannelFactory.create(
                class_group=None, address="feishu://aa", failures=1, last_fault=fault
            )

        page = shown(client)

        assert [fault for fault in faults if fault in page] == []

    def test_as_many_queries_for_many_as_for_one(self, client: Client, channel: Channel):
        shown(client)
        with CaptureQueriesContext(connection) as one:
            shown(client)
        ChannelFactory.create_batch(3, class_group=channel.class_group)
        with CaptureQueriesContext(connection) as many:
            shown(client)

        assert len(many) == len(one)
        # Session, person, school, number of notices, and the channels.
        assert len(one) <= 6


class TestNotInOrder:
    def test_names_those_that_failed_several_times(self, channel: Channel, planner: User):
        since = timezone.now() - dt.timedelta(hours=1)
        Channel.objects.update(failures=3, failing_since=since, last_fault="silent")
        ChannelFactory.create(failures=2, failing_since=since)
        ChannelFactory.create(failures=9, failing_since=since, is_active=False)

        with translation.override("en"), CaptureQueriesContext(connection) as asked:
            found = [each for each in not_in_order(planner, timezone.now()) if each.address == LIST]

        (only,) = found
        assert only.sentence == "1 group robot takes no messages."
        assert only.since == since
        assert len([query for query in asked if "schedule_channel" in query["sql"]]) == 1

    def test_nothing_of_what_is_in_order(self, channel: Channel, planner: User):
        assert [
            each for each in not_in_order(planner, timezone.now()) if each.address == LIST
        ] == []


@responses.activate
def test_address_stands_in_no_page_log_table_or_audit_entry(
    client: Client, class_group: ClassGroup, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    responses.post(ROBOT, json={"errcode": 0})
    heard = [add(client, class_group=class_group.code)]
    channel = Channel.objects.get()
    below = f"{LIST}{channel.code}/"

    heard += [client.post(f"{below}test/"), client.post(f"{below}address/", {"address": KEY})]
    heard += [client.get(page) for page in (LIST, NEW, f"{below}address/", f"{below}remove/")]
    heard.append(client.get("/admin/"))

    assert not [answer for answer in heard if KEY in answer.content.decode()]
    assert KEY not in caplog.text
    assert KEY not in channel.encrypted_address
    assert KEY not in str(list(AuditEntry.objects.values_list("details", "object_text")))
