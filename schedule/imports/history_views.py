"""Show where files come in, which came in before, and how each is undone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from accounts.services.start_passwords import PASSWORDS_AT_ONCE
from accounts.sign_in.code_again import ask_code_again
from accounts.views.start_passwords import Back, Recipients, ask_and_give
from edu_platform.lib.form_renderer import KeptSelect
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, see_other
from edu_platform.lib.paging import PageForm, pager_of
from edu_platform.lib.versions import NotAsShown, known_in
from schedule.access import require
from schedule.imports.access import get_imported_file
from schedule.imports.file_people import (
    count_deleted,
    new_people_who_cannot_sign_in,
    people_of_file,
)
from schedule.imports.file_words import (
    TOPICS,
    counts_in_words,
    parts_of,
    topic_in_words,
)
from schedule.imports.history import files_of_topic, has_power, shown_file
from schedule.imports.undo import AlreadyUndone
from schedule.imports.undo_files import (
    FileUndoing,
    NothingToUndo,
    undo_file,
    undoing_of_file,
)
from schedule.imports.undo_parts import names_in_words
from schedule.imports.undo_work import begin_undo_of_file, undone_file_in_words
from schedule.lessons.meanwhile import Meanwhile
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import ImportedFile, Term
from schedule.work.kinds import is_long
from schedule.work.views import see_work


class TopicForm(forms.Form):
    topic = forms.ChoiceField(
        label=gettext_lazy("Kind of import"),
        required=False,
        choices=lambda: [
            ("", _("Everything")),
            *((key, str(word)) for key, word in TOPICS.items()),
        ],
        widget=KeptSelect,
    )

    def chosen(self) -> str:
        return self.cleaned_data.get("topic") or "" if self.is_valid() else ""


@require_safe
def imports(request: SignedInRequest) -> HttpResponse:
    """Show what can be imported, each with its template, and what was imported before."""
    require(request.user, Action.PLAN_LESSONS)
    form, page_form = TopicForm(request.GET), PageForm(request.GET)
    topic = form.chosen()
    page = Paginator(files_of_topic(topic), page_form.size()).get_page(page_form.page_number())
    path = reverse("imports:imports")
    count = page.paginator.count
    context = {
        "terms": list(Term.objects.not_over(timezone.localdate()).order_by("first_monday")),
        "form": TopicForm(initial={"topic": topic}),
        "topic": topic,
        "files": [shown_file(file) for file in page.object_list],
        "pager": pager_of(page, path=path, query={"topic": topic} if topic else {}),
        "total": ngettext("%(count)s import", "%(count)s imports", count) % {"count": count},
    }
    return render(request, "schedule/imports/imports.html", context)


@require_safe
def imported_file(request: SignedInRequest, code: str) -> HttpResponse:
    """Show one import: what it did and to whom, and what became of it."""
    file = get_imported_file(request.user, code)
    people = people_of_file(file)
    in_need = new_people_who_cannot_sign_in(file).count() if people.count else 0
    context = {
        "shown": shown_file(file),
        "file": file,
        "counts": counts_in_words(file.counts),
        "undone": counts_in_words(file.undone),
        "topic": topic_in_words(file),
        "term": Term.objects.filter(pk=file.term_id or 0).first(),
        "people": people,
        "deleted": count_deleted(file),
        "in_need": in_need,
        "at_once": PASSWORDS_AT_ONCE,
    }
    return render(request, "schedule/imports/imported.html", context)


@require_http_methods(READ_AND_WRITE)
def file_start_passwords(request: SignedInRequest, code: str) -> HttpResponse:
    """Give start passwords to who came with an import and cannot sign in: asked for first, then shown this once."""
    file = get_imported_file(request.user, code)
    require(request.user, Action.MANAGE_PEOPLE)
    # Whoever got one is no longer among them: where they are more, the next ones follow.
    people = new_people_who_cannot_sign_in(file)[:PASSWORDS_AT_ONCE]
    recipients = Recipients(
        people=[("", people.prefetch_related("role_grants"))],
        address=reverse("imports:file_start_passwords", args=[file.code]),
        fields={},
        back=Back(reverse("imports:file", args=[file.code]), topic_in_words(file)),
    )
    return ask_and_give(request, recipients)


@require_http_methods(READ_AND_WRITE)
def file_undo(request: SignedInRequest, code: str) -> HttpResponse:
    """Undo what can be undone of an import, after a page that says what that is, and what stays and why."""
    file = get_imported_file(request.user, code)
    if file.action is not None:
        # What it did to lessons is undone by its own page, with a reason that people read.
        return see_other(reverse("schedule:import_undo", args=[file.action.code]))
    if request.method != "POST":
        return _undo_page(request, file)
    return _undo(request, file)


def _undo(request: SignedInRequest, file: ImportedFile) -> HttpResponse:
    if file.is_undone:
        return _undo_page(request, file, status=CONFLICT)
    known = known_in(request.POST)
    count = file.people.count() + file.weekly_lessons.count()
    # Roles with power that it gave or took go back with a code, as they were given.
    if has_power(file) and (asked := ask_code_again(request, request.user)) is not None:
        return asked
    if is_long(count):
        work = begin_undo_of_file(file, by=request.user, known=known, row_count=count)
        return see_work(request, work)
    try:
        done = undo_file(file, by=request.user, known=known)
    except NothingToUndo as refused:
        return _undo_page(request, file, refused.undoing, status=CONFLICT)
    except NotAsShown:
        # Looked at again without its locks: who was at work on an account then may have gone on.
        return _undo_page(request, file, status=CONFLICT)
    except (AlreadyUndone, ChangedMeanwhile):
        file = get_imported_file(request.user, code=file.code)
        return _undo_page(request, file, status=CONFLICT)
    messages.success(request, undone_file_in_words(done.counts(), done.made.names))
    return see_other(reverse("imports:file", args=[file.code]))


def _undo_page(
    request: SignedInRequest,
    file: ImportedFile,
    undoing: FileUndoing | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Show what undoing would do; with 409 it is another thing than was shown before."""
    context: dict[str, Any] = {"file": file, "shown": shown_file(file)}
    if not file.is_undone:
        now = undoing or undoing_of_file(file, by=request.user)
        context |= {
            "undoing": now,
            "parts": parts_of(now),
            "made": names_in_words(now.made.names),
            "meanwhile": _meanwhile() if status == CONFLICT else None,
        }
    return render(request, "schedule/imports/undo.html", context, status=status)


def _meanwhile() -> Meanwhile:
    sentence = _(
        "Nothing was undone: something has changed meanwhile. This is what would happen now."
    )
    return Meanwhile(said=sentence)
