"""Import pages that show, row by row and by pages, what a file would do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe
from django_stubs_ext import StrPromise

from accounts.decorators import signed_in
from accounts.models import User
from accounts.random_codes import make_code
from edu_platform.lib.paging import PageForm, pager_of
from edu_platform.lib.spreadsheets.rows import SheetFault
from schedule.access import find_checked_rows
from schedule.admin.import_pages import ImportPage, SentFile
from schedule.enums import RowKind
from schedule.forms import ImportForm
from schedule.imports.previews import Choice, PreviewRows
from schedule.imports.results import ImportResult
from schedule.models import CheckedRows
from schedule.services.checked_files import keep_checked_rows

# Rows of these kinds keep a file from being imported.
REFUSED = (RowKind.FAULTY, RowKind.CONFLICT)


class Preview(Protocol):
    """What a check found. It also says of itself how it is kept."""

    @property
    def rows(self) -> PreviewRows: ...
    def packed(self) -> bytes: ...


Found = TypeVar("Found", bound=Preview)
# By its name in an address: the label of a part of the preview, and its rows.
Parts = dict[str, tuple[str, Sequence[Any]]]


class PreviewedImportPage(ImportPage, ABC, Generic[Found]):
    # The page's own columns: which row it is.
    row_heads: ClassVar[Sequence[StrPromise]]

    def urls(self) -> list[URLPattern]:
        @require_safe
        def preview(request: HttpRequest, code: str) -> HttpResponse:
            return self._preview_page(request, code)

        protected = self.model_admin.admin_site.admin_view(preview)
        return [
            path(f"{self.address}preview/<slug:code>/", protected, name=f"{self.url_name}_preview"),
            *super().urls(),
        ]

    # --- What pages differ in

    @abstractmethod
    def _unpacked(self, packed: bytes) -> Found: ...

    @abstractmethod
    def _initial(self, preview: Found) -> dict[str, Any]:
        """The other answers of the form with which the file was checked."""

    def _result_of(self, preview: Found) -> ImportResult:
        counts = preview.rows.counts
        return ImportResult(counts[RowKind.NEW], counts[RowKind.CHANGED], counts[RowKind.UNCHANGED])

    def _parts_of(self, preview: Found) -> Parts:
        """The parts that have something."""
        parts: Parts = {"": (gettext("All rows"), preview.rows)}
        for kind in RowKind:
            if rows := preview.rows.of_kind(kind):
                parts[kind.value] = (str(kind.label), rows)
        return parts

    def _more_of(self, preview: Found, part: str) -> Mapping[str, Any]:
        """What else the template needs for this part."""
        return {}

    # --- What they have in common

    def _show_checked(
        self,
        request: HttpRequest,
        form: ImportForm,
        sent: SentFile,
        preview: Found,
        faults: Sequence[SheetFault],
        *,
        notice: str = "",
        status: int = 200,
    ) -> HttpResponse:
        """Keep what the check found, with the file where nothing is wrong with it, and show it."""
        user = signed_in(request)
        kept = None if faults else self._keep(user, sent)
        code = kept.code if kept is not None else make_code()
        rows = self._keep_rows(user, sent, code, preview)
        if kept is not None:
            form = self._form_of(form, code)
            return self._show_preview(request, form, preview, rows, notice=notice, status=status)
        found = preview.rows.counts
        first = next((kind for kind in REFUSED if found[kind]), RowKind.FAULTY)
        more = {"preview_address": self._address(code, first), "notice": notice}
        return self._show(request, form, faults=faults, kept=sent.kept, more=more, status=status)

    def _keep_rows(self, user: User, sent: SentFile, code: str, preview: Found) -> CheckedRows:
        packed = preview.packed()
        return keep_checked_rows(
            user, self.topic, code=code, name=sent.name, packed=packed, at=timezone.now()
        )

    def _rows_of(self, request: HttpRequest, sent: SentFile) -> CheckedRows | None:
        """What the check of the kept file found; nothing of one that was chosen just now."""
        return self._find_rows(request, sent.kept.code) if sent.kept is not None else None

    def _find_rows(self, request: HttpRequest, code: str) -> CheckedRows | None:
        return find_checked_rows(signed_in(request), self.topic, code, at=timezone.now())

    def _preview_page(self, request: HttpRequest, code: str) -> HttpResponse:
        self._require_permission(request)
        rows = self._find_rows(request, code)
        if rows is None:
            text = gettext("The checked file is not kept any more: choose it again.")
            messages.warning(request, text)
            return HttpResponseRedirect(reverse(f"admin:{self.url_name}"))
        preview = self._unpacked(bytes(rows.packed))
        kept = "" if _is_refused(preview) else code
        form = self.form_class(initial={"kept": kept, **self._initial(preview)})
        return self._show_preview(request, form, preview, rows)

    def _show_preview(
        self,
        request: HttpRequest,
        form: ImportForm,
        preview: Found,
        rows: CheckedRows,
        *,
        notice: str = "",
        status: int = 200,
    ) -> HttpResponse:
        is_refused = _is_refused(preview)
        more = {
            **self._page(request, preview, rows.code),
            "file_name": rows.name,
            "is_faulty": is_refused,
            "notice": notice,
        }
        result = None if is_refused else self._result_of(preview)
        kept = None if is_refused else rows
        return self._show(request, form, result=result, kept=kept, more=more, status=status)

    def _page(self, request: HttpRequest, preview: Found, code: str) -> dict[str, Any]:
        parts = self._parts_of(preview)
        part = request.GET.get("kind", "")
        part = part if part in parts else ""
        shown = parts[part][1]
        form = PageForm(request.GET)
        page = Paginator(shown, form.size()).get_page(form.page_number())
        return {
            "preview": page.object_list,
            "row_heads": self.row_heads,
            "choices": [
                Choice(label, len(rows), self._address(code, name), name == part)
                for name, (label, rows) in parts.items()
            ],
            "pager": pager_of(page, path=self._address(code), query={"kind": part} if part else {}),
            "total": ngettext("%(count)s row", "%(count)s rows", len(shown))
            % {"count": len(shown)},
            **self._more_of(preview, part),
        }

    def _address(self, code: str, kind: str = "") -> str:
        address = reverse(f"admin:{self.url_name}_preview", args=[code])
        return f"{address}?{urlencode({'kind': kind})}" if kind else address


def _is_refused(preview: Preview) -> bool:
    found = preview.rows.counts
    return any(found[kind] for kind in REFUSED)
