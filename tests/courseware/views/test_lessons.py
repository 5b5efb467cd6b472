"""The page where the courseware of a lesson is chosen."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from courseware import access
from courseware.enums import CoursewareState, Failure, Release
from courseware.models import Binding, CourseBinding, Courseware
from courseware.services.course_binding import bind_to_course
from schedule.lessons.delete import delete_lessons
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.factories.courseware import BindingFactory, CoursewareFactory
from tests.factories.schedule import LessonFactory, school_time
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db


def page_of(signed_in: SignedIn, user: User, path: str) -> Element:
    response = signed_in(user).get(path)
    assert response.status_code == 200
    return read(response.content).one("main")


class TestPage:
    """/courseware/lessons/<code>/ and its buttons."""

    def path(self, lesson: Lesson, what: str = "") -> str:
        return f"/courseware/lessons/{lesson.code}/{what}"

    def post(
        self, signed_in: SignedIn, user: User, lesson: Lesson, what: str, **data: str | list[str]
    ) -> Any:
        return signed_in(user).post(self.path(lesson, what), data)

    def offered(self, signed_in: SignedIn, user: User, lesson: Lesson, query: str = "") -> set[str]:
        page = page_of(signed_in, user, self.path(lesson) + query)
        return {each.text for each in page.all("span", "offer-name")}

    @pytest.fixture
    def shelf(self, teacher: User, other_teacher: User) -> dict[str, Courseware]:
        """The teacher's own, and a colleague's, private and public."""
        return {
            "own": CoursewareFactory.create(owner=teacher, name="own.pdf"),
            "public": CoursewareFactory.create(
                owner=other_teacher, name="public.pdf", is_public=True
            ),
            "foreign": CoursewareFactory.create(owner=other_teacher, name="foreign.pdf"),
        }

    def test_teachers_are_offered_their_own_and_public_ones(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User, shelf: dict[str, Courseware]
    ):
        assert self.offered(signed_in, teacher, lesson) == {"own.pdf", "public.pdf"}

    def test_staff_are_offered_all(
        self, signed_in: SignedIn, lesson: Lesson, planner: User, shelf: dict[str, Courseware]
    ):
        expected = {"own.pdf", "public.pdf", "foreign.pdf"}
        assert self.offered(signed_in, planner, lesson) == expected

    def test_what_the_lesson_has_or_was_deleted_is_not_offered(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User, shelf: dict[str, Courseware]
    ):
        BindingFactory.create(lesson=lesson, courseware=shelf["own"])
        Courseware.objects.filter(pk=shelf["public"].pk).update(deleted_at=timezone.now())

        assert self.offered(signed_in, teacher, lesson) == set()

    def test_search_in_names_and_tags(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User, shelf: dict[str, Courseware]
    ):
        shelf["own"].tags.create(name="唐诗")
        expected = {
            "?q=PUB": {"public.pdf"},
            "?q=诗": {"own.pdf"},
            "?q=nothing": set(),
            "?q=": {"own.pdf", "public.pdf"},
            f"?q={'x' * 101}": {"own.pdf", "public.pdf"},
            "?q=%00": {"own.pdf", "public.pdf"},
        }

        found = {query: self.offered(signed_in, teacher, lesson, query) for query in expected}

        assert found == expected

    def test_what_can_be_added_comes_first(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User
    ):
        for name in ("old", "waiting", "new"):
            state = CoursewareState.QUEUED if name == "waiting" else CoursewareState.READY
            CoursewareFactory.create(owner=teacher, name=f"{name}.pdf", state=state)

        page = page_of(signed_in, teacher, self.path(lesson))

        names = [name.text for name in page.all("span", "offer-name")]
        assert names == ["new.pdf", "old.pdf", "waiting.pdf"]

    def test_more_than_are_shown_are_said_to_be_there(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User
    ):
        files = CoursewareFactory.build_batch(21, owner=teacher, name="a.pdf")
        Courseware.objects.bulk_create(files)

        page = page_of(signed_in, teacher, self.path(lesson))

        assert len(page.all("span", "offer-name")) == 20
        assert "还有更多：请按名称或标签搜索。" in page.text

    def test_adding_binds_it(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User, shelf: dict[str, Courseware]
    ):
        answer = self.post(
            signed_in,
            teacher,
            lesson,
            "bind/",
            code=shelf["own"].code,
            is_shown_at_once="on",
            release="after",
            scope="lesson",
        )

        binding = Binding.objects.get()
        assert (answer.status_code, answer["Location"]) == (303, self.path(lesson))
        assert (binding.lesson, binding.courseware) == (lesson, shelf["own"])
        assert (binding.is_shown_at_once, binding.release) == (True, Release.AFTER)

    def test_adding_several_binds_them_in_order(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User, shelf: dict[str, Courseware]
    ):
        codes = [shelf[name].code for name in ("public", "own", "public")]

        self.post(signed_in, teacher, lesson, "bind/", code=codes, release="never")

        bound = Binding.objects.in_order().values_list("courseware__name", flat=True)
        assert list(bound) == ["public.pdf", "own.pdf"]

    def test_adding_several_of_which_one_is_foreign_adds_none(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User, shelf: dict[str, Courseware]
    ):
        codes = [shelf[name].code for name in ("own", "foreign")]

        answer = self.post(signed_in, teacher, lesson, "bind/", code=codes, release="never")

        assert answer.status_code == 404
        assert Binding.objects.count() == 0

    @pytest.mark.parametrize(
        ("who", "expected"), [("planner", {"foreign.pdf", "public.pdf"}), ("teacher", set())]
    )
    def test_staff_find_a_teachers_files_by_name(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        lesson: Lesson,
        shelf: dict[str, Courseware],
        who: str,
        expected: set[str],
    ):
        owned = User.objects.filter(courseware__name__in=["foreign.pdf", "public.pdf"])
        owned.update(display_name="钱老师")

        user = request.getfixturevalue(who)

        assert self.offered(signed_in, user, lesson, "?q=钱老师") == expected

    def test_offered_says_what_it_is_and_leads_to_a_preview_and_to_uploading(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User
    ):
        failed = CoursewareFactory.create(
            owner=teacher,
            suffix="png",
            state=CoursewareState.FAILED,
            failure=Failure.REFUSED,
            cloud_reason="FailedOperation.Arrears: x",
        )

        page = read(signed_in(teacher, "en").get(self.path(lesson)).content).one("main")

        row = page.one("div", "offer-row")
        own = f"/courseware/{failed.code}/"
        assert row.one("input").attrs["type"] == "checkbox"
        assert row.one("img", "cover").attrs["src"] == f"{own}thumbnail/"
        assert [hint.text for hint in row.all("span", "hint")] == [
            "The school's account for the classroom service is in arrears.",
            "It can be added as soon as it is ready.",
        ]
        assert row.one("span", "soft").text.endswith(f"{teacher.display_name} · Private")
        assert [link.attrs["href"] for link in row.all("a")] == [f"{own}preview/"]
        assert page.link("Upload courseware") == "/courseware/upload/"

    def test_adding_what_is_foreign_finds_nothing(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User, shelf: dict[str, Courseware]
    ):
        answer = self.post(
            signed_in, teacher, lesson, "bind/", code=shelf["foreign"].code, release="never"
        )

        assert answer.status_code == 404
        assert Binding.objects.count() == 0

    def test_only_what_is_ready_can_be_ticked(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User
    ):
        for state in CoursewareState.values:
            CoursewareFactory.create(owner=teacher, name=f"{state}.pdf", state=state)

        page = page_of(signed_in, teacher, self.path(lesson))

        names = {
            row.one("span", "offer-name").text: "disabled" not in row.one("input").attrs
            for row in page.all("div", "offer-row")
        }
        assert names == {f"{state}.pdf": state == "ready" for state in CoursewareState.values}

    @pytest.mark.parametrize("scope", ["lesson", "course"])
    def test_adding_several_of_which_one_is_not_ready_adds_none(
        self,
        signed_in: SignedIn,
        lesson: Lesson,
        teacher: User,
        shelf: dict[str, Courseware],
        scope: str,
    ):
        """The page was loaded before it failed."""
        failed = CoursewareFactory.create(
            owner=teacher, name="failed.pdf", state=CoursewareState.FAILED
        )
        client = signed_in(teacher, "en")
        codes = [shelf["own"].code, failed.code]
        choices = {"code": codes, "release": "never", "scope": scope}

        answer = client.post(self.path(lesson, "bind/"), choices)

        messages = read(client.get(answer["Location"]).content).one("ul", "messages")
        assert answer.status_code == 303
        assert messages.text == "Nothing was added. Not ready yet: failed.pdf"
        assert Binding.objects.count() == 0

    @pytest.mark.parametrize("scope", ["lesson", "course"])
    def test_adding_what_is_deleted_meanwhile_finds_nothing(
        self,
        signed_in: SignedIn,
        lesson: Lesson,
        teacher: User,
        shelf: dict[str, Courseware],
        monkeypatch: pytest.MonkeyPatch,
        scope: str,
    ):
        code = shelf["own"].code
        Courseware.objects.filter(code=code).update(deleted_at=timezone.now())
        also_deleted = Courseware.objects.all()
        monkeypatch.setattr(access, "bindable_for", lambda _user: also_deleted)

        answer = self.post(
            signed_in, teacher, lesson, "bind/", code=code, release="never", scope=scope
        )

        assert answer.status_code == 404
        assert Binding.objects.count() == 0

    def test_adding_to_a_lesson_deleted_meanwhile_finds_nothing(
        self,
        signed_in: SignedIn,
        lesson: Lesson,
        teacher: User,
        shelf: dict[str, Courseware],
        monkeypatch: pytest.MonkeyPatch,
    ):
        find = access.get_bindable_for

        def find_late(user: User, code: str) -> Courseware:
            delete_lessons([lesson], at=timezone.now())
            return find(user, code)

        monkeypatch.setattr(access, "get_bindable_for", find_late)

        answer = self.post(
            signed_in, teacher, lesson, "bind/", code=shelf["own"].code, release="never"
        )

        assert answer.status_code == 404
        assert Binding.objects.count() == 0

    def test_adding_nothing_changes_nothing(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User
    ):
        client = signed_in(teacher)
        for data in ({}, {"code": "x", "release": "maybe"}, {"release": "never"}):
            client.post(self.path(lesson, "bind/"), data)

            messages = read(client.get(self.path(lesson)).content).one("ul", "messages")
            assert messages.text == "请选择要添加的课件。", data
        assert Binding.objects.count() == 0

    @pytest.mark.parametrize(("who", "is_for_all"), [("teacher", False), ("planner", True)])
    def test_adding_to_the_course_is_for_own_lessons_or_all(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        lesson: Lesson,
        teacher: User,
        shelf: dict[str, Courseware],
        who: str,
        is_for_all: bool,
    ):
        other = LessonFactory.create(course=lesson.course, starts_at=school_time(3, 8))

        self.post(
            signed_in,
            request.getfixturevalue(who),
            lesson,
            "bind/",
            code=shelf["own"].code,
            release="never",
            scope="course",
        )

        bound = set(Binding.objects.values_list("lesson", flat=True))
        assert bound == ({lesson.pk, other.pk} if is_for_all else {lesson.pk})
        assert CourseBinding.objects.get().teacher == (None if is_for_all else teacher)

    def test_choices_are_changed(self, signed_in: SignedIn, lesson: Lesson, teacher: User):
        binding = BindingFactory.create(lesson=lesson, is_shown_at_once=True)

        self.post(
            signed_in,
            teacher,
            lesson,
            "change/",
            code=binding.courseware.code,
            release="before",
        )

        binding.refresh_from_db()
        assert (binding.is_shown_at_once, binding.release) == (False, Release.BEFORE)

    @pytest.mark.parametrize(("direction", "expected"), [("up", "bac"), ("down", "acb")])
    def test_order_is_changed(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User, direction: str, expected: str
    ):
        made = [
            BindingFactory.create(lesson=lesson, courseware__name=f"{letter}.pdf")
            for letter in "abc"
        ]

        code = made[1].courseware.code
        self.post(signed_in, teacher, lesson, "move/", code=code, direction=direction)

        page = page_of(signed_in, teacher, self.path(lesson))
        shown = [each.one("a").text for each in page.one("ol", "bound").all("li")]
        assert shown == [f"{letter}.pdf" for letter in expected]

    def test_taking_out(self, signed_in: SignedIn, lesson: Lesson, teacher: User):
        binding = BindingFactory.create(lesson=lesson)

        self.post(signed_in, teacher, lesson, "remove/", code=binding.courseware.code)

        assert Binding.objects.count() == 0

    @pytest.mark.parametrize(
        ("who", "by", "is_offered"),
        [
            ("teacher", "teacher", True),
            ("teacher", None, False),
            ("planner", "teacher", True),
            ("planner", None, True),
        ],
    )
    def test_taking_out_of_the_course_is_for_whom_it_concerns(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        lesson: Lesson,
        who: str,
        by: str | None,
        is_offered: bool,
    ):
        user = request.getfixturevalue(who)
        courseware = CoursewareFactory.create()
        bind_to_course(
            courseware=courseware,
            course=lesson.course,
            teacher=None if by is None else request.getfixturevalue(by),
            at=timezone.now(),
        )
        target = self.path(lesson, "remove-from-course/")

        page = page_of(signed_in, user, self.path(lesson))
        answer = self.post(signed_in, user, lesson, "remove-from-course/", code=courseware.code)

        assert len(page.all("button", formaction=target)) == int(is_offered)
        assert answer.status_code == (303 if is_offered else 404)
        assert Binding.objects.exists() is not is_offered

    @pytest.mark.parametrize(
        ("who", "stays", "said"),
        [("planner", False, "已移出"), ("teacher", True, "仍留在这节课中")],
    )
    def test_who_brought_it_as_well_is_told_apart(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        lesson: Lesson,
        teacher: User,
        who: str,
        stays: bool,
        said: str,
    ):
        courseware = CoursewareFactory.create(owner=teacher)
        for whose in (None, teacher):
            bind_to_course(
                courseware=courseware, course=lesson.course, teacher=whose, at=timezone.now()
            )
        client = signed_in(request.getfixturevalue(who))

        client.post(self.path(lesson, "remove-from-course/"), {"code": courseware.code})
        page = read(client.get(self.path(lesson)).content)

        assert Binding.objects.kept().exists() is stays
        assert said in page.one("ul", "messages").text

    def test_what_the_lesson_does_not_have_is_missing(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User
    ):
        elsewhere = BindingFactory.create()
        client = signed_in(teacher)
        actions = ["change/", "move/", "remove/", "remove-from-course/"]

        codes = {
            what: [
                client.post(self.path(lesson, what), {"code": code}).status_code
                for code in (elsewhere.courseware.code, "", "no such")
            ]
            for what in actions
        }

        assert codes == {what: [404, 404, 404] for what in actions}
        assert Binding.objects.count() == 1

    def test_others_change_nothing(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, lesson: Lesson
    ):
        _first, second = BindingFactory.create_batch(2, lesson=lesson)
        before = list(Binding.objects.order_by("pk").values())
        actions = ["bind/", "change/", "move/", "remove/"]
        for who in ("assistant", "other_teacher", "student", "outsider", "supervisor"):
            user = request.getfixturevalue(who)
            client, own = signed_in(user), CoursewareFactory.create(owner=user)
            codes = {}
            for what in actions:
                code = own.code if what == "bind/" else second.courseware.code
                data = {"code": code, "release": "before", "direction": "up"}
                codes[what] = client.post(self.path(lesson, what), data).status_code

            assert codes == dict.fromkeys(actions, 404), who
            assert list(Binding.objects.order_by("pk").values()) == before, who

    def test_over_says_that_it_is_not_shown_any_more(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User
    ):
        past = timezone.now() - dt.timedelta(minutes=1)
        Lesson.objects.filter(pk=lesson.pk).update(
            starts_at=past - dt.timedelta(hours=1), ends_at=past
        )

        page = page_of(signed_in, teacher, self.path(lesson))

        assert page.one("p", "notice").text.startswith("这节课已结束：")

    def test_query_count_does_not_grow(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User, django_assert_num_queries: Any
    ):
        client = signed_in(teacher)
        counts = []
        for _ in range(3):
            CoursewareFactory.create(owner=teacher)
            BindingFactory.create(lesson=lesson, is_from_course=True)
            with CaptureQueriesContext(connection) as captured:
                client.get(self.path(lesson))
            counts.append(len(captured))

        assert len(set(counts)) == 1

    def test_in_english(self, signed_in: SignedIn, lesson: Lesson, teacher: User):
        page = read(signed_in(teacher, "en").get(self.path(lesson)).content).one("main")

        assert [each.text for each in page.all("h2")] == ["In this lesson", "Add courseware"]


@pytest.mark.parametrize(
    ("path", "css_class"),
    [("/schedule/lessons/{}/", "panel"), ("/courseware/lessons/{}/", "bound")],
)
def test_what_is_not_ready_says_why_and_where_to_act(
    signed_in: SignedIn, lesson: Lesson, teacher: User, path: str, css_class: str
):
    failed = BindingFactory.create(
        lesson=lesson,
        courseware__owner=teacher,
        courseware__state=CoursewareState.FAILED,
        courseware__failure=Failure.CLOUD,
        courseware__cloud_reason="FileBroken: x",
    ).courseware
    BindingFactory.create(lesson=lesson, courseware__owner=teacher)

    page = read(signed_in(teacher, "en").get(path.format(lesson.code)).content).one("main")

    shown = page.one(css_class=css_class)
    assert [each.text for each in shown.all("span", "hint")] == [
        "The file is damaged, or is not what its ending says."
    ]
    assert shown.link(f"See why and what to do: {failed.name}") == (
        f"/courseware/{failed.code}/#situation"
    )
