"""Beginning a school year: class groups rise from the top grade down, graduates leave, and the old ones are archived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import chain

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from accounts.services import audit
from edu_platform.lib.batches import ROWS_A_STATEMENT, update_rows
from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.formatting import listed
from edu_platform.lib.progress import Phase, report
from edu_platform.lib.versions import NotAsShown, require_as_shown
from schedule.class_group_hooks import class_groups_rise
from schedule.class_groups.grades import grade_in_name, next_grade
from schedule.class_groups.memberships import MEMBERSHIPS_AT_ONCE
from schedule.class_groups.moving import record_moves
from schedule.class_groups.writing import archive_class_groups
from schedule.lessons.trying_again import trying_again
from schedule.models import ClassGroup, Membership, SchoolYear, grade_in
from schedule.school_year.kept import Written, versions_of
from schedule.school_year.locks import lock_school
from schedule.school_year.moved_rows import hanging_on, move_rows, touch_terms_of
from schedule.school_year.notices import tell_class_teachers
from schedule.school_year.preview import PreviewRow, YearPreview, preview_of
from schedule.school_year.wish import ENDING, YearAction, YearWish
from schedule.week_grid import DAY

# For the progress bar: a membership of each person ends and another one begins, with an entry of the audit log.
ROWS_A_PERSON = 3


class YearRefused(Exception):
    """Nothing was done: `preview` says what stands against it."""

    def __init__(self, preview: YearPreview) -> None:
        super().__init__("the school year does not begin")
        self.preview = preview


def begin_school_year(
    wish: YearWish, *, by: User, known: str = "", write_in: WriteIn = own_transaction
) -> SchoolYear:
    """Begin a school year as its page showed it (`known`), all of it or nothing.

    Raises:
        NotAsShown: class groups, their people or what is planned for them have changed since.
        YearRefused: something stands against it.
        ChangedMeanwhile: they are changed all the time.
    """

    def attempt() -> SchoolYear:
        units = Membership.objects.not_over(day=wish.first_day).count()
        report(Phase.READING, 0, units)
        with write_in(units, rows_a_unit=ROWS_A_PERSON) as noted:
            year = _begin(wish, by=by, known=known)
            noted.update(year=year.code, counts=year.counts)
        return year

    return trying_again(attempt)


def _begin(wish: YearWish, *, by: User, known: str) -> SchoolYear:
    """Lock, look again, and write."""
    ending = [pk for pk, row in wish.rows.items() if row.action in ENDING]
    lock_school(ending, wish.first_day)
    preview = preview_of(wish)
    require_as_shown(preview, known, preview.version)
    if not preview.can_begin:
        raise YearRefused(preview)
    year = SchoolYear(first_day=wish.first_day, begun_by=by, counts=preview.counts())
    written = _write(preview, year, by=by)
    year.written = written.kept()
    year.save()
    details = {"changes": counts_in_words(year.counts)}
    audit.record(AuditKind.SCHOOL_YEAR_BEGUN, by=by, object_text=str(year), details=details)
    return year


def counts_in_words(counts: Mapping[str, int]) -> str:
    """Say how many class groups rose, left and were archived, and how many people these have."""
    words = {
        YearAction.RISE: ngettext(
            "%(count)s class group rises", "%(count)s class groups rise", counts["rise"]
        ),
        YearAction.LEAVE: ngettext(
            "%(count)s class group leaves", "%(count)s class groups leave", counts["leave"]
        ),
        YearAction.ARCHIVE: ngettext(
            "%(count)s class group is archived only",
            "%(count)s class groups are archived only",
            counts["archive"],
        ),
        "people": ngettext(
            "%(count)s person, class teachers included",
            "%(count)s people, class teachers included",
            counts["people"],
        ),
    }
    return listed(text % {"count": counts[name]} for name, text in words.items() if counts[name])


def _write(preview: YearPreview, year: SchoolYear, *, by: User) -> Written:
    day = preview.wish.first_day
    rising, leaving, archived = (
        preview.rows_with(action)
        for action in (YearAction.RISE, YearAction.LEAVE, YearAction.ARCHIVE)
    )
    ending = [row.state.class_group for row in (*rising, *leaving, *archived)]
    # First: the new ones take over their names.
    archive_class_groups(ending, at=timezone.now(), by=by)
    targets = _insert_risen(rising, preview, by=by)
    written = Written(
        risen=[[old, group.pk] for old, group in targets.items()],
        left=[row.state.class_group.pk for row in leaving],
        archived=[row.state.class_group.pk for row in archived],
    )
    _write_memberships(written, rising, leaving, day)
    written.moved = move_rows(written.new_by_old, day)
    touch_terms_of(written.new_by_old.values())
    class_groups_rise(written.new_by_old)
    written.hanging = hanging_on(written.new_by_old.values())
    ended = ClassGroup.objects.filter(pk__in=[group.pk for group in ending])
    written.versions = [
        [pk, version] for pk, version in versions_of([*ended, *targets.values()]).items()
    ]
    _record_members([*rising, *leaving], targets, day, by=by)
    tell_class_teachers(year, rising, targets)
    return written


def _insert_risen(
    rows: Sequence[PreviewRow], preview: YearPreview, *, by: User
) -> dict[int, ClassGroup]:
    """Make the class groups of the new year, and return each by the key of the one that it was.

    Raises:
        NotAsShown: somebody has made one of the same name just now.
    """
    targets = {
        row.state.class_group.pk: _risen(row.state.class_group, row.wished.name) for row in rows
    }
    try:
        with transaction.atomic():
            ClassGroup.objects.bulk_create(targets.values(), batch_size=ROWS_A_STATEMENT)
    except IntegrityError as err:
        raise NotAsShown(preview) from err
    entries: list[AuditEntry] = []
    for row in rows:
        old = row.state.class_group
        audit.record_row(
            AuditKind.CLASS_GROUP_ADDED,
            targets[old.pk],
            changes=f"{old.name} → {row.wished.name}",
            by=by,
            into=entries,
        )
    audit.write(entries)
    return targets


def _risen(old: ClassGroup, name: str) -> ClassGroup:
    """Return what a class group becomes; it is not saved yet."""
    return ClassGroup(name=name, grade=_grade_after(old, name), age_band=old.age_band)


def _grade_after(old: ClassGroup, name: str) -> str:
    """Return the grade of the new class group: as its name says, or after the one that somebody wrote for the old one."""
    if old.grade == grade_in(old.name):
        return grade_in(name)
    written = grade_in_name(old.grade)
    later = None if written is None else next_grade(written.grade, ())
    return old.grade if written is None or later is None else written.with_grade(later)


def _write_memberships(
    written: Written,
    rising: Sequence[PreviewRow],
    leaving: Sequence[PreviewRow],
    first_day: dt.date,
) -> None:
    """End the memberships in the old class groups on the day before, and let those of who rises go on in the new ones."""
    new_by_old = written.new_by_old
    ended: list[Membership] = []
    begun: list[Membership] = []
    for membership in chain.from_iterable(row.state.memberships for row in (*rising, *leaving)):
        old_id = membership.class_group_id
        if membership.from_date is not None and membership.from_date >= first_day:
            written.ahead.append([membership.pk, old_id])
            continue
        if old_id in new_by_old:
            begun.append(_going_on(membership, new_by_old[old_id], first_day))
        last_day = membership.to_date
        written.ended.append([membership.pk, None if last_day is None else last_day.isoformat()])
        membership.to_date = first_day - DAY
        ended.append(membership)
    update_rows(ended, ["to_date"])
    Membership.objects.bulk_create(begun, batch_size=MEMBERSHIPS_AT_ONCE)
    written.begun = [membership.pk for membership in begun]
    for old_id, new_id in new_by_old.items():
        keys = [pk for pk, group_id in written.ahead if group_id == old_id]
        Membership.objects.filter(pk__in=keys).update(class_group=new_id)


def _going_on(membership: Membership, class_group_id: int, first_day: dt.date) -> Membership:
    """Return the same membership in another class group from this day on; it is not saved yet."""
    return Membership(
        user_id=membership.user_id,
        class_group_id=class_group_id,
        kind=membership.kind,
        from_date=first_day,
        to_date=membership.to_date,
    )


def _record_members(
    rows: Sequence[PreviewRow],
    targets: Mapping[int, ClassGroup],
    first_day: dt.date,
    *,
    by: User,
) -> None:
    """Write into the audit log of each person where they go."""
    changed = []
    for row in rows:
        old = row.state.class_group
        target = targets.get(old.pk)
        way = f"{old.name} → {'–' if target is None else target.name} · {first_day}"
        people = {membership.user_id: membership.user for membership in row.state.memberships}
        changed += [(user, old, way) for user in people.values()]
    record_moves(changed, by=by)
