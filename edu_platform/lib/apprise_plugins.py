"""Apprise's plugins, one for each service that messages may go to.

Apprise loads all of its hundred and fifty to find one, which takes a third of a second of every process's
start. Those that schools use are found by their modules.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from apprise.manager_plugins import NotificationManager

if TYPE_CHECKING:
    from apprise.plugins.base import NotifyBase

# The module of each schema, and the plugin in it.
KNOWN_PLUGINS = {
    "wecombot": ("apprise.plugins.wecombot", "NotifyWeComBot"),
    "dingtalk": ("apprise.plugins.dingtalk", "NotifyDingTalk"),
    "feishu": ("apprise.plugins.feishu", "NotifyFeishu"),
    "json": ("apprise.plugins.custom_json", "NotifyJSON"),
    "jsons": ("apprise.plugins.custom_json", "NotifyJSON"),
}


def speaks_http(schema: str) -> bool:
    """Tell whether there is such a schema, and it goes through `requests`, whose place our own can take.

    Of the others no time limit is ours, and some start programs.
    """
    if schema in KNOWN_PLUGINS:
        return True
    plugin = find_plugin(schema)
    return plugin is not None and hasattr(sys.modules[plugin.__module__], "requests")


def find_plugin(schema: str) -> type[NotifyBase] | None:
    if schema in KNOWN_PLUGINS:
        module, name = KNOWN_PLUGINS[schema]
        plugin: type[NotifyBase] = getattr(import_module(module), name)
        return plugin
    plugins = NotificationManager()  # type: ignore[no-untyped-call] # has no annotations
    return plugins[schema] if schema in plugins else None  # noqa: SIM401 -- no dictionary
