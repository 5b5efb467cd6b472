from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from accounts.enums import SignInMethod
from accounts.models import User
from accounts.session_store import SIGN_IN

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


class PasswordChangeMiddleware:
    """A start password opens one page: the one where it is replaced. Who came another way does not need it.

    Beside it, the way out, and what has nothing to do with the account (`open_with_start_password`).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            isinstance(user, User)
            and user.must_change_password
            and _came_by_password(request)
            and not self._is_open(request)
        ):
            return HttpResponseRedirect(reverse("account_change_password"))
        return self.get_response(request)

    @staticmethod
    def _is_open(request: HttpRequest) -> bool:
        open_names = ("account_change_password", "account_logout", "set_language")
        try:
            found = resolve(request.path_info)
        except Resolver404:
            return False
        is_marked = getattr(found.func, "open_with_start_password", False)
        return is_marked or found.view_name in open_names


def _came_by_password(request: HttpRequest) -> bool:
    """Also whoever came before it was kept how."""
    method = request.session.get(SIGN_IN, {}).get("method", SignInMethod.PASSWORD)
    return bool(method == SignInMethod.PASSWORD)
