"""A teacher and their students, who hold one class after the other."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

import requests

from deploy.soak.actors.actor import TRIES, Actor
from deploy.soak.journal import ClassBegan, ClassEnded, Entered, RecordedAgain, Refused
from deploy.soak.school import Lesson, Teacher, now
from deploy.soak.visitor import ClassLink, NoAnswer, read_class_link

SEE_OTHER = 303
# Students are let in ten minutes before the start; the rest is for how long a click may take.
STUDENTS_WITHIN = dt.timedelta(minutes=9)
CLASS_S = 4.0
RECORDED_AGAIN = 0.15


class Teaching(Actor):
    """Enters a lesson, holds it in the cloud with those who came, and ends it."""

    pause_s: ClassVar[float] = 4.0
    teacher: Teacher

    def act(self) -> None:
        lesson = self.school.take(self.chance, teacher=self.teacher.username)
        if lesson is None:
            return
        try:
            link = self._enter_at_last(lesson)
        except NoAnswer:
            self.school.give_back([lesson])
            raise
        if link is not None:
            self._hold(lesson, link)

    def _enter_at_last(self, lesson: Lesson) -> ClassLink | None:
        """Click until it opens; None when it was refused in words."""
        for _ in range(TRIES):
            try:
                self.school.look_up(lesson)
                return self._enter(lesson, self.teacher.username, "teacher")
            except NoAnswer:
                self.counts["not let in"] += 1
                self.wait(1.5)
                if self.is_over:
                    break
        raise NoAnswer(f"not into {lesson.title}")

    def _enter(self, lesson: Lesson, username: str, role: str) -> ClassLink | None:
        answer = self.teacher.visitors[username].post(f"/schedule/lessons/{lesson.code}/enter/")
        about = {"lesson_code": lesson.code, "username": username}
        if answer.status != SEE_OTHER or "class.html" not in answer.location:
            self.journal.write(Refused(what="entered", status=answer.status, about=about))
            self.counts[f"refused {answer.status}"] += 1
            return None
        link = read_class_link(answer.location)
        self.journal.write(Entered(**about, role=role, room_id=link.room_id, user_id=link.user_id))
        return link

    def _hold(self, lesson: Lesson, link: ClassLink) -> None:
        if not self._in_the_cloud("GET", "class.html", link):
            return  # the cloud has closed that room meanwhile
        if not self._in_the_cloud("POST", "class/start", link):
            return
        self.journal.write(ClassBegan(room_id=link.room_id))
        if lesson.starts_at < now() + STUDENTS_WITHIN:
            self._let_students_in(lesson)
        self.wait(CLASS_S)
        if self._in_the_cloud("POST", "class/end", link):
            self.journal.write(ClassEnded(room_id=link.room_id))
            self.counts["classes"] += 1
        if self.chance.random() < RECORDED_AGAIN:
            self._record_again(link.room_id)

    def _let_students_in(self, lesson: Lesson) -> None:
        for name in self.teacher.students:
            try:
                link = self._enter(lesson, name, "student")
            except NoAnswer:
                self.counts["student not let in"] += 1
                continue
            if link is not None:
                self._in_the_cloud("GET", "class.html", link)
                if self.chance.random() < 0.5:
                    self._in_the_cloud("POST", "class/leave", link)

    def _in_the_cloud(self, method: str, page: str, link: ClassLink) -> bool:
        """Use the cloud's class page; it is never away, but may have closed the room."""
        address = link.url if method == "GET" else f"{self.stack.cloud.url}/{page}"
        data = None if method == "GET" else link.fields
        answer = requests.request(method, address, data=data, timeout=60, allow_redirects=False)
        if not answer.ok:
            self.counts[f"cloud {answer.status_code}"] += 1
        return answer.ok

    def _record_again(self, room_id: int) -> None:
        """Have one more recording come late, as when the cloud merges."""
        made = self.stack.cloud.tell(f"rooms/{room_id}/record", duration_s=2)
        self.journal.write(RecordedAgain(room_id=room_id, video_id=str(made["VideoId"])))
        self.counts["recorded again"] += 1
