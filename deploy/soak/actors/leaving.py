"""Two administrators who have people erased that have left, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ClassVar

from deploy.soak.actors.actor import TRIES, Actor
from deploy.soak.journal import PersonErased, Refused
from deploy.soak.school import Leaver
from deploy.soak.visitor import NoAnswer

REASON = "转学"
ASKED, CONFIRMED = "asked", ("under_way", "erased")
STATE = (
    "SELECT e.state FROM accounts_erasure e JOIN accounts_user u ON u.id = e.person_id "
    "WHERE u.code = %s"
)
USER_IDS = (
    "SELECT i.classroom_user_id FROM accounts_classroomidentity i "
    "JOIN accounts_user u ON u.id = i.user_id WHERE u.code = %s AND i.classroom_user_id <> ''"
)
ATTENDANCE = (
    "SELECT p.attendance_id, p.seconds FROM attendance_personattendance p "
    "JOIN accounts_user u ON u.id = p.person_id WHERE u.code = %s ORDER BY p.attendance_id"
)


class Eraser(Actor):
    """Asks for the erasing and confirms it, as somebody else; a worker does the rest while things fail."""

    pause_s: ClassVar[float] = 15.0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._leavers = [teacher.leaver for teacher in self.school.teachers]

    def act(self) -> None:
        if not self._leavers:
            return
        leaver = self._leavers[0]
        asker, confirmer = self.school.heads
        if self._state(leaver) is None:
            path = f"/people/{leaver.code}/erasure/"
            answer = asker.post(path, reason=REASON)
            if answer.status != HTTPStatus.SEE_OTHER:
                self._note_refusal(leaver, answer.status)
                return
        user_ids = self._ids(leaver)
        if self._state(leaver) == ASKED:
            path = f"/people/erasures/{leaver.code}/confirm/"
            try:
                confirmer.post(path, strikes_text="on")
            except NoAnswer:
                self.counts["confirmed without an answer"] += 1
        if self._patiently(lambda: self._state(leaver)) in CONFIRMED:
            self._note(leaver, user_ids)

    def _note(self, leaver: Leaver, user_ids: list[str]) -> None:
        counted = self._patiently(lambda: self.school.query_database(ATTENDANCE, leaver.code))
        self._leavers.remove(leaver)
        self.counts["erased"] += 1
        self.journal.write(
            PersonErased(
                username=leaver.username,
                key=leaver.code,
                texts=[leaver.username, leaver.display_name],
                user_ids=user_ids,
                attendance=[[int(str(number)) for number in row] for row in counted],
            )
        )

    def _note_refusal(self, leaver: Leaver, status: int) -> None:
        """Come back later: they are in a class at this moment."""
        self.counts[f"refused {status}"] += 1
        about = {"username": leaver.username}
        self.journal.write(Refused(what=PersonErased.kind, status=status, about=about))

    def _state(self, leaver: Leaver) -> str | None:
        rows = self.school.query_database(STATE, leaver.code)
        return str(rows[0][0]) if rows else None

    def _ids(self, leaver: Leaver) -> list[str]:
        rows = self.school.query_database(USER_IDS, leaver.code)
        return [str(user_id) for (user_id,) in rows]

    def _patiently(self, look: Callable[[], Any]) -> Any:
        """Look until there is an answer: what was confirmed stands in the journal, whatever fails.

        Raises:
            NoAnswer: there was none for a long time.
        """
        for _ in range(TRIES):
            try:
                return look()
            except NoAnswer:
                self.wait(1.5)
        return look()
