"""The edition (版本) that the application has bought: 1 trial, 2 light, 3 standard, 4 ultimate (旗舰版).

Which editions have a running mark is in no text that could be read: a switch says whether this one has.

Assumed, because the cloud's pages name only the need for the ultimate edition: a lower one refuses a room that
asks for signalling recording, when it is created and when it is modified (UnsupportedOperation.Version).
"""

from __future__ import annotations

from localcloud.cloud import Cloud
from localcloud.errors import BadSettingError, CloudError
from localcloud.state import recordings

TRIAL, LIGHT, STANDARD, ULTIMATE = 1, 2, 3, 4
EDITIONS = (TRIAL, LIGHT, STANDARD, ULTIMATE)
_NAME, _MARQUEE = "app_version", "edition_has_marquee"


def load(cloud: Cloud) -> int:
    return int(cloud.value(_NAME, default=ULTIMATE))


def change(cloud: Cloud, app_version: object) -> None:
    """Change the edition; rooms that are there stay as they are.

    Raises:
        BadSettingError: no such edition.
    """
    if isinstance(app_version, bool) or app_version not in EDITIONS:
        raise BadSettingError(f"app_version is one of {', '.join(map(str, EDITIONS))}")
    cloud.save_value(_NAME, app_version)


def has_marquee(cloud: Cloud) -> bool:
    return cloud.value(_MARQUEE, default=True) is True


def change_marquee(cloud: Cloud, has_marquee: object) -> None:
    """Say whether the edition has a running mark; marks that are there stay.

    Raises:
        BadSettingError: not true or false.
    """
    if not isinstance(has_marquee, bool):
        raise BadSettingError("has_marquee must be true or false")
    cloud.save_value(_MARQUEE, has_marquee)


def check_marquee(cloud: Cloud) -> None:
    """Check that the edition has a running mark.

    Raises:
        CloudError: UnsupportedOperation.Version.
    """
    if not has_marquee(cloud):
        raise CloudError("UnsupportedOperation.Version", "The edition has no running mark.")


def check_record_mode(cloud: Cloud, disable_record: int) -> None:
    """Check that the edition has this kind of recording.

    Raises:
        CloudError: UnsupportedOperation.Version.
    """
    if disable_record == recordings.BY_SIGNALS and load(cloud) < ULTIMATE:
        raise CloudError("UnsupportedOperation.Version", "The edition has no signalling recording.")
