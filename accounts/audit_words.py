"""Words for what an entry of the audit log tells beside its columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import model_format_dict
from django.core.exceptions import FieldDoesNotExist
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import AuditKind, Role, SignInMethod, role_names
from accounts.models import AuditEntry, User
from edu_platform.lib.formatting import in_parts, listed
from edu_platform.lib.keeping_times import all_kinds

Details = Mapping[str, Any]

# Actions that the administration had once, as the log still tells of them.
FORMER_ACTIONS = {
    "end_sign_ins": _("Sign out everywhere"),
    "keep_withdrawn": _("Keep the roles that the school's sign-in no longer gives"),
    "take_withdrawn": _("Take the roles away that the school's sign-in no longer gives"),
}


def details_in_words(entry: AuditEntry) -> str:
    words = _WORDS.get(AuditKind(entry.kind), _as_they_stand)
    try:
        return words(entry.details)
    except (KeyError, ValueError):
        # Written by an earlier version, with other names in it or with a role that is no more.
        return _as_they_stand(entry.details)


def _roles(values: list[str]) -> str:
    return role_names([Role(value) for value in values]) or "–"


def _created(details: Details) -> str:
    account = [details[name] for name in ("issuer", "subject") if name in details]
    return "; ".join([_roles(details.get("roles", [])), *account])


def _external(details: Details) -> str:
    account = [details[name] for name in ("issuer", "subject") if name in details]
    return "; ".join([str(SignInMethod(details["method"]).label), *account])


def _roles_changed(details: Details) -> str:
    if "kept" in details:
        return gettext("kept: %(roles)s") % {"roles": _roles([details["kept"]])}
    return f"{_roles(details['before'])} → {_roles(details['after'])}"


def _flag(details: Details) -> str:
    before, after = (gettext("yes") if details[at] else gettext("no") for at in ("before", "after"))
    return f"{before} → {after}"


def _fields(details: Details) -> str:
    return listed(_field_name(name) for name in details["fields"])


def _field_name(name: str) -> str:
    try:
        field = admin.site.get_model_admin(User).opts.get_field(name)
    except FieldDoesNotExist:
        return name
    return str(getattr(field, "verbose_name", name))


def _password(details: Details) -> str:
    return gettext("taken away") if details.get("taken") else ""


def _own_password(details: Details) -> str:
    return gettext("by a link that was mailed") if details.get("by_mail") else ""


def _count(details: Details) -> str:
    count = details["count"]
    return ngettext("%(count)s sign-in", "%(count)s sign-ins", count) % {"count": count}


def _imported(details: Details) -> str:
    words = {
        "added": gettext("%(count)s added"),
        "changed": gettext("%(count)s changed"),
        "unchanged": gettext("%(count)s unchanged"),
        "removed": gettext("%(count)s removed"),
        "deactivated": gettext("%(count)s deactivated"),
        # An import was undone.
        "deleted": gettext("%(count)s deleted"),
        "restored": gettext("%(count)s put back"),
        "left": gettext("%(count)s left as they are"),
    }
    return listed(
        told % {"count": details[name]} for name, told in words.items() if name in details
    )


def _object(details: Details) -> str:
    changes = _changes(details)
    return f"{_model_name(details)}: {changes}" if changes else _model_name(details)


def _changes(details: Details) -> str:
    changes = details.get("changes") or ""
    message = changes if isinstance(changes, str) else json.dumps(_with_field_names(changes))
    return str(LogEntry(change_message=message).get_change_message())


def _keeping_times(details: Details) -> str:
    names = {kind.code: str(kind.name) for kind in all_kinds()}
    text = gettext("%(kind)s: %(before)s → %(after)s days")
    return in_parts(
        text % {"kind": names.get(code, code), "before": before, "after": after}
        for code, (before, after) in details["days"].items()
    )


def _text(details: Details) -> str:
    return str(details.get("text", ""))


def _consent(details: Details) -> str:
    year = details["school_year"]
    words = [f"{year}–{year + 1}"]
    if "version" in details:
        words.append(gettext("version %(number)s") % {"number": details["version"]})
    if details.get("given_by") == "guardian":
        words.append(gettext("by a guardian"))
    return listed(words)


def _consent_text(details: Details) -> str:
    version = gettext("version %(number)s") % {"number": details["version"]}
    return listed(
        [version, gettext("everybody is asked again")] if details["asks_again"] else [version]
    )


def _key(details: Details) -> str:
    return str(details["key"])


def _with_field_names(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Their fields in words: kept are the labels of a form, which begin with a capital letter in English."""
    return [
        {
            deed: {**told, "fields": [_label(name) for name in told["fields"]]}
            if "fields" in told
            else told
            for deed, told in change.items()
        }
        for change in changes
    ]


