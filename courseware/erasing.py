"""The part of courseware in erasing a person: files go to the school, and uploads are given up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from accounts.hooks import Place
from accounts.models import User
from courseware.models import Courseware, Upload
from courseware.services.leaving import hand_over
from courseware.uploads.parts import delete_folder


def end_courseware(person: User, _strings: Collection[str]) -> None:
    """Make the school the owner of the person's files, and give up what they were uploading."""
    hand_over([person.pk], timezone.now())
    for code in Upload.objects.filter(owner=person).values_list("code", flat=True):
        transaction.on_commit(partial(delete_folder, code))
    Upload.objects.filter(owner=person).delete()


def courseware_places(model: type[Model], keys: Collection[Any]) -> Mapping[Any, Place] | None:
    """Return the pages of files; None: it is another app's."""
    if model is not Courseware:
        return None
    files = Courseware.objects.filter(pk__in=keys)
    return {
        file.pk: Place(file.name, reverse("courseware:detail", args=[file.code])) for file in files
    }
