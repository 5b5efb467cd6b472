"""The wall screen's own address, and the page on which administrators make and end such addresses."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest, open_with_start_password
from accounts.permissions import Action
from accounts.visitors import leave_no_trace
from attendance.access import require
from attendance.models import WallAddress
from attendance.now.forms import WallForm
from attendance.now.views import wall_page
from attendance.now.walls import TooManyWalls, end_wall, find_wall, make_wall, open_walls
from edu_platform.lib.http import READ_AND_WRITE, form_status, require_post_or_explain, see_other
from edu_platform.lib.shown_once import ShownOnce
from edu_platform.lib.text import storable_text

NEW_ADDRESS = ShownOnce(cookie="new_wall", salt="attendance.new_wall")


@login_not_required
@open_with_start_password
@csrf_exempt  # it changes nothing, and says so (405)
@require_safe
def wall(request: HttpRequest, token: str) -> HttpResponse:
    """Show the board without sign-in, and nothing else; what is unknown or ended is one and the same page."""
    at = timezone.now()
    if find_wall(token, at=at) is None:
        response = render(request, "attendance/wall_invalid.html", status=404)
    else:
        response = wall_page(request, request.path, at)
    response["Cache-Control"] = "no-store"
    return leave_no_trace(response)


@require_http_methods(READ_AND_WRITE)
def walls(request: SignedInRequest) -> HttpResponse:
    """List the addresses, and make one; a new one is shown once in place of the list."""
    require(request.user, Action.MANAGE_WALL)
    new_address = NEW_ADDRESS.read(request, user_id=request.user.pk)
    if request.method == "GET" and new_address is not None:
        return _address_page(request, new_address["name"], new_address["token"])
    form = WallForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            return _make_address(request, form.cleaned_data["name"])
        except TooManyWalls:
            form.add_error(None, _("There are very many addresses: end some of them first."))
    context = {"walls": open_walls(), "form": form}
    return render(request, "attendance/walls.html", context, status=form_status(form))


def _make_address(request: SignedInRequest, name: str) -> HttpResponse:
    """Make an address, and lead to the page that shows it.

    Raises:
        TooManyWalls: some have to be ended first.
    """
    token = make_wall(name, by=request.user, at=timezone.now())
    page = reverse("attendance:walls")
    response = see_other(page)
    secret = {"name": name, "token": token}
    NEW_ADDRESS.keep(response, secret, user_id=request.user.pk, path=page)
    return response


def _address_page(request: SignedInRequest, name: str, token: str) -> HttpResponse:
    address = settings.PUBLIC_BASE_URL + reverse("attendance:wall", args=[token])
    response = render(request, "attendance/wall_address.html", {"address": address, "name": name})
    NEW_ADDRESS.forget(response, path=reverse("attendance:walls"))
    return response


@require_post_or_explain("attendance:walls", keeps_arguments=False)
def wall_end(request: SignedInRequest, code: str) -> HttpResponse:
    require(request.user, Action.MANAGE_WALL)
    try:
        was_open = end_wall(storable_text(code), by=request.user, at=timezone.now())
    except WallAddress.DoesNotExist as err:
        raise Http404 from err
    if was_open:
        messages.success(request, _("The address no longer works."))
    else:
        messages.info(request, _("Somebody had ended this address already."))
    return see_other(reverse("attendance:walls"))
