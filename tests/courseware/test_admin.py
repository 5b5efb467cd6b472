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
def staff(planner: User) -> Client:
    """The least of those who look after courseware there."""
    client = Client()
    client.force_login(planner)
    return client


@pytest.fixture
def superuser_client(superuser) -> Client:
    client = Client()
    client.force_login(superuser)
    return client


def rows(client: Client, address: str, field: str) -> list[str]:
    page = read(client.get(address).content)
    return [cell.text for cell in page.all("th", f"field-{field}")]


def run(client: Client, action: str, *chosen: Courseware) -> str:
    """Run an action of the list; what it says."""
    fields = {"action": action, "_selected_action": [each.pk for each in chosen]}
    answer = client.post(LIST, fields, follow=True)
    return read(answer.content).one("ul", "messagelist").text


def test_list_is_searched_and_filtered(staff: Client):
    first = CoursewareFactory.create(name="语文.pdf", owner__username="zhao")
    failed = CoursewareFactory.create(
        name="片.mp4", suffix="mp4", state=CoursewareState.FAILED, failure=Failure.STUCK
    )

    assert rows(staff, LIST, "name") == ["片.mp4", "语文.pdf"]
    assert rows(staff, f"{LIST}?q=语文", "name") == ["语文.pdf"]
    assert rows(staff, f"{LIST}?q=zhao", "name") == ["语文.pdf"]
    assert rows(staff, f"{LIST}?q={first.document_id}", "name") == ["语文.pdf"]
    assert rows(staff, f"{LIST}?q={failed.code}", "name") == ["片.mp4"]
    assert rows(staff, f"{LIST}?failure__exact=stuck", "name") == ["片.mp4"]
    assert rows(staff, f"{LIST}?kind__exact=document", "name") == ["语文.pdf"]


def test_uploads_are_listed_with_what_became_of_them(staff: Client):
    staff.cookies["django_language"] = "en"
    UploadFactory.create(filename="长片.mp4", courseware=CoursewareFactory.create())
    UploadFactory.create(filename="旧.pdf", expires_at=timezone.now())
    UploadFactory.create(filename="课.pdf")

    states = [cell.text for cell in read(staff.get(UPLOADS).content).all("td", "field-state")]

    assert states == ["Not finished yet", "Abandoned; it is cleared away soon", "Finished"]
    assert rows(staff, UPLOADS, "filename") == ["课.pdf", "旧.pdf", "长片.mp4"]
    assert rows(staff, f"{UPLOADS}?state=open", "filename") == ["课.pdf"]
    assert rows(staff, f"{UPLOADS}?state=abandoned", "filename") == ["旧.pdf"]
    assert rows(staff, f"{UPLOADS}?state=finished", "filename") == ["长片.mp4"]
    assert rows(staff, f"{UPLOADS}?q=长片", "filename") == ["长片.mp4"]


def test_no_page_shows_an_address_that_opens_a_file(staff: Client):
    courseware = CoursewareFactory.create(
        suffix="png",
        result_url="https://cloud.example/secret",
        cover_url="https://cloud.example/secret.jpg",
    )
    BindingFactory.create(courseware=courseware)

    page = staff.get(f"{LIST}{courseware.pk}/change/")

    text = page.content.decode()
    assert page.status_code == 200
    assert courseware.name in text
    assert "secret" not in text
    assert courseware.fetch_token not in text


def test_nothing_is_written_by_hand(staff: Client):
    courseware, upload = CoursewareFactory.create(), UploadFactory.create()

    answers = [
        staff.get(f"{LIST}add/"),
        staff.post(f"{LIST}{courseware.pk}/change/", {"name": "other"}),
        staff.post(f"{LIST}{courseware.pk}/delete/", {"post": "yes"}),
        staff.get(f"{UPLOADS}add/"),
        staff.post(f"{UPLOADS}{upload.pk}/delete/", {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert Courseware.objects.get().name == courseware.name


def test_chosen_are_asked_about_again(staff: Client):
    chosen = CoursewareFactory.create(due_at=None)
    other = CoursewareFactory.create(due_at=None)

    text = run(staff, "ask_again", chosen)

    chosen.refresh_from_db()
    other.refresh_from_db()
    assert chosen.due_at is not None
    assert chosen.due_at <= timezone.now()
    assert other.due_at is None
    assert "1" in text


def test_chosen_are_transcoded_again_unless_they_are_on_their_way(staff: Client):
    ready = CoursewareFactory.create()
    failed = CoursewareFactory.create(state=CoursewareState.FAILED, failure=Failure.CLOUD)
    running = CoursewareFactory.create(state=CoursewareState.TRANSCODING)

    text = run(staff, "transcode_again", ready, failed, running)

    states = [Courseware.objects.get(pk=each.pk).state for each in (ready, failed, running)]
    assert states == [CoursewareState.QUEUED, CoursewareState.QUEUED, CoursewareState.TRANSCODING]
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


def test_others_than_staff_are_not_let_in(request: pytest.FixtureRequest):
    let_in = {}
    for who in ("teacher", "student", "supervisor", "planner", "administrator", "superuser"):
        client = Client()
        client.force_login(request.getfixturevalue(who))
        let_in[who] = [client.get(path).status_code == 200 for path in (LIST, UPLOADS)]

    assert [who for who, answers in let_in.items() if answers == [True, True]] == [
        "planner",
        "administrator",
        "superuser",
    ]
    assert [who for who, answers in let_in.items() if answers == [False, False]] == [
        "teacher",
        "student",
        "supervisor",
    ]


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
