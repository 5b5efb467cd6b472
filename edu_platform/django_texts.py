"""Texts of Django that its Chinese catalogue lacks, or words otherwise than ours: ours go first."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

ADMINISTRATION = (
    _(" By %(filter_title)s "),
    _("Add link"),
    _("After you’ve created a user, you’ll be able to edit more user options."),
    _("Are you sure?"),
    _(
        'Are you sure you want to delete the %(object_name)s "%(escaped_object)s"? All of the following related items will be deleted:'
    ),
    _("Change or view list link"),
    _(
        "Deleting the %(object_name)s '%(escaped_object)s' would result in deleting related objects, but your account doesn't have permission to delete the following types of objects:"
    ),
    _(
        "Deleting the selected %(objects_name)s would result in deleting related objects, but your account doesn't have permission to delete the following types of objects:"
    ),
    _("Error:"),
    _("In case you’ve forgotten, you are:"),
    _("Log out"),
    _("Model name"),
    _("The {name} “{obj}” was added successfully. You may add another {name} below."),
    _("The {name} “{obj}” was changed successfully. You may add another {name} below."),
    _("The {name} “{obj}” was changed successfully. You may edit it again below."),
    _("You don’t have permission to view or edit anything."),
    _("You may edit it again below."),
    _("Your password was changed."),
)
PASSWORDS_AND_USERNAMES = (
    _(
        "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."
    ),
    _(
        "Please enter your old password, for security’s sake, and then enter your new password twice so we can verify you typed it in correctly."
    ),
    _("Please type your current password."),  # of allauth, to who typed another
    _("Your old password was entered incorrectly. Please enter it again."),
    _("Your password can’t be a commonly used password."),
    _("Your password can’t be entirely numeric."),
    _("Your password can’t be too similar to your other personal information."),
)
TEXTS = (*ADMINISTRATION, *PASSWORDS_AND_USERNAMES)
