"""Tell the cloud's application where its callbacks go, with which key, and the page after class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from classroom.client.application import (
    DEFAULT_SCENE,
    ApplicationDetails,
    Scene,
    describe_application,
    set_callback,
    set_scenes,
)
from classroom.client.errors import CloudProtocolError, CloudRejected
from classroom.client.rate_limits import Priority

NOTHING, UNKNOWN = "(none)", "(unknown)"
SAME_KEY, OTHER_KEY = "the first of LCIC_CALLBACK_KEY", "(another)"


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that is set in the cloud, in words; never the key itself."""

    name: str
    old: str
    new: str

    @property
    def is_changed(self) -> bool:
        return self.old != self.new

    def __str__(self) -> str:
        words = f"{self.old} -> {self.new}" if self.is_changed else f"{self.new} (unchanged)"
        return f"{self.name}: {words}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The wanted settings of the application."""

    callback_url: str
    callback_key: str = field(repr=False)
    home_url: str


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """Steps that are to be done.

    `unread` says why the cloud did not tell what it has. `scenes` is what is sent: all of them, the default
    one with the new page after class; None when they are left alone.
    """

    wanted: Wanted
    details: ApplicationDetails | None
    unread: str
    scenes: tuple[Scene, ...] | None

    @property
    def callback(self) -> tuple[Setting, Setting]:
        wanted, known = self.wanted, self.details
        url = UNKNOWN if known is None else known.callback_url or NOTHING
        return (
            Setting("callback address", url, wanted.callback_url),
            Setting("callback key", self._old_key(), SAME_KEY),
        )

    @property
    def after_class(self) -> Setting:
        known = None if self.details is None else self.details.scenes
        old = UNKNOWN if known is None else _home_of(known) or NOTHING
        return Setting(f"page after class (scene {DEFAULT_SCENE})", old, self.wanted.home_url)

    def settings(self) -> Iterator[Setting]:
        yield from self.callback
        if self.scenes is not None:
            yield self.after_class

    def kept_scenes(self) -> list[str]:
        return [scene.name for scene in self.scenes or () if scene.name != DEFAULT_SCENE]

    def _old_key(self) -> str:
        if self.details is None:
            return UNKNOWN
        if self.details.callback_key == self.wanted.callback_key:
            return SAME_KEY
        return OTHER_KEY if self.details.callback_key else NOTHING


def plan_setup(wanted: Wanted, *, replaces_scenes: bool) -> SetupPlan:
    """Ask the cloud what it has. Where it does not tell of scenes they are set only if `replaces_scenes`.

    Raises:
        CloudUnavailable, CloudNotConfigured: nobody could be asked.
    """
    details, unread = None, ""
    try:
        details = describe_application(Priority.BACKGROUND)
    except (CloudRejected, CloudProtocolError) as err:
        unread = str(err)
    known = None if details is None else details.scenes
    if known is None:
        unread = unread or "the cloud tells nothing of them"
    is_left_alone = known is None and not replaces_scenes
    scenes = None if is_left_alone else tuple(_with_home(known or (), wanted.home_url))
    return SetupPlan(wanted, details, unread, scenes)


def set_up(plan: SetupPlan) -> None:
    """Tell the cloud what differs; safe to repeat.

    Raises:
        CloudError: the cloud refused, or did not answer.
    """
    wanted = plan.wanted
    if any(setting.is_changed for setting in plan.callback):
        set_callback(wanted.callback_url, wanted.callback_key, Priority.BACKGROUND)
    if plan.scenes is not None and plan.after_class.is_changed:
        set_scenes(plan.scenes, Priority.BACKGROUND)


def _with_home(scenes: tuple[Scene, ...], home_url: str) -> Iterator[Scene]:
    for scene in scenes:
        yield replace(scene, home_url=home_url) if scene.name == DEFAULT_SCENE else scene
    if all(scene.name != DEFAULT_SCENE for scene in scenes):
        yield Scene(DEFAULT_SCENE, home_url=home_url)


def _home_of(scenes: tuple[Scene, ...]) -> str:
    homes = (scene.home_url for scene in scenes if scene.name == DEFAULT_SCENE)
    return next(homes, None) or ""
