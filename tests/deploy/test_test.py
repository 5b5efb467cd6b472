"""`make test`: which files its parts read."""

from __future__ import annotations

from deploy.test import files_with


def test_files_are_found_by_their_marks() -> None:
    assert files_with("beside") == [
        "tests/deploy/soak/test_soak.py",
        "tests/stories/demo/test_story.py",
        "tests/stories/test_installation_doc.py",
    ]
    assert "tests/schedule/occupancy/test_students.py" in files_with(
        "both_databases", "only_on_sqlite"
    )
