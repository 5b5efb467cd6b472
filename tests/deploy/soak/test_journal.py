from __future__ import annotations

from pathlib import Path

import pytest

from deploy.soak import journal
from deploy.soak.journal import Entered, Journal, LessonCancelled, Uncertain


def test_what_was_written_is_read_again_in_its_order(tmp_path: Path):
    facts = [
        Entered(lesson_code="abc", username="王老师", role="teacher", room_id=7, user_id="u"),
        LessonCancelled(title="第一讲", lesson_code="abc"),
        Uncertain(what="upload_acknowledged", about={"file_name": "诗.pdf"}),
    ]
    book = Journal(tmp_path / "journal.jsonl")

    for fact in facts:
        book.write(fact)

    assert list(journal.read(book.path)) == facts
    book.close()


@pytest.mark.parametrize(
    "line", ['{"kind": "unheard"}', '{"kind": "entered"}', '{"at": "2026"}', "[]", '{"kind": "ent']
)
def test_line_that_is_no_fact_is_named(tmp_path: Path, line: str):
    path = tmp_path / "journal.jsonl"
    path.write_text(f"{line}\n")

    with pytest.raises(ValueError, match=r"journal\.jsonl:1: "):
        list(journal.read(path))
