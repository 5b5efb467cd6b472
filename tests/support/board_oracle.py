"""An oracle of alarms, which works them out second by second from what really happened in classes.

Nothing here knows the platform's code. A recorder notes what a script does to the cloud; `expected_alarms` then says
which alarm has to be raised between which seconds, and between which it has to end.

A worker has half a minute, in one piece, in which the cloud answers and no worker is killed. Where a cause stands for a
shorter time, or somebody's return cannot have been seen, an alarm may be raised and need not be.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

MINUTE_S = 60
NOT_STARTED_S = MISSING_S = UNRECORDED_S = 5 * MINUTE_S
EMPTY_S = 10 * MINUTE_S
OVER_S = BEFORE_NEXT_S = 2 * MINUTE_S
IN_TIME_S = 30
TEACHING = ("teacher", "assistant")
FOR_EVER_S = 10**11


@dataclass(frozen=True, slots=True)
class Plan:
    """Plan of a lesson, as it is from a moment on."""

    from_s: int
    starts_s: int
    ends_s: int
    is_held: bool = True


@dataclass(slots=True)
class RecordedClass:
    """Record of one class: what happened in it, and when."""

    name: str
    plans: list[Plan]
    # Whose lesson it is: they have to be there when it begins.
    people: Collection[str]
    # Whether the cloud tells when somebody left; else a look shows no more than that they are not there.
    tells_quits: bool = True
    # From the first to the second moment the cloud does not make its room.
    fails_s: tuple[int, int] | None = None
    began_s: int = FOR_EVER_S
    over_s: int = FOR_EVER_S
    # Since when it is recorded; 0: by itself.
    recorded_s: int = 0
    roles: dict[str, str] = field(default_factory=dict)
    stays: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def come(self, person: str, role: str, at_s: int) -> None:
        if not self.has_inside(person, at_s):
            self.roles[person] = role
            self.stays.setdefault(person, []).append((at_s, FOR_EVER_S))

    def go(self, person: str, at_s: int) -> None:
        if self.has_inside(person, at_s):
            came_s, _for_ever = self.stays[person].pop()
            self.stays[person].append((came_s, at_s))

    def end(self, at_s: int) -> None:
        self.over_s = min(self.over_s, at_s)
        for person in self.stays:
            self.go(person, at_s)

    def has_inside(self, person: str, at_s: int) -> bool:
        return any(came_s <= at_s < gone_s for came_s, gone_s in self.stays.get(person, ()))

    def inside(self, at_s: int, *roles: str) -> list[str]:
        return [
            who for who, role in self.roles.items() if role in roles and self.has_inside(who, at_s)
        ]

    def plan(self, at_s: int) -> Plan:
        return next(plan for plan in reversed(self.plans) if plan.from_s <= at_s)

    def is_running(self, at_s: int) -> bool:
        return self.began_s <= at_s < self.over_s and self.plan(at_s).is_held

    def can_begin(self, at_s: int) -> bool:
        return self.plan(at_s).is_held and at_s < min(self.began_s, self.plan(at_s).ends_s)

    def fails(self, at_s: int) -> bool:
        return self.fails_s is not None and self.fails_s[0] <= at_s < self.fails_s[1]

    def came_to_be_s(self, at_s: int) -> int:
        """Return when the class that runs began, at the earliest at its planned start."""
        return max(self.began_s, self.plan(at_s).starts_s)


@dataclass(slots=True)
class Morning:
    """All classes, and what befell all of them."""

    # So long before a lesson its teacher may enter.
    window_s: int
    classes: list[RecordedClass] = field(default_factory=list)
    # From the first to the second moment the cloud does not answer.
    silences: list[tuple[int, int]] = field(default_factory=list)
    # When a worker was killed.
    kills: list[int] = field(default_factory=list)

    def answers(self, at_s: int) -> bool:
        return not any(from_s <= at_s < until_s for from_s, until_s in self.silences)

    def in_time_s(self, since_s: int, *, needs_cloud: bool = True) -> int:
        """Return by when workers must have noticed something that is so since then."""
        quiet_s = 0
        at_s = since_s
        while quiet_s < IN_TIME_S:
            is_disturbed = at_s in self.kills or (needs_cloud and not self.answers(at_s))
            quiet_s = 0 if is_disturbed else quiet_s + 1
            at_s += 1
        return at_s

    def next_start_s(self, own: RecordedClass, at_s: int) -> int:
        """Return when the first of the next lessons of those inside begins."""
        people = own.inside(at_s, *TEACHING, "student")
        starts = [
            plan.starts_s
            for other in self.classes
            if other is not own and (plan := other.plan(at_s)).is_held
            if plan.starts_s >= own.plan(at_s).ends_s and set(people) & set(other.people)
        ]
        return min(starts, default=FOR_EVER_S)


@dataclass(slots=True)
class ExpectedAlarm:
    """An alarm that has to be raised and to end between these seconds, both included."""

    kind: str
    raised_s: tuple[int, int]
    ended_s: tuple[int, int] = (FOR_EVER_S, FOR_EVER_S)
    # It may as well not be raised.
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Rule of one kind of alarm: when it may begin, and how long it goes on, once raised."""

    kind: str
    begins: Callable[[Morning, RecordedClass, int], bool]
    goes_on: Callable[[Morning, RecordedClass, int], bool]
    # The longest time by which it is noticed later than it is so, because nobody looks before.
    unseen_s: Callable[[Morning, RecordedClass, int], int] = lambda _morning, _own, _at_s: 0
    needs_cloud: bool = True


