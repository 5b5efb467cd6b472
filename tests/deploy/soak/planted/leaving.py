"""Faults of people who were erased and of the new school year, and what looks like one and has its reason."""

from __future__ import annotations

from deploy.soak import journal
from tests.deploy.soak.planted.case import DOUBLED, LOST, UNEXPLAINED, Case, Explained, Fault
from tests.deploy.soak.planted.work import set_lease

LEAVER = "erasing_since IS NOT NULL"
OF_LEAVER = f"(SELECT id FROM accounts_user WHERE {LEAVER})"
OLD, NEW = "三年级1班", "四年级1班"


def group_id(name: str) -> str:
    return f"(SELECT id FROM schedule_classgroup WHERE name = '{name}')"


def _tell_in_a_callback(case: Case) -> None:
    (fact,) = case.evidence.facts_of(journal.PersonErased)
    case.sql(
        "UPDATE classroom_callbackevent SET data = %s WHERE event_type = 'RoomStart'",
        f'{{"UserId":"{fact.user_ids[0]}"}}',
    )


def _register_again(case: Case) -> None:
    (fact,) = case.evidence.facts_of(journal.PersonErased)
    user = {"UserId": fact.user_ids[0], "OriginId": "again", "Name": "somebody"}
    case.evidence.cloud["users"].append(user)


FAULTS = (
    Fault(
        "name of an erased person in a title",
        lambda c: c.sql("UPDATE schedule_lesson SET title = title || ' for leaver-0-x'"),
        UNEXPLAINED,
        "leaver-0-x was erased, and leaver-0-x stands in schedule_lesson",
    ),
    Fault(
        "name of an erased person in JSON that is written in ASCII",
        lambda c: c.sql(
            "UPDATE classroom_callbackevent SET data = %s", r'{"N": "\u6b27\u9633\u79bb\u6821"}'
        ),
        UNEXPLAINED,
        "stands in classroom_callbackevent",
    ),
    Fault(
        "id of an erased person in a callback",
        _tell_in_a_callback,
        UNEXPLAINED,
        "stands in classroom_callbackevent",
    ),
    Fault(
        "erased person registered again",
        _register_again,
        UNEXPLAINED,
        "leaver-0-x was erased, and the cloud knows them as",
    ),
    Fault(
        "account of an erased person opened",
        lambda c: c.sql(
            f"UPDATE accounts_user SET erasing_since = NULL, is_active = true WHERE {LEAVER}"
        ),
        UNEXPLAINED,
        "leaver-0-x was erased, and their account is open again",
    ),
    Fault(
        "erased person in a class group",
        lambda c: c.sql(
            f"UPDATE schedule_membership SET to_date = NULL WHERE user_id = {OF_LEAVER}"
        ),
        UNEXPLAINED,
        "leaver-0-x was erased, and is in a class group again",
    ),
    Fault(
        "key of an erased person lost",
        lambda c: c.sql(f"UPDATE accounts_user SET code = 'other' WHERE {LEAVER}"),
        LOST,
        "leaver-0-x was to be erased, and their key",
    ),
    Fault(
        "erasure not done",
        lambda c: c.sql("UPDATE accounts_erasure SET state = 'under_way', last_error = 'silence'"),
        UNEXPLAINED,
        "leaver-0-x was to be erased, and is not: silence",
    ),
    Fault(
        "attendance of an erased person lost",
        lambda c: c.sql(f"DELETE FROM attendance_personattendance WHERE person_id = {OF_LEAVER}"),
        LOST,
        "when they were erased; now it is None",
    ),
    Fault(
        "school year lost",
        lambda c: c.sql("DELETE FROM schedule_schoolyear"),
        LOST,
        "has not begun",
    ),
    Fault(
        "school year begun twice",
        lambda c: c.copy_row("schedule_schoolyear", "true", """'{"code": "x"}'"""),
        DOUBLED,
        "2 school years have begun",
    ),
    Fault(
        "class group of before not archived",
        lambda c: c.sql(f"UPDATE schedule_classgroup SET archived_at = NULL WHERE name = '{OLD}'"),
        UNEXPLAINED,
        "三年级1班 has risen, and is not archived",
    ),
    Fault(
        "class group of after lost",
        lambda c: c.sql(f"UPDATE schedule_classgroup SET name = 'x' WHERE name = '{NEW}'"),
        DOUBLED,
        "四年级1班 0 times",
    ),
    Fault(
        "student left behind",
        lambda c: c.sql(f"DELETE FROM schedule_membership WHERE class_group_id = {group_id(NEW)}"),
        LOST,
        "student0 is 0 times in 四年级1班",
    ),
    Fault(
        "class group without people",
        lambda c: c.sql(f"DELETE FROM schedule_membership WHERE class_group_id = {group_id(OLD)}"),
        LOST,
        "nobody was in the class group that is 四年级1班 now",
    ),
    Fault(
        "student in two years",
        lambda c: c.sql(
            f"UPDATE schedule_membership SET to_date = NULL WHERE class_group_id = {group_id(OLD)}"
        ),
        UNEXPLAINED,
        "student0 is in the old class group until None",
    ),
    Fault(
        "stranger in a class group of after",
        lambda c: c.copy_row(
            "schedule_membership",
            f"class_group_id = {group_id(NEW)}",
            "jsonb_build_object('user_id', (SELECT id FROM accounts_user WHERE username = 'li'))",
        ),
        UNEXPLAINED,
        "li is in 四年级1班, and was not in the class group before",
    ),
)
EXPLAINED: Explained = (
    (
        "name of a class group that has risen, given to another by an import on its way",
        lambda c: c.copy_row(
            "schedule_classgroup",
            f"name = '{OLD}'",
            """'{"code": "x", "archived_at": null}'""",
        ),
    ),
    (
        "lease of a worker that was killed when it had just erased somebody",
        lambda c: c.sql(
            f"{set_lease('accounts_erasure', '-1 hour')}, due_at = now() - interval '1 hour'"
        ),
    ),
)
