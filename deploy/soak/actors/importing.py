"""An operator who imports lessons by command; now and then the command is killed, and run again."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

from deploy.services.processes import ROOT
from deploy.soak.actors.actor import TRIES, Actor
from deploy.soak.actors.planning import imported
from deploy.soak.journal import LessonImported, Uncertain
from deploy.soak.school import COURSE, Lesson

HEAD = ("course", "teacher", "class_groups", "date", "start", "end", "record", "title")
MOST_LESSONS = 6
KILLED = 0.2
AGAIN = 0.3
PATIENCE_S = 120


class Importing(Actor):
    """A file is run until exit code 0; a file that was taken is sometimes run once more, and changes nothing."""

    pause_s: ClassVar[float] = 12.0

    def act(self) -> None:
        lessons = self._plan()
        if not lessons:
            return
        file = self.school.files / f"{self.name.replace(' ', '-')}-{self.counts['files']}.csv"
        self.counts["files"] += 1
        self._write(file, lessons)
        for _ in range(TRIES):
            if self._run(file):
                break
            self.counts["not taken"] += 1
            self.wait(2.0)
        else:
            for each in lessons:
                about = {"title": each.title}
                self.journal.write(Uncertain(what=LessonImported.kind, about=about))
            return
        for each in lessons:
            self.journal.write(imported(each))
            self.counts["lessons"] += 1
        if self.chance.random() < AGAIN:
            self._run(file)
            self.counts["again"] += 1
        self.school.give_back(lessons)

    def _plan(self) -> list[Lesson]:
        lessons = []
        for _ in range(self.chance.randint(1, MOST_LESSONS)):
            lesson = self.school.plan(self.chance.choice(self.school.teachers), "表")
            if lesson is not None:
                lessons.append(lesson)
        return lessons

    def _write(self, file: Path, lessons: list[Lesson]) -> None:
        with file.open("w", encoding="utf-8", newline="") as text:
            rows = csv.writer(text)
            rows.writerow(HEAD)
            for each in lessons:
                start, end = self.school.local(each.starts_at), self.school.local(each.ends_at)
                when = (f"{start:%Y-%m-%d}", f"{start:%H:%M}", f"{end:%H:%M}")
                rows.writerow([COURSE, each.teacher, each.class_group, *when, "yes", each.title])

    def _run(self, file: Path) -> bool:
        """Whether the command took the file, as its exit code says."""
        command = subprocess.Popen(
            [sys.executable, "manage.py", "import_lessons", str(file)],
            cwd=ROOT,
            env=self.stack.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        is_killed = self.chance.random() < KILLED
        try:
            command.wait(self.chance.uniform(0.5, 4) if is_killed else PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.counts["killed"] += 1
            command.kill()
            command.wait()
        return command.returncode == 0
