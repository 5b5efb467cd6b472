"""The family links of a child: looked at, made, and ended by staff and class teachers."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.models import SchoolSettings, User
from edu_platform.lib.formatting import listed
from edu_platform.lib.http import (
    READ_AND_WRITE,
    form_status,
    require_post_or_explain,
    see_other,
)
from edu_platform.lib.qr_codes import qr_code
from edu_platform.lib.shown_once import ShownOnce
from schedule.families.links import NotToBeShown, TooManyLinks, end_link, family_address, make_link
from schedule.families.managing.access import class_groups_managed, get_child, get_link, manages_all
from schedule.families.managing.ending import is_in_use, question_of_ending
from schedule.families.managing.forms import LinkForm
from schedule.families.managing.panels import links_address
from schedule.families.managing.reading import links_of
from schedule.hooks import PageLink
from schedule.models import Membership
from schedule.people.asking import ask, is_confirmed

NEW_LINK = ShownOnce(cookie="new_family_link", salt="schedule.new_family_link")


@require_http_methods(READ_AND_WRITE)
def links(request: SignedInRequest, code: str) -> HttpResponse:
    """List the links of a child, and make one; a new one is shown once in place of the list."""
    child = get_child(request.user, code)
    secret = NEW_LINK.read(request, user_id=request.user.pk)
    if request.method == "GET" and secret is not None and secret["child"] == child.pk:
        return _address_page(child, request, secret)
    data = request.POST if request.method == "POST" else None
    form = LinkForm(data, child=child, by=request.user)
    # The page of a child who has left has no form, and says why.
    if child.is_active and form.is_valid():
        try:
            return _make(request, child, form)
        except TooManyLinks as err:
            form.refuse_too_many(err.child)
        except NotToBeShown as err:
            form.refuse_child(err.child)
    context = {
        "child": child,
        "rows": links_of(child, viewer=request.user),
        "form": form,
        "back": _back_to(request.user, child),
    }
    return render(request, "schedule/family_links.html", context, status=form_status(form))


def _make(request: SignedInRequest, child: User, form: LinkForm) -> HttpResponse:
    """Make a link, and lead to the page that shows it.

    Raises:
        TooManyLinks: some have to be ended first.
        NotToBeShown: a child has left meanwhile.
    """
    label, children = form.cleaned_data["label"], form.children
    _link, token = make_link(children, label=label, by=request.user, at=timezone.now())
    page = links_address(child)
    response = see_other(page)
    names = [person.display_name for person in children]
    secret = {"child": child.pk, "label": label, "names": names, "token": token}
    NEW_LINK.keep(response, secret, user_id=request.user.pk, path=page)
    return response


def _address_page(child: User, request: SignedInRequest, secret: dict[str, Any]) -> HttpResponse:
    address, page = family_address(secret["token"]), links_address(child)
    context = {
        "child": child,
        "label": secret["label"],
        "names": listed(secret["names"]),
        "address": address,
        "message": _message(secret["names"], address),
        "qr_code": qr_code(address),
        "back": PageLink(page, _("Family links")),
    }
    response = render(request, "schedule/family_link_address.html", context)
    NEW_LINK.forget(response, path=page)
    return response


def _message(names: list[str], address: str) -> str:
    """Return what is sent to the family, in the school's language; messengers take what follows an address for its end."""
    school_name = SchoolSettings.load().school_name
    with override(settings.LANGUAGE_CODE):
        words = _(
            "%(school)s: timetable and news of %(names)s, for you alone. Please do not pass this on: others who have the address see the same. Open it and press the button:"
        ) % {"school": school_name, "names": listed(names)}
    return f"{words}\n{address}"


def _back_to(user: User, child: User) -> PageLink:
    """Lead back to the page of the child, or, for their class teacher, of the class group."""
    if manages_all(user):
        return PageLink(reverse("people:person", args=[child.code]), child.display_name)
    members = Membership.objects.of_students().on(day=timezone.localdate()).filter(user=child)
    group = class_groups_managed(user).filter(pk__in=members.values("class_group"))[:1].get()
    return PageLink(reverse("schedule:class_group", args=[group.code]), group.name)


@require_post_or_explain("family_links:links", without=("link",))
def end(request: SignedInRequest, code: str, link: str) -> HttpResponse:
    """End a link; one that is in use only after it was confirmed."""
    child, family_link = get_link(request.user, code, link)
    if is_in_use(family_link) and not is_confirmed(request):
        question = question_of_ending(family_link, viewer=request.user)
        return ask(request, question, back=links_address(child))
    if end_link(family_link, by=request.user, at=timezone.now()):
        messages.success(request, _("This family link no longer works."))
    else:
        messages.info(request, _("Somebody had ended this link already."))
    return see_other(links_address(child))