# --- The rules, in words of their own -------------------------------------------------------------


def _not_started(morning: Morning, own: RecordedClass, at_s: int) -> bool:
    is_late = at_s >= own.plan(at_s).starts_s + NOT_STARTED_S
    return is_late and own.can_begin(at_s) and not own.fails(at_s)


def _has_no_teacher(morning: Morning, own: RecordedClass, at_s: int) -> bool:
    return own.is_running(at_s) and not own.inside(at_s, *TEACHING)


def _teacher_is_missing(morning: Morning, own: RecordedClass, at_s: int) -> bool:
    if not _has_no_teacher(morning, own, at_s):
        return False
    return _missed_since_s(own, at_s) + MISSING_S <= at_s < own.plan(at_s).ends_s


def _missed_since_s(own: RecordedClass, at_s: int) -> int:
    teaching = [who for who, role in own.roles.items() if role in TEACHING]
    left = [gone_s for who in teaching for _came_s, gone_s in own.stays[who] if gone_s <= at_s]
    return max([own.came_to_be_s(at_s), *left])


def _missed_unseen_s(morning: Morning, own: RecordedClass, at_s: int) -> int:
    """Return how much later a teacher who left is missed where only the next look, every 5 minutes, shows that."""
    since_s, began_s = _missed_since_s(own, at_s), own.came_to_be_s(at_s)
    if own.tells_quits or since_s == began_s:
        return 0
    look_s = since_s + -(since_s - began_s) % MISSING_S
    return morning.in_time_s(look_s) - since_s


def _is_empty(morning: Morning, own: RecordedClass, at_s: int) -> bool:
    minute_s = own.plan(at_s).starts_s + EMPTY_S
    if not own.is_running(at_s) or own.began_s > minute_s or own.inside(at_s, "student"):
        return False
    return minute_s <= at_s < morning.in_time_s(minute_s)


def _has_no_student(morning: Morning, own: RecordedClass, at_s: int) -> bool:
    return own.is_running(at_s) and not own.inside(at_s, "student")


def _is_not_recorded(morning: Morning, own: RecordedClass, at_s: int) -> bool:
    from_s = max(own.plan(at_s).starts_s + UNRECORDED_S, own.began_s)
    return own.is_running(at_s) and from_s <= at_s < own.recorded_s


def _runs_over(morning: Morning, own: RecordedClass, at_s: int) -> bool:
    if not own.is_running(at_s) or at_s < own.plan(at_s).ends_s + OVER_S:
        return False
    return at_s >= morning.next_start_s(own, at_s) - BEFORE_NEXT_S


def _holds_somebody_up(morning: Morning, own: RecordedClass, at_s: int) -> bool:
    return own.is_running(at_s) and morning.next_start_s(own, at_s) < FOR_EVER_S


def _cannot_be_opened(morning: Morning, own: RecordedClass, at_s: int) -> bool:
    may_enter = at_s >= own.plan(at_s).starts_s - morning.window_s
    return may_enter and own.can_begin(at_s) and own.fails(at_s)


