"""The list of people, the page of one, and the forms of a new and of a changed one."""

from __future__ import annotations

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.appointing_words import what_opens
from accounts.decorators import SignedInRequest
from accounts.enums import role_names
from accounts.forms import PictureForm
from accounts.models import User
from accounts.services.appointing import MayNotAppoint, appoint_new_person, is_about_power
from accounts.services.person_changes import change_person, person_version
from accounts.sign_in.code_again import require_code_again
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, form_status, see_other
from edu_platform.lib.paging import PageForm
from edu_platform.lib.versions import NotAsShown, known_in
from edu_platform.lib.violations import violation_in_words
from schedule.class_groups.members import version_of_memberships
from schedule.class_groups.moving import ClassGroupGone, add_members
from schedule.hooks import person_panels
from schedule.lessons.meanwhile import Meanwhile, Unlike, saving_overwrites
from schedule.lessons.named import class_group_choices
from schedule.people.access import get_person, get_person_to_change, require_people
from schedule.people.erasures.access import may_erase
from schedule.people.filters import FilterForm
from schedule.people.forms import JoinForm, NewPersonForm, PersonForm
from schedule.people.person_page import person_page
from schedule.people.reading import PAGE_SIZE, PAGES_AT_MOST, found_people

# Sent by the script of the list, which asks for what is found alone.
PART_HEADER = "X-Part"


def person_address(person: User) -> str:
    return reverse("people:person", args=[person.code])


@require_safe
def people(request: SignedInRequest) -> HttpResponse:
    """The list; as somebody types, its script asks for what is found."""
    require_people(request.user)
    form, pages = FilterForm(request.GET), PageForm(request.GET)
    filters = form.filters()
    size = pages.size(usual=PAGE_SIZE)
    number = min(pages.page_number(), PAGES_AT_MOST)
    found = found_people(filters, number=number, page_size=size)
    context: dict[str, object] = {"found": found, "filters": filters}
    context["may_erase"] = may_erase(request.user)
    if PART_HEADER in request.headers:
        return render(request, "people/_found.html", context)
    form.offer(class_group_choices())
    unusual = "" if size == PAGE_SIZE else size
    context |= {"filter_form": form, "page_size": unusual}
    return render(request, "people/people.html", context)


@require_safe
def person(request: SignedInRequest, code: str) -> HttpResponse:
    return render_person(request, get_person(request.user, code), JoinForm())


def render_person(
    request: SignedInRequest, person: User, join_form: JoinForm, *, status: int = 200
) -> HttpResponse:
    """The page of one person, also with a form on it that was refused."""
    page = person_page(person, viewer=request.user, at=timezone.now())
    context = {
        "page": page,
        "person": person,
        "panels": person_panels(person, request.user),
        "join_form": join_form,
        "picture_form": PictureForm(),
        "class_groups": class_group_choices(),
        "known": version_of_memberships(person),
        "is_oneself": person.pk == request.user.pk,
        "may_erase": may_erase(request.user),
    }
    return render(request, "people/person.html", context, status=status)


@require_http_methods(READ_AND_WRITE)
def new(request: SignedInRequest) -> HttpResponse:
    require_people(request.user)
    form = NewPersonForm(request.POST if request.method == "POST" else None, by=request.user)
    if not form.is_valid():
        return _form_page(request, form)
    if is_about_power(form.chosen_roles):
        require_code_again(request, request.user)
    made = User(**form.named_fields)
    try:
        with transaction.atomic():
            appoint_new_person(made, form.chosen_roles, by=request.user)
            add_members([made], form.chosen_groups, today=timezone.localdate(), by=request.user)
    except ClassGroupGone:
        form.refuse_groups()
        return _form_page(request, form)
    except IntegrityError as err:
        form.add_error("username", violation_in_words(err))  # taken meanwhile
        return _form_page(request, form)
    told = _(
        "Added: %(person)s. To sign in, they need a start password or an account of the school."
    )
    messages.success(request, told % {"person": made})
    return see_other(person_address(made))


@require_http_methods(READ_AND_WRITE)
def change(request: SignedInRequest, code: str) -> HttpResponse:
    person = get_person_to_change(request.user, code)
    form = _change_form(request, person)
    if not form.is_valid():
        return _form_page(request, form, person)
    if not person.is_ordinary or is_about_power(form.chosen_roles):
        require_code_again(request, request.user)
    try:
        changed = change_person(
            person,
            fields=form.named_fields,
            roles=form.chosen_roles,
            by=request.user,
            known=known_in(request.POST),
        )
    except NotAsShown as err:
        return _changed_meanwhile(request, form, err.now)
    except MayNotAppoint:
        # Whoever has more power by now is not theirs to change any more, else their own has changed.
        return _changed_meanwhile(request, form, get_person_to_change(request.user, code))
    except IntegrityError as err:
        form.add_error("username", violation_in_words(err))  # taken meanwhile
        return _form_page(request, form, person)
    messages.success(request, _("Saved: %(person)s") % {"person": changed.person})
    if warning := what_opens(changed.person, changed.opened_by):
        messages.warning(request, warning)
    return see_other(person_address(person))


def _change_form(request: SignedInRequest, person: User) -> PersonForm:
    initial = {
        "display_name": person.display_name,
        "username": person.username,
        "email": person.email,
        "roles": [role.value for role in person.roles],
    }
    data = request.POST if request.method == "POST" else None
    return PersonForm(data, by=request.user, person=person, initial=initial)


def _changed_meanwhile(request: HttpRequest, form: PersonForm, now: User) -> HttpResponse:
    """Show the form as it was sent, beside what somebody else has made of the person."""
    before = {"display_name": now.display_name, "username": now.username, "email": now.email}
    unlike = [
        Unlike(str(form.fields[name].label), value or "–", form.named_fields[name] or "–")
        for name, value in before.items()
        if value != form.named_fields[name]
    ]
    if now.roles != form.chosen_roles:
        roles = (role_names(now.roles) or "–", role_names(form.chosen_roles) or "–")
        unlike.append(Unlike(str(form.fields["roles"].label), *roles))
    meanwhile = Meanwhile(
        heading=_("The person has changed since you opened this page"),
        unlike=unlike,
        advice=saving_overwrites(),
    )
    return _form_page(request, form, now, meanwhile=meanwhile, status=CONFLICT)


def _form_page(
    request: HttpRequest,
    form: PersonForm,
    person: User | None = None,
    *,
    meanwhile: Meanwhile | None = None,
    status: int | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "person": person,
        "known": "" if person is None else person_version(person),
        "meanwhile": meanwhile,
        "class_groups": class_group_choices() if person is None else (),
    }
    answered = form_status(form) if status is None else status
    return render(request, "people/person_form.html", context, status=answered)
