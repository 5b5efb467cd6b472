"""Saving a timetable of FET as long work: its page leaves it to a worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.http import with_query
from edu_platform.lib.long_work import RunningWork, WorkRefused, WorkState
from edu_platform.lib.spreadsheets.rows import SheetRefused
from edu_platform.lib.text import storable_text
from edu_platform.lib.versions import NotAsShown
from edu_platform.lib.violations import violation_in_words
from schedule.imports.checked_file_store import keep_longer
from schedule.imports.fet.fet_rows import FetFile
from schedule.imports.fet.forms import NamesForm
from schedule.imports.fet.importing import meanings_of, read_file
from schedule.imports.fet.meanings import Directory
from schedule.imports.file_work import (
    FAULTY,
    QUICKER,
    TERM_GONE,
    forgetting_in,
    keep_again,
    worked_on,
)
from schedule.imports.importers import FetAnswers, fet, fet_in_words
from schedule.imports.pages import FileImport, SentFile
from schedule.models import CheckedRows, Term, Work
from schedule.work.kinds import Outcome, Sentence, WorkKind
from schedule.work.writing import begin_work

CHANGED = "changed"
FAULTS = {
    CHANGED: gettext_lazy(
        "Nothing was saved: something has changed since this was shown. The page shows what the timetable would do now."
    ),
    QUICKER: gettext_lazy("Nothing was saved: try again."),
    FAULTY: gettext_lazy("Nothing was saved: something is wrong with the file by now."),
    TERM_GONE: gettext_lazy("Nothing was saved: the term was deleted meanwhile."),
}


def names_form(
    data: Mapping[str, Any] | None, file: FetFile, term: Term, directory: Directory
) -> NamesForm:
    return NamesForm(
        data,
        proposed=meanings_of(file, term, directory),
        bells=list(term.bell_times.all()),
        directory=directory,
    )


def begin_save(
    run: FileImport[Any], sent: SentFile, form: NamesForm, *, known: str, row_count: int
) -> Work:
    """Leave it to a worker to save a timetable."""
    file_code = sent.kept.code if sent.kept is not None else ""
    keep_longer(file_code, at=timezone.now())
    arguments = {
        "name": sent.name,
        "scope": run.importer.scope,
        "answers": _answers_of(form),
        "known": known,
        "kept": file_code,
    }
    return begin_work(
        SAVE_FET,
        by=run.by,
        scope=f"{SAVE_FET.name}:{file_code}",
        arguments=arguments,
        row_count=row_count,
        file_name=sent.name,
        content=sent.content,
    )


def find_save(user: User, term: Term, code: str) -> Work | None:
    """Return the work of this code, where this person asked by it for a timetable of the term to be saved."""
    works = Work.objects.filter(kind=SAVE_FET.name, asked_by=user, code=storable_text(code))
    work = works.defer("content").first()
    return work if work is not None and work.arguments["scope"] == term.code else None


def is_changed(work: Work) -> bool:
    """Tell whether it was not done since something had changed."""
    return bool(work.result.get("fault") == CHANGED)


def with_answers(proposed: NamesForm, answers: Mapping[str, str]) -> dict[str, str]:
    """Return what a form sends that proposes this and to which somebody gave these answers."""
    return {name: str(proposed[name].value() or "") for name in proposed.fields} | dict(answers)


def _answers_of(form: NamesForm) -> dict[str, str]:
    """Return what differs from what the form proposed: of thousands of names most are known."""
    sent = {name: str(form.data.get(name, "")) for name in form.fields}
    return {name: text for name, text in sent.items() if text != str(form[name].initial or "")}


def _run(work: RunningWork[Work]) -> None:
    arguments = work.row.arguments
    with worked_on(_importer_of, work) as (run, sent):
        term = Term.objects.get(code=arguments["scope"])
        try:
            answers = {"names": _names_said(sent.content, term, arguments["answers"])}
            write_in = forgetting_in(work, run, sent)
            run.take(sent, answers, known=arguments["known"], write_in=write_in)
        except IntegrityError as err:
            # Somebody made the same person meanwhile.
            raise WorkRefused(fault=QUICKER, told=[violation_in_words(err)]) from err
        except NotAsShown as err:
            raise WorkRefused(fault=CHANGED, kept=keep_again(run, sent, work.row)) from err
        except SheetRefused as err:
            raise WorkRefused(fault=FAULTY) from err


def _names_said(content: bytes, term: Term, answers: Mapping[str, str]) -> FetAnswers:
    """Read what somebody said of the names of a file.

    Raises:
        NotAsShown: something that they named is not there any more.
    """
    file, directory = read_file(content), Directory.read()
    data = with_answers(names_form(None, file, term, directory), answers)
    form = names_form(data, file, term, directory)
    if not form.is_valid():
        raise NotAsShown(form)
    return FetAnswers(file, form.meanings, directory)


def _importer_of(scope: str) -> Any:
    return fet(Term.objects.get(code=scope))


def _outcome(work: Work) -> Outcome:
    address = reverse("schedule:fet_import", args=[work.arguments["scope"]])
    if work.state == WorkState.DONE:
        sentences = [Sentence(text) for text in fet_in_words(work.result).done]
        return Outcome(sentences, address, gettext("Timetable from FET"))
    if work.result.get("fault") == TERM_GONE:
        return Outcome((), reverse("schedule:terms"), gettext("To the terms"))
    sentences = [Sentence(text) for text in work.result.get("told", ())]
    code = work.result.get("kept") or work.arguments["kept"]
    if CheckedRows.objects.kept(at=timezone.now()).filter(code=code).exists():
        address = with_query(address, {"kept": code, "work": work.code})
    return Outcome(sentences, address, gettext("To what the timetable would do"))


def _title(arguments: Mapping[str, Any]) -> str:
    return gettext("%(import)s: %(file)s") % {
        "import": gettext("Timetable from FET"),
        "file": arguments["name"],
    }


SAVE_FET = WorkKind(
    name="schedule.save_fet",
    action=Action.PLAN_LESSONS,
    run=_run,
    title=_title,
    named_by=("name",),
    outcome=_outcome,
    faults=FAULTS,
)
