"""A planner who makes, moves and cancels lessons on the pages."""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar

from deploy.soak.actors.actor import TRIES, Actor
from deploy.soak.journal import LessonCancelled, LessonMoved, LessonPlanned, Refused, Uncertain
from deploy.soak.school import COURSE, Lesson
from deploy.soak.visitor import Answer, NoAnswer

NEW, MOVE, CANCEL = "new", "move", "cancel"


class Planner(Actor):
    """Sends again what was not answered, as people do whose page does not load."""

    pause_s: ClassVar[float] = 5.0

    def act(self) -> None:
        (what,) = self.chance.choices((NEW, MOVE, CANCEL), (3, 5, 3))
        {NEW: self._new, MOVE: self._move, CANCEL: self._cancel}[what]()

    def _new(self) -> None:
        lesson = self.school.plan(self.chance.choice(self.school.teachers), "页")
        if lesson is None:
            return
        fields = {
            "course": COURSE,
            "title": lesson.title,
            "teacher": lesson.teacher,
            "class_groups": lesson.class_group,
            "record": "yes",
            **self._period(lesson),
        }
        about = {"title": lesson.title}
        # Once only: a second try would be refused, since the teacher is taken by this very lesson.
        answer = self._submit("/schedule/lessons/new/", fields, LessonPlanned.kind, about, tries=1)
        if answer is None:
            return
        lesson.code = answer.location.rstrip("/").rpartition("/")[2]
        self.journal.write(planned_fact(lesson, lesson_code=lesson.code))
        self.counts["planned"] += 1
        self.school.release([lesson])

    def _move(self) -> None:
        lesson = self.school.acquire(self.chance)
        if lesson is None:
            return
        period = self.school.next_period(self.school.teacher_of(lesson))
        if period is None or not self._has_code(lesson):
            self.school.release([lesson])
            return
        moved = Lesson(lesson.title, lesson.teacher, lesson.class_group, *period, lesson.code)
        about = {
            "title": lesson.title,
            "lesson_code": lesson.code,
            "starts_at": moved.starts_at.isoformat(),
            "ends_at": moved.ends_at.isoformat(),
        }
        path = f"/schedule/lessons/{lesson.code}/change/"
        answer = self._submit(path, self._period(moved), LessonMoved.kind, about)
        if answer is not None:
            self.journal.write(LessonMoved(**about))
            self.counts["moved"] += 1
            self.school.release([moved])

    def _cancel(self) -> None:
        lesson = self.school.acquire(self.chance)
        if lesson is None:
            return
        if not self._has_code(lesson):
            self.school.release([lesson])
            return
        about = {"title": lesson.title, "lesson_code": lesson.code}
        path = f"/schedule/lessons/{lesson.code}/cancel/"
        answer = self._submit(path, {"reason": "病了"}, LessonCancelled.kind, about)
        if answer is not None:
            self.journal.write(LessonCancelled(**about))
            self.counts["cancelled"] += 1

    def _has_code(self, lesson: Lesson) -> bool:
        try:
            self.school.look_up(lesson)
        except NoAnswer:
            return False
        return True

    def _submit(
        self,
        path: str,
        fields: dict[str, str],
        what: str,
        about: dict[str, str],
        *,
        tries: int = TRIES,
    ) -> Answer | None:
        """Send a form until it is answered; None, and a line in the journal, when it is refused or stays unanswered."""
        is_first = True
        for _ in range(tries):
            try:
                answer = self.school.planner.post(path, **fields)
            except NoAnswer:
                self.counts["unanswered"] += 1
                is_first = False
                self.wait(1.5)
                continue
            if answer.status == HTTPStatus.SEE_OTHER:
                return answer
            self.counts[f"refused {answer.status}"] += 1
            if is_first:
                self.journal.write(Refused(what=what, status=answer.status, about=dict(about)))
                return None
            break  # perhaps since an earlier try took effect
        self.journal.write(Uncertain(what=what, about=dict(about)))
        return None

    def _period(self, lesson: Lesson) -> dict[str, str]:
        start, end = self.school.local(lesson.starts_at), self.school.local(lesson.ends_at)
        return {"date": f"{start:%Y-%m-%d}", "start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}


def planned_fact(lesson: Lesson, *, lesson_code: str = "") -> LessonPlanned:
    return LessonPlanned(
        title=lesson.title,
        course=COURSE,
        starts_at=lesson.starts_at.isoformat(),
        ends_at=lesson.ends_at.isoformat(),
        teacher=lesson.teacher,
        class_group=lesson.class_group,
        is_recorded=True,
        lesson_code=lesson_code,
    )
