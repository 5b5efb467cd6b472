"""Actions of owners and staff on courseware, each by a button."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.decorators import SignedInRequest
from accounts.permissions import Action, Relation
from courseware import access
from courseware.forms.library import ConfirmForm, NameForm, PublicForm, TagsForm
from courseware.models import Courseware
from courseware.selectors.lessons_showing import uses_of
from courseware.services import deletion, editing, transcoding
from courseware.services.editing import NameEmpty
from courseware.services.transcoding import NotFailed
from courseware.views.lists import detail_page
from edu_platform.lib.http import require_post_or_explain, see_other


@require_post_or_explain("courseware:detail")
def rename(request: SignedInRequest, code: str) -> HttpResponse:
    found, relations = _get(request, code)
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            editing.rename(found, name=form.cleaned_data["name"])
        except NameEmpty as err:
            form.add_error("name", err.sentence)
        else:
            messages.success(request, _("The new name is saved."))
            return _to_page(found)
    return detail_page(request, found, relations, status=422, name_form=form)


@require_post_or_explain("courseware:detail")
def set_public(request: SignedInRequest, code: str) -> HttpResponse:
    found, _relations = _get(request, code)
    form = PublicForm(request.POST)
    is_public = form.is_valid() and bool(form.cleaned_data["public"])
    editing.set_public(found, is_public=is_public)
    told = (
        _("All teachers of the school can use it now.")
        if is_public
        else _("It is private now: lessons that already have it keep it.")
    )
    messages.success(request, told)
    return _to_page(found)


@require_post_or_explain("courseware:detail")
def set_tags(request: SignedInRequest, code: str) -> HttpResponse:
    found, relations = _get(request, code)
    form = TagsForm(request.POST)
    if not form.is_valid():
        return detail_page(request, found, relations, status=422, tags_form=form)
    editing.set_tags(found, names=form.cleaned_data["tags"])
    messages.success(request, _("The tags are saved."))
    return _to_page(found)


@require_post_or_explain("courseware:detail")
def retry(request: SignedInRequest, code: str) -> HttpResponse:
    found, _relations = _get(request, code)
    return retry_version(request, found, found)


def retry_version(
    request: SignedInRequest, found: Courseware, version: Courseware | None
) -> HttpResponse:
    """Submit a version of courseware again, if there is one and it has failed."""
    try:
        if version is not None:
            transcoding.retry(version, at=timezone.now())
    except NotFailed:
        version = None
    if version is None:
        messages.info(request, _("There is nothing to try again: it has not failed."))
    else:
        messages.success(request, _("It is submitted for transcoding again."))
    return _to_page(found)


@require_post_or_explain("courseware:detail")
def delete(request: SignedInRequest, code: str) -> HttpResponse:
    """Delete unused courseware at once; for the rest ask first, showing where it is used."""
    found, _relations = _get(request, code)
    uses = uses_of(found, request.user, may_change=True, at=timezone.now())
    if uses.is_used and not ConfirmForm(request.POST).is_confirmed():
        context = {"courseware": found, "uses": uses, "may_change": True}
        return render(request, "courseware/delete.html", context, status=409)
    deletion.delete(found, at=timezone.now())
    messages.success(request, _("“%(name)s” was deleted.") % {"name": found.name})
    return see_other(reverse("courseware:list"))


def _get(request: SignedInRequest, code: str) -> tuple[Courseware, set[Relation]]:
    return access.get_with_relations(request.user, code, Action.CHANGE_COURSEWARE)


def _to_page(found: Courseware) -> HttpResponse:
    return see_other(reverse("courseware:detail", args=[found.code]))
