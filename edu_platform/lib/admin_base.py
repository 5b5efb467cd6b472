"""Base classes of the administration: no hidden data is shown, no odd input is a server error."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar
from weakref import WeakKeyDictionary

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import BadRequest
from django.db import DatabaseError, IntegrityError, connection
from django.db.models import DateField, Field, ForeignKey, Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.text import capfirst
from django.utils.translation import gettext

from edu_platform.lib.admin_deletion import deletion_of
from edu_platform.lib.admin_events import AdminEvent, ChangeMessage, Deed, tell, told_actions
from edu_platform.lib.admin_lookups import (
    LOOKUPS,
    VALUES_AT_MOST,
    begins_with,
    is_key,
    lookup_of,
    names_of_filters,
    parameters_of_filters,
    paths_shown,
    require_sound,
)
from edu_platform.lib.day_field import DayInput
from edu_platform.lib.full_disk import disk_full_text, is_disk_full
from edu_platform.lib.natural_keys import order_column
from edu_platform.lib.violations import violation_in_words

# Longer than any column that is searched, and as many words as a database takes conditions.
SEARCH_CHARS_AT_MOST = 200

logger = logging.getLogger(__name__)

# Why the database refused what a request brought, while its form is shown again.
_refused: WeakKeyDictionary[HttpRequest, str] = WeakKeyDictionary()

ModelT = TypeVar("ModelT", bound=Model)
ParentT = TypeVar("ParentT", bound=Model)


class SearchForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[SEARCH_VAR] = forms.CharField(
            required=False, strip=False, max_length=SEARCH_CHARS_AT_MOST
        )


class BoundedChangeList(ChangeList):
    search_form_class = SearchForm

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Django asks to select one, whatever the list is looked at for.
        self.title = capfirst(str(self.opts.verbose_name_plural))

    def get_ordering_field(self, field_name: Any) -> Any:
        """Sort columns of names as people know them, by default and when their head is clicked."""
        column = super().get_ordering_field(field_name)
        return order_column(self.model, column) if isinstance(column, str) else column


class SearchedChoice(AutocompleteSelect):
    """Shows what is chosen, also in a form that comes back: what can be no key is nobody's."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        model = self.field.related_model
        keys = [each for each in value if not each or is_key(model, each)]
        return super().optgroups(name, keys, attr)

    @property
    def media(self) -> forms.Media:
        """Django's own, and what names its search fields."""
        return super().media + forms.Media(js=["js/admin-search-fields.js"])


class SafeForms:
    """Common behaviour of forms and the rows below them. Stands before the admin class."""

    formfield_overrides: ClassVar[Mapping[type[Field[Any, Any]], Mapping[str, Any]]] = {
        DateField: {"widget": DayInput},
    }

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined] # as above
            kwargs.setdefault("widget", SearchedChoice(db_field, self.admin_site))  # type: ignore[attr-defined] # as above
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc] # as above


class RefusedForm(forms.ModelForm[Model]):
    """A form that the database refused: it says why, unless it finds out by itself by now."""

    told: ClassVar[str]

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and not self.errors:
            self.add_error(None, self.told)


class RefusedRow(forms.ModelForm[Model]):
    """A row of such a form: asked also for the rules about what it belongs to, which Django leaves out."""

    def validate_unique(self) -> None:
        super().validate_unique()
        if self.errors:
            return
        try:
            self.instance.validate_constraints()
        except forms.ValidationError as err:
            self.add_error(None, err)


class PlatformInline(SafeForms, admin.TabularInline[ModelT, ParentT]):
    """Rows below the form of what they belong to."""

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if request in _refused:
            kwargs.setdefault("form", type("RefusedRow", (RefusedRow, self.form), {}))
        return super().get_formset(request, obj, **kwargs)


