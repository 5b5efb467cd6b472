"""Browsers' names in words."""

from __future__ import annotations

import pytest
from django.utils import translation

from accounts.sign_in.devices import device_in_words

MOZILLA = "Mozilla/5.0"
KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            f"{MOZILLA} (Windows NT 10.0; Win64; x64) {KHTML} Chrome/140.0.0.0 Safari/537.36",
            "Chrome on Windows",
        ),
        (
            f"{MOZILLA} (Windows NT 10.0; Win64; x64) {KHTML} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Edge on Windows",
        ),
        (
            f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
            "Safari on Mac",
        ),
        (
            f"{MOZILLA} (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
            "Firefox on Linux",
        ),
        (
            f"{MOZILLA} (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50(0x1800322f) NetType/WIFI Language/zh_CN",
            "WeChat on iPhone",
        ),
        (
            f"{MOZILLA} (Windows NT 10.0; WOW64) {KHTML} Chrome/108.0 Safari/537.36 wxwork/4.1.22 MicroMessenger/7.0.1 Language/zh",
            "WeCom on Windows",
        ),
        (
            f"{MOZILLA} (Linux; U; Android 12; zh-CN; V2049A) {KHTML} Version/4.0 Chrome/69.0 UWS/3.22 Mobile Safari/537.36 AliApp(DingTalk/6.5.20) com.alibaba.android.rimet/1 Channel/1",
            "DingTalk on Android",
        ),
        (
            f"{MOZILLA} (Linux; Android 12; HarmonyOS; NOH-AN00) {KHTML} Chrome/114.0 HuaweiBrowser/15.0 Mobile Safari/537.36",
            "Huawei Browser on HarmonyOS",
        ),
        (f"{MOZILLA} (iPad; CPU OS 17_5 like Mac OS X)", "iPad"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "not known"),
        ("x" * 61, "x" * 60 + "…"),
    ],
)
def test_usual_ones_have_names(user_agent: str, words: str) -> None:
    with translation.override("en"):
        assert device_in_words(user_agent) == words


def test_chinese_readers_have_chinese_names() -> None:
    with translation.override("zh-hans"):
        assert device_in_words("Mozilla (Windows NT 10.0) wxwork/4.1.22") == "企业微信（Windows）"
