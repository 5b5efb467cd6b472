"""Courseware and uploads in the administration: for looking, asking again and transcoding again."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from courseware.enums import CoursewareState, Failure
from courseware.models import Courseware
from tests.factories.courseware import BindingFactory, CoursewareFactory, UploadFactory
from tests.support.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]

LIST = "/admin/courseware/courseware/"
UPLOADS = "/admin/courseware/upload/"


@pytest.fixture
def staff(planner: User, administrator: User, superuser: User) -> dict[str, Client]:
    """The browsers of all who look after courseware there: for who may what.

    All have the same rights there: what they find is the same for `office`.
    """
    return {user.username: browser_of(user) for user in (planner, administrator, superuser)}


@pytest.fixture
def superuser_client(superuser: User) -> Client:
    return browser_of(superuser)


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def rows(client: Client, address: str, field: str) -> list[str]:
    page = read(client.get(address).content)
    return [cell.text for cell in page.all("th", f"field-{field}")]


def run(client: Client, action: str, *chosen: Courseware) -> str:
    """Run an action of the list; what it says."""
    fields = {"action": action, "_selected_action": [each.pk for each in chosen]}
    answer = client.post(LIST, fields, follow=True)
    return read(answer.content).one("ul", "messagelist").text


def test_list_is_searched_and_filtered(office: Client):
    first = CoursewareFactory.create(name="语文.pdf", owner__username="zhao")
    failed = CoursewareFactory.create(
        name="片.mp4", suffix="mp4", state=CoursewareState.FAILED, failure=Failure.STUCK
    )

    expected = {
        "": ["片.mp4", "语文.pdf"],
        "?q=语文": ["语文.pdf"],
        "?q=zhao": ["语文.pdf"],
        f"?q={first.document_id}": ["语文.pdf"],
        f"?q={failed.code}": ["片.mp4"],
        "?failure__exact=stuck": ["片.mp4"],
        "?kind__exact=document": ["语文.pdf"],
    }

    found = {query: rows(office, f"{LIST}{query}", "name") for query in expected}
    assert found == expected


def test_uploads_are_listed_with_what_became_of_them(office: Client):
    UploadFactory.create(filename="长片.mp4", courseware=CoursewareFactory.create())
    UploadFactory.create(filename="旧.pdf", expires_at=timezone.now())
    UploadFactory.create(filename="课.pdf")

    expected = {
        "": ["课.pdf", "旧.pdf", "长片.mp4"],
        "?state=open": ["课.pdf"],
        "?state=abandoned": ["旧.pdf"],
        "?state=finished": ["长片.mp4"],
        "?q=长片": ["长片.mp4"],
    }

    office.cookies["django_language"] = "en"
    page = read(office.get(UPLOADS).content)
    states = [cell.text for cell in page.all("td", "field-state")]
    found = {query: rows(office, f"{UPLOADS}{query}", "filename") for query in expected}
    told = ["Not finished yet", "Abandoned; it is cleared away soon", "Finished"]
    assert (states, found) == (told, expected)


def test_no_page_shows_an_address_that_opens_a_file(staff: dict[str, Client]):
    courseware = CoursewareFactory.create(
        suffix="png",
        result_url="https://cloud.example/secret",
        cover_url="https://cloud.example/secret.jpg",
    )
    BindingFactory.create(courseware=courseware)

    for who, client in staff.items():
        page = client.get(f"{LIST}{courseware.pk}/change/")

        text = page.content.decode()
        assert page.status_code == 200, who
        assert courseware.name in text, who
        assert "secret" not in text, who
        assert courseware.fetch_token not in text, who


def test_nothing_is_written_by_hand(staff: dict[str, Client]):
    courseware, upload = CoursewareFactory.create(), UploadFactory.create()

    for who, client in staff.items():
        answers = [
            client.get(f"{LIST}add/"),
            client.post(f"{LIST}{courseware.pk}/change/", {"name": "other"}),
            client.post(f"{LIST}{courseware.pk}/delete/", {"post": "yes"}),
            client.get(f"{UPLOADS}add/"),
            client.post(f"{UPLOADS}{upload.pk}/delete/", {"post": "yes"}),
        ]

        assert [answer.status_code for answer in answers] == [403] * 5, who
        assert Courseware.objects.get().name == courseware.name, who


def test_chosen_are_asked_about_again(staff: dict[str, Client]):
    for who, client in staff.items():
        chosen = CoursewareFactory.create(due_at=None)
        other = CoursewareFactory.create(due_at=None)

        text = run(client, "ask_again", chosen)

        chosen.refresh_from_db()
        other.refresh_from_db()
        assert chosen.due_at is not None, who
        assert chosen.due_at <= timezone.now(), who
        assert other.due_at is None, who
        assert "1" in text, who


def test_chosen_are_transcoded_again_unless_they_are_on_their_way(office: Client):
    chosen = [
        CoursewareFactory.create(),
        CoursewareFactory.create(state=CoursewareState.FAILED, failure=Failure.CLOUD),
        CoursewareFactory.create(state=CoursewareState.TRANSCODING),
    ]

    text = run(office, "transcode_again", *chosen)

    for each in chosen:
        each.refresh_from_db()
    assert [each.state for each in chosen] == [
        CoursewareState.QUEUED,
        CoursewareState.QUEUED,
        CoursewareState.TRANSCODING,
    ]
    assert "2" in text


def test_image_that_is_ready_is_left_out_of_transcoding_in_words(superuser_client: Client):
    superuser_client.cookies["django_language"] = "en"
    image = CoursewareFactory.create(suffix="png")
    address = image.fetch_token

    text = run(superuser_client, "transcode_again", image, CoursewareFactory.create())

    image.refresh_from_db()
    assert (image.state, image.fetch_token) == (CoursewareState.READY, address)
    assert text == (
        "1 file is submitted to the cloud again."
        " 1 file was left as it is: it is shown without transcoding, and it is ready."
    )


def test_what_is_on_its_way_is_left_out_of_transcoding_in_words(superuser_client: Client):
    superuser_client.cookies["django_language"] = "en"
    running = CoursewareFactory.create(state=CoursewareState.TRANSCODING)

    answer = superuser_client.post(
        LIST, {"action": "transcode_again", "_selected_action": [running.pk]}, follow=True
    )

    told = read(answer.content).one("ul", "messagelist")
    assert [(each.text, each.classes) for each in told.all("li")] == [
        (
            "1 file was left as it is: it is on its way to the cloud, or being deleted.",
            {"warning"},
        )
    ]


def test_others_than_staff_are_not_let_in(teacher: User, student: User, supervisor: User):
    for user in (teacher, student, supervisor):
        client = browser_of(user)

        codes = {path: client.get(path).status_code for path in (LIST, UPLOADS)}

        assert set(codes.values()) <= {302, 403}, (user.username, codes)


def test_many_rows_take_no_more_queries_than_one(
    superuser_client: Client, django_assert_max_num_queries: Any
):
    CoursewareFactory.create()
    with django_assert_max_num_queries(12) as one:
        assert len(rows(superuser_client, LIST, "name")) == 1
    for _number in range(4):
        CoursewareFactory.create()

    with django_assert_max_num_queries(len(one.captured_queries)):
        assert len(rows(superuser_client, LIST, "name")) == 5
