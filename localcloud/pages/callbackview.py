"""The console's part about callbacks: where they go, what befalls them, and what became of the last ones."""

from __future__ import annotations

import json
from html import escape

from localcloud.callbacks import callback_settings, deliveries
from localcloud.callbacks.deliveries import Delivery
from localcloud.cloud import Cloud
from localcloud.pages import templating, widgets

SHOWN_DELIVERIES = 30
_OUTCOME_WORDS = {
    deliveries.WAITING: "等待",
    deliveries.SENT: "已送达",
    deliveries.LOST: "已丢失",
    deliveries.GIVEN_UP: "已放弃",
}


def section(cloud: Cloud) -> str:
    rows = (_row(delivery) for delivery in deliveries.latest(cloud, SHOWN_DELIVERIES))
    heads = ["#", "时间（北京时间）", "事件", "数据", "次数", "状态码", "结果"]
    return (
        '<h2>回调 <small lang="en">Callbacks</small></h2>'
        f"<p>{_form(cloud)}</p>{widgets.table('deliveries', heads, rows)}"
    )


def _form(cloud: Cloud) -> str:
    now = callback_settings.load(cloud)
    waits = " ".join(f"{wait_s:g}" for wait_s in now.retry_s)
    fields = (
        widgets.field("url", now.url, "回调地址 url")
        + widgets.field("key", "", "密钥 key（空：不变）")
        + widgets.check("enabled", "发送 enabled", is_on=now.enabled)
        + widgets.check("reorder", "乱序 reorder", is_on=now.reorder)
        + widgets.check("forge", "伪造 forge", is_on=now.forge)
        + widgets.labelled("lose", f"{now.lose:g}", "丢失概率 lose")
        + widgets.labelled("double", f"{now.double:g}", "重复概率 double")
        + widgets.labelled("delay_from_s", f"{now.delay_s[0]:g}", "最短延迟（秒）")
        + widgets.labelled("delay_to_s", f"{now.delay_s[1]:g}", "最长延迟（秒）")
        + widgets.labelled("seed", "" if now.seed is None else str(now.seed), "随机种子 seed")
        + widgets.labelled("retry_s", waits, "重试间隔（秒）retry_s")
    )
    return widgets.form("/console/callbacks", "保存 Save", fields)


def _row(delivery: Delivery) -> list[str]:
    data = json.dumps(delivery.data, ensure_ascii=False)
    return [
        str(delivery.n),
        templating.shown_time(delivery.at, "%m-%d %H:%M:%S"),
        escape(delivery.event_type) + ("（重复）" if delivery.is_copy else ""),
        f"<code>{escape(data)}</code>",
        str(len(delivery.codes)),
        escape(" ".join(str(code or "–") for code in delivery.codes)),
        _OUTCOME_WORDS[delivery.outcome],
    ]
