"""The lists of bell times that another term can take over, with the class groups of this year."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext

from schedule.models import ClassGroup, Term
from schedule.terms.bells.bell_list_forms import meet_in_words
from schedule.terms.bells.bell_list_writing import BellListPlan, list_scope_of, plan_of_list
from schedule.terms.bells.bell_lists import BellLists, ListedBells, faults
from schedule.terms.bells.bell_times import Bells


@dataclass(slots=True)
class CopiedLists:
    """The lists that come along with the bell times of a term, and by name why others do not."""

    wanted: list[BellListPlan] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    def beside(self, default: Bells) -> BellLists:
        """Return the lists that a term has once they are written."""
        return BellLists(default, [plan.listed(key) for key, plan in enumerate(self.wanted)])


def copied_lists(source: Term, target: Term, counterparts: Mapping[int, ClassGroup]) -> CopiedLists:
    """Work out which lists of a term hold in another one as well; four queries, two where there is none."""
    copied, scope = CopiedLists(), list_scope_of(target)
    listed: list[ListedBells] = []
    for row in source.bell_lists.prefetch_related("times", "class_groups"):
        plan = plan_of_list(row)
        groups = {
            mapped.pk: mapped
            for group in plan.class_groups
            if (mapped := counterparts.get(group.pk)) is not None
        }
        if plan.first_day is not None:
            copied.left_out.append((row.name, gettext("Its days lie in the other term.")))
        elif row.is_for_class_groups and not (groups or plan.grades):
            reason = gettext("None of its class groups has a counterpart.")
            copied.left_out.append((row.name, reason))
        else:
            plan = dataclasses.replace(plan, class_groups=tuple(groups.values()))
            new = plan.listed(len(listed))
            # In this year's grades two may hold for one class group that were for different ones.
            other = next((older for older in listed if any(faults([older, new], scope))), None)
            if other is not None:
                copied.left_out.append((row.name, meet_in_words(other.name)))
                continue
            listed.append(new)
            copied.wanted.append(plan)
    return copied
