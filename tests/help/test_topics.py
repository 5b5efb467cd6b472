from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import EDITED_MODELS, READ_MODELS
from edu_platform.help import library
from edu_platform.help.topics import PAGES_OF_ROLE, TOPICS, HelpLink, help_link, pages_for
from tests.factories.accounts import UserFactory
from tests.stories.test_permission_walk import ALL_ROUTES

ROUTES = {name for _path, name in ALL_ROUTES}


def test_every_explained_page_is_one_of_the_platform():
    explained = {name for topics in TOPICS.values() for name in topics}

    assert explained - ROUTES == set()


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
@pytest.mark.parametrize("page", TOPICS)
def test_every_section_is_there_in_every_language(page: str, language: str):
    wanted = set(TOPICS[page].values())

    assert wanted - library.page(page, language).anchors == set()


def test_every_page_that_a_role_reads_has_topics():
    assert {page for pages in PAGES_OF_ROLE.values() for page in pages} == set(TOPICS)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("roles", "page"),
    [
        ([Role.STUDENT], "student"),
        ([Role.TEACHER], "teacher"),
        ([Role.SUPERVISOR], "teacher"),
        ([Role.STUDENT, Role.TEACHER], "teacher"),
        ([Role.TEACHER, Role.PLANNER], "planner"),
        ([Role.PLANNER, Role.ADMINISTRATOR], "administrator"),
        ([], "student"),
    ],
)
def test_people_read_the_page_of_their_furthest_role_first(roles: list[Role], page: str):
    assert pages_for(UserFactory.create(roles=roles))[0] == page


@pytest.mark.django_db
def test_superuser_without_a_role_reads_what_administrators_do(superuser: User):
    assert pages_for(superuser)[0] == "administrator"


@pytest.mark.django_db
def test_lesson_is_explained_to_each_in_their_own_words(
    student: User, teacher: User, planner: User
):
    found = {
        user.username: help_link("schedule:lesson", user).address
        for user in (student, teacher, planner)
    }

    assert list(found.values()) == [
        "/help/student/#enter",
        "/help/teacher/#lesson",
        # Planners have no section of their own about it.
        "/help/teacher/#lesson",
    ]


@pytest.mark.django_db
def test_administrators_find_help_about_every_list_of_the_administration(administrator: User):
    labels = {model._meta.label_lower for model in admin.site._registry}
    labels &= EDITED_MODELS.keys() | READ_MODELS.keys()
    lists = [f"admin:{label.replace('.', '_')}_changelist" for label in labels]
    rows = [name.replace("_changelist", "_change") for name in lists]

    assert len(lists) > 10
    unexplained = {
        name for name in (*lists, *rows) if not help_link(name, administrator).is_about_page
    }
    assert unexplained == set()


@pytest.mark.django_db
def test_page_about_one_row_is_explained_where_its_list_is(administrator: User):
    found = {
        help_link(f"admin:replays_retention_{page}", administrator).address
        for page in ("changelist", "add", "change", "delete", "history")
    }

    assert found == {"/help/planner/#late"}


@pytest.mark.django_db
def test_page_that_nothing_explains_leads_to_the_beginning(student: User):
    assert help_link("courseware:upload", student) == HelpLink(
        "/help/student/", is_about_page=False
    )
    assert help_link("", AnonymousUser()) == HelpLink("/help/", is_about_page=False)
    assert help_link("", None) == HelpLink("/help/", is_about_page=False)


def test_sign_in_is_explained_to_those_who_cannot_sign_in():
    assert help_link("account_login", AnonymousUser()) == HelpLink(
        "/help/student/#sign-in", is_about_page=True
    )
