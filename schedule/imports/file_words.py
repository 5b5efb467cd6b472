"""Words of the history of imports, and of the pages that undo a file of people or weekly lessons."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from accounts.enums import Role, role_names
from edu_platform.lib.batches import in_batches
from edu_platform.lib.formatting import NOTHING, listed
from schedule.enums import ImportTopic
from schedule.imports.people_states import ACTIVE, MEMBERSHIPS, NAME, ROLES
from schedule.imports.person_restoring import Restoring, Stays
from schedule.imports.undo_files import FileUndoing
from schedule.imports.undo_parts import Line, Part, part_of
from schedule.imports.undo_weekly_lessons import Back, WeeklyLeftAlone
from schedule.models import (
    ClassGroup,
    ImportedFile,
    Membership,
    class_group_names,
)
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan, plan_of
from schedule.terms.words import time_in_words, weekday_in_words, weeks_in_words

TOPICS: Mapping[str, StrPromise] = {
    ImportTopic.PEOPLE: _("People"),
    ImportTopic.LESSONS: _("Lessons"),
    ImportTopic.WEEKLY_LESSONS: _("Weekly lessons"),
    ImportTopic.FET: _("Timetable from FET"),
}
COLUMNS: Mapping[str, StrPromise] = {
    NAME: _("name"),
    ROLES: _("roles"),
    ACTIVE: _("account"),
    MEMBERSHIPS: _("class groups"),
}

Item = TypeVar("Item")


def topic_in_words(file: ImportedFile) -> str:
    topic = str(TOPICS[file.topic])
    return f"{topic} · {file.term_name}" if file.term_name else topic


def counts_in_words(counts: Mapping[str, int]) -> str:
    """Say what an import did, or what its undo did, by the names of what is counted."""
    words = {
        "added": gettext("%(count)s added"),
        "changed": gettext("%(count)s changed"),
        "removed": gettext("%(count)s removed"),
        "deactivated": gettext("%(count)s deactivated"),
        "unchanged": gettext("%(count)s unchanged"),
        # An earlier release noted of an import of lessons only how many it was about.
        "lessons": ngettext("%(count)s lesson", "%(count)s lessons", counts.get("lessons", 0)),
        "deleted": gettext("%(count)s deleted"),
        "restored": gettext("%(count)s put back"),
        "left": gettext("%(count)s left as they are"),
    }
    told = (text % {"count": counts[name]} for name, text in words.items() if counts.get(name))
    return listed(told) or gettext("nothing")


# --- What undoing does ------------------------------------------------------------------------------


def parts_of(undoing: FileUndoing) -> list[Part]:
    """Return what a page says of an undo, without what there is nothing of."""
    people, weekly = undoing.people, undoing.weekly_lessons
    groups = class_group_names_of(_class_group_keys(people.restored))
    parts = [
        _part_of_people(_deleted_accounts, people.deleted, lambda user: Line(str(user))),
        _part_of_people(
            _restored_people, people.restored, lambda each: _line_of_restoring(each, groups)
        ),
        _part(_removed_weekly, weekly.deleted, lambda each: Line(_weekly_text(plan_of(each)))),
        _part(_restored_weekly, weekly.restored, _line_of_back),
        _part(_made_again, weekly.made_again, _line_of_back),
        _part(_staying, people.stays, _line_of_stays),
        _part(_staying_weekly, weekly.left_alone, _line_of_left),
    ]
    return [part for part in parts if part.count]


def staying_lines_in_words(undoing: FileUndoing) -> list[str]:
    """Return a line for each thing that stays as it is; for commands."""
    lines = [_line_of_stays(stays) for stays in undoing.people.stays]
    lines += [_line_of_left(left) for left in undoing.weekly_lessons.left_alone]
    words = [line.in_words() for line in lines]
    if undoing.is_term_gone:
        words.append(gettext("Its term was deleted since, with all its weekly lessons."))
    return words


def _part(
    title: Callable[[int], str], items: Sequence[Item], line_of: Callable[[Item], Line]
) -> Part:
    return part_of(items, line_of, title=title(len(items)))


def _part_of_people(
    title: Callable[[int], str], items: Sequence[Item], line_of: Callable[[Item], Line]
) -> Part:
    return part_of(items, line_of, title=title(len(items)), is_of_people=True)


def _deleted_accounts(count: int) -> str:
    text = ngettext("%(count)s account is deleted", "%(count)s accounts are deleted", count)
    return text % {"count": count}


def _restored_people(count: int) -> str:
    text = ngettext(
        "%(count)s person becomes what they were", "%(count)s people become what they were", count
    )
    return text % {"count": count}


def _removed_weekly(count: int) -> str:
    text = ngettext(
        "%(count)s weekly lesson is removed", "%(count)s weekly lessons are removed", count
    )
    return text % {"count": count}


def _restored_weekly(count: int) -> str:
    text = ngettext(
        "%(count)s weekly lesson becomes what it was",
        "%(count)s weekly lessons become what they were",
        count,
    )
    return text % {"count": count}


def _made_again(count: int) -> str:
    text = ngettext(
        "%(count)s weekly lesson comes back", "%(count)s weekly lessons come back", count
    )
    return text % {"count": count}


def _staying(count: int) -> str:
    text = ngettext("%(count)s thing stays as it is", "%(count)s things stay as they are", count)
    return text % {"count": count}


def _staying_weekly(count: int) -> str:
    text = ngettext(
        "%(count)s weekly lesson stays as it is", "%(count)s weekly lessons stay as they are", count
    )
    return text % {"count": count}


def _line_of_stays(stays: Stays) -> Line:
    if not stays.column:
        return Line(str(stays.user), more=(str(stays.reason.label),))
    values = {"column": COLUMNS[stays.column], "reason": stays.reason.label}
    return Line(str(stays.user), more=(gettext("%(column)s: %(reason)s") % values,))


def _line_of_restoring(restoring: Restoring, groups: Mapping[int, str]) -> Line:
    return Line(str(restoring.user), more=tuple(_changes_in_words(restoring, groups)))


def _changes_in_words(restoring: Restoring, groups: Mapping[int, str]) -> Iterator[str]:
    user = restoring.user
    yield from person_in_words(
        (user.display_name, restoring.name),
        (user.roles, restoring.roles),
        is_active=restoring.is_active,
    )
    for membership in restoring.begun:
        yield gettext("not in %(class_group)s") % {"class_group": groups[membership.class_group_id]}
    for membership in (*restoring.periods, *restoring.gone):
        yield membership_in_words(membership, groups)


def person_in_words(
    names: tuple[str | None, str | None],
    roles: tuple[Collection[Role] | None, Collection[Role] | None],
    *,
    is_active: bool | None,
) -> Iterator[str]:
    """Say what of a person is another than before: name and roles, before and after, and the account; None: as before."""
    name_before, name = names
    roles_before, roles_after = roles
    if name is not None:
        yield f"{name_before} → {name}"
    if roles_after is not None:
        yield f"{roles_in_words(roles_before or ())} → {roles_in_words(roles_after)}"
    if is_active is not None:
        yield _account_in_words(is_active=is_active)


def roles_in_words(roles: Collection[Role]) -> str:
    return role_names(roles) or NOTHING


def _account_in_words(*, is_active: bool) -> str:
    """Say that an account was activated, or deactivated."""
    active, deactivated = pgettext("account", "active"), pgettext("account", "deactivated")
    return f"{deactivated} → {active}" if is_active else f"{active} → {deactivated}"


def membership_in_words(membership: Membership, groups: Mapping[int, str]) -> str:
    """Say in which class group somebody is, by these names, and until when."""
    # Where it is gone, who were in it are told all the same.
    name = groups.get(membership.class_group_id, "–")
    if membership.to_date is None:
        return gettext("in %(class_group)s") % {"class_group": name}
    values = {"class_group": name, "day": f"{membership.to_date:%Y-%m-%d}"}
    return gettext("in %(class_group)s until %(day)s") % values


def _class_group_keys(restored: Iterable[Restoring]) -> Iterator[int]:
    for each in restored:
        yield from (row.class_group_id for row in (*each.begun, *each.periods, *each.gone))


def class_group_names_of(keys: Iterable[int]) -> dict[int, str]:
    """Return the names of class groups by their keys; of those that are gone there is none."""
    names: dict[int, str] = {}
    for some in in_batches(keys):
        names.update(ClassGroup.objects.filter(pk__in=some).values_list("pk", "name"))
    return names


def _line_of_back(back: Back) -> Line:
    text = _weekly_text(back.plan)
    if back.weekly_lesson is None:
        return Line(text)
    now = _weekly_text(plan_of(back.weekly_lesson))
    return Line(now, more=(f"→ {text}",) if now != text else ())


def _line_of_left(left: WeeklyLeftAlone) -> Line:
    if left.plan is not None:
        return Line(_weekly_text(left.plan), more=(str(left.reason.label),))
    kept_plan = left.row.after or left.row.before or {}
    return Line(_kept_text(kept_plan), more=(str(left.reason.label),))


def _weekly_text(plan: WeeklyLessonPlan) -> str:
    parts = (
        plan.course.name,
        class_group_names(plan.class_groups),
        plan.teacher.display_name,
        f"{weekday_in_words(plan.weekday)} {time_in_words(plan.starts, plan.ends)}",
        weeks_in_words(plan.weeks),
    )
    return " · ".join(parts)


def _kept_text(kept_plan: Mapping[str, Any]) -> str:
    """Say when a weekly lesson was that is not there any more, and of which what it was is gone."""
    return f"{weekday_in_words(kept_plan['weekday'])} {kept_plan['starts'][:5]}–{kept_plan['ends'][:5]}"
