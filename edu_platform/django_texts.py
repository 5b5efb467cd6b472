"""Texts of Django that its Chinese catalogue lacks, or words otherwise than ours: ours go first."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

ADMINISTRATION = (
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
# Words of another product, where ours says them otherwise.
PRODUCT_WORDS = (
    _("%(name)s with ID “%(key)s” doesn’t exist. Perhaps it was deleted?"),
    _("0 of %(cnt)s selected"),
    _("Action"),
    _("Action:"),
    _("Add"),
    _("Add %(name)s"),
    _("Add %s"),
    _("Add another %(verbose_name)s"),
    _("Added {name} “{object}”."),
    _(
        "Are you sure you want to delete the selected %(objects_name)s? All of the following objects and their related items will be deleted:"
    ),
    _("Change %s"),
    _("Change history: %s"),
    _("Changed {fields} for {name} “{object}”."),
    _("Clear selection"),
    _("Click here to select the objects across all pages"),
    _("Date/time"),
    _("Designates that this user has all permissions without explicitly assigning them."),
    _("Delete multiple objects"),
    _("Deleted {name} “{object}”."),
    _("Empty"),
    _("Filter"),
    _("Hide counts"),
    _("History"),
    _("Items must be selected in order to perform actions on them. No items have been changed."),
    _("No action selected."),
    _("No fields changed."),
    _("No, take me back"),
    _("Not empty"),
    _("Objects"),
    _("Run the selected action"),
    _("Select %s"),
    _("Select all %(total_count)s %(module_name)s"),
    _("Select all objects on this page for an action"),
    _("Select this object for an action - {}"),
    _("Show counts"),
    _("Successfully deleted %(count)d %(items)s."),
    _("Summary"),
    _("superuser status"),
    _("The %(name)s “%(obj)s” was deleted successfully."),
    _("The {name} “{obj}” was added successfully."),
    _("The {name} “{obj}” was changed successfully."),
    _("This object doesn’t have a change history. It probably wasn’t added via this admin site."),
    _("User"),
    _("View %s"),
    _("View site"),
    _("Yes, I’m sure"),
)
LENGTHS = (
    ngettext_lazy(
        "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    ),
)
SCRIPT_TEXTS = (_("%(sel)s of %(cnt)s selected"),)
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
TEXTS = (*ADMINISTRATION, *PRODUCT_WORDS, *SCRIPT_TEXTS, *PASSWORDS_AND_USERNAMES)
