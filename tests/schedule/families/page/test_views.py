"""The page of a family: the button of its link, and the child's week behind it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Notice, User
from schedule.changes.telling import tell_changes
from schedule.family_hooks import family_section_makers
from schedule.hooks import Panel
from schedule.lessons.cancel import cancel_lesson, cancel_lessons
from schedule.models import ClassGroup, FamilyLink, Lesson
from tests.factories.accounts import UserFactory
from tests.factories.schedule import LessonFactory, MembershipFactory
from tests.support.families import CHINESE_PHONE, FamilyOf, make_family, phone
from tests.support.pages import read

pytestmark = pytest.mark.django_db
ENGLISH_PHONE = "en-GB,en;q=0.9"


@pytest.fixture
def lesson(group: ClassGroup) -> Lesson:
    """Tomorrow's."""
    teacher = UserFactory.create(display_name="周老师")
    return LessonFactory.create(class_groups=[group], teacher=teacher, course__name="语文")


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def week_of(lesson: Lesson) -> str:
    return f"{timezone.localdate(lesson.starts_at)}"


class TestButton:
    def test_page_says_nothing_of_the_child_before_it_is_pressed(self, family: FamilyOf):
        answer = phone().get(family.page)

        assert answer.status_code == 200
        assert "云课堂" in text_of(answer)
        assert "林小满" not in text_of(answer)
        assert "三年级" not in text_of(answer)

    def test_preview_robots_change_nothing(self, family: FamilyOf):
        before = FamilyLink.objects.values().get()

        answers = [getattr(phone(), way)(family.page) for way in ["get"] * 5 + ["head"] * 5]

        assert FamilyLink.objects.values().get() == before
        assert [answer.cookies.output() for answer in answers] == [""] * 10

    def test_pressing_it_opens_the_page_in_this_browser_alone(self, family: FamilyOf):
        browser = phone()

        answer = browser.post(family.page)

        assert (answer.status_code, answer["Location"]) == (303, family.page)
        assert "林小满" in text_of(browser.get(family.page))
        assert "林小满" not in text_of(phone().get(family.page))

    def test_it_sets_one_cookie_of_its_own_and_none_of_the_site(self, family: FamilyOf):
        browser = phone()

        cookies = [browser.post(family.page).cookies, browser.get(family.page).cookies]

        (cookie,) = [morsel for jar in cookies for morsel in jar.values()]
        assert cookie.key == f"family_{family.link.code}"
        assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/family/", "Lax", True)
        assert cookie["max-age"] == 180 * 24 * 3600
        assert family.token not in cookie.value

    def test_cookie_of_another_link_opens_nothing(self, family: FamilyOf, sibling: User):
        browser = make_family(sibling).has_opened()
        (cookie,) = browser.cookies.values()
        browser.cookies[f"family_{family.link.code}"] = cookie.value

        assert "林小满" not in text_of(browser.get(family.page))

    def test_cookie_that_somebody_wrote_or_that_is_too_old_opens_nothing(self, family: FamilyOf):
        browser = phone()
        browser.cookies[f"family_{family.link.code}"] = family.link.token_digest
        assert "林小满" not in text_of(browser.get(family.page))

        with time_machine.travel(timezone.now() - dt.timedelta(days=181)):
            old = family.has_opened()

        assert "林小满" not in text_of(old.get(family.page))


