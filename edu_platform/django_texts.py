"""Texts of Django's administration that its Chinese catalogue lacks, or words badly: ours go first."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

TEXTS = (
    _(" By %(filter_title)s "),
    _("Add link"),
    _("After you’ve created a user, you’ll be able to edit more user options."),
    _("Change or view list link"),
    _("Error:"),
    _("In case you’ve forgotten, you are:"),
    _("Model name"),
)