class PlatformAdmin(SafeForms, admin.ModelAdmin[ModelT]):
    """Every class of the administration is one of these; a test looks after that."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Tell whether a list may be filtered by this parameter: it is a filter, or a field that is shown.

        Raises:
            IncorrectLookupParameters: it may, but not with such a value.
        """
        if "\0" in value or (request and len(request.GET.getlist(lookup)) > VALUES_AT_MOST):
            raise IncorrectLookupParameters(lookup)
        filters = self.list_filter if request is None else self.get_list_filter(request)
        if lookup in parameters_of_filters(filters):
            return True
        columns = self.list_display if request is None else self.get_list_display(request)
        names = (*columns, *names_of_filters(filters), self.date_hierarchy)
        asked = lookup_of(self.model, lookup)
        if asked is None or asked.kind not in LOOKUPS:
            return False
        if asked.path not in paths_shown(self.model, names):
            return False
        require_sound(asked, value)
        return True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BoundedChangeList

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return what an address fills in: Django shows it as it comes, and fails at a moment that is none."""
        given = super().get_changeform_initial_data(request)
        begun = {name: begins_with(self.model, name, value) for name, value in given.items()}
        return {name: value for name, value in begun.items() if value is not None}

    def get_form(
        self,
        request: HttpRequest,
        obj: ModelT | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 -- Django's signature
        **kwargs: Any,
    ) -> type[forms.ModelForm[ModelT]]:
        form = super().get_form(request, obj, change=change, **kwargs)
        if request not in _refused:
            return form
        return type("RefusedForm", (RefusedForm, form), {"told": _refused[request]})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form; when the database refuses what it found in order, the form again, with the reason.

        Nothing was written then, and the other change is visible now, so the form may even find the
        error itself, beside the field.
        """
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError as err:
            logger.info("the database refused a form of %s: %s", self.opts.label, err)
            _refused[request] = violation_in_words(err)
        except (OSError, DatabaseError) as err:
            if not is_disk_full(err):
                raise
            logger.exception("a form of %s finds the disk full", self.opts.label)
            _refused[request] = disk_full_text()
        for files in request.FILES.lists():
            for file in files[1]:
                file.seek(0)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,  # noqa: FBT001, FBT002 -- Django's signature
        change: bool = False,  # noqa: FBT001, FBT002 -- Django's signature
        form_url: str = "",
        obj: ModelT | None = None,
    ) -> HttpResponse:
        """Say what it is and what it is called; Django says that one changes it."""
        if obj is not None and change:
            context["title"] = capfirst(self.opts.verbose_name)
            context["subtitle"] = self.title_of(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def title_of(self, obj: ModelT) -> str:
        """Return what a row is called above its own page."""
        return str(obj)

    def get_action_choices(
        self, request: HttpRequest, default_choices: list[tuple[str, str]] | None = None
    ) -> list[tuple[str, str]]:
        nothing = [("", gettext("Please choose"))]
        return super().get_action_choices(request, default_choices or nothing)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return told_actions(super().get_actions(request))

    def log_addition(self, request: HttpRequest, obj: Any, message: ChangeMessage) -> Any:
        self._tell(request, Deed.ADDED, [obj], message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: ChangeMessage) -> Any:
        self._tell(request, Deed.CHANGED, [obj], message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Told while the rows are there."""
        self._tell(request, Deed.DELETED, list(queryset))
        return super().log_deletions(request, queryset)

    def _tell(
        self, request: HttpRequest, deed: Deed, rows: Sequence[Model], message: ChangeMessage = ""
    ) -> None:
        tell(
            request,
            AdminEvent(deed=deed, model=self.opts.label_lower, rows=rows, message=message),
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        super().save_related(request, form, formsets, change)
        # What PostgreSQL would look at in the end, before anybody is told that all is saved.
        if connection.vendor == "postgresql":
            connection.check_constraints()

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], Any, Any, Any]:
        return deletion_of(objs, request, self.admin_site)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except IntegrityError as err:
            return self._refused_by_database(request, err)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not all(is_key(self.model, key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest("no such row can be chosen")
        try:
            return super().changelist_view(request, extra_context)
        except IntegrityError as err:
            return self._refused_by_database(request, err)

    def _refused_by_database(self, request: HttpRequest, err: IntegrityError) -> HttpResponse:
        logger.info("the database refused a change of %s: %s", self.opts.label, err)
        self.message_user(request, violation_in_words(err), messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())
