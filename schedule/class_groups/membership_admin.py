"""A person's class groups on their page: joined from today on, left after today, and what was is kept.

Other days are changed on the page of the class group.
"""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import F, QuerySet
from django.forms.formsets import INITIAL_FORM_COUNT, TOTAL_FORM_COUNT
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from edu_platform.lib.admin_base import PlatformInline
from schedule.class_groups.memberships import join_class_groups, leave_class_group
from schedule.models import ClassGroup, Membership


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
    """Writes by the services, which know from when and to when."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        counts = [f"{self.prefix}-{name}" for name in (TOTAL_FORM_COUNT, INITIAL_FORM_COUNT)]
        if self.is_bound and not any(name in self.data for name in counts):
            # A form that says nothing of class groups, as from a page opened before an update, changes none.
            self.data = dict.fromkeys(counts, "0")

    def save_new_objects(self, commit: bool = True) -> list[Membership]:  # noqa: FBT001, FBT002 -- Django's signature
        added = [form.cleaned_data for form in self.extra_forms if form.has_changed()]
        self.new_objects = join_class_groups(
            self.instance, [each["class_group"] for each in added], today=timezone.localdate()
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
    ordering = (F("to_date").desc(nulls_first=True), "class_group__name", "pk")
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
