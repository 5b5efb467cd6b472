"""The links to replays in the administration: all of them, and revoked by who looks after the platform."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.secret_tokens import digest_of
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, Share
from tests.factories.accounts import UserFactory
from tests.factories.replays import ReplayFactory
from tests.support.pages import read

pytestmark = pytest.mark.django_db

LIST = "/admin/replays/share/"
DAY = dt.timedelta(days=1)


def link_to(replay: Replay, person: User, token: str = "secret-token", **more: Any) -> Share:
    now = timezone.now()
    fields = {"created_at": now - DAY, "expires_at": now + DAY, **more}
    return Share.objects.create(
        replay=replay, created_by=person, token_digest=digest_of(token), **fields
    )


@pytest.fixture
def link(replay: Replay, teacher: User) -> Share:
    return link_to(replay, teacher)


def makers(client: Client, query: str = "") -> list[str]:
    page = read(client.get(f"{LIST}{query}").content)
    return [cell.text for cell in page.all("td", "field-created_by")]


STATES = ("valid", "of_students", "expired", "revoked", "closed", "paused", "over")


def test_list_is_narrowed_by_state(office: Client, replay: Replay):
    past = timezone.now() - DAY / 2
    fields: dict[str, dict[str, Any]] = {
        "of_students": {"made_as_student": True},
        "expired": {"expires_at": past},
        "revoked": {"revoked_at": past},
    }
    replays = {
        "paused": ReplayFactory.create(deleted_at=past),
        "over": ReplayFactory.create(
            state=ReplayState.DELETED, reason=ReplayReason.DELETED_HERE, deleted_at=past
        ),
    }
    names = {}
    for state in STATES:
        person = UserFactory.create(is_active=state != "closed")
        link_to(replays.get(state, replay), person, state, **fields.get(state, {}))
        names[state] = str(person)

    assert {state: makers(office, f"?link={state}") for state in STATES} == {
        state: [name] for state, name in names.items()
    }
    assert sorted(makers(office)) == sorted(names.values())


def test_list_is_searched_by_replay_and_person(office: Client, link: Share, teacher: User):
    other = UserFactory.create()
    link_to(ReplayFactory.create(title="另一讲"), other, "other")

    assert makers(office, "?q=另一讲") == [str(other)]
    assert makers(office, f"?q={link.replay.code}") == [str(teacher)]
    assert makers(office, f"?q={teacher.username}") == [str(teacher)]


def test_no_page_holds_what_opens_a_link(staff: dict[str, Client], link: Share):
    Share.objects.update(password="pbkdf2_sha256$hash")

    for who, client in staff.items():
        pages = [client.get(LIST), client.get(f"{LIST}{link.pk}/change/")]

        assert [page.status_code for page in pages] == [200, 200], who
        for secret in (link.token_digest, "secret-token", "pbkdf2"):
            assert [secret in page.content.decode() for page in pages] == [False, False], who
        icon = read(pages[0].content).one("td", "field-asks_for_password").all("img")[0]
        assert icon.attrs["alt"] == "True", who


def test_links_are_neither_made_nor_changed_nor_deleted(each_of_staff: Client, link: Share):
    answers = [
        each_of_staff.get(f"{LIST}add/"),
        each_of_staff.post(f"{LIST}{link.pk}/change/", {"expires_at_0": "2030-01-01"}),
        each_of_staff.post(f"{LIST}{link.pk}/delete/", {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert Share.objects.get(pk=link.pk).expires_at == link.expires_at


def revoke(client: Client, *links: Share) -> Any:
    data = {"action": "revoke", "_selected_action": [str(each.pk) for each in links]}
    return client.post(LIST, data, follow=True)


def test_chosen_links_are_revoked(each_of_staff: Client, replay: Replay, link: Share):
    revoked_at = timezone.now() - DAY / 2
    earlier = link_to(replay, link.created_by, "earlier", revoked_at=revoked_at)
    kept = link_to(replay, link.created_by, "kept")

    answer = revoke(each_of_staff, link, earlier)

    messages = read(answer.content).one("ul", "messagelist").all("li")
    assert [message.text for message in messages] == ["1 link was revoked and no longer works."]
    assert Share.objects.get(pk=earlier.pk).revoked_at == revoked_at
    assert set(Share.objects.valid(at=timezone.now())) == {kept}


def test_who_revokes_nothing_is_told_so(english_office: Client, link: Share):
    Share.objects.update(revoked_at=timezone.now())

    answer = revoke(english_office, link)

    messages = read(answer.content).one("ul", "messagelist").all("li")
    assert [message.text for message in messages] == [
        "Nothing was revoked: all of these links were revoked before."
    ]


@pytest.mark.parametrize("wanted", ["", "?link=valid", "?q=teacher"])
def test_all_that_a_list_finds_are_revoked_in_one_statement(
    superuser: User,
    replay: Replay,
    link: Share,
    wanted: str,
    django_assert_max_num_queries: Any,
):
    client = Client()
    client.force_login(superuser)
    # More than stand on one page of the list.
    fields = {"created_at": link.created_at, "expires_at": link.expires_at}
    Share.objects.bulk_create(
        Share(
            replay=replay, created_by=link.created_by, token_digest=digest_of(str(number)), **fields
        )
        for number in range(60)
    )
    data = {"action": "revoke", "_selected_action": [str(link.pk)], "select_across": "1"}

    with django_assert_max_num_queries(16):
        client.post(LIST + wanted, data)

    assert not Share.objects.filter(revoked_at=None).exists()


def test_others_revoke_nothing(others: dict[str, Client], link: Share):
    for who, client in others.items():
        answer = client.post(LIST, {"action": "revoke", "_selected_action": [str(link.pk)]})

        assert answer.status_code == 302, who
        assert Share.objects.get(pk=link.pk).revoked_at is None, who


def test_many_links_take_no_more_queries_than_one(
    superuser: User, link: Share, django_assert_max_num_queries: Any
):
    client = Client()
    client.force_login(superuser)
    with django_assert_max_num_queries(12) as one:
        assert len(makers(client)) == 1
    for number in range(3):
        link_to(ReplayFactory.create(), UserFactory.create(), str(number))

    with django_assert_max_num_queries(len(one.captured_queries)):
        assert len(makers(client)) == 4
