"""Our application (应用) in the cloud: where its callbacks go, and its scenes (场景).

SetAppCustomContent sets a scene as a whole, so what is not to change has to be sent along as it was read.
ModifyApp is not told of the transfer of recordings (转存): DescribeAppDetail does not tell its address. That what
a call leaves out stays is assumed there.

Source: LCIC API 3.0, actions ModifyApp (1639/81546), SetAppCustomContent, DescribeAppDetail (1639/85701),
DescribeDeveloper (models of the vendor's Python SDK 3.1.134).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from tencentcloud.lcic.v20220817 import models

from classroom.client.answer_values import optional_words, words
from classroom.client.errors import CloudProtocolError
from classroom.client.rate_limits import Priority
from classroom.client.transport import call, read, repeat_safely, sdk_app_id

DETAIL_ACTION = "DescribeAppDetail"
# The class page uses this scene where its address names none: as ours does not.
DEFAULT_SCENE = "default"


@dataclass(frozen=True, slots=True)
class Scene:
    """The look of the class page, and where it leads after class; None is what the cloud left out."""

    name: str
    logo_url: str | None = None
    home_url: str | None = None
    js_url: str | None = None
    css_url: str | None = None


# As the cloud counts states of an application and of the transfer, and editions.
NORMAL, STOPPED = 1, 2
TRIAL, LIGHT, STANDARD, ULTIMATE = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class ApplicationDetails:
    """`scenes` is None when the cloud told nothing of them, not even that there are none."""

    callback_url: str
    callback_key: str = field(repr=False)
    scenes: tuple[Scene, ...] | None
    is_stopped: bool
    # None when the cloud did not tell it.
    edition: int | None
    transfers_recordings: bool


def describe_application(priority: Priority) -> ApplicationDetails:
    """Return what the cloud has of our application.

    Raises:
        CloudProtocolError: the answer is about another application.
    """
    request = models.DescribeAppDetailRequest()
    request.ApplicationId = settings.LCIC_APPLICATION_ID or str(sdk_app_id())
    request.DeveloperId = settings.LCIC_DEVELOPER_ID or _developer_id(priority)
    answer = read(DETAIL_ACTION, request, models.DescribeAppDetailResponse, priority)
    if str(answer.SdkAppId) != str(sdk_app_id()):
        raise CloudProtocolError(DETAIL_ACTION, "the answer is about another application")
    if answer.AppConfig is None:
        raise CloudProtocolError(DETAIL_ACTION, "the configuration is missing in the answer")
    scenes = None if answer.SceneConfig is None else tuple(map(_scene, answer.SceneConfig))
    return ApplicationDetails(
        callback_url=optional_words(answer.AppConfig.Callback),
        callback_key=optional_words(answer.AppConfig.CallbackKey),
        scenes=scenes,
        is_stopped=answer.AppConfig.State == STOPPED,
        edition=answer.AppConfig.AppVersion,
        transfers_recordings=answer.TransferConfig is not None
        and answer.TransferConfig.State == NORMAL,
    )


def set_callback(url: str, key: str, priority: Priority) -> None:
    """Have callbacks sent to this address, signed with this key. Safe to repeat."""
    request = models.ModifyAppRequest()
    request.SdkAppId = sdk_app_id()
    request.Callback = url
    request.CallbackKey = key
    repeat_safely(lambda: call("ModifyApp", request, models.ModifyAppResponse, priority), priority)


def set_scenes(scenes: Sequence[Scene], priority: Priority) -> None:
    """Set these scenes, each as a whole. Safe to repeat."""
    request = models.SetAppCustomContentRequest()
    request.SdkAppId = sdk_app_id()
    request.CustomContent = [_content(scene) for scene in scenes]
    repeat_safely(
        lambda: call("SetAppCustomContent", request, models.SetAppCustomContentResponse, priority),
        priority,
    )


def _developer_id(priority: Priority) -> str:
    """The account that the application belongs to."""
    action = "DescribeDeveloper"
    request = models.DescribeDeveloperRequest()
    answer = read(action, request, models.DescribeDeveloperResponse, priority)
    return words(action, answer.DeveloperId)


def _scene(item: models.SceneItem) -> Scene:
    return Scene(
        name=words(DETAIL_ACTION, item.Scene),
        logo_url=item.LogoUrl,
        home_url=item.HomeUrl,
        js_url=item.JSUrl,
        css_url=item.CSSUrl,
    )


def _content(scene: Scene) -> models.AppCustomContent:
    content = models.AppCustomContent()
    content.Scene = scene.name
    content.LogoUrl = scene.logo_url
    content.HomeUrl = scene.home_url
    # Spelt in another way than where it is read.
    content.JsUrl = scene.js_url
    content.CssUrl = scene.css_url
    return content