class TestWeek:
    def test_shows_the_lessons_of_the_child_and_leads_to_no_page_of_the_site(
        self, family: FamilyOf, lesson: Lesson
    ):
        page = text_of(family.has_opened().get(family.page, {"week": week_of(lesson)}))

        assert "语文" in page
        assert "周老师" in page
        assert "/schedule/" not in page
        assert lesson.code not in page

    def test_says_what_comes_next_and_how_soon(self, family: FamilyOf, lesson: Lesson):
        with time_machine.travel(lesson.starts_at - dt.timedelta(hours=2)):
            page = text_of(family.has_opened(ENGLISH_PHONE).get(family.page))

        assert "in 2 hours" in page

    def test_malformed_week_counts_as_absent(self, family: FamilyOf):
        browser = family.has_opened()
        present = text_of(browser.get(family.page))

        for week in ("", "yesterday", "2026-13-01", "0001-01-01", "9999-12-31", "\0"):
            assert browser.get(family.page, {"week": week}).status_code == 200
        assert f"{timezone.localdate().year}" in present

    def test_changes_of_the_last_days_are_told_in_words_and_marked_in_the_week(
        self, family: FamilyOf, lesson: Lesson
    ):
        tell_changes(timezone.now())
        Notice.objects.update(read_at=timezone.now())
        cancel_lesson(lesson, reason="校运动会", at=timezone.now())
        tell_changes(timezone.now())
        browser = family.has_opened(ENGLISH_PHONE)

        page = text_of(browser.get(family.page, {"week": week_of(lesson)}))

        assert "Cancelled: 语文" in page
        assert "✕ Cancelled" in page
        with time_machine.travel(timezone.now() + dt.timedelta(days=8)):
            assert "Cancelled: 语文" not in text_of(browser.get(family.page))

    def test_several_lessons_that_were_changed_at_once_are_told_one_by_one(
        self, family: FamilyOf, group: ClassGroup, lesson: Lesson
    ):
        other = LessonFactory.create(class_groups=[group], course__name="数学")
        tell_changes(timezone.now())
        Notice.objects.update(read_at=timezone.now())
        cancel_lessons([lesson, other], reason="", at=timezone.now())
        tell_changes(timezone.now())

        page = text_of(family.has_opened(ENGLISH_PHONE).get(family.page))

        assert "Cancelled: 语文" in page
        assert "Cancelled: 数学" in page

    def test_draft_is_not_shown(self, family: FamilyOf, group: ClassGroup):
        draft = LessonFactory.create(class_groups=[group], course__name="美术", is_draft=True)

        page = text_of(family.has_opened().get(family.page, {"week": week_of(draft)}))

        assert "美术" not in page

    def test_sections_of_higher_apps_stand_in_it(self, family: FamilyOf, child: User):
        seen: list[object] = []

        def section(*given: object) -> Panel:
            seen.extend(given[:3])
            return Panel("schedule/families/_changes.html", {})

        with family_section_makers.only(section):
            page = text_of(family.has_opened().get(family.page))

        assert seen == [child, family.link, family.token]
        assert page.count('id="family-changes"') == 2

    def test_class_teacher_is_named_as_whom_to_ask(self, family: FamilyOf, group: ClassGroup):
        MembershipFactory.create(
            class_group=group, kind="class_teacher", user__display_name="沈老师"
        )

        assert "沈老师" in text_of(family.has_opened().get(family.page))

    def test_class_group_without_a_class_teacher_stands_beside_the_others(
        self, family: FamilyOf, child: User, group: ClassGroup
    ):
        MembershipFactory.create(
            class_group=group, kind="class_teacher", user__display_name="沈老师"
        )
        choir = MembershipFactory.create(user=child, class_group__name="合唱团").class_group

        answer = family.has_opened(ENGLISH_PHONE).get(family.page)

        facts = read(answer.content).one("section", **{"aria-labelledby": "family-ask"}).one("dl")
        groups, whom = ([part.text for part in facts.all(tag)] for tag in ("dt", "dd"))
        assert dict(zip(groups, whom, strict=True)) == {
            group.name: "Class teacher: 沈老师",
            choir.name: "No class teacher: ask the office.",
        }


