"""Checking a file and taking it as long work: the pages of imports ask for it, a worker does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django_stubs_ext import StrPromise

from accounts.permissions import Action
from edu_platform.lib.bulk_writing import WriteIn
from edu_platform.lib.http import with_query
from edu_platform.lib.long_work import RunningWork, WorkRefused, WorkState
from edu_platform.lib.spreadsheets.rows import SheetRefused
from edu_platform.lib.versions import NotAsShown, version_of
from edu_platform.lib.violations import violation_in_words
from schedule.imports.checked_file_store import forget_checked_file, keep_longer
from schedule.imports.importers import (
    LESSONS,
    PEOPLE,
    fet,
    fet_in_words,
    lessons_in_words,
    people_in_words,
    weekly_lessons,
    weekly_lessons_in_words,
)
from schedule.imports.pages import (
    DoneWords,
    FileImport,
    Importer,
    Link,
    SentFile,
    gone_in_words,
)
from schedule.models import CheckedRows, Term, Work
from schedule.work.kinds import Outcome, Sentence, WorkKind
from schedule.work.writing import begin_work

CHANGED, QUICKER, TERM_GONE = "changed", "quicker", "term"
FAULTS = {
    CHANGED: gettext_lazy(
        "Nothing was imported: something has changed since this file was checked. The page shows what the file would do now."
    ),
    QUICKER: gettext_lazy("Nothing was imported: try again."),
    TERM_GONE: gettext_lazy("Nothing was imported: the term was deleted meanwhile."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePages:
    """The pages of an import, for those of one term by its code."""

    title: StrPromise
    action: Action
    # Raises Term.DoesNotExist where its term is gone.
    importer: Callable[[str], Importer[Any]]
    # Where a file is chosen, and where what the check of one found is shown, by its code.
    choose: Callable[[str], str]
    preview: Callable[[str, str], str]
    # Says what was done, by what was noted of it.
    in_words: Callable[[Mapping[str, Any]], DoneWords]
    # Where one goes on when it is done, where that is not said in words by what was done.
    next_step: Callable[[str], Link] | None = None


class FileWork:
    """The long work of one import: `check` and `take` are its kinds."""

    def __init__(self, name: str, pages: FilePages) -> None:
        self.pages = pages
        self.check = WorkKind(
            name=f"schedule.check_{name}",
            action=pages.action,
            run=self._check,
            title=self._title_of_check,
            named_by=("name",),
            outcome=self._outcome_of_check,
            faults=FAULTS,
        )
        self.take = WorkKind(
            name=f"schedule.import_{name}",
            action=pages.action,
            run=self._take,
            title=self._title_of_take,
            named_by=("name",),
            outcome=self._outcome_of_take,
            faults=FAULTS,
        )

    # --- Asking for it

    def begin_check(
        self, run: FileImport[Any], sent: SentFile, answers: Mapping[str, Any], *, row_count: int
    ) -> Work:
        """Leave the check of a file of so many rows to a worker."""
        return self._begin(self.check, run, sent, answers, row_count=row_count)

    def begin_take(
        self,
        run: FileImport[Any],
        sent: SentFile,
        answers: Mapping[str, Any],
        *,
        known: str,
        row_count: int,
    ) -> Work:
        """Leave taking a file to a worker, as its preview of this version showed it; it stays kept until that is done."""
        return self._begin(self.take, run, sent, answers, row_count=row_count, known=known)

    def _begin(
        self,
        kind: WorkKind,
        run: FileImport[Any],
        sent: SentFile,
        answers: Mapping[str, Any],
        *,
        row_count: int,
        **more: Any,
    ) -> Work:
        if sent.kept is not None:
            keep_longer(sent.kept.code, at=timezone.now())
        own = run.importer.own_answers(answers)
        arguments = {
            "name": sent.name,
            "scope": run.importer.scope,
            "answers": own,
            "kept": sent.kept.code if sent.kept is not None else "",
            **more,
        }
        # Who presses twice is led to the work that runs.
        same = version_of(run.by.pk, run.importer.scope, sent.content, sorted(own.items()))
        return begin_work(
            kind,
            by=run.by,
            scope=f"{kind.name}:{same}",
            arguments=arguments,
            row_count=row_count,
            file_name=sent.name,
            content=sent.content,
        )

    # --- Doing it

    def _check(self, work: RunningWork[Work]) -> None:
        with _worked_on(self.pages.importer, work) as (run, sent):
            preview = run.check(sent, work.row.arguments["answers"])
            with work.writing(1, rows_a_unit=1) as result:
                # Its owner may not have waited for it.
                is_late = _has_later_one(run, work.row)
                file_code = "" if is_late else run.keep(sent, preview).code
                result.update(
                    kept=file_code,
                    is_refused=preview.is_refused,
                    is_doubtful=preview.is_doubtful,
                )

    def _take(self, work: RunningWork[Work]) -> None:
        arguments = work.row.arguments
        with _worked_on(self.pages.importer, work) as (run, sent):
            write_in = _forgetting_in(work)
            try:
                run.take(sent, arguments["answers"], known=arguments["known"], write_in=write_in)
            except IntegrityError as err:
                # Another file or page was quicker.
                raise WorkRefused(fault=QUICKER, told=[violation_in_words(err)]) from err
            except (NotAsShown, SheetRefused) as err:
                # Nothing was wrong with the file when it was checked.
                file_code = _keep_again(run, sent, work.row)
                raise WorkRefused(fault=CHANGED, kept=file_code) from err

    # --- What became of it

    def _title_of_check(self, arguments: Mapping[str, Any]) -> str:
        values = {"import": self.pages.title, "file": arguments["name"]}
        return gettext("%(import)s: check %(file)s") % values

    def _title_of_take(self, arguments: Mapping[str, Any]) -> str:
        return gettext("%(import)s: %(file)s") % {
            "import": self.pages.title,
            "file": arguments["name"],
        }

    def _outcome_of_check(self, work: Work) -> Outcome:
        if work.state != WorkState.DONE:
            return self._outcome_of_nothing(work)
        if not work.result["kept"]:
            return self._with_choice(work, [Sentence(gone_in_words())])
        text = gettext("Nothing is wrong with this file, and nothing was imported yet.")
        is_refused = work.result["is_refused"]
        if work.result.get("is_doubtful"):
            text = gettext(
                "This file can be imported, but something in it may be a mistake. Nothing was imported yet."
            )
        if is_refused:
            text = gettext("Something is wrong with this file: it cannot be imported.")
        return self._with_preview(work, [Sentence(text, is_warning=is_refused)])

    def _outcome_of_take(self, work: Work) -> Outcome:
        if work.state != WorkState.DONE:
            return self._outcome_of_nothing(work)
        words = self.pages.in_words(work.result)
        texts = [*words.done, *words.advice]
        sentences = [Sentence(text) for text in texts]
        link = words.link
        if link is None and self.pages.next_step is not None:
            link = self.pages.next_step(work.arguments["scope"])
        if link is not None:
            return Outcome(sentences, link.address, link.text)
        return self._with_choice(work, sentences)

    def _outcome_of_nothing(self, work: Work) -> Outcome:
        """Lead back to the preview, as it is now where it was looked at anew, as long as that is kept."""
        sentences = [Sentence(text) for text in work.result.get("told", ())]
        if work.result.get("fault") == TERM_GONE:
            return Outcome(sentences, reverse("schedule:terms"), gettext("To the terms"))
        return self._with_preview(work, sentences)

    def _with_preview(self, work: Work, sentences: list[Sentence]) -> Outcome:
        code = work.result.get("kept") or work.arguments["kept"]
        at = timezone.now()
        if not (code and CheckedRows.objects.kept(at=at).filter(code=code).exists()):
            return self._with_choice(work, [*sentences, Sentence(gone_in_words())])
        address = self.pages.preview(work.arguments["scope"], code)
        return Outcome(sentences, address, gettext("To what the file would do"))

    def _with_choice(self, work: Work, sentences: list[Sentence]) -> Outcome:
        address = self.pages.choose(work.arguments["scope"])
        return Outcome(sentences, address, str(self.pages.title))


# --- The files of a worker --------------------------------------------------------------------------


@contextmanager
def _worked_on(
    importer_of: Callable[[str], Importer[Any]], work: RunningWork[Work]
) -> Iterator[tuple[FileImport[Any], SentFile]]:
    """Open the import of who asked for it."""
    row = work.row
    try:
        run = FileImport(importer_of(row.arguments["scope"]), row.asked_by)
        kept_file = run.kept_file(row.arguments["kept"])
        kept_check = None if kept_file is None else kept_file.kept
        yield run, SentFile(row.arguments["name"], bytes(row.content or b""), kept_check)
    except Term.DoesNotExist as err:
        raise WorkRefused(fault=TERM_GONE) from err


def _forgetting_in(work: RunningWork[Work]) -> WriteIn:
    """Write as the work does, and forget what was checked in the same transaction."""

    @contextmanager
    def write_in(units: int, *, rows_a_unit: int) -> Iterator[dict[str, Any]]:
        with work.writing(units, rows_a_unit=rows_a_unit) as result:
            yield result
            result.pop("remarks", None)  # its preview listed them
            forget_checked_file(work.row.arguments["kept"])

    return write_in


def _keep_again(run: FileImport[Any], sent: SentFile, work: Work) -> str:
    """Keep what a file would do by now, and return its code; none where its owner had another one checked meanwhile."""
    if _has_later_one(run, work):
        return ""
    return run.keep(sent, run.check(sent, work.arguments["answers"])).code


def _has_later_one(run: FileImport[Any], work: Work) -> bool:
    """Tell whether another file of its owner is kept by now whose check was asked for after this work."""
    checked = CheckedRows.objects.filter(user=run.by, topic=run.importer.topic)
    later = checked.filter(checked_at__gt=work.asked_at).exclude(code=work.arguments["kept"])
    code = later.values_list("code", flat=True).first()
    if code is None:
        return False
    # Another work may have ended only since, and was asked for before all the same.
    earlier = Work.objects.filter(asked_by=run.by, asked_at__lt=work.asked_at)
    return not earlier.filter(result__kept=code).exists()


# --- The imports ------------------------------------------------------------------------------------


def _of_school(name: str) -> dict[str, Callable[..., Any]]:
    return {
        "choose": lambda _scope: reverse(f"imports:{name}"),
        "preview": lambda _scope, code: reverse(f"imports:{name}_preview", args=[code]),
    }


def _of_term(url_name: str, parameter: str) -> dict[str, Callable[..., Any]]:
    def choose(scope: str) -> str:
        return reverse(f"schedule:{url_name}", args=[scope])

    return {
        "choose": choose,
        "preview": lambda scope, code: with_query(choose(scope), {parameter: code}),
        "next_step": _to_the_plan,
    }


def _to_the_plan(scope: str) -> Link:
    address = reverse("schedule:term_plan", args=[scope])
    return Link(address, gettext("See what planning would do"))


PEOPLE_FILES = FileWork(
    "people",
    FilePages(
        title=gettext_lazy("Import people"),
        action=Action.MANAGE_PEOPLE,
        importer=lambda _scope: PEOPLE,
        in_words=people_in_words,
        **_of_school("people"),
    ),
)
LESSON_FILES = FileWork(
    "lessons",
    FilePages(
        title=gettext_lazy("Import lessons"),
        action=Action.PLAN_LESSONS,
        importer=lambda _scope: LESSONS,
        in_words=lessons_in_words,
        **_of_school("lessons"),
    ),
)
WEEKLY_LESSON_FILES = FileWork(
    "weekly_lessons",
    FilePages(
        title=gettext_lazy("Weekly lessons from a file"),
        action=Action.PLAN_LESSONS,
        importer=lambda scope: weekly_lessons(Term.objects.get(code=scope)),
        in_words=weekly_lessons_in_words,
        **_of_term("weekly_lessons_import", "checked"),
    ),
)
FET_FILES = FileWork(
    "fet",
    FilePages(
        title=gettext_lazy("Timetable from FET"),
        action=Action.PLAN_LESSONS,
        importer=lambda scope: fet(Term.objects.get(code=scope)),
        in_words=fet_in_words,
        **_of_term("fet_import", "kept"),
    ),
)
FILE_KINDS = tuple(
    kind
    for files in (PEOPLE_FILES, LESSON_FILES, WEEKLY_LESSON_FILES, FET_FILES)
    for kind in (files.check, files.take)
)
