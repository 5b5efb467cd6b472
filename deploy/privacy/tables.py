"""The registry of personal data as tables of Markdown, one for each purpose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import FileField, Model
from django.utils.translation import get_language

from accounts.data_export.words import receivers_in_words, times_in_words
from edu_platform.lib.own_data import name_shown
from edu_platform.lib.personal_data import (
    Erased,
    Export,
    Held,
    Purpose,
    columns_of,
    lines_of_tables,
)

# In no catalogue: what is published with the code is not part of the platform.
HEADS = {
    "en": (
        *("Data", "Where", "How long", "Who receives it"),
        *("What the person gets of it", "When the person is erased"),
    ),
    "zh-hans": ("内容", "存在哪里", "保存多久", "谁会收到", "本人能得到什么", "注销时怎样处理"),
}
PLACES = {"en": ("database", "files"), "zh-hans": ("数据库", "文件")}


def tables_in_words() -> str:
    """Return a section for each purpose for which something is kept, in the language that is active."""
    places = {line.model: at for at, line in reversed(list(enumerate(lines_of_tables())))}
    lines = sorted(lines_of_tables(), key=lambda line: places[line.model])
    sections = (
        _section(purpose, [line for line in lines if line.purpose == purpose])
        for purpose in Purpose
    )
    return "\n\n".join(section for section in sections if section)


def _section(purpose: Purpose, lines: Sequence[Held]) -> str:
    if not lines:
        return ""
    label = str(purpose.label)
    heads = HEADS[get_language() or "en"]
    rows = [heads, ["---"] * len(heads), *(_row(line) for line in lines)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"### {label[:1].upper()}{label[1:]} {{#{purpose.value}}}\n\n{table}"


def _row(line: Held) -> Iterator[str]:
    columns = columns_of(line)
    names = " ".join(f"`{name}`" for name in columns)
    fields = [line.model._meta.get_field(name) for name in columns]  # noqa: SLF001 -- as documented by Django
    is_file = all(isinstance(field, FileField) for field in fields)
    yield f"{_called(line.model)}: {names}"
    yield PLACES[get_language() or "en"][is_file]
    yield times_in_words([line])
    yield receivers_in_words([line])
    yield str(Export(line.exported).label)
    yield str(Erased(line.erased).label)


def _called(model: type[Model]) -> str:
    """Return what people call the rows of a model, else its name in code."""
    name = str(name_shown(model))
    return f"{name[:1].upper()}{name[1:]}" if name else f"`{model._meta.label}`"  # noqa: SLF001 -- as documented by Django
