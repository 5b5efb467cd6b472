"""Answers of a planner to the names of a file: as a form sends them, and as they are kept until they are used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schedule.imports.fet.forms import NamesForm
from schedule.imports.fet.importing import meanings_of, read_file
from schedule.imports.fet.meanings import Directory
from schedule.models import Term


class AskedFile:
    """A file as it was read, of whose names a planner is asked."""

    def __init__(self, content: bytes, term: Term) -> None:
        """Read it.

        Raises:
            SheetRefused: with every fault that was found.
        """
        self.file, self.term, self.directory = read_file(content), term, Directory.read()

    def form(self, sent: Mapping[str, Any] | None = None) -> NamesForm:
        return NamesForm(
            sent,
            proposed=meanings_of(self.file, self.term, self.directory),
            bells=list(self.term.bell_times.all()),
            directory=self.directory,
        )

    def answered_form(self, answers: Mapping[str, str]) -> NamesForm:
        """Return the form as somebody sends it who gives these answers and leaves the rest as it is proposed."""
        proposed = self.form()
        sent = {name: str(proposed[name].value() or "") for name in proposed.fields}
        return self.form(sent | dict(answers))


def answers_of(form: NamesForm) -> dict[str, str]:
    """Return what differs from what the form proposed: of thousands of names most are known."""
    sent = {name: str(form.data.get(name, "")) for name in form.fields}
    return {name: text for name, text in sent.items() if text != str(form[name].initial or "")}
