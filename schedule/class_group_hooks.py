"""Hooks for higher apps into class groups: those that rise with a school year, ways on from their page, and figures."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from accounts.models import User
from edu_platform.lib.hooks import Hook
from schedule.hooks import PageLink
from schedule.models import ClassGroup

# --- Class groups that rise -----------------------------------------------------------------------

# Called inside the transaction in which a school year begins, with the keys of the class groups that rise and of those
# that they become: what people have set for the old one is set for the new one too. Undoing deletes the new one with it.
RiseListener = Callable[[Mapping[int, int]], None]

rise_listeners: Hook[RiseListener] = Hook("class groups that rise with a new school year")


def class_groups_rise(new_by_old: Mapping[int, int]) -> None:
    for listener in rise_listeners:
        listener(new_by_old)


# --- Ways on from the page of a class group -------------------------------------------------------

# Called with who looks at the page of a class group, as planner or as its class teacher; no query.
ClassGroupLinkMaker = Callable[[User, ClassGroup], PageLink | None]

class_group_link_makers: Hook[ClassGroupLinkMaker] = Hook("ways on from the page of a class group")


def class_group_links(user: User, class_group: ClassGroup) -> list[PageLink]:
    links = (maker(user, class_group) for maker in class_group_link_makers)
    return [link for link in links if link is not None]


# --- Figures of class groups ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClassGroupFigure:
    """One figure of each of several class groups, as a list shows it in a column."""

    # The head of the column.
    words: str
    # By the key of the class group; those of which there is nothing to say are left out.
    links: Mapping[int, PageLink]
    # By key: what its class teacher has yet to see to; nothing where all is done.
    to_do: Mapping[int, PageLink] = field(default_factory=dict)


# Called once a page with its class groups. None: nothing to show of any. One query at most for each.
ClassGroupFigureMaker = Callable[[Collection[ClassGroup]], ClassGroupFigure | None]

class_group_figure_makers: Hook[ClassGroupFigureMaker] = Hook("figures of class groups")


def class_group_figures(class_groups: Collection[ClassGroup]) -> list[ClassGroupFigure]:
    figures = (maker(class_groups) for maker in class_group_figure_makers)
    return [figure for figure in figures if figure is not None]


def class_group_to_do(class_groups: Collection[ClassGroup]) -> dict[int, list[PageLink]]:
    """Return what class teachers have yet to see to in each class group, by its key."""
    figures = class_group_figures(class_groups)
    return {
        group.pk: [figure.to_do[group.pk] for figure in figures if group.pk in figure.to_do]
        for group in class_groups
    }


# --- Figures of the students of a class group -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class StudentFigure:
    """One figure of each student of a class group, as its page shows it in a column."""

    # The head of the column.
    words: str
    # By the key of the student; those of whom there is nothing to say are left out.
    links: Mapping[int, PageLink]


# Called once a page with its students, by planners and class teachers alike. One query at most for each.
StudentFigureMaker = Callable[[Collection[User]], StudentFigure]

student_figure_makers: Hook[StudentFigureMaker] = Hook("figures of the students of a class group")


def student_figures(students: Collection[User]) -> list[StudentFigure]:
    return [maker(students) for maker in student_figure_makers] if students else []
