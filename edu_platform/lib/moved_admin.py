"""Models whose pages have left the administration: its addresses lead to the pages, for whoever could open them."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib.admin.utils import unquote
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from edu_platform.lib.admin_base import PlatformAdmin

ModelT = TypeVar("ModelT", bound=Model)


class MovedAdmin(PlatformAdmin[ModelT]):
    """Stays registered so that fields of other models find its rows; its own pages are elsewhere."""

    # Names of routes.
    list_page: str
    new_page: str

    def page_of(self, row: ModelT) -> str:
        """The address of the page of one row."""
        raise NotImplementedError

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Leave it out of the administration's own lists of what there is."""
        return False

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        return {}

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            return super().changelist_view(request, extra_context)
        return HttpResponseRedirect(reverse(self.list_page))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if object_id is None:
            if not self.has_add_permission(request):
                return super().changeform_view(request, object_id, form_url, extra_context)
            return HttpResponseRedirect(reverse(self.new_page))
        return self._page_of_key(request, object_id) or super().changeform_view(
            request, object_id, form_url, extra_context
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._page_of_key(request, object_id) or super().history_view(
            request, object_id, extra_context
        )

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._page_of_key(request, object_id) or super().delete_view(
            request, object_id, extra_context
        )

    def _page_of_key(self, request: HttpRequest, object_id: str) -> HttpResponse | None:
        """Lead to the page of this row; None: there is none, or not for them, as Django then says."""
        row = self.get_object(request, unquote(object_id))
        if row is None or not self.has_view_or_change_permission(request, row):
            return None
        return HttpResponseRedirect(self.page_of(row))