class TestChildren:
    @pytest.fixture
    def both(self, child: User, sibling: User) -> FamilyOf:
        return make_family(child, sibling)

    def test_first_child_is_shown_and_the_others_are_a_click_away(
        self, both: FamilyOf, child: User, sibling: User
    ):
        browser = both.has_opened()

        first = text_of(browser.get(both.page))
        second = text_of(browser.get(both.page, {"child": sibling.code or ""}))

        assert f'<a href="{both.page}?child={sibling.code}">林大满</a>' in first
        assert "<title>林小满" in "".join(first.split("\n")).replace("  ", "")
        assert "六年级2班" in second
        assert "三年级1班" not in second

    def test_child_of_others_is_not_there(self, family: FamilyOf, sibling: User):
        browser = family.has_opened()
        codes = [sibling.code, family.link.made_by.code, "none", "\0"]

        assert [browser.get(family.page, {"child": code or ""}).status_code for code in codes] == [
            404
        ] * 4

    def test_child_who_left_is_shown_no_more_and_without_any_the_link_is_gone(
        self, both: FamilyOf, child: User, sibling: User
    ):
        browser = both.has_opened()
        leave(child)

        page = browser.get(both.page)
        assert "林大满" in text_of(page)
        assert "林小满" not in text_of(page)
        assert browser.get(both.page, {"child": child.code or ""}).status_code == 404
        leave(sibling)

        assert browser.get(both.page).status_code == 404

    def test_page_costs_the_same_queries_for_one_child_and_for_several(
        self,
        family: FamilyOf,
        both: FamilyOf,
        lesson: Lesson,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ):
        one, several = family.has_opened(), both.has_opened()
        counts = []
        for client, page in ((one, family.page), (several, both.page)):
            LessonFactory.create_batch(3, class_groups=lesson.class_groups.all())
            with family_section_makers.only(), django_assert_max_num_queries(9) as asked:
                client.get(page, {"week": week_of(lesson)})
            counts.append(len(asked))

        assert counts[0] == counts[1]


class TestLanguage:
    @pytest.mark.parametrize(
        ("language", "html"),
        [
            (CHINESE_PHONE, "zh-Hans"),
            ("zh-TW", "zh-Hans"),
            (ENGLISH_PHONE, "en"),
            ("fr", "zh-Hans"),
            ("", "zh-Hans"),
        ],
    )
    def test_follows_the_browser_and_else_the_school(
        self, family: FamilyOf, language: str, html: str
    ):
        answer = phone(language).get(family.page)

        assert f'<html lang="{html}">' in text_of(answer)

    def test_language_that_was_chosen_on_the_page_stays_without_counting_as_another_browser(
        self, family: FamilyOf
    ):
        browser = family.has_opened()

        answer = browser.post(family.page, {"language": "en"})

        assert answer.cookies.keys() == {f"family_{family.link.code}"}
        assert '<html lang="en">' in text_of(browser.get(family.page))
        assert FamilyLink.objects.get().browser_count == 1
        browser.post(family.page, {"language": "tlh"})
        assert '<html lang="en">' in text_of(browser.get(family.page))


class TestNoTrace:
    def test_no_answer_leaves_a_trace_of_the_link(self, family: FamilyOf):
        browser = family.has_opened()
        answers = [
            phone().get(family.page),
            phone().post(family.page),
            browser.get(family.page),
            browser.get(f"{family.page}feed/"),
            browser.get(family.page[:-1]),
            browser.get(family.page, {"child": "none"}),
            browser.put(family.page),
            phone().get("/family/none/"),
        ]

        for answer in answers:
            assert answer["Referrer-Policy"] == "no-referrer"
            assert answer["Cache-Control"] == "private, no-store"
            assert answer["X-Robots-Tag"] == "noindex, nofollow"

    def test_cookie_opens_nothing_of_the_site(self, family: FamilyOf, lesson: Lesson):
        browser = family.has_opened()
        for cookie in browser.cookies.values():
            cookie["path"] = "/"

        for path in ("/schedule/", f"/schedule/lessons/{lesson.code}/", "/replays/", "/people/"):
            assert browser.get(path)["Location"].startswith("/accounts/login/")


def leave(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)
