"""An operator who imports lessons by command; now and then the command is killed, and run again."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

from deploy.services.processes import ROOT
from deploy.soak.actors.actor import TRIES, Actor
from deploy.soak.actors.planning import planned_fact
from deploy.soak.journal import LessonPlanned, Uncertain
from deploy.soak.school import COURSE, Lesson, Teacher

COLUMNS = (
    "course",
    "teacher",
    "class_groups",
    "date",
    "start",
    "end",
    "room_type",
    "record",
    "title",
)
# For each teacher, before anything fails.
FIRST_LESSONS = 5
MOST_LESSONS = 6
KILLED_SHARE = 0.2
RUN_AGAIN_SHARE = 0.3
COMMAND_WITHIN_S = 120


class LessonImporter(Actor):
    """Imports a file until the exit code is 0, and sometimes once more, which changes nothing."""

    pause_s: ClassVar[float] = 12.0

    def open_timetable(self) -> None:
        """Import the first lessons of all teachers, while all is well.

        Raises:
            StartError: the import failed.
        """
        teachers = self.school.teachers * FIRST_LESSONS
        lessons = [each for each in map(self._lesson_of, teachers) if each is not None]
        file = self._write(lessons)
        self.stack.manage("import_lessons", str(file))
        for each in lessons:
            self.journal.write(planned_fact(each))
        self.school.release(lessons)

    def act(self) -> None:
        lessons = self._plan()
        if not lessons:
            return
        file = self._write(lessons)
        for _ in range(TRIES):
            if self._run(file):
                break
            self.counts["not taken"] += 1
            self.wait(2.0)
        else:
            for each in lessons:
                about = {"title": each.title}
                self.journal.write(Uncertain(what=LessonPlanned.kind, about=about))
            return
        for each in lessons:
            self.journal.write(planned_fact(each))
            self.counts["lessons"] += 1
        if self.chance.random() < RUN_AGAIN_SHARE:
            self._run(file)
            self.counts["again"] += 1
        self.school.release(lessons)

    def _plan(self) -> list[Lesson]:
        lessons = []
        for _ in range(self.chance.randint(1, MOST_LESSONS)):
            lesson = self._lesson_of(self.chance.choice(self.school.teachers))
            if lesson is not None:
                lessons.append(lesson)
        return lessons

    def _lesson_of(self, teacher: Teacher) -> Lesson | None:
        return self.school.plan(teacher, "表")

    def _write(self, lessons: list[Lesson]) -> Path:
        file = self.stack.folder / f"lessons-{self.counts['files']}.csv"
        self.counts["files"] += 1
        with file.open("w", encoding="utf-8", newline="") as text:
            rows = csv.writer(text)
            rows.writerow(COLUMNS)
            for each in lessons:
                start, end = self.school.local(each.starts_at), self.school.local(each.ends_at)
                when = (f"{start:%Y-%m-%d}", f"{start:%H:%M}", f"{end:%H:%M}")
                rows.writerow(
                    [COURSE, each.teacher, each.class_group, *when, "0", "yes", each.title]
                )
        return file

    def _run(self, file: Path) -> bool:
        """Run the command, and perhaps kill it; return whether its exit code was 0."""
        with (self.stack.folder / "import_lessons.log").open("ab") as output:
            command = subprocess.Popen(
                [sys.executable, "manage.py", "import_lessons", str(file)],
                cwd=ROOT,
                env=self.stack.env,
                stdout=output,
                stderr=output,
            )
        is_killed = self.chance.random() < KILLED_SHARE
        try:
            command.wait(self.chance.uniform(0.5, 4) if is_killed else COMMAND_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.counts["killed"] += 1
            command.kill()
            command.wait()
        return command.returncode == 0
