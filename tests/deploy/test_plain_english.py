"""The check of docstrings and comments: what it refuses, and what it lets pass."""

from __future__ import annotations

import pytest

from deploy.plain_english import faults_in


def lines_at_fault(source: str) -> list[int]:
    return [fault.line for fault in faults_in("app/module.py", source)]


@pytest.mark.parametrize(
    "docstring",
    [
        "What the cloud has.",
        "Whether it runs.",
        "Of a lesson, its rooms.",
        "Who, and when.",
        "Which room it is.",
        "Why: nobody came.",
        "That of another room.",
        "In which room it is.",
        "By whom it is held.",
        "From when to when it is held.",
        "Have the rooms be made.",
        "Has them all be told.",
    ],
)
@pytest.mark.parametrize("head", ["def f():", "class C:", "async def g():"])
def test_docstring_that_says_nothing_of_what_is_done_is_a_fault(head: str, docstring: str) -> None:
    source = f'"""A module."""\n\n{head}\n    """{docstring}"""\n'

    assert lines_at_fault(source) == [4]


def test_docstring_of_a_module_is_looked_at_too() -> None:
    assert lines_at_fault('"""How rooms are made."""\n') == [1]


@pytest.mark.parametrize(
    "docstring",
    [
        "Return what the cloud has.",
        "Tell whether it runs.",
        "The lessons of a week.",
        "Offer rooms to those who have none.",
        "In the cloud, as in the plan.",
        "Trust whom the school trusts.",
        "Have workers make the rooms. They may be late.",
    ],
)
def test_docstring_that_begins_with_a_verb_or_a_noun_passes(docstring: str) -> None:
    assert lines_at_fault(f'def f():\n    """{docstring}"""\n') == []


def test_comment_without_a_subject_is_a_fault_wherever_it_stands() -> None:
    source = "# Of both, one.\nx = 1  # Of two.\ny = '# Of a text'  # Often.\n"

    assert lines_at_fault(source) == [1, 2]