RULES = (
    Rule("not_started", _not_started, _not_started),
    Rule("teacher_missing", _teacher_is_missing, _has_no_teacher, _missed_unseen_s),
    Rule("empty", _is_empty, _has_no_student),
    Rule("not_recorded", _is_not_recorded, _is_not_recorded),
    Rule("running_over", _runs_over, _holds_somebody_up),
    Rule("cannot_be_opened", _cannot_be_opened, _cannot_be_opened, needs_cloud=False),
)


# --- What has to be raised ------------------------------------------------------------------------


def expected_alarms(morning: Morning, own: RecordedClass, until_s: int) -> list[ExpectedAlarm]:
    """Return the alarms of one class, in the order in which those of a kind are raised."""
    from_s = min(plan.starts_s for plan in own.plans) - morning.window_s
    return [alarm for rule in RULES for alarm in _alarms_of(rule, morning, own, from_s, until_s)]


def _alarms_of(
    rule: Rule, morning: Morning, own: RecordedClass, from_s: int, until_s: int
) -> Iterator[ExpectedAlarm]:
    """Go through the seconds; each kind is raised once, unless another plan ended it."""
    changes = {plan.from_s for plan in own.plans}
    at_s, is_any_before = from_s, False
    while at_s < until_s:
        if not rule.begins(morning, own, at_s):
            at_s += 1
            continue
        alarm = _raised(rule, morning, own, at_s)
        at_s = alarm.raised_s[0]
        alarm.is_optional |= is_any_before
        while at_s < until_s and rule.goes_on(morning, own, at_s):
            at_s += 1
        is_local = not rule.needs_cloud or at_s in changes
        alarm.ended_s = (
            at_s,
            max(morning.in_time_s(at_s, needs_cloud=not is_local), alarm.raised_s[1]),
        )
        yield alarm
        if at_s not in changes and not alarm.is_optional:
            return
        is_any_before = alarm.is_optional


def _raised(rule: Rule, morning: Morning, own: RecordedClass, since_s: int) -> ExpectedAlarm:
    """Return the alarm of a cause that stands since then; the earliest moment is one at which the cloud answers."""
    earliest_s = since_s
    while rule.needs_cloud and not morning.answers(earliest_s):
        earliest_s += 1
    seen_s = since_s + rule.unseen_s(morning, own, since_s)
    latest_s = morning.in_time_s(seen_s, needs_cloud=rule.needs_cloud)
    stands = all(
        rule.begins(morning, own, at_s)
        or (rule.goes_on(morning, own, at_s) and rule.kind != "empty")
        for at_s in range(since_s, latest_s)
    )
    if rule.kind == "empty":
        minute_s = own.plan(since_s).starts_s + EMPTY_S
        stands = all(rule.begins(morning, own, at_s) for at_s in range(minute_s, latest_s - 1))
    return ExpectedAlarm(rule.kind, (earliest_s, latest_s), is_optional=not stands)


# --- What was raised ------------------------------------------------------------------------------

# When an alarm was raised and ended.
Seen = tuple[int, int]


def differences(
    expected: Collection[ExpectedAlarm], seen: Mapping[str, list[Seen]], since_s: int = 0
) -> Iterator[str]:
    """Say which alarms of a class are missed, false, doubled, too early or too late, in seconds since a moment."""
    left = {kind: list(alarms) for kind, alarms in seen.items()}
    for alarm in expected:
        candidates = left.get(alarm.kind, [])
        is_raised = bool(candidates) and candidates[0][0] <= alarm.raised_s[1]
        if alarm.is_optional and not is_raised:
            continue
        actual = candidates.pop(0) if candidates else None
        if actual is None or not _is_as_expected(actual, alarm):
            raised, ended = _since(alarm.raised_s, since_s), _since(alarm.ended_s, since_s)
            said = _since(actual, since_s)
            yield f"{alarm.kind}: {said}, and not from {raised} until {ended}"
    for kind, alarms in left.items():
        yield from (f"{kind}: false or doubled {_since(alarm, since_s)}" for alarm in alarms)


def _is_as_expected(actual: Seen, alarm: ExpectedAlarm) -> bool:
    (first_s, last_s), (gone_s, noticed_s) = alarm.raised_s, alarm.ended_s
    return first_s <= actual[0] <= last_s and gone_s <= actual[1] <= noticed_s


def _since(span_s: tuple[int, int] | None, since_s: int) -> str:
    return "missed" if span_s is None else "-".join(str(at_s - since_s) for at_s in span_s)
