"""The administration's own site: our names, and the platform's own sign-in in front of it."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.account.utils import get_next_redirect_url
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.i18n import JavaScriptCatalog

from accounts.decorators import signed_in
from accounts.permissions import Action, may
from accounts.views.sign_out import sign_out
from edu_platform import __version__
from edu_platform.django_texts import SCRIPT_TEXTS
from edu_platform.doctor.page import PERMISSION, doctor_page
from edu_platform.lib.admin_base import SEARCH_CHARS_AT_MOST
from schedule.access import general_relations
from schedule.school_day_hooks import not_in_order


class AdministrationScriptTexts(JavaScriptCatalog):
    """Django's texts of its scripts, with ours in the place of some."""

    packages = ["django.contrib.admin"]

    def get_catalog(self) -> dict[str, str | list[str]]:
        # In English Django's are right, with a singular and a plural.
        ours = {} if get_language() == "en" else {text: [gettext(text)] for text in SCRIPT_TEXTS}
        return {**super().get_catalog(), **ours}


class SchoolAdminSite(admin.AdminSite):
    site_title = _("Administration")
    site_header = _("Administration")
    index_title = _("What would you like to manage?")
    site_url = "/"
    index_template = "admin/start_page.html"
    # Lists need its room; their way back stands above them.
    enable_nav_sidebar = False

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Django's own, with the release at the foot of each page."""
        return {**super().each_context(request), "release": __version__}

    def index(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> TemplateResponse:
        """Django's own, with what is not in order at the top."""
        context = {
            "not_in_order": not_in_order(signed_in(request), timezone.now()),
            "may_check_installation": request.user.has_perm(PERMISSION),
            "may_set_keeping_times": may(
                Action.SET_KEEPING_TIMES, general_relations(signed_in(request))
            ),
        }
        return super().index(request, {**context, **(extra_context or {})})

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [path("doctor/", self.admin_view(self.doctor), name="doctor"), *super().get_urls()]

    def doctor(self, request: HttpRequest) -> HttpResponse:
        return doctor_page(request, self.each_context(request))

    @method_decorator([login_not_required, secure_admin_login])
    def login(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """No sign-in of its own: a second one would go round locks and the second factor."""
        return redirect(get_next_redirect_url(request) or "admin:index")

    def password_change(  # type: ignore[override] # the stubs know Django's own page alone
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """No page of its own either: the platform's page keeps count of wrong passwords, and tells the log."""
        return redirect("account_change_password")

    def logout(  # type: ignore[override] # Django's shows a page, ours leads on
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """As everywhere else: who came from the school's sign-in is signed out there too."""
        return sign_out(request)

    def i18n_javascript(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return AdministrationScriptTexts().get(request)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Find what may be chosen in a field that is filled in so.

        Django answers for every relation of every model, and fails at some of them.
        """
        term = request.GET.get("term", "")
        names = ("app_label", "model_name", "field_name")
        asked = tuple(request.GET.get(name, "") for name in names)
        if asked not in self._searched_fields():
            raise PermissionDenied
        if "\0" in term or len(term) > SEARCH_CHARS_AT_MOST:
            raise BadRequest("nothing is called so")
        return super().autocomplete_view(request)

    def _searched_fields(self) -> set[tuple[str, str, str]]:
        return {
            (of.opts.app_label, str(of.opts.model_name), name)
            for model_admin in self._registry.values()
            for of in (
                model_admin,
                *(each(model_admin.model, self) for each in model_admin.inlines),
            )
            for name in of.autocomplete_fields
        }
