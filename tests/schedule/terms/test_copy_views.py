"""The page that copies another term."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.models import ClassGroup, Term, WeeklyLesson
from tests.cast import SignedIn
from tests.factories.schedule import ClassGroupFactory, TermFactory, WeeklyLessonFactory
from tests.support.pages import Element, facts, main

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Term:
    return TermFactory.create(name="去年")


@pytest.fixture
def target() -> Term:
    return TermFactory.create(name="今年")


@pytest.fixture
def weekly_lesson(source: Term, teacher: User, class_group: ClassGroup) -> WeeklyLesson:
    return WeeklyLessonFactory.create(term=source, teacher=teacher, class_groups=[class_group])


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def path_of(term: Term) -> str:
    return f"/schedule/terms/{term.code}/copy/"


def chosen(page: Element) -> dict[str, str]:
    """Return the class group that each of the fields names."""
    return {
        page.one("label", **{"for": select.attrs["id"]}).text: next(
            (each.text for each in select.all("option") if "selected" in each.attrs), ""
        )
        for select in page.one("table", "copy-groups").all("select")
    }


def field_of(group: ClassGroup) -> str:
    return f"group-{group.code}"


def test_only_planners_find_it(signed_in: SignedIn, teacher: User, target: Term):
    assert signed_in(teacher).get(path_of(target)).status_code == 404
    assert signed_in(teacher).post(path_of(target)).status_code == 404


def test_without_another_term_it_says_so(client: Client, target: Term):
    answer = client.get(path_of(target))

    assert "No other term has weekly lessons" in main(answer).text
    assert client.get(f"{path_of(target)}?from=none").status_code == 404


def test_class_groups_are_proposed_and_the_outcome_shown(
    client: Client, target: Term, weekly_lesson: WeeklyLesson
):
    ClassGroup.objects.update(archived_at=timezone.now())
    ClassGroupFactory.create(name="四年级1班")
    WeeklyLessonFactory.create(
        term=weekly_lesson.term,
        weekday=2,
        class_groups=[ClassGroupFactory.create(name="合唱团", archived_at=timezone.now())],
    )

    page = main(client.get(path_of(target)))

    assert chosen(page) == {"三年级1班": "四年级1班", "合唱团": "Leave out"}
    assert facts(page) == {"Added": "1", "There already": "0", "Not carried over": "1"}
    assert page.one("ul", "left-out").text.endswith("None of its class groups has a counterpart.")
    assert not target.weekly_lessons.exists()


def test_check_shows_what_another_choice_would_do(
    client: Client, target: Term, weekly_lesson: WeeklyLesson, class_group: ClassGroup
):
    data = {"from": weekly_lesson.term.code, field_of(class_group): "", "check": "1"}

    page = main(client.post(path_of(target), data))

    assert chosen(page) == {"三年级1班": "Leave out"}
    assert facts(page)["Not carried over"] == "1"
    assert not target.weekly_lessons.exists()


def test_preview_of_nothing_offers_no_copy(
    client: Client, target: Term, weekly_lesson: WeeklyLesson, class_group: ClassGroup
):
    data = {"from": weekly_lesson.term.code, field_of(class_group): "", "check": "1"}

    for page, buttons in (
        (main(client.get(path_of(target))), ["Copy", "Check"]),
        (main(client.post(path_of(target), data)), ["Check"]),
    ):
        form = page.one("form", "planning")
        assert [each.text for each in form.all("button")] == buttons
        assert ("There is nothing to copy." in page.text) is (buttons == ["Check"])


def test_preview_is_called_one(
    signed_in: SignedIn, planner: User, target: Term, weekly_lesson: WeeklyLesson
):
    page = main(signed_in(planner).get(path_of(target)))

    assert page.one("div", "planning-checked").one("h3").text == "复制预览"


def test_copy_leads_to_the_term(
    client: Client, target: Term, weekly_lesson: WeeklyLesson, class_group: ClassGroup
):
    data = {"from": weekly_lesson.term.code, field_of(class_group): class_group.code}

    answer = client.post(path_of(target), data)

    assert answer["Location"] == f"/schedule/terms/{target.code}/"
    assert "1 weekly lesson was copied." in main(client.get(answer["Location"])).text
    assert list(target.weekly_lessons.get().class_groups.all()) == [class_group]


def test_what_changed_since_the_preview_is_told_after_the_copy(
    client: Client,
    target: Term,
    weekly_lesson: WeeklyLesson,
    class_group: ClassGroup,
    teacher: User,
):
    assert facts(main(client.get(path_of(target))))["Added"] == "1"
    User.objects.filter(pk=teacher.pk).update(is_active=False)

    data = {"from": weekly_lesson.term.code, field_of(class_group): class_group.code}
    page = main(client.post(path_of(target), data))

    assert facts(page) == {"Added": "0", "There already": "0", "Not carried over": "1"}
    assert "李老师 has no active account." in page.one("ul", "left-out").text
    assert not target.weekly_lessons.exists()


def test_class_group_that_was_archived_meanwhile_is_chosen_again(
    client: Client, target: Term, weekly_lesson: WeeklyLesson, class_group: ClassGroup
):
    ClassGroup.objects.update(archived_at=timezone.now())

    answer = client.post(
        path_of(target), {"from": weekly_lesson.term.code, field_of(class_group): class_group.code}
    )

    assert answer.status_code == 422
    assert "not one of the available choices" in main(answer).one("ul", "errors").text
    assert not target.weekly_lessons.exists()


def test_term_to_copy_is_chosen(
    client: Client, source: Term, target: Term, weekly_lesson: WeeklyLesson
):
    later = WeeklyLessonFactory.create().term

    latest, asked = (
        main(client.get(f"{path_of(target)}{query}")).one("select", name="from")
        for query in ("", f"?from={source.code}")
    )

    def selected(select: Element) -> list[str]:
        return [each.text for each in select.all("option") if "selected" in each.attrs]

    assert selected(latest) == [later.name]
    assert selected(asked) == ["去年"]
