"""The page of the first hour: what each step says of what is there, and who may do what on it."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from accounts.enums import Role
from accounts.models import SchoolSettings, User
from accounts.services.school import name_school, note_cloud_checked
from edu_platform.tasks import end_first_hour
from schedule.door.people import note_entry
from schedule.models import BellTime, Lesson, Term
from schedule.terms.writing import create_term
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    LessonFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

START = "/start/"
# Two for the person and their session; the others count what there is.
QUERIES = 17
TITLES = [
    *("学校名称和校徽", "人员", "学期、作息表和放假", "每周安排", "排课", "连接云端", "第一节课"),
]


def page_of(signed_in: SignedIn, user: User, step: str = "", language: str = "") -> Element:
    answer = signed_in(user, language).get(f"{START}?step={step}" if step else START)
    assert answer.status_code == 200
    return read(answer.content)


def done(page: Element) -> list[str]:
    return [each.one("strong").text for each in page.all("li", "is-done")]


def shown(page: Element) -> Element:
    return page.one("section", "start-step")


def facts(page: Element) -> list[str]:
    return [each.text for each in page.one("ul", "start-facts").all("li")]


class TestSteps:
    def test_are_seven_of_which_none_is_done_at_first(self, signed_in: SignedIn, superuser: User):
        page = page_of(signed_in, superuser)

        assert [each.text for each in page.one("ol", "start-steps").all("strong")] == TITLES
        assert done(page) == []
        assert "7 步中完成 0 步" in page.one("div", "page-head").text
        assert shown(page).one("h2").text == TITLES[0]

    def test_are_ticked_one_by_one_by_what_is_there(self, signed_in: SignedIn, superuser: User):
        ticked = []
        for make in (
            lambda: name_school("云山实验小学", by=superuser),
            make_people,
            make_term,
            lambda: WeeklyLessonFactory.create(term=Term.objects.get()),
            LessonFactory.create,
            lambda: note_cloud_checked(timezone.now(), is_in_order=True),
            lambda: note_entry(superuser, Lesson.objects.get(), at=timezone.now()),
        ):
            make()
            ticked.append(done(page_of(signed_in, superuser)))

        assert ticked == [TITLES[: number + 1] for number in range(7)]
        assert SchoolSettings.load().start_put_away_at is None  # it never began

    def test_first_that_is_open_is_shown_unless_another_is_asked_for(
        self, signed_in: SignedIn, superuser: User
    ):
        name_school("云山实验小学", by=superuser)

        for asked, title in (("", "人员"), ("plan", "排课"), ("nonsense", "人员")):
            page = page_of(signed_in, superuser, asked)
            assert shown(page).one("h2").text == title, asked
            (current,) = page.all("a", **{"aria-current": "step"})
            assert current.one("strong").text == title

    def test_first_that_is_a_planner_s_to_do_is_shown_to_them(
        self, signed_in: SignedIn, planner: User
    ):
        page = page_of(signed_in, planner)

        assert shown(page).one("h2").text == "人员"
        assert page.one("li", "is-next").one("strong").text == "人员"

    def test_lessons_from_elsewhere_need_no_weekly_ones(self, signed_in: SignedIn, superuser: User):
        LessonFactory.create()

        assert {"每周安排", "排课"} <= set(done(page_of(signed_in, superuser)))

    def test_all_done_is_ended_by_the_night_and_not_by_looking(
        self, signed_in: SignedIn, superuser: User
    ):
        signed_in(superuser).get("/")
        name_school("云山实验小学", by=superuser)
        make_people()
        make_term()
        note_cloud_checked(timezone.now(), is_in_order=True)
        note_entry(superuser, LessonFactory.create(), at=timezone.now())
        WeeklyLessonFactory.create(term=Term.objects.get())

        page = page_of(signed_in, superuser)

        assert len(done(page)) == 7
        assert SchoolSettings.load().is_in_first_hour
        end_first_hour()
        assert not SchoolSettings.load().is_in_first_hour

    def test_costs_the_same_for_a_school_of_any_size(
        self, signed_in: SignedIn, planner: User, django_assert_num_queries: Any
    ):
        make_people()
        make_term()
        client = signed_in(planner)
        with django_assert_num_queries(QUERIES):
            client.get(f"{START}?step=people")
        for _ in range(3):
            make_people()
            WeeklyLessonFactory.create(term=Term.objects.get())
            LessonFactory.create()

        with django_assert_num_queries(QUERIES):
            client.get(f"{START}?step=people")


class TestFacts:
    def test_of_people_count_them_and_those_without_a_class_group(
        self, signed_in: SignedIn, planner: User
    ):
        make_people()
        UserFactory.create(roles=[Role.STUDENT])
        UserFactory.create(roles=[Role.STUDENT], is_active=False)

        page = page_of(signed_in, planner, "people")

        assert facts(page)[:-1] == [
            *("已有： 1 位老师", "已有： 2 名学生", "已有： 1 个班"),
            "可以没有： 1 名学生不在任何班级，没有课。",
        ]
        assert [each.text for each in shown(page).all("a", "button")] == ["导入文件", "添加一个人"]

    def test_of_people_lead_to_those_without_a_way_to_sign_in(
        self, signed_in: SignedIn, planner: User
    ):
        make_people()
        User.objects.exclude(pk=planner.pk).update(password="hashed")
        UserFactory.create_batch(2, roles=[Role.TEACHER])

        page = page_of(signed_in, planner, "people")

        assert facts(page)[-1] == "可以没有： 3 人还没有登录方式。 查看这些人"
        address = shown(page).link("查看这些人")
        assert address == "/people/?state=no_password"
        listed = read(signed_in(planner).get(address).content).one("table")
        assert len(listed.one("tbody").all("tr")) == 3

    def test_of_a_term_name_its_bells_and_holidays(
        self, signed_in: SignedIn, planner: User, in_china: None
    ):
        create_term("秋季学期", first_monday=dt.date(2025, 9, 1), weeks=20)

        page = page_of(signed_in, planner, "term")

        assert facts(page) == [
            "已有： 秋季学期 · 2025-09-01 – 2026-01-18",
            "还缺： 还没有作息表：课会按钟点显示。",
            "已有： 放假 11 天",
        ]
        assert "学期、作息表和放假" not in done(page)

    def test_of_a_term_tell_of_holidays_that_are_not_known_yet(
        self, signed_in: SignedIn, planner: User, in_china: None
    ):
        create_term("远期", first_monday=dt.date(2098, 9, 1), weeks=10)

        page = page_of(signed_in, planner, "term")

        assert facts(page)[-1] == "可以没有： 2098 年的放假安排还没有公布，公布后会自动填入。"

    def test_of_the_plan_tell_of_drafts(self, signed_in: SignedIn, planner: User):
        LessonFactory.create(is_draft=True)

        page = page_of(signed_in, planner, "plan")

        assert facts(page) == [
            "还缺： 已发布 0 节课",
            "可以没有： 1 节是草稿，只有教务能看到。",
            "还缺： 还没有学期。",
        ]

    def test_of_the_first_class_name_who_entered_it(
        self, signed_in: SignedIn, planner: User, teacher: User, lesson: Lesson
    ):
        note_entry(teacher, lesson, at=timezone.now())

        (fact,) = facts(page_of(signed_in, planner, "class"))

        assert fact.startswith("已有： 李老师 于 ")
        assert fact.endswith(f"进入了“{lesson.course.name}”。")

    def test_are_english_for_readers_of_english(self, signed_in: SignedIn, planner: User):
        page = page_of(signed_in, planner, "people", "en")

        assert page.one("h1").text == "Getting started"
        assert facts(page)[0] == "Missing: 0 teachers"


class TestWaysOfStepsThatNeedOthersFirst:
    @pytest.mark.parametrize("step", ["weekly", "plan"])
    def test_lead_to_a_new_term_before_there_is_one(
        self, signed_in: SignedIn, planner: User, step: str
    ):
        page = page_of(signed_in, planner, step)

        assert shown(page).one("a", "button").text == "先新建学期 →"
        assert shown(page).link("先新建学期 →") == "/schedule/terms/new/"
        assert "还缺： 还没有学期。" in facts(page)

    def test_lead_from_the_plan_to_weekly_lessons_before_there_are_any(
        self, signed_in: SignedIn, planner: User
    ):
        make_term()

        page = page_of(signed_in, planner, "plan")

        assert shown(page).link("先填每周安排 →") == "/start/?step=weekly"
        assert "还缺： 还没有每周安排，没有可排的内容。" in facts(page)

    def test_are_english_for_readers_of_english(self, signed_in: SignedIn, planner: User):
        page = page_of(signed_in, planner, "weekly", "en")

        assert shown(page).one("a", "button").text == "New term first →"


class TestNameAndLogo:
    def test_are_given_on_the_page_by_administrators(
        self, signed_in: SignedIn, administrator: User, tmp_path: Path, settings: Any
    ):
        settings.MEDIA_ROOT = tmp_path
        packed = io.BytesIO()
        Image.new("RGB", (20, 20)).save(packed, "PNG")
        client = signed_in(administrator)
        form = read(client.get(START).content).one("form", "form")

        answer = client.post(
            form.attrs["action"],
            {
                "school_name": "云山实验小学",
                "known": form.one("input", name="known").attrs["value"],
                "logo": SimpleUploadedFile("校徽.png", packed.getvalue()),
            },
        )

        assert (answer.status_code, answer["Location"]) == (303, START)
        school = SchoolSettings.load()
        assert school.school_name == "云山实验小学"
        assert (tmp_path / str(school.logo)).is_file()

    def test_fault_stands_beside_the_field_and_changes_nothing(
        self, signed_in: SignedIn, administrator: User
    ):
        client = signed_in(administrator)
        svg = SimpleUploadedFile("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>")

        for sent, field in (
            ({"school_name": " "}, "school_name"),
            ({"school_name": "x" * 65}, "school_name"),
            ({"school_name": "云\0山"}, "school_name"),
            ({"school_name": "云山", "logo": svg}, "logo"),
        ):
            answer = client.post("/start/school/", sent)
            assert answer.status_code == 422, sent
            assert read(answer.content).all("div", id=f"id_{field}_error"), sent
        assert SchoolSettings.load().school_name == "云课堂"

    def test_two_administrators_overwrite_nothing_unseen(
        self, signed_in: SignedIn, administrator: User, superuser: User
    ):
        client = signed_in(administrator)
        form = read(client.get(START).content).one("form", "form")
        name_school("云河小学", by=superuser)
        known = form.one("input", name="known").attrs["value"]

        answer = client.post("/start/school/", {"school_name": "云山小学", "known": known})

        assert answer.status_code == 409
        page = read(answer.content)
        assert page.all("input", name="school_name")[0].attrs["value"] == "云山小学"
        again = page.one("form", "form").one("input", name="known").attrs["value"]
        client.post("/start/school/", {"school_name": "云山小学", "known": again})
        assert SchoolSettings.load().school_name == "云山小学"

    def test_planners_read_who_does_it(self, signed_in: SignedIn, planner: User):
        client = signed_in(planner)

        page = read(client.get(f"{START}?step=school").content)

        assert page.all("form", "form") == []
        assert "由管理员来做。" in shown(page).text
        assert client.post("/start/school/", {"school_name": "x"}).status_code == 404


def make_people() -> None:
    MembershipFactory.create(user=UserFactory.create(roles=[Role.STUDENT]))
    UserFactory.create(roles=[Role.TEACHER])


def make_term() -> None:
    term = TermFactory.create()
    BellTime.objects.create(term=term, number=1, starts=dt.time(8), ends=dt.time(8, 45))