def _label(kept: str) -> str:
    own = gettext(kept)
    return own if own != kept else capfirst(gettext(f"{kept[:1].lower()}{kept[1:]}"))


def _action(details: Details) -> str:
    count, name = details["count"], _action_name(details)
    rows = ngettext("%(count)s row", "%(count)s rows", count) % {"count": count}
    return f"{_model_name(details)}: {name} ({rows})"


def _model_name(details: Details) -> str:
    """Return the name of the model, or its label once there is no such model any more."""
    label = str(details["model"])
    try:
        return str(apps.get_model(label)._meta.verbose_name)  # noqa: SLF001 -- as documented by Django
    except LookupError:
        return label


def _action_name(details: Details) -> str:
    name, model_admin = str(details["action"]), _model_admin(details)
    if former := FORMER_ACTIONS.get(name):
        return str(former)
    action = model_admin.get_action(name) if model_admin else None
    return str(action[2]) % model_format_dict(model_admin.opts) if action and model_admin else name


def _model_admin(details: Details) -> admin.ModelAdmin[Any] | None:
    try:
        return admin.site.get_model_admin(apps.get_model(str(details["model"])))
    except (LookupError, NotRegistered):
        return None


def _as_they_stand(details: Details) -> str:
    return "; ".join(f"{name}: {value}" for name, value in details.items())


_WORDS: dict[AuditKind, Callable[[Details], str]] = {
    AuditKind.PERSON_CREATED: _created,
    AuditKind.PERSON_CHANGED: _fields,
    AuditKind.ROLES_CHANGED: _roles_changed,
    AuditKind.SUPERUSER_CHANGED: _flag,
    AuditKind.PASSWORD_RESET: _password,
    AuditKind.PASSWORD_CHANGED: _own_password,
    AuditKind.EXTERNAL_ACCOUNT_LINKED: _external,
    AuditKind.EXTERNAL_ACCOUNT_UNLINKED: _external,
    AuditKind.SIGN_INS_ENDED: _count,
    AuditKind.PEOPLE_IMPORTED: _imported,
    AuditKind.LESSONS_IMPORTED: _imported,
    AuditKind.WEEKLY_LESSONS_IMPORTED: _imported,
    AuditKind.PEOPLE_IMPORT_UNDONE: _imported,
    AuditKind.LESSONS_IMPORT_UNDONE: _imported,
    AuditKind.WEEKLY_LESSONS_IMPORT_UNDONE: _imported,
    AuditKind.CLASS_GROUP_ADDED: _changes,
    AuditKind.CLASS_GROUP_CHANGED: _changes,
    AuditKind.CLASS_GROUP_DELETED: _changes,
    AuditKind.MEMBERS_CHANGED: _changes,
    AuditKind.COURSE_ADDED: _changes,
    AuditKind.COURSE_CHANGED: _changes,
    AuditKind.COURSE_DELETED: _changes,
    AuditKind.SCHOOL_CHANGED: _changes,
    AuditKind.ATTENDANCE_CORRECTED: _changes,
    AuditKind.ATTENDANCE_RULES_CHANGED: _changes,
    AuditKind.KEEPING_TIMES_CHANGED: _keeping_times,
    AuditKind.CLASS_MESSAGED: _text,
    AuditKind.CLASS_ENDED: _changes,
    AuditKind.WALL_MADE: _changes,
    AuditKind.WALL_ENDED: _changes,
    AuditKind.PERSON_ERASED: _key,
    AuditKind.RECORDING_STARTED: _changes,
    AuditKind.RECORDING_STOPPED: _changes,
    AuditKind.CONSENT_TEXT_CHANGED: _consent_text,
    AuditKind.CONSENT_GIVEN: _consent,
    AuditKind.CONSENT_WITHDRAWN: _consent,
    AuditKind.INCIDENT_NOTED: _changes,
    AuditKind.INCIDENT_CHANGED: _changes,
    AuditKind.SCHOOL_YEAR_BEGUN: _changes,
    AuditKind.SCHOOL_YEAR_UNDONE: _changes,
    AuditKind.FAMILY_LINK_MADE: _changes,
    AuditKind.FAMILY_LINK_ENDED: _changes,
    AuditKind.FAMILY_SLIPS_PRINTED: _changes,
    AuditKind.GUEST_INVITED: _changes,
    AuditKind.GUEST_ENDED: _changes,
    AuditKind.OBJECT_ADDED: _object,
    AuditKind.OBJECT_CHANGED: _object,
    AuditKind.OBJECT_DELETED: _object,
    AuditKind.ACTION_RUN: _action,
}
