"""A teacher who holds one class after the other, with their students."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from typing import ClassVar

import requests

from deploy.soak.actors.actor import TRIES, TeacherActor
from deploy.soak.journal import ClassBegan, ClassEnded, Entered, RecordedAgain, Refused
from deploy.soak.school import Lesson, now
from deploy.soak.visitor import ClassLink, NoAnswer, read_class_link

# Students are let in ten minutes before the start; a click may take the rest.
STUDENTS_WITHIN = dt.timedelta(minutes=9)
CLASS_S = 4.0
LEAVES_EARLY_SHARE = 0.5
RECORDED_AGAIN_SHARE = 0.15


class ClassTeacher(TeacherActor):
    """Enters a lesson, holds the class in the cloud, and ends it."""

    pause_s: ClassVar[float] = 4.0

    def act(self) -> None:
        lesson = self.school.acquire(self.chance, teacher=self.teacher.username)
        if lesson is None:
            return
        try:
            link = self._enter_with_patience(lesson)
        except NoAnswer:
            self.school.release([lesson])
            raise
        if link is not None:
            self._hold(lesson, link)

    def _enter_with_patience(self, lesson: Lesson) -> ClassLink | None:
        """Try until the lesson opens; None when it was refused."""
        for _ in range(TRIES):
            try:
                self.school.look_up(lesson)
                return self._enter(lesson, self.teacher.username, "teacher")
            except NoAnswer:
                self.counts["not let in"] += 1
                self.wait(1.5)
                if self.is_over:
                    break
        raise NoAnswer(f"{lesson.title} did not open")

    def _enter(self, lesson: Lesson, username: str, role: str) -> ClassLink | None:
        answer = self.teacher.visitors[username].post(f"/schedule/lessons/{lesson.code}/enter/")
        about = {"lesson_code": lesson.code, "username": username}
        if answer.status != HTTPStatus.SEE_OTHER or "class.html" not in answer.location:
            self.journal.write(Refused(what="entered", status=answer.status, about=about))
            self.counts[f"refused {answer.status}"] += 1
            return None
        link = read_class_link(answer.location)
        self.journal.write(Entered(**about, role=role, room_id=link.room_id, user_id=link.user_id))
        return link

    def _hold(self, lesson: Lesson, link: ClassLink) -> None:
        if not self._use_class_page("GET", "class.html", link):
            return  # the cloud has closed that room meanwhile
        if not self._use_class_page("POST", "class/start", link):
            return
        self.journal.write(ClassBegan(room_id=link.room_id))
        if lesson.starts_at < now() + STUDENTS_WITHIN:
            self._let_students_in(lesson)
        self.wait(CLASS_S)
        if self._use_class_page("POST", "class/end", link):
            self.journal.write(ClassEnded(room_id=link.room_id))
            self.counts["classes"] += 1
        if self.chance.random() < RECORDED_AGAIN_SHARE:
            self._record_again(link.room_id)

    def _let_students_in(self, lesson: Lesson) -> None:
        for name in (*self.teacher.students, self.teacher.leaver.username):
            try:
                link = self._enter(lesson, name, "student")
            except NoAnswer:
                self.counts["student not let in"] += 1
                continue
            if link is not None:
                self._use_class_page("GET", "class.html", link)
                if self.chance.random() < LEAVES_EARLY_SHARE:
                    self._use_class_page("POST", "class/leave", link)

    def _use_class_page(self, method: str, page: str, link: ClassLink) -> bool:
        """Use the cloud's class page, which always answers; return False when the room is closed."""
        address = link.url if method == "GET" else f"{self.stack.cloud.url}/{page}"
        data = None if method == "GET" else link.fields
        answer = requests.request(method, address, data=data, timeout=60, allow_redirects=False)
        if not answer.ok:
            self.counts[f"cloud {answer.status_code}"] += 1
        return answer.ok

    def _record_again(self, room_id: int) -> None:
        """Have the cloud make one more recording, as it does when it merges files."""
        made = self.stack.cloud.tell(f"rooms/{room_id}/record", duration_s=2)
        self.journal.write(RecordedAgain(room_id=room_id, video_id=str(made["VideoId"])))
        self.counts["recorded again"] += 1
