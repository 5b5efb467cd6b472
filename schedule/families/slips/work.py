"""Printing family links as long work: for one class group or for many of the school."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.batches import in_batches
from edu_platform.lib.long_work import RunningWork, WorkRefused, WorkState
from edu_platform.lib.moments import exact_text
from edu_platform.lib.natural_keys import in_order
from schedule.families.managing.access import class_groups_managed
from schedule.families.slips.printing import SHOWN_FOR, print_slips, students_by_group
from schedule.models import ClassGroup, Work
from schedule.work.kinds import CHANGED, Outcome, Sentence, WorkKind
from schedule.work.writing import begin_work

FAULTS = {
    CHANGED: gettext_lazy(
        "Nothing was printed: the class groups were archived or have no students any more."
    )
}
# A small server makes so many links in a second.
STUDENTS_A_SECOND = 1000


def ask_to_print(class_groups: Sequence[ClassGroup], *, by: User) -> Work:
    """Leave it to a worker to make links for all students of these class groups."""
    codes = sorted(group.code for group in class_groups)
    one = class_groups[0] if len(class_groups) == 1 else None
    return begin_work(
        PRINT_SLIPS,
        by=by,
        scope=f"family_slips:{one.code}" if one else "family_slips",
        arguments={"codes": codes, "name": one.name if one else "", "count": len(codes)},
        row_count=sum(map(len, students_by_group(class_groups).values())),
    )


def _run(work: RunningWork[Work]) -> None:
    codes, by = work.row.arguments["codes"], work.row.asked_by
    groups = in_order(
        group
        for some in in_batches(codes)
        for group in class_groups_managed(by).filter(code__in=some)
    )
    if not any(students_by_group(groups).values()):
        raise WorkRefused(fault=CHANGED)
    print_slips(groups, by=by, at=timezone.now(), write_in=work.writing)


def _is_class_teacher_of_all(user: User, arguments: Mapping[str, Any]) -> bool:
    codes = set(arguments["codes"])
    taught = class_groups_managed(user).filter(code__in=codes)
    return codes <= set(taught.values_list("code", flat=True))


def _title(arguments: Mapping[str, Any]) -> str:
    if arguments["name"]:
        return _("Links for the families of %(name)s") % {"name": arguments["name"]}
    count = arguments["count"]
    words = ngettext(
        "Links for the families of %(count)s class group",
        "Links for the families of %(count)s class groups",
        count,
    )
    return words % {"count": count}


def _outcome(work: Work) -> Outcome:
    if work.state != WorkState.DONE:
        return Outcome((), _page_of(work), _("Back to the links for families"))
    count, until = work.result["students"], work.ended_at
    words = ngettext(
        "A slip for %(count)s student is ready. It can be printed until %(until)s.",
        "Slips for %(count)s students are ready. They can be printed until %(until)s.",
        count,
    )
    sentence = words % {"count": count, "until": exact_text(until + SHOWN_FOR) if until else ""}
    sentences = [Sentence(sentence)]
    if left_out := work.result["left_out"]:
        words = ngettext(
            "%(count)s student has as many links as there may be and got none: the page of the class group says who.",
            "%(count)s students have as many links as there may be and got none: the page of the class group says who.",
            left_out,
        )
        sentences.append(Sentence(words % {"count": left_out}, is_warning=True))
    address = _page_of(work)
    if work.arguments["name"]:
        address = reverse("family_links:sheets", args=work.result["slips"])
    return Outcome(sentences, address, _("To the slips"))


def _page_of(work: Work) -> str:
    """Return the page on which it was asked for, which who asked may see."""
    if not work.arguments["name"]:
        return reverse("family_links:several_slips")
    return reverse("family_links:own_slips", args=work.arguments["codes"])


PRINT_SLIPS = WorkKind(
    name="schedule.print_family_slips",
    action=Action.MANAGE_FAMILY_LINKS,
    run=_run,
    title=_title,
    named_by=("name", "count"),
    outcome=_outcome,
    faults=FAULTS,
    is_allowed=_is_class_teacher_of_all,
    rows_a_second=STUDENTS_A_SECOND,
)
