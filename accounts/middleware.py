from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from accounts.enums import SignInMethod
from accounts.models import User
from accounts.selectors.second_factor import has_second_factor
from accounts.sign_in.records import SECOND_FACTOR_SEEN, method_of
from accounts.visitors import leave_no_trace

ALWAYS_OPEN = ("account_logout", "set_language")
REPLACING_PASSWORD = ("account_change_password",)
SETTING_UP_SECOND_FACTOR = ("mfa_activate_totp", "account_reauthenticate")

GetResponse = Callable[[HttpRequest], HttpResponse]


class ChosenLanguageMiddleware:
    """The language that the person chose, else the school's.

    Django's own middleware would follow the browser; here a whole school works in one language,
    on machines that are set up in any.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.known = frozenset(code for code, _name in settings.LANGUAGES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = chosen if chosen in self.known else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Cookie",))
        return response


class NoStoreMiddleware:
    """Keeps browsers from storing pages of signed-in people, unless the response has its own Cache-Control.

    Otherwise, after signing out, "back" shows the pages of the person who sat here before.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # In this order: who asks is not looked up for files, which say it themselves.
        if not response.has_header("Cache-Control") and request.user.is_authenticated:
            response["Cache-Control"] = "private, no-store"
        return response


class NoTraceMiddleware:
    """Keeps secret addresses of visitors to themselves on pages that say what failed, too: no view makes these.

    It stands above Django's check of the host, which refuses before an address is resolved.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match or _match_of(request)
        if match is not None and getattr(match.func, "leaves_no_trace", False):
            leave_no_trace(response)
        return response


def _match_of(request: HttpRequest) -> ResolverMatch | None:
    """Return the view of the address, which nothing has asked yet; None: there is none."""
    try:
        return resolve(request.path_info)
    except Resolver404:
        return None


class DutiesMiddleware:
    """Puts duties of a person first: a password of their own, then the second factor that is compulsory for them.

    Each duty opens the page where it is done. Beside it, the way out, and what has nothing to do with the
    account (`open_with_start_password`).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        duty = _duty_of(user, request) if isinstance(user, User) else None
        if duty is not None and not _is_open(request, duty):
            return HttpResponseRedirect(reverse(duty[0]))
        return self.get_response(request)


def _duty_of(user: User, request: HttpRequest) -> tuple[str, ...] | None:
    """The names of the pages that the person's next duty opens, first the one where it is done."""
    # Who came another way does not need the start password.
    if user.must_change_password and method_of(request) == SignInMethod.PASSWORD:
        return REPLACING_PASSWORD
    return SETTING_UP_SECOND_FACTOR if _owes_second_factor(user, request) else None


def _owes_second_factor(user: User, request: HttpRequest) -> bool:
    """Asked of staff alone; who was found to have one is not looked up again before the next sign-in."""
    if not (user.is_staff and user.school_asks_second_factor):
        return False
    if request.session.get(SECOND_FACTOR_SEEN):
        return False
    if not has_second_factor(user):
        return True
    request.session[SECOND_FACTOR_SEEN] = True
    return False


def _is_open(request: HttpRequest, names: tuple[str, ...]) -> bool:
    match = _match_of(request)
    if match is None:
        return False
    is_marked = getattr(match.func, "open_with_start_password", False)
    return is_marked or match.view_name in names or match.view_name in ALWAYS_OPEN
