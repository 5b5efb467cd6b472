"""The platform's addresses, and one door for those who come from a system outside."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts.enums import SignInMethod
from accounts.external.logins import external_login
from accounts.external.sign_in import complete_sign_in
from edu_platform.urls import urlpatterns as addresses

ISSUER = "https://sso.school.example"
DOOR = "/outside/"


@login_not_required
def come_in(request: HttpRequest) -> HttpResponse:
    login = external_login(
        method=SignInMethod.CAS, issuer=ISSUER, subject=request.GET["subject"], username="outside"
    )
    return complete_sign_in(
        request, login, links_existing=False, next_address=request.GET.get("next", "")
    )


urlpatterns = [*addresses, path(DOOR.strip("/") + "/", come_in, name="outside")]
