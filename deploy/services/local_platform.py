"""Needs of the platform and a local cloud that run on servers of their own, out of reach of any other."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from deploy.services.processes import ROOT, procfile_commands

SDK_APP_ID = 3520371


def commands() -> dict[str, str]:
    """The shell commands of the local cloud and of what the Procfile names."""
    cloud = procfile_commands(ROOT / "deploy" / "demo" / "Procfile")["cloud"]
    return {"cloud": cloud, **procfile_commands(ROOT / "Procfile")}


def environment(
    folder: Path,
    *,
    database_url: str,
    broker_url: str,
    port: int,
    cloud_port: int,
    callback_key: str,
) -> dict[str, str]:
    """The settings of all these processes, which keep everything that they write below `folder`."""
    cloud = f"http://127.0.0.1:{cloud_port}"
    return {
        "DJANGO_SETTINGS_MODULE": "edu_platform.settings",
        "ENV_FILE": os.devnull,
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": database_url,
        "REDIS_URL": broker_url,
        "MEDIA_ROOT": str(folder / "media"),
        "STATIC_ROOT": str(folder / "static"),
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
        "BEAT_SCHEDULE": str(folder / "beat"),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "CLOUD_PORT": str(cloud_port),
        "DEMO_VAR": str(folder),
        "LCIC_ENDPOINT": cloud,
        "LCIC_CLASS_URL": f"{cloud}/class.html",
        "LCIC_SDK_APP_ID": str(SDK_APP_ID),
        "LCIC_SECRET_ID": "AKIDlocal",
        "LCIC_SECRET_KEY": secrets.token_hex(16),
        "LCIC_CALLBACK_KEY": callback_key,
        "REPLAY_HOSTS": f"127.0.0.1:{cloud_port}",
        "COURSEWARE_HOSTS": f"127.0.0.1:{cloud_port}",
    }
