"""Texts that people paste as the address of a robot."""

from __future__ import annotations

from typing import Any

import pytest

from schedule.channels.robot_addresses import AddressRefused, make_plugin, understand_address

KEY = "693a91f6-7000-4bc4-97A0-0ec2sifa5aaa"


@pytest.mark.parametrize(
    ("pasted", "url"),
    [
        (f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}", f"wecombot://{KEY}"),
        (f"  http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}\n", f"wecombot://{KEY}"),
        ("https://oapi.dingtalk.com/robot/send?access_token=ab12CD", "dingtalk://ab12CD"),
        (f"https://open.feishu.cn/open-apis/bot/v2/hook/{KEY}", f"feishu://{KEY}"),
        (f"https://open.feishu.cn/open-apis/bot/v2/hook/{KEY}/", f"feishu://{KEY}"),
        (f"wecombot://{KEY}", f"wecombot://{KEY}"),
        ("dingtalk://SECab@ab12cd", "dingtalk://SECab@ab12cd"),
    ],
)
def test_webhook_of_the_three_and_apprises_own_are_understood(pasted: str, url: str):
    found = understand_address(pasted)

    assert found.url == url
    assert found.schema == url.partition(":")[0]


def test_secret_of_dingtalk_is_part_of_the_address():
    found = understand_address(
        "https://oapi.dingtalk.com/robot/send?access_token=ab12", secret=" SECabc1 "
    )

    assert found.url == "dingtalk://SECabc1@ab12"


@pytest.mark.parametrize("url", [f"wecombot://{KEY}", f"feishu://{KEY}", "dingtalk://SECaB@ab12CD"])
def test_letters_stay_as_they_are(url: str):
    plugin = make_plugin(url)

    assert plugin is not None
    assert plugin.url().startswith(url)


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        KEY,
        "https://",
        "https://[",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a/../b",
        f"https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key={KEY}",
        f"https://evil.example/?a=https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}",
        "https://open.feishu.cn/open-apis/bot/v2/hook/",
        f"json://127.0.0.1/{KEY}",
        "exec:///bin/sh",
        "mailto://a:b@c.example",
        "wecombot://",
    ],
)
def test_anything_else_is_refused_without_repeating_it(pasted: str):
    with pytest.raises(AddressRefused) as refused:
        understand_address(pasted)

    assert KEY not in str(refused.value)
    assert str(refused.value)


@pytest.mark.parametrize(
    ("pasted", "secret"),
    [
        (f"https://open.feishu.cn/open-apis/bot/v2/hook/{KEY}", "SECab"),
        ("https://oapi.dingtalk.com/robot/send?access_token=ab12", "SEC/ab"),
        ("dingtalk://SECab@ab12", "SECcd"),
    ],
)
def test_secret_that_does_not_belong_there_is_refused(pasted: str, secret: str):
    with pytest.raises(AddressRefused):
        understand_address(pasted, secret=secret)


def test_generic_address_is_for_schools_that_list_it(settings: Any):
    settings.NOTIFY_SCHEMAS = ["json"]

    assert understand_address("json://127.0.0.1:8080/x").schema == "json"
    with pytest.raises(AddressRefused):
        understand_address(f"wecombot://{KEY}")
