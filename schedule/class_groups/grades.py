"""Grades of class groups: their order, how they are called, and how an address asks for one."""

from __future__ import annotations

from collections.abc import Iterable

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
