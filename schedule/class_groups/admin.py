"""Class groups in the administration, and the class groups of a person on their page."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import F, QuerySet
from django.forms.formsets import INITIAL_FORM_COUNT, TOTAL_FORM_COUNT
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.start_passwords import ask_before_start_passwords, show_start_passwords
from accounts.decorators import signed_in
from accounts.models import User
from accounts.services.start_passwords import (
    StartPassword,
    give_start_passwords,
    make_start_passwords,
)
from edu_platform.lib.admin_base import PlatformAdmin, PlatformInline
from edu_platform.lib.natural_order import sorted_names
from schedule.class_groups.memberships import (
    archive_class_group,
    delete_class_groups,
    join_class_groups,
    leave_class_group,
)
from schedule.class_groups.reading import students_of, students_without_password
from schedule.models import ClassGroup, Membership

# In the address of the list. No grade is a blank: forms strip them.
WITHOUT_GRADE = " "


class IsArchivedFilter(admin.SimpleListFilter):
    """Shows this year's class groups until somebody asks for the others."""

    title = _("school year")
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [("yes", gettext("archived")), ("all", gettext("all"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ClassGroup]
    ) -> QuerySet[ClassGroup]:
        return _of_year(queryset, self.value())

    def choices(self, changelist: Any) -> Any:
        choices = iter(super().choices(changelist))
        yield {**next(choices), "display": gettext("this year")}
        yield from choices


def _of_year(queryset: QuerySet[ClassGroup], asked: str | None) -> QuerySet[ClassGroup]:
    if asked == "all":
        return queryset
    return queryset.filter(archived_at__isnull=asked != "yes")


class GradeFilter(admin.SimpleListFilter):
    """Offers the grades of the class groups of the school year that the list shows."""

    title = _("grade")
    parameter_name = "grade"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        asked = request.GET.get(IsArchivedFilter.parameter_name)
        of_year = _of_year(ClassGroup.objects.order_by(), asked)
        grades = set(of_year.values_list("grade", flat=True).distinct())
        named = [(grade, grade) for grade in sorted_names(grades - {""})]
        without = [(WITHOUT_GRADE, pgettext("grades", "Others"))]
        return [*named, *(without if "" in grades else [])] if named else []

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ClassGroup]
    ) -> QuerySet[ClassGroup]:
        chosen = self.value()
        if chosen not in dict(self.lookup_choices):
            return queryset
        return queryset.filter(grade=chosen.strip())


class MembershipInline(PlatformInline[Membership, ClassGroup]):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)
    ordering = ("to_date", "user__name_key", "user__username")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user", "class_group")


class StartPasswordsForm(forms.Form):
    everyone = forms.BooleanField(
        label=_("Also for students who have a password of their own"), required=False
    )


class ClassGroupAdmin(PlatformAdmin[ClassGroup]):
    list_display = ("name", "grade", "archived_at")
    # By name the grades stand in their order; as texts they would not.
    sortable_by = ("name", "archived_at")
    list_filter = (IsArchivedFilter, GradeFilter)
    search_fields = ("name", "grade")
    ordering = ("name_key", "pk")
    readonly_fields = ("archived_at",)
    inlines = (MembershipInline,)
    actions = ("archive", "print_start_passwords")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ClassGroup], search_term: str
    ) -> tuple[QuerySet[ClassGroup], bool]:
        """Leave out last year's class groups where one is chosen for a lesson."""
        class_groups, may_repeat = super().get_search_results(request, queryset, search_term)
        if "field_name" in request.GET:
            class_groups = class_groups.filter(archived_at=None)
        return class_groups, may_repeat

    def delete_model(self, request: HttpRequest, obj: ClassGroup) -> None:
        delete_class_groups([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ClassGroup]) -> None:
        delete_class_groups(queryset)

    @admin.action(description=_("Archive"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[ClassGroup]) -> None:
        for class_group in queryset:
            archive_class_group(class_group, at=timezone.now())
        self.message_user(request, gettext("Archived."), messages.SUCCESS)

    @admin.action(description=_("Print start passwords…"), permissions=["start_passwords"])
    def print_start_passwords(
        self, request: HttpRequest, queryset: QuerySet[ClassGroup]
    ) -> HttpResponse:
        """Ask first, then show the passwords once."""
        form = StartPasswordsForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            explanation = gettext(
                "Makes one-time passwords for students who have never signed in or have no password. Passwords handed out before and not used yet stop working."
            )
            return ask_before_start_passwords(
                self, request, queryset, explanation=explanation, form=form
            )
        everyone = form.cleaned_data["everyone"]
        return show_start_passwords(
            self, request, self._give_passwords(request, queryset, everyone=everyone)
        )

    def has_start_passwords_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_user")

    def _give_passwords(
        self, request: HttpRequest, queryset: QuerySet[ClassGroup], *, everyone: bool
    ) -> list[tuple[ClassGroup, list[StartPassword]]]:
        choose = students_of if everyone else students_without_password
        today, by = timezone.localdate(), signed_in(request)
        sheets: list[tuple[ClassGroup, list[StartPassword]]] = []
        given_to: set[int] = set()
        for class_group in queryset:
            # Somebody in two of the class groups gets one password, not a second that replaces the
            # first.
            students = choose(class_group, today=today).exclude(pk__in=given_to)
            start_passwords = make_start_passwords(students)
            sheets.append((class_group, start_passwords))
            given_to.update(entry.user.pk for entry in start_passwords)
        with transaction.atomic():
            for class_group, start_passwords in sheets:
                give_start_passwords(start_passwords, by=by)
                self.log_change(request, class_group, gettext("Start passwords printed"))
        return sheets


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
