"""Mornings of classes in which much goes wrong, written by chance: who does what and when, in seconds.

Nothing here knows the platform's code. What is written down here is done by `tests/stories/test_board_mornings.py`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

MINUTE_S = 60
LENGTH_S = 30 * MINUTE_S
WINDOW_S = 15 * MINUTE_S
STUDENTS = 3
# People and the cloud act first within one second, and workers last.
SPARE_S = 40
FAULTS = ("http500", "drop_after", "rate_limit", "garble")


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is done in a class at a moment, by or about somebody."""

    at_s: int
    what: str
    who: str = ""


@dataclass(slots=True)
class ScriptedClass:
    """A lesson as it is planned, and what is done in its class."""

    number: int
    starts_s: int
    teacher: str
    students: tuple[str, ...]
    # By plan, refused, or by hand.
    recording: str = "plan"
    # Its room is made long before; else the cloud makes none until somebody tries again.
    has_room: bool = True
    tells_quits: bool = True
    # So often each callback is sent.
    callbacks: int = 1
    steps: list[Step] = field(default_factory=list)

    @property
    def ends_s(self) -> int:
        return self.starts_s + LENGTH_S

    @property
    def assistant(self) -> str:
        return f"a{self.number}"


@dataclass(frozen=True, slots=True)
class ScriptedMorning:
    begins_s: int
    classes: list[ScriptedClass]
    # The cloud does not answer from the first to the second moment.
    silences: list[tuple[int, int]]
    # A worker is killed at what it does next.
    kills: list[int]
    # Messages to workers are lost from the first to the second moment, so that the clock alone starts them.
    losses: list[tuple[int, int]]
    # Single calls of the cloud go wrong: when, and how.
    faults: list[tuple[int, str]]
    # Somebody looks at the board.
    looks: list[tuple[int, int]]

    @property
    def ends_s(self) -> int:
        last = max(step.at_s for own in self.classes for step in own.steps)
        return max(last, *(own.ends_s for own in self.classes)) + 90

    def in_words(self, kills: list[int]) -> Iterator[str]:
        """Say what is done when, for whoever looks for the cause of a difference."""
        since_s = self.begins_s
        for own in self.classes:
            steps = sorted(own.steps, key=lambda step: step.at_s)
            done = " ".join(
                f"{step.at_s - since_s}:{step.what}:{step.who}"
                for step in steps
                if step.what != "forge"
            )
            facts = (own.recording, own.has_room, own.tells_quits, own.callbacks)
            yield f"class {own.number} at {own.starts_s - since_s} {facts}: {done}"
        spans = {"silences": self.silences, "losses": self.losses, "looks": self.looks}
        for name, times in spans.items():
            yield f"{name}: {[(from_s - since_s, until_s - since_s) for from_s, until_s in times]}"
        yield f"kills: {sorted(at_s - since_s for at_s in kills)}"


