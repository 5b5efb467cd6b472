"""Ask people who take their data away to prove once more who they are: the screen may have been left open."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.models import User
from accounts.selectors.second_factor import has_second_factor
from accounts.sign_in.code_again import typed_again_lately
from accounts.sign_in.records import proved_lately
from edu_platform.lib.http import with_query


def has_proved(request: HttpRequest, person: User) -> bool:
    """Tell whether the person typed their code or password again a short while ago.

    Who has neither comes from the school's own sign-in: then a sign-in of a moment ago is the proof.
    """
    if has_second_factor(person):
        return typed_again_lately(request, person, "mfa")
    if person.has_usable_password():
        return typed_again_lately(request, person, "password")
    return proved_lately(request, person)


def page_of_proof(request: HttpRequest, person: User) -> HttpResponse:
    """Return the page that asks for it, and leads back to one's own data."""
    if has_second_factor(person):
        return _asking("second_factor_again")
    if person.has_usable_password():
        return _asking("account_reauthenticate")
    return render(request, "accounts/data_export/sign_in_again.html", {"page": "own_data"})


def _asking(page: str) -> HttpResponse:
    return redirect(with_query(reverse(page), {"next": reverse("own_data")}))
