"""The board of the school's day: the worst of now first, the others by period, its figures and its filters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.enums import CloudStatus, LessonState
from schedule.models import ClassGroup, Lesson, Room, Substitution
from schedule.school_day_hooks import DayFigure, NotInOrder, day_figure_makers, not_in_order_makers
from schedule.timetable.day import NOT_FOLDED, TILES_AS_USUAL, TILES_AT_MOST
from tests.cast import SignedIn
from tests.factories.schedule import ClassGroupFactory
from tests.support.pages import Element, read
from tests.support.today import (
    MINUTE,
    NOW,
    TODAY,
    courses_of,
    figures_of,
    lessons_of,
    page_of,
    plan,
    ring,
    summaries_of,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),
]

# The period of now, and others.
BELLS = ("08:00-08:45", "09:50-10:35", "10:45-11:30", "13:30-14:15")


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner)


def group(name: str) -> list[ClassGroup]:
    return [ClassGroupFactory.create(name=name)]


def await_class(lesson: Lesson) -> None:
    """Have the cloud say that nobody has begun it."""
    Room.objects.create(lesson=lesson, room_id=5_000 + lesson.pk, sdk_app_id=1, asked_at=NOW)


def begin(lesson: Lesson) -> None:
    Room.objects.create(
        lesson=lesson,
        room_id=5_000 + lesson.pk,
        sdk_app_id=1,
        cloud_status=CloudStatus.RUNNING,
        real_started_at=lesson.starts_at,
    )


def cancel(lesson: Lesson, reason: str = "") -> None:
    Lesson.objects.filter(pk=lesson.pk).update(state=LessonState.CANCELLED, cancel_reason=reason)


def substitute(lesson: Lesson, absent: User) -> None:
    Substitution.objects.create(lesson=lesson, absent_teacher=absent)
    Lesson.objects.filter(pk=lesson.pk).update(teacher_changed_at=NOW)


def retire(lesson: Lesson) -> None:
    User.objects.filter(pk=lesson.teacher_id).update(is_active=False)


def groups_of(lessons: list[Element]) -> list[str]:
    return [lesson.one("b", "day-groups").text for lesson in lessons]


def tiles_of(page: Element) -> list[Element]:
    """Those that are not folded."""
    return page.all("ul", "tiles")[0].all("li", "tile")


@pytest.mark.both_databases("one statement for names of three kinds")
class TestNow:
    def test_the_worst_stands_first_and_what_runs_by_the_order_of_class_groups(
        self, office: Client
    ):
        begin(plan("语文课", -10, class_groups=group("二年级10班")))
        begin(plan("数学课", -10, class_groups=group("二年级9班")))
        plan("草稿课", -10, class_groups=group("二年级3班"), is_draft=True)
        cancel(plan("取消课", -10, class_groups=group("二年级2班")))
        retire(plan("没有老师", -10, class_groups=group("三年级1班")))
        await_class(plan("等课", -10, class_groups=group("三年级2班")))
        ended = plan("下课", -10, class_groups=group("二年级4班"))
        begin(ended)
        Room.objects.filter(lesson=ended).update(cloud_status=CloudStatus.ENDED)

        tiles = tiles_of(page_of(office))

        assert groups_of(tiles) == [
            *("三年级2班", "三年级1班", "二年级2班", "二年级3班", "二年级4班"),
            *("二年级9班", "二年级10班"),
        ]
        assert [tile.one("span", "day-state").text for tile in tiles] == [
            "◌ 应已开始，还没有人上课",
            "● 进行中 ! 待安排老师",
            "✕ 已取消",
            "◇ 草稿",
            "✓ 已结束",
            "● 进行中",
            "● 进行中",
        ]

    def test_a_tile_says_whose_and_what_and_has_the_colour_of_its_course(
        self, office: Client, teacher: User, class_group: ClassGroup
    ):
        ring(*BELLS)
        made = plan("语文课", -10, teacher=teacher, class_groups=[class_group])

        page = page_of(office)

        assert page.one("h2", id="now").text == "第2节 · 现在 1 个班"
        (tile,) = tiles_of(page)
        link = tile.one("a", "tile-lesson")
        assert (link.text, link.attrs["href"]) == (
            "三年级1班 语文课 · 李老师",
            f"/schedule/lessons/{made.code}/",
        )
        assert "subject-1" in tile.classes

    def test_class_groups_of_one_name_are_two(self, office: Client, class_group: ClassGroup):
        plan("旧班", -10, class_groups=[class_group])
        class_group.archived_at = timezone.now()
        class_group.save()
        plan("新班", -10, class_groups=group(class_group.name))

        assert page_of(office).one("h2", id="now").text == "现在 2 个班"

    def test_times_are_said_where_they_are_not_those_of_the_period(
        self, signed_in: SignedIn, supervisor: User
    ):
        ring(*BELLS)
        plan("准时", -10)
        plan("晚点", -5)

        texts = [tile.one("a").text for tile in tiles_of(page_of(signed_in(supervisor)))]

        in_time, late = sorted(texts, key=lambda text: "晚点" in text)
        assert "晚点" in late
        assert "09:55–10:40" in late
        assert "准时" in in_time
        assert "–" not in in_time

    def test_what_a_state_calls_for_is_a_button_and_the_rest_opens(
        self, office: Client, signed_in: SignedIn, supervisor: User
    ):
        awaited = plan("等课", -10)
        await_class(awaited)
        running = plan("正课", -10)
        begin(running)

        waiting, calm = tiles_of(page_of(office))

        assert [link.text for link in waiting.all("a", "button")] == [
            *("安排代课…", "修改", "取消上课…")
        ]
        assert waiting.one("details").all("a")[0].text == "修改"
        assert waiting.link("安排代课…") == (
            f"/schedule/absences/?lesson={awaited.code}#lesson-{awaited.code}"
        )
        assert [link.text for link in calm.one("details").all("a")] == [
            *("修改", "取消上课…", "安排代课…")
        ]
        assert calm.one("summary").text == f"⋯操作 {running.class_groups.get().name}"
        tiles = tiles_of(page_of(signed_in(supervisor)))
        assert [tile.one("form").attrs["action"] for tile in tiles] == [
            f"/schedule/lessons/{made.code}/enter/" for made in (awaited, running)
        ]
        assert [tile.all("details") for tile in tiles] == [[], []]

    def test_many_that_run_are_folded_and_those_that_need_a_look_are_not(self, office: Client):
        running = [plan("语文课", -10) for _ in range(NOT_FOLDED)]
        assert len(tiles_of(page_of(office))) == NOT_FOLDED

        running += [plan("语文课", -10) for _ in range(3)]
        page = page_of(office)

        assert len(tiles_of(page)) == TILES_AS_USUAL
        rest = page.one("details", "tiles-rest")
        assert "open" not in rest.attrs
        assert rest.all("summary")[0].text == f"其余 {len(running) - TILES_AS_USUAL} 个班都在上课"
        assert len(rest.all("li", "tile")) == len(running) - TILES_AS_USUAL

        for lesson in running[: TILES_AS_USUAL + 2]:
            await_class(lesson)
        assert len(tiles_of(page_of(office))) == TILES_AS_USUAL + 2

    def test_no_day_unfolds_more_tiles_than_a_phone_can_hold(self, office: Client):
        for _ in range(TILES_AT_MOST + 2):
            await_class(plan("语文课", -10))

        page = page_of(office)

        assert len(tiles_of(page)) == TILES_AT_MOST
        assert page.one("details", "tiles-rest").all("summary")[0].text == "另外 2 节课"

    def test_class_of_the_night_is_of_now_while_it_runs_and_of_no_other_day(self, office: Client):
        night = {"starts_at": NOW - 11 * 60 * MINUTE}
        plan("还在上", 0, **night, ends_at=NOW + 5 * MINUTE)
        plan("已下课", 0, **night, ends_at=NOW - 5 * MINUTE)

        assert courses_of(page_of(office)) == ["还在上"]
        assert courses_of(page_of(office, f"{TODAY}?day=2026-09-03")) == []
        assert courses_of(page_of(office, f"{TODAY}?day=2026-09-01")) == ["还在上", "已下课"]

    def test_between_classes_the_next_is_named(self, office: Client):
        ring(*BELLS)
        assert "现在没有课" not in page_of(office).text
        plan("早课", -120)
        assert "现在没有课，今天也没有课了。" in page_of(office).text
        plan("后课", 210)
        assert "现在没有课。接下来：第4节 · 13:30。" in page_of(office).text

    def test_texts_of_people_are_escaped(self, office: Client):
        for minutes in (-10, 60):
            plan("<b>课</b>", minutes, title="<i>荷花</i>", class_groups=group(f"<u>{minutes}"))

        text = office.get(TODAY).content.decode()

        assert text.count("&lt;b&gt;课&lt;/b&gt;") >= 2
        assert "<i>" not in text
        assert "<u>" not in text


@pytest.mark.both_databases("one statement for names of three kinds")
class TestPeriods:
    @pytest.fixture(autouse=True)
    def _planned(self, teacher: User, other_teacher: User) -> None:
        """Fill the day, so that its periods are folded."""
        for minutes in (-120, 45, 210):
            for number in range(1, 6):
                plan("语文课", minutes, class_groups=group(f"{minutes}组{number}班"))
        substitute(plan("数学课", 45, class_groups=group("代课班")), teacher)
        moved = plan("英语课", 45, class_groups=group("改时间班"))
        Lesson.objects.filter(pk=moved.pk).update(moved_at=NOW, moved_from=NOW)
        cancel(plan("美术课", 45, class_groups=group("取消班")), "老师生病")
        retire(plan("音乐课", 45, class_groups=group("缺老师班")))
        plan("劳动课", 210, class_groups=group("另一班"), is_draft=True)

    def test_each_is_a_line_that_says_how_many_and_what_is_unusual(self, office: Client):
        ring(*BELLS)

        page = page_of(office)

        assert summaries_of(page) == [
            "第3节 · 10:45 — 9 节课，1 节已改，1 节代课，1 节待安排，1 节已取消",
            "第4节 · 13:30 — 6 节课，1 节草稿",
            "第1节 · 08:00 — 5 节课",
        ]
        assert [each.text for each in page.all("h2")[-2:]] == ["稍后", "之前"]
        assert [each.attrs["data-key"] for each in page.all("details", "day-period")] == [
            *("period-3", "period-4", "period-1")
        ]
        assert not any("open" in each.attrs for each in page.all("details"))

    def test_readers_of_english_get_the_same(self, signed_in: SignedIn, planner: User):
        ring(*BELLS)

        page = page_of(signed_in(planner, "en"))

        assert summaries_of(page)[0] == (
            "Period 3 · 10:45 — 9 lessons, 1 changed, 1 substituted, 1 to be covered, 1 cancelled"
        )
        assert [each.text for each in page.all("h2")[-2:]] == ["Later", "Earlier"]

    def test_without_bell_times_they_are_hours(self, office: Client):
        assert [line.partition(" — ")[0] for line in summaries_of(page_of(office))] == [
            *("10:00", "13:00", "08:00")
        ]

    def test_a_lesson_between_periods_stands_by_itself(self, office: Client):
        ring(*BELLS)
        plan("午课", 120)

        assert summaries_of(page_of(office))[1] == "12:00 — 1 节课"

    def test_a_row_says_whose_what_and_how_it_stands(self, office: Client):
        ring(*BELLS)

        period = page_of(office).all("details", "day-period")[0]
        rows = {groups_of([row])[0]: row.text for row in lessons_of(period)}

        assert list(rows)[:2] == ["45组1班", "45组2班"]
        assert "✕ 已取消 老师生病 恢复上课…" in rows["取消班"]
        assert rows["代课班"].endswith("⇄ 代课 安排代课… 修改 取消上课…")
        assert "! 待安排老师" in rows["缺老师班"]
        assert "10:45" not in rows["代课班"]

    def test_another_day_has_no_tiles(self, office: Client):
        for path in (f"{TODAY}?day=2026-09-01", f"{TODAY}?day=2026-09-03"):
            plan("昨天的课", -24 * 60)
            plan("明天的课", 24 * 60)

            page = page_of(office, path)

            assert page.all("ul", "tiles") == []
            assert page.one("h2", id="later").text == "当天的课"

    def test_supervisors_see_no_drafts(self, signed_in: SignedIn, supervisor: User):
        assert "草稿" not in page_of(signed_in(supervisor)).text


def test_few_lessons_are_not_folded(office: Client):
    for number in range(NOT_FOLDED):
        plan("语文课", 60 + number)

    assert [("open" in each.attrs) for each in page_of(office).all("details", "day-period")] == [
        True
    ]
    plan("语文课", -120)
    assert not any("open" in each.attrs for each in page_of(office).all("details", "day-period"))


@pytest.mark.both_databases("one statement for names of three kinds")
class TestFigures:
    @pytest.fixture(autouse=True)
    def _planned(self, teacher: User, _now: None) -> None:
        begin(plan("正课", -10))
        await_class(plan("等课", -10))
        plan("早课", -120)
        substitute(plan("代课", 60), teacher)
        retire(plan("没老师", 120))
        plan("晚课", 240)
        plan("草稿课", 240, is_draft=True)
        cancel(plan("取消课", 240))

    @pytest.fixture
    def late(self) -> Iterator[None]:
        """Stand in for replays: two are late."""
        figure = DayFigure("replays", "延误的回放", "/replays/late/")
        line = NotInOrder("两个延误的回放", "/replays/late/", kind="replays", count=2)
        with (
            day_figure_makers.only(lambda: figure),
            not_in_order_makers.only(lambda _at: [line]),
        ):
            yield

    def test_count_the_lessons_of_the_day(self, office: Client, late: None):
        assert figures_of(page_of(office)) == {
            "正在上课": 1,
            "应已开始，没有人上课": 1,
            "今天还要上": 3,
            "代课 · 1 节待安排": 1,
            "延误的回放": 2,
        }

    def test_those_of_higher_apps_are_for_whom_their_lines_are(
        self, signed_in: SignedIn, supervisor: User, late: None
    ):
        assert "延误的回放" not in figures_of(page_of(signed_in(supervisor)))

    def test_late_replays_are_one_also_when_there_is_none(self, office: Client):
        page = page_of(office)

        assert figures_of(page)["延误的回放"] == 0
        assert page.all("a", "figure")[-1].attrs["href"] == "/replays/late/"

    @pytest.mark.parametrize(
        ("number", "courses"),
        [(0, "正课"), (1, "等课"), (2, "代课没老师晚课"), (3, "代课没老师")],
    )
    def test_each_leads_to_what_it_counts_and_back(self, office: Client, number: int, courses: str):
        address = page_of(office).all("a", "figure")[number].attrs["href"]

        page = page_of(office, address)

        assert "".join(courses_of(page)) == courses
        chosen = page.all("a", "figure")[number]
        assert (chosen.attrs["aria-current"], chosen.attrs["href"]) == ("true", TODAY)
        assert page.link("显示当天所有的课") == TODAY
        # They count what they counted.
        assert figures_of(page) == figures_of(page_of(office))

    def test_none_is_said(self, office: Client):
        Room.objects.update(cloud_status=CloudStatus.ENDED)

        page = page_of(office, f"{TODAY}?show=running")

        assert "现在没有这样的课。" in page.text
        assert courses_of(page_of(office, f"{TODAY}?show=nonsense")) != []

    def test_another_day_counts_its_lessons(self, office: Client):
        plan("明天", 24 * 60)
        figures = figures_of(page_of(office, f"{TODAY}?day=2026-09-03"))

        assert figures == {"当天的课": 1, "代课": 0, "延误的回放": 0}

    def test_they_follow_the_filters_and_keep_them(self, office: Client):
        page = page_of(office, f"{TODAY}?course=晚课")

        assert figures_of(page)["今天还要上"] == 1
        assert page.all("a", "figure")[2].attrs["href"] == (
            f"{TODAY}?course=%E6%99%9A%E8%AF%BE&show=coming"
        )

    def test_filters_keep_the_figure_that_is_looked_at(self, office: Client):
        for query, fields in (("?show=coming", [("show", "coming")]), ("", [])):
            form = page_of(office, f"{TODAY}{query}").one("form", "list-filters")
            hidden = [field for field in form.all("input") if field.attrs["type"] == "hidden"]
            assert [(field.attrs["name"], field.attrs["value"]) for field in hidden] == fields

    def test_a_class_that_runs_needs_nobody_though_its_teacher_has_left(self, office: Client):
        retire(Lesson.objects.get(course__name="正课"))

        assert "代课 · 1 节待安排" in figures_of(page_of(office))


@pytest.mark.both_databases("one statement for names of three kinds")
class TestFilters:
    @pytest.fixture(autouse=True)
    def _planned(
        self, teacher: User, assistant: User, class_group: ClassGroup, other_class_group: ClassGroup
    ) -> None:
        plan("甲", 60, teacher=teacher, class_groups=[class_group])
        plan("乙", 120, teacher=teacher, class_groups=[other_class_group])
        plan("丙", 180, assistants=[assistant], class_groups=[class_group])
        plan("丁", 240, class_groups=[*group("一年级1班"), *group("合唱团")])

    def test_by_teacher_class_group_grade_and_course(self, signed_in: SignedIn, supervisor: User):
        expected = {
            "": "甲乙丙丁",
            "?teacher=&class_group=&grade=&course=": "甲乙丙丁",
            "?teacher=teacher": "甲乙",
            "?teacher=assistant": "丙",
            "?class_group=三年级1班": "甲丙",
            "?teacher=teacher&class_group=三年级1班": "甲",
            "?grade=三年级": "甲乙丙",
            "?grade=一年级": "丁",
            "?grade=-": "丁",
            "?course=乙": "乙",
            "?course=乙&grade=三年级&teacher=teacher": "乙",
            "?course=乙&grade=一年级": "",
            "?day=nonsense": "甲乙丙丁",
            "?day=0001-01-01": "甲乙丙丁",
        }
        client = signed_in(supervisor)

        shown = {query: "".join(courses_of(page_of(client, TODAY + query))) for query in expected}

        assert shown == expected

    def test_unknown_teachers_and_class_groups_are_missing(
        self, signed_in: SignedIn, supervisor: User
    ):
        client = signed_in(supervisor)
        names = ("teacher", "class_group")
        queries = [f"?{name}={value}" for name in names for value in ("nobody", "%00")]

        answers = {query: client.get(TODAY + query).status_code for query in queries}

        assert answers == dict.fromkeys(queries, 404)

    @pytest.mark.parametrize("name", ["grade", "course"])
    @pytest.mark.parametrize("value", ["九年级", "%00", "%ED%A0%80", "长" * 500])
    def test_unknown_grades_and_courses_count_as_absent_as_in_the_school_timetable(
        self, office: Client, name: str, value: str
    ):
        page = page_of(office, f"{TODAY}?{name}={value}&day=2026-09-02")

        assert "".join(courses_of(page)) == "甲乙丙丁"
        assert page.link("整周") == "/schedule/matrix/2026-09-02/?span=week"
        menu = page.one("form", "list-filters").one("select", name=name)
        chosen = [option.text for option in menu.all("option") if "selected" in option.attrs]
        assert chosen in ([], ["不限"])

    def test_menus_offer_names_in_the_order_that_people_know(self, office: Client):
        ClassGroupFactory.create(name="三年级10班")
        ClassGroupFactory.create(name="二年级9班", archived_at=timezone.now())

        form = page_of(office).one("form", "list-filters")
        offered = {
            menu.attrs["name"]: [option.text for option in menu.all("option")]
            for menu in form.all("select")
        }

        assert offered["class_group"] == [
            *("不限", "一年级1班", "三年级1班", "三年级2班", "三年级10班", "合唱团")
        ]
        assert offered["grade"] == ["不限", "一年级", "三年级", "其他"]
        assert offered["course"] == ["不限", "丙", "丁", "甲", "乙"]
        assert offered["teacher"][1:3] == ["陈助教 (assistant)", "李老师 (teacher)"]

    def test_grades_stand_as_in_the_school_timetable(self, office: Client):
        ClassGroupFactory.create(name="1班", grade="九年级")
        ClassGroupFactory.create(name="2班", grade="二年级")

        menu = page_of(office).one("form", "list-filters").one("select", name="grade")

        assert [option.text for option in menu.all("option")] == [
            *("不限", "一年级", "二年级", "三年级", "九年级", "其他")
        ]

    def test_it_is_a_form_that_works_by_its_button(self, office: Client):
        form = page_of(office, f"{TODAY}?grade=三年级&day=2026-09-02").one("form", "list-filters")

        assert (form.attrs["method"], form.attrs["action"]) == ("get", TODAY)
        assert form.one("button").text == "查看"
        assert "selected" in form.one("option", value="三年级").attrs

    def test_what_was_chosen_stays_from_day_to_day(self, office: Client):
        page = page_of(office, f"{TODAY}?teacher=teacher&course=甲&day=2026-09-03")

        query = "?teacher=teacher&course=%E7%94%B2"
        assert page.link("‹ 前一天") == f"{TODAY}{query}&day=2026-09-02"
        assert page.link("后一天 ›") == f"{TODAY}{query}&day=2026-09-04"
        assert page.link("今日") == f"{TODAY}{query}"
        assert page.link("全校") == f"{TODAY}?day=2026-09-03"
        by_whom, by_day = (
            page.one("form", css_class).all("input", type="hidden")
            for css_class in ("list-filters", "day-choice")
        )
        assert [each.attrs["value"] for each in by_whom] == ["2026-09-03"]
        assert [each.attrs["value"] for each in by_day] == ["teacher", "甲"]

    def test_the_week_is_that_of_whom_was_chosen_else_of_the_same_grade_and_course(
        self, office: Client
    ):
        of_teacher = page_of(office, f"{TODAY}?teacher=teacher&course=甲").link("整周")
        of_grade = page_of(office, f"{TODAY}?grade=-&course=丁").link("整周")

        assert of_teacher == "/schedule/2026-09-02/?teacher=teacher"
        assert of_grade == "/schedule/matrix/2026-09-02/?grade=-&course=%E4%B8%81&span=week"
        assert office.get(of_grade).status_code == 200

    def test_a_day_without_what_was_chosen_leads_to_all(self, office: Client):
        page = page_of(office, f"{TODAY}?course=乙&grade=一年级")

        assert page.link("查看全校的课") == TODAY


def test_many_lessons_and_names_cost_as_many_queries_as_one(
    signed_in: SignedIn, planner: User, supervisor: User, django_assert_num_queries: Any
):
    # One of them asks who is in the classes of now.
    clients = {signed_in(planner): 33, signed_in(supervisor): 32}
    ring(*BELLS)
    for count in range(1, 5):
        await_class(plan(f"课{count}", -count))
        begin(plan(f"正课{count}", -count))
        substitute(plan(f"代课{count}", 30 + count), planner)
        plan(f"草稿{count}", 30 + count, is_draft=True)
        plan(f"早课{count}", -60 - count)
        if count not in (1, 4):
            continue
        for client, queries in clients.items():
            client.get(TODAY)
            for path in (TODAY, f"{TODAY}?show=coming"):
                with django_assert_num_queries(queries, info=f"{count} lessons, {path}"):
                    page = page_of(client, path)
            assert len(courses_of(page)) == count


def test_parts_for_the_script_say_the_same_figures(office: Client):
    plan("正课", -10)
    substitute(plan("代课", 30), User.objects.get(username="planner"))

    shown = page_of(office)
    answer = office.get(TODAY, headers={"X-Page-Version": "another"})

    figures = figures_of(read(answer.content))
    assert figures == figures_of(shown)
    assert len(figures) > 3
    assert "list-filters" not in answer.content.decode()
    assert dt.datetime.now(dt.UTC) == NOW
