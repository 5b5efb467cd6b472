"""Writing weekly lessons that are known to fit, in a few statements for any number, through one gate."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from edu_platform.lib.batches import ROWS_A_STATEMENT, in_batches
from schedule.enums import PatternSource
from schedule.models import Pattern, Term
from schedule.terms.pattern_plans import PLAIN_COLUMNS, PatternPlan
from schedule.terms.weekly_gate import require_sound


def lock_term(term: Term) -> None:
    """Lock the term: who writes its weekly lessons or plans them waits for others of the same term.

    Raises:
        Term.DoesNotExist: it was deleted meanwhile.
    """
    Term.objects.select_for_update().get(pk=term.pk)


def insert_patterns(
    term: Term, plans: Iterable[PatternPlan], *, source: PatternSource
) -> list[Pattern]:
    plans = list(plans)
    require_sound(plans)
    patterns = Pattern.objects.bulk_create(
        [Pattern(term=term, source=source, **plan.columns()) for plan in plans],
        batch_size=ROWS_A_STATEMENT,
    )
    _add_people_and_groups(zip(patterns, plans, strict=True))
    return patterns


def update_patterns(
    planned: Collection[tuple[Pattern, PatternPlan]], *, source: PatternSource | None = None
) -> None:
    """Make each weekly lesson as planned; `source`: it comes from there now."""
    require_sound(plan for _pattern, plan in planned)
    for pattern, plan in planned:
        pattern.source = source or pattern.source
        for name, value in plan.columns().items():
            setattr(pattern, name, value)
    patterns = [pattern for pattern, _plan in planned]
    Pattern.objects.bulk_update(patterns, ["source", *PLAIN_COLUMNS], batch_size=ROWS_A_STATEMENT)
    for batch in in_batches(pattern.pk for pattern in patterns):
        Pattern.assistants.through.objects.filter(pattern__in=batch).delete()
        Pattern.class_groups.through.objects.filter(pattern__in=batch).delete()
    _add_people_and_groups(planned)


def move_patterns(patterns: Iterable[Pattern]) -> int:
    """Write the hours of these weekly lessons as they are set by now, and return how many there are."""
    moved = list(patterns)
    require_sound(moved)
    return Pattern.objects.bulk_update(moved, ["starts", "ends"], batch_size=ROWS_A_STATEMENT)


def delete_patterns(patterns: Iterable[Pattern]) -> None:
    for batch in in_batches(pattern.pk for pattern in patterns):
        Pattern.objects.filter(pk__in=batch).delete()


def _add_people_and_groups(planned: Iterable[tuple[Pattern, PatternPlan]]) -> None:
    assisting, attending = Pattern.assistants.through, Pattern.class_groups.through
    assistants, groups = [], []
    for pattern, plan in planned:
        assistants += [
            assisting(pattern_id=pattern.pk, user_id=user.pk) for user in plan.assistants
        ]
        groups += [
            attending(pattern_id=pattern.pk, classgroup_id=group.pk) for group in plan.class_groups
        ]
    assisting.objects.bulk_create(assistants, batch_size=ROWS_A_STATEMENT)
    attending.objects.bulk_create(groups, batch_size=ROWS_A_STATEMENT)
