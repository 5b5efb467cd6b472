"""Grades of class groups: their order, how they are called and asked for, and which one follows on another."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from django.utils.translation import pgettext

from edu_platform.lib.natural_order import sorted_names

# What `grade` of an address says for class groups without one.
WITHOUT_GRADE = "-"


def grade_in_words(grade: str) -> str:
    return grade or pgettext("grades", "Others")


def grade_in_address(grade: str) -> str:
    return grade or WITHOUT_GRADE


def has_grade(grade: str, asked: str) -> bool:
    """Tell whether a class group of this grade is asked for by an address; where it asks for none, all are."""
    return not asked or grade_in_address(grade) == asked


def in_order(grades: Iterable[str]) -> list[str]:
    """Return the grades that there are, each once; last an empty one, if some class groups have none."""
    different = set(grades)
    named = sorted_names(different - {""})
    return [*named, ""] if "" in different else named


# --- The grade that a name says, and the one after it ---------------------------------------------

NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
LAST_GRADE = len(NUMERALS)
_NUMERAL = "十一|十二|[一二三四五六七八九十]"
_NUMBER = rf"(?<![0-9一二三四五六七八九十])(?P<number>(?:1[0-2]|[1-9])(?![0-9])|{_NUMERAL})"
# 高一(3)班 and 初2(1)班; 三年级1班 and 高中一年级2班; 三级1班, as years of entry have longer numbers; Grade 7 Class 2;
# 七(2)班 and 7.2班.
GRADES = (
    re.compile(rf"(?P<stage>[初高]){_NUMBER}(?P<after>)"),
    re.compile(rf"(?P<stage>小学|初中|高中|){_NUMBER}(?P<after>年级)"),
    re.compile(rf"(?P<stage>)(?P<number>{_NUMERAL})(?P<after>级)"),
    re.compile(rf"(?P<stage>Grade ){_NUMBER}(?P<after>)"),
    re.compile(rf"^(?P<stage>){_NUMBER}(?P<after>)(?=[.(（-])"),
)
# The years of what is counted from one again, and what comes after it.
STAGE_YEARS = {"小学": 6, "初中": 3, "初": 3, "高中": 3, "高": 3}
# Where 小学 has five years, these have one more.
STAGES_WITH_A_FOURTH_YEAR = ("初中", "初")
STAGES_AFTER = {"小学": ("初中", "初"), "初中": ("高中",), "初": ("高",)}
# Where grades are counted through, schools may end with these; the next grade may be called by its stage.
STAGES_AFTER_GRADE = {6: ("初", "初中"), 9: ("高", "高中")}
LAST_GRADES = (6, 9, LAST_GRADE)


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade as the names of class groups write it."""

    number: int
    # 初, 高中 or "Grade "; empty where grades are counted through without a word before them.
    stage: str = ""
    # 年级 or 级; empty where nothing follows the number.
    after: str = ""
    has_numeral: bool = True

    def __str__(self) -> str:
        number = NUMERALS[self.number - 1] if self.has_numeral else str(self.number)
        return f"{self.stage}{number}{self.after}"

    @property
    def may_be_the_last(self) -> bool:
        """Tell whether schools end with it, however they go on elsewhere."""
        years = STAGE_YEARS.get(self.stage)
        return self.number in LAST_GRADES if years is None else self.number >= years

    @property
    def is_in_stage(self) -> bool:
        """Tell whether there is such a grade."""
        years = STAGE_YEARS.get(self.stage)
        most = LAST_GRADE if years is None else years + (self.stage in STAGES_WITH_A_FOURTH_YEAR)
        return self.number <= most

    def following(self) -> list[Grade]:
        """Return what the next grade may be called, the most usual first; nothing after the last one."""
        higher = replace(self, number=self.number + 1)
        if self.stage in STAGE_YEARS:
            others = STAGES_AFTER.get(self.stage, ()) if self.may_be_the_last else ()
        else:
            is_chinese = self.after == "年级"
            others = STAGES_AFTER_GRADE.get(self.number, ()) if is_chinese else ()
        later = [self._first_of(stage) for stage in others]
        own = [higher] if higher.is_in_stage else []
        return [*later, *own] if self.stage in STAGE_YEARS else [*own, *later]

    def _first_of(self, stage: str) -> Grade:
        after = "年级" if stage.endswith("中") else ""
        return Grade(1, stage, after, has_numeral=self.has_numeral)


@dataclass(frozen=True, slots=True)
class GradeInName:
    """The grade that the name of a class group says, and where."""

    name: str
    grade: Grade
    start: int
    end: int

    def with_grade(self, grade: Grade) -> str:
        """Return the name with another grade in its place."""
        return f"{self.name[: self.start]}{grade}{self.name[self.end :]}"


def grade_in_name(name: str) -> GradeInName | None:
    """Return the grade that a name says; none where it says none, or only the year in which they came."""
    for pattern in GRADES:
        match = pattern.search(name)
        if match is None:
            continue
        number = match["number"]
        has_numeral = number in NUMERALS
        count = NUMERALS.index(number) + 1 if has_numeral else int(number)
        grade = Grade(count, match["stage"], match["after"], has_numeral=has_numeral)
        if grade.is_in_stage:
            return GradeInName(name, grade, match.start(), match.end())
    return None


def next_grade(grade: Grade, present: Collection[Grade]) -> Grade | None:
    """Return the grade after this one as the school calls it: one that it has, else the most usual; none after the last."""
    following = grade.following()
    at_school = (later for later in following if later in present)
    return next(at_school, following[0] if following else None)
