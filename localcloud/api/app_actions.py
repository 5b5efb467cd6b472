"""The actions of the application itself: its callback, its scenes, and the account that it belongs to.

Assumed, because the cloud's pages are silent: ModifyApp leaves what it is not given as it is, and an empty text
takes an address away; SetAppCustomContent sets each scene that it names as a whole, and leaves the others; an
address that is no http or https one is refused (InvalidParameter); DescribeAppDetail knows no application but
its own, and of no other account (ResourceNotFound). The limit to ports 80 and 443 for callbacks, which the
international page of ModifyApp (1168/52801) states, is not kept here.

As in the vendor's models, a scene that is read spells JSUrl and CSSUrl, one that is set JsUrl and CssUrl.
"""

from __future__ import annotations

import uuid
from typing import Any

from localcloud.api.parameters import Parameter
from localcloud.callbacks import callback_settings
from localcloud.cloud import Cloud
from localcloud.errors import BadSettingError, CloudError
from localcloud.state import edition, scenes

NORMAL, STOPPED = 1, 2
APP_NAME = "本地课堂云"
CREATED_S = 1704074400
_TRANSFER = "transfer"

_APP = {"SdkAppId": Parameter("int", required=True)}
MODIFY_APP = {
    **_APP,
    "Callback": Parameter("text"),
    "CallbackKey": Parameter("text"),
    "TransferId": Parameter("text"),
    "TransferUrl": Parameter("text"),
}
_SCENE = {
    "Scene": Parameter("text", required=True, low=1, refusal="InvalidParameter"),
    **{each: Parameter("text") for each in scenes.ADDRESSES},
}
SET_APP_CUSTOM_CONTENT = {
    **_APP,
    "CustomContent": Parameter(
        "rows", required=True, low=1, refusal="InvalidParameter", row=_SCENE
    ),
}
DESCRIBE_APP_DETAIL = {
    "ApplicationId": Parameter("text", required=True),
    "DeveloperId": Parameter("text", required=True),
}
DESCRIBE_DEVELOPER: dict[str, Parameter] = {}


def modify_app(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    given = {"url": params.get("Callback"), "key": params.get("CallbackKey")}
    try:
        callback_settings.save(
            cloud, {name: each for name, each in given.items() if each is not None}
        )
    except BadSettingError as error:
        raise CloudError("InvalidParameter", f"Callback: {error}") from error
    transfer = {name: params[name] for name in ("TransferId", "TransferUrl") if name in params}
    cloud.save_value(_TRANSFER, {**cloud.value(_TRANSFER, default={}), **transfer})
    return {}


def set_app_custom_content(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    for row in params["CustomContent"]:
        for name in scenes.ADDRESSES:
            _check_address(name, row.get(name, ""))
        scenes.save(cloud, row["Scene"], row)
    return {}


def describe_app_detail(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    own = (str(cloud.config.sdk_app_id), developer_id(cloud))
    if (params["ApplicationId"], params["DeveloperId"]) != own:
        raise CloudError("ResourceNotFound", "The application does not exist.")
    settings = callback_settings.load(cloud)
    transfer = cloud.value(_TRANSFER, default={})
    return {
        "SdkAppId": str(cloud.config.sdk_app_id),
        "AppConfig": {
            "ApplicationId": params["ApplicationId"],
            "AppName": APP_NAME,
            "State": NORMAL,
            "AppVersion": edition.load(cloud),
            "CreatedAt": str(CREATED_S),
            "Callback": settings.url,
            "CallbackKey": settings.key,
        },
        "SceneConfig": [_scene(name, scene) for name, scene in scenes.load(cloud).items()],
        "TransferConfig": {"State": NORMAL if transfer.get("TransferUrl") else STOPPED},
    }


def describe_developer(cloud: Cloud, _params: dict[str, Any]) -> dict[str, Any]:
    return {"DeveloperId": developer_id(cloud)}


def developer_id(cloud: Cloud) -> str:
    """Return the account's id, which is always the same for one application."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(cloud.config.sdk_app_id)))


def _scene(name: str, scene: scenes.Scene) -> dict[str, str]:
    return {
        "Scene": name,
        "LogoUrl": scene[scenes.LOGO_URL],
        "HomeUrl": scene[scenes.HOME_URL],
        "JSUrl": scene[scenes.JS_URL],
        "CSSUrl": scene[scenes.CSS_URL],
    }


def _check_address(name: str, address: str) -> None:
    try:
        callback_settings.read_url(address)
    except BadSettingError as error:
        raise CloudError("InvalidParameter", f"{name}: {error}") from error
