"""How courseware looks: on the console, and to those who are in a class."""

from __future__ import annotations

from html import escape

from localcloud.api import document_actions
from localcloud.cloud import Cloud
from localcloud.media import audio_video
from localcloud.pages import widgets
from localcloud.state import bindings, documents, transcode_settings
from localcloud.state.bindings import Binding
from localcloud.state.documents import Document

SHOWN_DOCUMENTS = 200
STATE_WORDS = {
    documents.NOT_NEEDED: "无需转码",
    documents.IN_PROGRESS: "转码中",
    documents.FAILED: "转码失败",
    documents.DONE: "转码完成",
}
# What a class page loads of courseware: plain pictures come from wherever the platform keeps them.
SOURCES = "img-src http: https:; media-src 'self'; frame-src 'self'; "


def section(cloud: Cloud) -> str:
    """Return the console's part about courseware."""
    newest = documents.all_documents(cloud)[::-1][:SHOWN_DOCUMENTS]
    heads = ["DocumentId", "名称", "类型", "状态", "结果", "页数", "大小", "所有者", "课堂", ""]
    rows = (_row(cloud, document) for document in newest)
    return (
        '<h2>课件 <small lang="en">Documents</small></h2>'
        f"<p>{_form(cloud)}</p>{widgets.table('documents', heads, rows)}"
    )


def _form(cloud: Cloud) -> str:
    now = transcode_settings.load(cloud)
    fields = (
        widgets.labelled("delay_s", f"{now.delay_s:g}", "几秒后转码 delay_s")
        + widgets.check("stuck", "卡住 stuck", is_on=now.stuck)
        + widgets.check("zero_pages", "页数为 0 zero_pages", is_on=now.zero_pages)
        + widgets.labelled("fail", now.fail, "转码失败的原因 fail（空：不失败）")
        + widgets.labelled("document_limit", str(now.document_limit), "每个课堂最多几份")
    )
    return widgets.form("/console/transcoding", "保存 Save", fields)


def _row(cloud: Cloud, document: Document) -> list[str]:
    shown = document_actions.described(cloud, document)
    permission = "公共" if shown["Permission"] == documents.PUBLIC else "私有"
    state = f"{document.state} {STATE_WORDS[document.state]}"
    if document.state == documents.IN_PROGRESS:
        state += f" {shown['TranscodeProgress']}%"
    return [
        document.document_id,
        escape(shown["DocumentName"]),
        escape(f"{shown['TranscodeType']} {shown['DocumentType']} {permission}"),
        state,
        _result(cloud, document),
        f"{document.pages} ({shown['Resolution']})" if document.width else str(document.pages),
        f"{document.size_bytes / 1024:.0f} KiB",
        escape(shown["Owner"]),
        " ".join(str(room_id) for room_id in bindings.rooms_of(cloud, document)),
        widgets.form(f"/console/documents/{document.document_id}/delete", "删除"),
    ]


def _result(cloud: Cloud, document: Document) -> str:
    if document.state == documents.FAILED:
        return f"{escape(document.result)} {escape(document.info)}"
    links = [("原件", document.fields["DocumentUrl"])]
    if document.state == documents.DONE:
        result = documents.result_of(cloud, document)
        links.append(("结果", f"{result}1.jpg" if document.is_static else result))
        links.append(("预览", documents.preview_of(cloud, document)))
        links.append(("封面", documents.cover_of(cloud, document)))
    return " ".join(_link(word, url) for word, url in links if url)


def _link(word: str, url: str) -> str:
    if not url.startswith(("http://", "https://")):  # javascript: and the like stay text
        return escape(url)
    return f'<a href="{escape(url)}">{word}</a>'


def in_class(bound: list[Binding]) -> str:
    """Return what the class page shows: what is shown at once comes first and stands open."""
    ordered = sorted(bound, key=lambda each: each.bind_type != bindings.SHOWN_AT_ONCE)
    if not ordered:
        return ""
    items = "".join(_in_class(each) for each in ordered)
    return (
        f'<h2>课件 <small lang="en">Courseware</small> {len(ordered)}</h2>'
        f'<div class="card" id="documents">{items}</div>'
    )


def _in_class(binding: Binding) -> str:
    document = binding.document
    is_open = " open" if binding.bind_type == bindings.SHOWN_AT_ONCE else ""
    name = escape(document.fields["DocumentName"])
    return (
        f'<details data-document-id="{document.document_id}" data-bind-type="{binding.bind_type}" '
        f'data-state="{document.state}"{is_open}><summary>{name}</summary>{_content(document)}</details>'
    )


def _content(document: Document) -> str:
    name = escape(document.fields["DocumentName"])
    path = documents.url_path(document, document.result)
    if document.state == documents.NOT_NEEDED:
        url = escape(document.fields["DocumentUrl"])
        return f'<img class="sheet" src="{url}" alt="{name}" loading="lazy">'
    if document.state != documents.DONE:
        return f'<p class="soft">{STATE_WORDS[document.state]}</p>'
    if document.is_dynamic:
        return f'<iframe class="sheet" src="{path}" title="{name}" loading="lazy"></iframe>'
    if document.is_static:
        picture = f'<img class="sheet" src="{path}1.jpg" alt="{name}" loading="lazy">'
        return f'{picture}<p class="soft">共 {document.pages} 页</p>'
    kind = "video" if document.result == audio_video.VIDEO_NAME else "audio"
    return f'<{kind} class="{kind}" src="{path}" controls preload="none"></{kind}>'
