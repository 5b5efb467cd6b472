from __future__ import annotations


class BackupError(Exception):
    """A backup is not made, or not restored: a sentence for the operator says why, and what to do."""


class BackupDamaged(BackupError):
    """Files of a backup are missing or not what they were; `names` says which."""

    def __init__(self, sentence: str, names: list[str]) -> None:
        super().__init__(sentence)
        self.names = names
