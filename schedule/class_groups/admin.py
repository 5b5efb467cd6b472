"""The class groups of a person on their page in the administration, and addresses of before."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import F, QuerySet
from django.forms.formsets import INITIAL_FORM_COUNT, TOTAL_FORM_COUNT
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from edu_platform.lib.admin_base import PlatformInline
from edu_platform.lib.moved_admin import MovedAdmin
from schedule.class_groups.memberships import join_class_groups, leave_class_group
from schedule.models import ClassGroup, Membership


class ClassGroupAdmin(MovedAdmin[ClassGroup]):
    """Class groups have pages of their own; fields of the administration still find them by name."""

    list_page, new_page = "class_groups:class_groups", "class_groups:new"
    search_fields = ("name", "grade")
    ordering = ("name_key", "pk")

    def page_of(self, row: ClassGroup) -> str:
        return reverse("class_groups:class_group", args=[row.code])

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ClassGroup], search_term: str
    ) -> tuple[QuerySet[ClassGroup], bool]:
        """Leave out last year's class groups where one is chosen."""
        class_groups, may_repeat = super().get_search_results(request, queryset, search_term)
        if "field_name" in request.GET:
            class_groups = class_groups.filter(archived_at=None)
        return class_groups, may_repeat


class PersonMembershipForm(forms.ModelForm[Membership]):
    ends_today = forms.BooleanField(
        label=_("Ends today"),
        required=False,
        # Its label stands above the column only.
        widget=forms.CheckboxInput({"aria-label": _("Ends today")}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last_day, is_there = self.instance.to_date, bool(self.instance.pk)
        is_over = last_day is not None and last_day <= timezone.localdate()
        class_group = cast("forms.ModelChoiceField[ClassGroup]", self.fields["class_group"])
        class_group.disabled = is_there
        if not is_there:
            # The search offers no others, but one may have been archived since.
            class_group.queryset = ClassGroup.objects.active()
        # Without the buttons beside it, which lead to other forms.
        for link in ("add", "change", "delete", "view"):
            setattr(class_group.widget, f"can_{link}_related", False)
        self.fields["ends_today"].disabled = not is_there or is_over


class PersonMembershipFormSet(BaseInlineFormSet[Membership, User, forms.ModelForm[Membership]]):
    """Writes memberships by way of `memberships`, which knows from when and to when they last."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        counts = [f"{self.prefix}-{name}" for name in (TOTAL_FORM_COUNT, INITIAL_FORM_COUNT)]
        if self.is_bound and not any(name in self.data for name in counts):
            # A form that says nothing of class groups, as from a page opened before an update, changes none.
            self.data = dict.fromkeys(counts, "0")

    def save_new_objects(self, commit: bool = True) -> list[Membership]:  # noqa: FBT001, FBT002 -- Django's signature
        added = [form.cleaned_data for form in self.extra_forms if form.has_changed()]
        self.new_objects = join_class_groups(
            self.instance, [row["class_group"] for row in added], today=timezone.localdate()
        )
        return self.new_objects

    def save_existing(
        self,
        form: forms.ModelForm[Membership],
        obj: Membership,
        commit: bool = True,  # noqa: FBT001, FBT002 -- Django's signature
    ) -> Membership:
        if form.cleaned_data["ends_today"]:
            leave_class_group(obj, today=timezone.localdate())
        return obj


class PersonMembershipInline(PlatformInline[Membership, User]):
    model = Membership
    form = PersonMembershipForm
    formset = PersonMembershipFormSet
    fields = ("class_group", "kind", "from_date", "to_date", "ends_today")
    readonly_fields = ("kind", "from_date", "to_date")
    autocomplete_fields = ("class_group",)
    ordering = (F("to_date").desc(nulls_first=True), "class_group__name_key", "pk")
    extra = 0
    can_delete = False
    verbose_name = _("class group")
    verbose_name_plural = _("class groups")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user", "class_group")

    def has_add_permission(self, request: HttpRequest, obj: User | None) -> bool:  # type: ignore[override] # as Django calls it
        return super().has_add_permission(request, obj) and self._may_change(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_change(request, obj)

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Without the box where nothing can be changed: there it would be an empty column."""
        may_change = self.has_change_permission(request, obj)
        return [name for name in self.fields if may_change or name != "ends_today"]

    def _may_change(self, request: HttpRequest, person: User | None) -> bool:
        """Those who may not change the person see a page without a button to save."""
        people = cast(admin.ModelAdmin[User], self.admin_site.get_model_admin(User))
        return person is None or people.has_change_permission(request, person)