def write_morning(rng: random.Random, begins_s: int, classes: int) -> ScriptedMorning:
    """Write a morning; one class in six or so is followed by another with the same teacher or students."""
    span_s = max(classes * 80, 2 * MINUTE_S)
    scripted: list[ScriptedClass] = []
    while len(scripted) < classes:
        starts_s = begins_s + WINDOW_S + 60 + rng.randrange(0, span_s, 60)
        own = _new_class(rng, len(scripted), starts_s)
        following = _write_class(rng, own, len(scripted) + 1)
        scripted += [own, *following]
    all_steps = [step.at_s for own in scripted for step in own.steps]
    first_s, last_s = begins_s, max(all_steps)
    made = [step.at_s for own in scripted for step in own.steps if step.what == "make"]
    losses = list(_spans(rng, first_s, last_s, every_s=40 * MINUTE_S, lasts_s=(120, 400)))
    faults = [
        (rng.randrange(first_s, last_s), rng.choice(FAULTS))
        for _ in range((last_s - first_s) // 200)
    ]
    silences = _spans(rng, first_s, last_s, every_s=45 * MINUTE_S, lasts_s=(30, 240))
    return ScriptedMorning(
        begins_s=begins_s,
        classes=scripted,
        # Whoever tries to make a room has one then.
        silences=[span for span in silences if not any(map(_is_in([span]), made))],
        kills=[rng.randrange(first_s, last_s) for _ in range((last_s - first_s) // 300)],
        losses=losses,
        # A call that fails is made again in time only where messages come.
        faults=[fault for fault in faults if not _is_in(losses)(fault[0])],
        looks=list(_spans(rng, first_s, last_s, every_s=60 * MINUTE_S, lasts_s=(300, 1200))),
    )


def _is_in(spans: list[tuple[int, int]]) -> Callable[[int], bool]:
    return lambda at_s: any(from_s - SPARE_S <= at_s <= until_s for from_s, until_s in spans)


def _spans(
    rng: random.Random, first_s: int, last_s: int, *, every_s: int, lasts_s: tuple[int, int]
) -> Iterator[tuple[int, int]]:
    at_s = first_s + rng.randrange(every_s)
    while at_s < last_s:
        until_s = at_s + rng.randint(*lasts_s)
        yield at_s, until_s
        at_s = until_s + rng.randint(every_s // 2, every_s)


def _new_class(rng: random.Random, number: int, starts_s: int) -> ScriptedClass:
    has_room = rng.random() > 0.1
    recording = rng.choices(("plan", "refused", "hand"), (6, 2, 2))[0]
    return ScriptedClass(
        number,
        starts_s,
        teacher=f"t{number}",
        students=tuple(f"s{number}-{student}" for student in range(STUDENTS)),
        # When rooms are made later, the cloud's storage is full.
        recording=recording if has_room else "refused",
        has_room=has_room,
        tells_quits=rng.random() < 0.5,
        callbacks=rng.choice((0, 1, 1, 2)),
    )


# --- One class ------------------------------------------------------------------------------------


def _write_class(rng: random.Random, own: ScriptedClass, next_number: int) -> list[ScriptedClass]:
    """Write what is done in a class, and the class that follows on it, if one does."""
    starts_s = own.starts_s
    if own.has_room and rng.random() < 0.15:
        what = rng.choice(("cancel", "move"))
        at_s = starts_s + rng.choice((-600, -100, 420, 800))
        if what == "cancel":
            _hold(rng, own, starts_s)
            own.steps = [step for step in own.steps if step.at_s < at_s]
            own.steps.append(Step(at_s, what))
            return []
        own.steps.append(Step(at_s, what))
        _hold(rng, own, starts_s + MOVED_BY_S)
        return []
    if not own.has_room:
        made_s = starts_s + rng.choice((-700, -200, 200, 450, 900))
        if rng.random() < 0.3:
            return []
        own.steps.append(Step(made_s, "make"))
        _hold(rng, own, starts_s, not_before_s=made_s + 20)
        return []
    end_s = _hold(rng, own, starts_s)
    if end_s <= own.ends_s + 5 * MINUTE_S:
        return []
    return _follow(rng, own, end_s, next_number)


MOVED_BY_S = 20 * MINUTE_S


def _hold(rng: random.Random, own: ScriptedClass, starts_s: int, not_before_s: int = 0) -> int:
    """Write how a class is held that is planned for then; return when it ends."""
    begins = rng.choices(("in time", "late", "very late", "never"), (12, 4, 1, 2))[0]
    begin_s = (
        starts_s
        + {
            "in time": rng.randint(-90, 60),
            "late": rng.randint(350, 530),
            "very late": rng.randint(640, 800),
            "never": 0,
        }[begins]
    )
    begin_s = max(begin_s, not_before_s)
    if begins == "never":
        own.steps.append(Step(max(starts_s - 120, not_before_s), "teacher", own.teacher))
        return starts_s + LENGTH_S
    ends_s = starts_s + LENGTH_S
    end_s = ends_s + rng.choice((-200, -30, 20, 70, 170, 700, 1000))
    own.steps += [Step(begin_s, "start"), Step(end_s, "end")]
    own.steps += _teaching(rng, own, max(begin_s, starts_s), ends_s)
    own.steps += _students(rng, own, begin_s, starts_s, ends_s)
    own.steps += _recording(rng, own, begin_s, starts_s)
    if rng.random() < 0.3:
        own.steps.append(Step(begin_s + rng.randrange(600), "watch", "supervisor"))
    for _time in range(rng.choice((0, 0, 3, 20))):
        own.steps.append(Step(rng.randint(begin_s - 300, end_s), "forge"))
    return end_s


def _teaching(rng: random.Random, own: ScriptedClass, begin_s: int, ends_s: int) -> Iterator[Step]:
    """Write how the teacher comes and goes, and the assistant; `begin_s` is not before the planned start."""
    ways = {"there": 6, "late": 3, "drops": 4, "long": 3, "gone": 2, "never": 1, "covered": 2}
    way = rng.choices(list(ways), list(ways.values()))[0]
    came_s = begin_s - 20
    # Where the cloud tells of nobody who has left, a look has shown them before.
    gone_s = begin_s + 310 + SPARE_S + rng.randrange(0, 500)
    if way == "late":
        came_s = begin_s + rng.choice((60, 200, 420, 560))
    if way != "never":
        yield Step(came_s, "teacher", own.teacher)
    if way in {"drops", "long", "gone", "covered"} and gone_s < ends_s - 700:
        yield Step(gone_s, "go", own.teacher)
        if way == "drops":
            yield Step(gone_s + 120, "teacher", own.teacher)
        elif way == "long":
            yield Step(gone_s + rng.choice((430, 690)), "teacher", own.teacher)
        elif way == "covered":
            yield Step(gone_s + 90, "assistant", own.assistant)
            yield Step(gone_s + rng.choice((400, 500)), "teacher", own.teacher)
            yield Step(gone_s + 640, "go", own.assistant)
    elif way == "there" and rng.random() < 0.3:
        yield Step(ends_s + rng.choice((-30, 30)), "go", own.teacher)


def _students(
    rng: random.Random, own: ScriptedClass, begin_s: int, starts_s: int, ends_s: int
) -> Iterator[Step]:
    way = rng.choices(("usual", "none", "late", "leave", "uninvited"), (8, 2, 2, 2, 1))[0]
    if way == "uninvited":
        yield Step(max(begin_s, starts_s) + 60, "student", "uninvited")
    if way in {"none", "uninvited"}:
        return
    judged_s = starts_s + 600
    for student in own.students:
        come_s = begin_s + rng.randrange(10, 280)
        if way == "late":
            come_s = max(come_s, judged_s + SPARE_S + rng.randrange(30, 400))
        elif judged_s - SPARE_S < come_s < judged_s + SPARE_S:
            come_s = judged_s + SPARE_S
        yield Step(come_s, "student", student)
        if way == "leave":
            yield Step(max(come_s + 60, judged_s + 2 * SPARE_S) + rng.randrange(200), "go", student)
        elif rng.random() < 0.5:
            yield Step(ends_s + rng.choice((-60, 50, 200, 600)), "go", student)


def _recording(
    rng: random.Random, own: ScriptedClass, begin_s: int, starts_s: int
) -> Iterator[Step]:
    if own.recording != "hand":
        return
    way = rng.choice(("at once", "late", "never", "stopped"))
    record_s = begin_s + rng.randint(20, 100)
    if way == "late":
        record_s = max(begin_s + 60, starts_s + 300 + rng.randint(60, 300))
    if way != "never":
        yield Step(record_s, "record")
    if way == "stopped":
        yield Step(max(record_s, starts_s) + 600, "stop recording")


# --- The class that follows on it -----------------------------------------------------------------


def _follow(rng: random.Random, own: ScriptedClass, end_s: int, number: int) -> list[ScriptedClass]:
    """Write the next class of the teacher, or of the students, which begins when this one is over."""
    starts_s = own.ends_s + rng.choice((0, 300, 420, 600))
    following = _new_class(rng, number, starts_s)
    following.has_room = True
    if rng.random() < 0.5:
        following.teacher = own.teacher
    else:
        following.students = own.students
    begin_s = max(starts_s, end_s + 30)
    over_s = following.ends_s - 30
    following.steps += [Step(begin_s, "start"), Step(over_s, "end")]
    following.steps.append(Step(begin_s + 5, "teacher", following.teacher))
    judged_s = starts_s + 600
    for student in following.students:
        come_s = begin_s + rng.randrange(10, 200)
        if judged_s - SPARE_S < come_s < judged_s + SPARE_S:
            come_s = judged_s + SPARE_S
        following.steps.append(Step(come_s, "student", student))
    following.steps += _recording(rng, following, begin_s, starts_s)
    if rng.random() < 0.3:
        following.steps = [Step(max(starts_s - 30, own.ends_s + 350), "cancel")]
    return [following]
