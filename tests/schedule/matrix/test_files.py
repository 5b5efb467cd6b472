"""A matrix as an XLSX file, and on paper."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from django.test import Client

from accounts.models import User
from schedule.models import Lesson, Substitution, Term
from tests.cast import SignedIn
from tests.factories.schedule import ClassGroupFactory
from tests.schedule.matrix.conftest import NOW, PlanAt
from tests.support.pages import Element, main
from tests.support.tables import grid_of

pytestmark = pytest.mark.django_db

MATRIX = "/schedule/matrix/"
QUERIES = [
    *("", "span=week", "by=teacher", "by=teacher&span=week", "grade=三年级", "course=语文课"),
    *("grade=-&span=week", "of=合唱团"),
]


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner)


@pytest.fixture
def _lessons(
    term: Term, plan_at: PlanAt, other_teacher: User, assistant: User, planner: User
) -> None:
    """Some of everything that a cell may say."""
    choir = ClassGroupFactory.create(name="合唱团")
    other = {"teacher": other_teacher, "class_groups": [choir]}
    plan_at("语文课", "08:10", minutes=90, assistants=[assistant])
    plan_at("数学课", "09:00", teacher=other_teacher)
    plan_at("草稿课", "10:00", is_draft=True)
    plan_at("音乐课", "12:30", **other)
    plan_at("=1+1", "08:10", days=4, **other)
    cancelled = plan_at("体育课", "09:00", days=2, **other)
    substituted = plan_at("科学课", "10:00", **other)
    Substitution.objects.create(lesson=substituted, absent_teacher=assistant)
    Lesson.objects.filter(pk=cancelled.pk).update(state="cancelled", moved_at=NOW)
    Lesson.objects.filter(pk=substituted.pk).update(moved_at=NOW)


def cells_of(content: bytes) -> list[list[str]]:
    (sheet,) = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    return [
        [" ".join(str(value or "").split()) for value in row]
        for row in sheet.iter_rows(values_only=True)
    ]


def shown(grid: list[list[str]]) -> list[list[str]]:
    """A table as its file has it: the name of a grade stands in one cell alone, and nothing calculates."""
    rows = []
    for row in grid:
        is_grade = len(row) > 1 and len(set(row)) == 1
        cells = [row[0], *([""] * (len(row) - 1))] if is_grade else row
        rows.append([f"'{text}" if text.startswith("=") else text for text in cells])
    return rows


@pytest.mark.usefixtures("_lessons")
class TestFile:
    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    @pytest.mark.parametrize("query", QUERIES)
    def test_says_what_the_page_says(
        self, signed_in: SignedIn, planner: User, query: str, language: str
    ):
        client = signed_in(planner, language)
        page = main(client.get(f"{MATRIX}2026-12-01/?{query}"))

        answer = client.get(f"{MATRIX}2026-12-01/matrix.xlsx?{query}")

        expected = shown(grid_of(page.one("table")))
        assert cells_of(answer.content) == expected
        assert len(expected) > 1
        assert answer["Cache-Control"] == "no-store"

    def test_bears_its_days(self, client: Client):
        for query, name in (("", "2026-12-01"), ("?span=week", "2026-11-30–2026-12-06")):
            answer = client.get(f"{MATRIX}matrix.xlsx{query}")
            assert name in _file_name(answer), query

    def test_nothing_calculates(self, client: Client):
        answer = client.get(f"{MATRIX}matrix.xlsx?span=week")

        (sheet,) = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert "'=1+1 赵老师" in [cell.value for cell in cells]
        assert not [cell for cell in cells if cell.data_type == "f"]

    def test_heads_and_names_stay_in_sight(self, client: Client):
        for query, expected in (("", "B2"), ("?span=week", "B3")):
            answer = client.get(f"{MATRIX}matrix.xlsx{query}")
            (sheet,) = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
            assert sheet.freeze_panes == expected


def _file_name(answer: Any) -> str:
    return unquote(answer["Content-Disposition"])


def test_day_without_anything_is_a_file_all_the_same(client: Client):
    assert cells_of(client.get(f"{MATRIX}matrix.xlsx").content) == [["", "–"]]


@pytest.mark.usefixtures("_lessons")
class TestPaper:
    def sheets_of(self, client: Client, query: str = "") -> list[Element]:
        answer = client.get(f"{MATRIX}2026-12-01/print/{query}")
        assert answer.status_code == 200
        return main(answer).all("section", "matrix-sheet")

    def test_each_grade_has_a_sheet_with_labels_of_courses(self, client: Client):
        third, others = self.sheets_of(client)

        assert third.one("h2").text == "云课堂 · 总课表 · 三年级"
        assert others.one("h2").text == "云课堂 · 总课表 · 其他"
        assert "2026年12月1日 周二 · 秋季学期 · 第14周 · 双周" in third.text
        assert grid_of(third.one("table"))[1] == [
            *("三年级1班", "语文 李老师 冲突", "语文 ← 数学 赵老师 冲突", "", ""),
        ]
        # Drafts are nobody else's, and what changed of late is old tomorrow.
        assert grid_of(others.one("table"))[1] == [
            *("合唱团", "", "", "科学 赵老师 代", "音乐 12:30–13:10 赵老师"),
        ]

    def test_teachers_are_one_sheet(self, client: Client):
        (sheet,) = self.sheets_of(client, "?by=teacher&span=week")

        assert sheet.one("h2").text == "云课堂 · 总课表"
        assert [row[0] for row in grid_of(sheet.one("table"))[2:]] == ["陈助教", "李老师", "赵老师"]

    def test_courses_that_begin_alike_are_named(self, client: Client, plan_at: PlanAt):
        plan_at("语文阅读", "10:00")

        third, _others = self.sheets_of(client)

        assert third.one("p", "matrix-legend").text == "语文 语文课 语阅 语文阅读"
        assert grid_of(third.one("table"))[1][3] == "语阅 李老师"

    @pytest.mark.parametrize(
        ("query", "expected"),
        [("", "a4"), ("?paper=a3", "a3"), ("?paper=A3", "a3"), ("?paper=b5", "a4")],
    )
    def test_paper(self, client: Client, query: str, expected: str):
        answer = client.get(f"{MATRIX}print/{query}")

        chosen = [link.text for link in main(answer).all("a") if "aria-current" in link.attrs]
        assert chosen == [expected.upper()]
        assert ("css/paper-a3.css" in answer.content.decode()) == (expected == "a3")

    def test_papers_keep_what_is_chosen(self, client: Client):
        page = main(client.get(f"{MATRIX}print/?by=teacher&span=week"))

        query = "by=teacher&span=week"
        assert page.link("A3") == f"{MATRIX}2026-12-01/print/?{query}&paper=a3"
        assert page.link("‹ 总课表") == f"{MATRIX}2026-12-01/?{query}"


def test_paper_of_a_day_without_anything(client: Client):
    page = main(client.get(f"{MATRIX}print/"))

    assert "这一天没有课。" in page.text
    assert page.all("table") == page.all("button") == []
