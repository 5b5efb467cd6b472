"""The page of one piece of courseware: what it says in each state, and what it offers to whom."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from courseware.enums import CoursewareState, Release
from courseware.models import Binding, CourseBinding, Courseware
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.courseware.conftest import forms_of, page_of
from tests.factories.courseware import BindingFactory, CoursewareFactory
from tests.factories.schedule import CourseFactory, LessonFactory
from tests.support.lessons import copies_of
from tests.support.pages import Element, facts, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_china")]

# 21:55 in the school's time.
NOW = dt.datetime(2026, 6, 3, 13, 55, tzinfo=dt.UTC)
# More are a mistake: session, person, roles, school, notices, the courseware, its tags, the person's
# relations (memberships and three), what they may list and see (memberships twice), lessons, their
# numbers, courses, twins, what the person may choose and their next lessons.
QUERIES = 22


def section(page: Element, head: str) -> Element:
    (found,) = (each for each in page.all("section") if head in [h2.text for h2 in each.all("h2")])
    return found


def call_by_days(lessons: list[Lesson]) -> None:
    """Give each the number of days from NOW as its title."""
    for lesson in lessons:
        lesson.title = f"{(lesson.starts_at - NOW).days}"
    Lesson.objects.bulk_update(lessons, ["title"])


@pytest.fixture
def bound(lesson: Lesson, courseware: Courseware) -> Courseware:
    """The teacher's own in the cast's lesson, whose students may have it from the start."""
    BindingFactory.create(courseware=courseware, lesson=lesson, release=Release.BEFORE)
    return courseware


class TestWhoSees:
    def test_those_it_concerns(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, bound: Courseware
    ):
        all_of_it = ["rename", "tags", "public", "delete"]
        expected: dict[str, tuple[int, list[str]]] = {
            "student": (1, []),
            "supervisor": (0, []),
            "assistant": (1, []),
            "teacher": (1, all_of_it),
            "planner": (1, all_of_it),
            "administrator": (1, all_of_it),
            "superuser": (1, all_of_it),
        }
        clients = {who: signed_in(request.getfixturevalue(who)) for who in expected}

        pages = {who: page_of(client, bound) for who, client in clients.items()}

        path = f"/courseware/{bound.code}/"
        assert {
            who: (page.one("h1").text, len(page.all("a", href=f"{path}preview/")))
            for who, page in pages.items()
        } == dict.fromkeys(expected, ("第一讲.pdf", 1))
        assert {
            who: (len(page.all("a", href=f"{path}file/")), forms_of(page))
            for who, page in pages.items()
        } == expected
        assert {who: len(page.all("div", id="in-wechat")) for who, page in pages.items()} == {
            who: downloads for who, (downloads, _offered) in expected.items()
        }
        administration = f"/admin/courseware/courseware/{bound.pk}/change/"
        ways = {who: len(page.all("a", href=administration)) for who, page in pages.items()}
        assert ways == {who: int(who in {"administrator", "superuser"}) for who in expected}

    def test_others_find_nothing(
        self, signed_in: SignedIn, outsider: User, other_teacher: User, bound: Courseware
    ):
        for user in (outsider, other_teacher):
            client = signed_in(user)
            for what in ("", "state/"):
                answer = client.get(f"/courseware/{bound.code}/{what}")

                assert answer.status_code == 404, (user.username, what)
                assert bound.name not in answer.content.decode(), (user.username, what)

    @pytest.mark.parametrize("what", ["", "state/"])
    def test_visitors_sign_in_first(self, client: Client, courseware: Courseware, what: str):
        path = f"/courseware/{courseware.code}/{what}"

        assert client.get(path)["Location"] == f"/accounts/login/?next={path}"

    @pytest.mark.parametrize("what", ["", "state/"])
    def test_nothing_else_than_looking(self, office: Client, courseware: Courseware, what: str):
        assert office.post(f"/courseware/{courseware.code}/{what}").status_code == 405


class TestWhatItSays:
    def test_facts(self, office: Client, courseware: Courseware):
        Courseware.objects.update(uploaded_at=NOW, size_bytes=354_073_313)

        assert facts(page_of(office, courseware)) == {
            "类型": "文档 PDF",
            "大小": "337.67M",
            "页数": "12 页",
            "所有者": "李老师",
            "可用范围": "私有",
            "上传时间": "2026-06-03 21:55",
        }

    def test_tags_lead_to_what_has_them(self, office: Client):
        tagged = CoursewareFactory.create(tags=["语文", "a&b"])

        page = page_of(office, tagged)

        links = [each.attrs["href"] for each in page.one("dl").all("a", "tag")]
        assert facts(page)["标签"] == "a&b 语文"
        assert links == ["/courseware/?q=a%26b", "/courseware/?q=%E8%AF%AD%E6%96%87"]
        assert page.one("input", id="id_tags").attrs["value"] == "a&b、语文"

    def test_names_are_shown_and_not_run(self, office: Client):
        hostile = CoursewareFactory.create(name="<script>alert(1)</script>.pdf")

        page = page_of(office, hostile)

        assert page.one("h1").text == "<script>alert(1)</script>.pdf"
        assert page.all("script") == []


class TestNextLessons:
    @pytest.fixture
    def lessons(
        self, teacher: User, other_teacher: User, lesson: Lesson, time_machine: Any
    ) -> None:
        """Make lessons, each at the hour of NOW: the teacher's, of which one is over, and one of a colleague's."""
        time_machine.move_to(NOW, tick=False)
        last = LessonFactory.create(
            title="7",
            starts_at=NOW + dt.timedelta(days=7),
            teacher=teacher,
            course=lesson.course,
            class_groups=lesson.class_groups.all(),
        )
        call_by_days(copies_of(last, 8))
        Lesson.objects.get(title="0").delete()
        LessonFactory.create(
            teacher=other_teacher, title="foreign", starts_at=NOW + dt.timedelta(hours=1)
        )

    def test_teachers_own_are_offered_until_they_have_it(
        self,
        signed_in: SignedIn,
        teacher: User,
        lesson: Lesson,
        courseware: Courseware,
        lessons: None,
    ):
        client = signed_in(teacher, "en")
        first = section(page_of(client, courseware), "Show it in a lesson")
        titles = [line.one("a").text for line in first.all("li")]
        told = first.all("li")[0].one("span", "hint").text
        form = first.all("form")[0]
        fields = {
            each.attrs["name"]: each.attrs["value"]
            for each in form.all("input")
            if each.attrs["name"] != "csrfmiddlewaretoken"
        }

        answer = client.post(form.attrs["action"], fields)

        binding = Binding.objects.get()
        rest = section(page_of(client, courseware), "Show it in a lesson")
        assert titles == ["1", "2", "3", "4", "5"]
        groups = "、".join(group.name for group in lesson.class_groups.all())
        assert told.startswith(f"{lesson.course.name} · {groups} · ")
        assert answer.status_code == 303
        assert (binding.lesson.title, binding.release) == ("1", Release.NEVER)
        assert [line.one("a").text for line in rest.all("li")] == ["2", "3", "4", "5", "6"]
        assert rest.link("To the timetable") == "/schedule/"

    def test_lessons_are_offered_as_soon_as_it_is_ready(
        self, signed_in: SignedIn, teacher: User, courseware: Courseware, lessons: None
    ):
        client = signed_in(teacher, "en")
        Courseware.objects.update(state=CoursewareState.TRANSCODING)

        before = section(page_of(client, courseware), "Show it in a lesson")
        Courseware.objects.update(state=CoursewareState.READY)
        parts = read(client.get(f"/courseware/{courseware.code}/state/").content)

        assert before.all("form") == []
        assert "It can be added as soon as it is ready." in before.text
        assert len(section(parts, "Show it in a lesson").all("form")) == 5

    def test_nobody_is_offered_what_they_may_not_choose(
        self, signed_in: SignedIn, other_teacher: User, lessons: None
    ):
        held = CoursewareFactory.create()
        BindingFactory.create(courseware=held, lesson=LessonFactory.create(teacher=other_teacher))

        page = page_of(signed_in(other_teacher, "en"), held)

        assert "Show it in a lesson" not in [head.text for head in page.all("h2")]


class TestStudents:
    def test_read_nothing_of_its_state_but_in_which_lesson_they_got_it(
        self, signed_in: SignedIn, student: User, lesson: Lesson, bound: Courseware
    ):
        page = page_of(signed_in(student, "en"), bound)

        told = facts(page)
        assert page.all("section", id="situation") == []
        assert told["Released in"] == f"{lesson.title} tomorrow 08:00"
        assert "For whom" not in told

    def test_who_teaches_it_too_reads_it(
        self, signed_in: SignedIn, teacher: User, bound: Courseware
    ):
        page = page_of(signed_in(teacher, "en"), bound)

        assert len(page.all("section", id="situation")) == 1
        assert facts(page)["For whom"] == "Private"


class TestUses:
    def test_none(self, office: Client, courseware: Courseware):
        words = section(page_of(office, courseware), "使用它的课").one("p").text

        assert words == "还没有课使用它。可以在课的页面上绑定。"

    def test_lessons_and_courses(self, office: Client, teacher: User, lesson: Lesson, courseware):
        lesson.title = "第一讲"
        lesson.save()
        BindingFactory.create(
            courseware=courseware, lesson=lesson, is_shown_at_once=True, release=Release.AFTER
        )
        for whose in (None, teacher):
            CourseBinding.objects.create(courseware=courseware, course=lesson.course, teacher=whose)

        uses = section(page_of(office, courseware), "使用它的课")

        assert [line.text for line in uses.all("li")] == [
            "课程 语文课：今后的每一节课",
            "课程 语文课：李老师 今后的课",
            "第一讲 明天 08:00 · 课后可下载 · 上课时直接展示",
        ]
        assert uses.link("第一讲") == f"/schedule/lessons/{lesson.code}/"

    def test_lessons_to_come_stand_first(
        self, signed_in: SignedIn, planner: User, courseware: Courseware, time_machine: Any
    ):
        time_machine.move_to(NOW, tick=False)
        for days in (-9, 3, -2, 1):
            at = NOW + dt.timedelta(days=days)
            lesson = LessonFactory.create(
                title=f"{days}", starts_at=at, ends_at=at + dt.timedelta(hours=1)
            )
            BindingFactory.create(courseware=courseware, lesson=lesson)

        page = page_of(signed_in(planner, "en"), courseware)

        uses = section(page, "Lessons that use it")
        assert [link.text for link in uses.all("a")] == ["1", "3", "-2", "-9"]
        assert uses.all("p")[0].text == "2 lessons that use it are not over yet."

    def test_many_past_lessons_do_not_hide_one_to_come(
        self, office: Client, courseware: Courseware, time_machine: Any
    ):
        time_machine.move_to(NOW, tick=False)
        first = LessonFactory.create(title="2", starts_at=NOW + dt.timedelta(days=2))
        BindingFactory.create(courseware=courseware, lesson=first)
        past = copies_of(first, 27)[5:]
        call_by_days(past)
        Binding.objects.bulk_create(Binding(courseware=courseware, lesson=each) for each in past)

        answer = office.post(f"/courseware/{courseware.code}/delete/")

        lines = read(answer.content).one("ul", "panel-lines").all("a")
        assert [line.text for line in lines] == ["2", *(f"{-days}" for days in range(4, 23))]

    def test_of_others_lessons_only_the_number_is_told(
        self, signed_in: SignedIn, teacher: User, bound: Courseware
    ):
        for title in ("秘密一", "秘密二"):
            BindingFactory.create(courseware=bound, lesson=LessonFactory.create(title=title))

        page = page_of(signed_in(teacher), bound)

        lines = [line.text for line in section(page, "使用它的课").all("li")]
        assert lines[1:] == ["另有 2 节课"]
        assert "秘密" not in page.text

    def test_others_than_its_owner_see_their_own_lessons_only(
        self, signed_in: SignedIn, student: User, other_teacher: User, lesson: Lesson, bound
    ):
        BindingFactory.create(courseware=bound)
        Courseware.objects.update(is_public=True)

        of_student = page_of(signed_in(student), bound)
        of_colleague = page_of(signed_in(other_teacher), bound)

        lines = [line.text.split()[:2] for line in section(of_student, "使用它的课").all("li")]
        assert lines == [lesson.title.split()]
        assert "使用它的课" not in [head.text for head in of_colleague.all("h2")]


class TestTheSameTwice:
    def test_is_pointed_out(self, signed_in: SignedIn, teacher: User, courseware: Courseware):
        twin = CoursewareFactory.create(
            owner=teacher, name="副本.pdf", sha256=courseware.sha256, uploaded_at=NOW
        )
        CoursewareFactory.create(name="secret.pdf", sha256=courseware.sha256)
        CoursewareFactory.create(owner=teacher, sha256=courseware.sha256, deleted_at=NOW)

        same = section(page_of(signed_in(teacher), courseware), "相同的内容上传了多次")

        assert [line.text for line in same.all("li")] == ["副本.pdf 李老师 · 2026-06-03 21:55"]
        assert same.link("副本.pdf") == f"/courseware/{twin.code}/"

    def test_is_said_to_those_who_can_delete_one(
        self, signed_in: SignedIn, student: User, bound: Courseware, lesson: Lesson
    ):
        twin = CoursewareFactory.create(sha256=bound.sha256)
        BindingFactory.create(courseware=twin, lesson=lesson, release=Release.BEFORE)

        heads = [head.text for head in page_of(signed_in(student), bound).all("h2")]

        assert "相同的内容上传了多次" not in heads

    def test_nothing_is_said_without(
        self, signed_in: SignedIn, planner: User, courseware: Courseware
    ):
        CoursewareFactory.create()

        heads = [each.text for each in page_of(signed_in(planner, "en"), courseware).all("h2")]

        assert heads[1:] == ["Show it in a lesson", "Lessons that use it", "The file", "Change"]


def test_many_uses_and_tags_take_no_more_queries_than_one(
    request: pytest.FixtureRequest, signed_in: SignedIn, lesson: Lesson
):
    everybody = ["student", "teacher", "assistant", "supervisor", "planner"]
    clients = {who: signed_in(request.getfixturevalue(who)) for who in everybody}
    shown = CoursewareFactory.create(tags=["一"], is_public=True)
    BindingFactory.create(courseware=shown, lesson=lesson, release=Release.BEFORE)
    days = itertools.count(1)

    def another() -> Lesson:
        return LessonFactory.create(
            starts_at=lesson.starts_at + dt.timedelta(days=next(days)),
            teacher=lesson.teacher,
            class_groups=lesson.class_groups.all(),
        )

    another()

    def queries() -> dict[str, int]:
        counts = {}
        for who, client in clients.items():
            with CaptureQueriesContext(connection) as captured:
                page_of(client, shown)
            counts[who] = len(captured)
        return counts

    with_one = queries()
    for number in range(2):
        BindingFactory.create(courseware=shown, lesson=another())
        another()
        CoursewareFactory.create(sha256=shown.sha256, is_public=True)
        CourseBinding.objects.create(courseware=shown, course=CourseFactory.create())
        shown.tags.create(name=f"标签{number}")

    assert max(with_one.values()) <= QUERIES, with_one
    assert queries() == with_one
