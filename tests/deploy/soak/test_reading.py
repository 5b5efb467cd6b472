"""The checker by its ways in: it reads a database, a cloud, a journal and a folder by their addresses."""

from __future__ import annotations

import pytest
from django.db import connection

from deploy.soak import journal
from deploy.soak.checker import check
from deploy.soak.checker.__main__ import main
from tests.support.site import database_url

pytestmark = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="the checker reads PostgreSQL"
)


@pytest.mark.django_db(transaction=True)
def test_everything_is_read_from_where_it_lies(local_cloud, tmp_path, monkeypatch, capsys):
    path = tmp_path / "journal"
    kept = journal.Journal(path)
    where = (database_url(connection.settings_dict), local_cloud.url, path, tmp_path)
    assert check(*where) == []
    kept.write(journal.LessonCancelled(title="第一讲", lesson_code=""))
    assert check(*where) == []
    kept.write(lesson_of_nobody())
    kept.close()

    monkeypatch.setattr("sys.argv", ["checker", *map(str, where)])
    assert main() == 1
    assert capsys.readouterr().out == "lost: lesson “第一讲” is not in the timetable\n"


def lesson_of_nobody() -> journal.LessonPlanned:
    return journal.LessonPlanned(
        title="第一讲",
        course="语文课",
        starts_at="2026-09-01T00:00:00+00:00",
        ends_at="2026-09-01T00:45:00+00:00",
        teacher="li",
        class_group="五年级1班",
        is_recorded=True,
    )
