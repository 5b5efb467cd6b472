"""`python -m deploy.plain_english`: what a machine can see of plain English in docstrings and comments.

A docstring begins with a verb, or of a module or class with a noun, and a comment is a sentence with a subject. So
neither begins with "Of", no docstring begins with the word of a question ("Which …", "By whom …"), and nobody
"has something be done".
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# A docstring that begins with one of these names a thing instead of saying what is done.
NO_VERBS = frozenset(
    {
        *("What", "Who", "Whose", "Whom", "Which", "Whether", "Where", "When", "Why", "How"),
        *("That", "Of"),
    }
)
# So does one that begins with a preposition and the word of a question.
NO_VERB = re.compile(
    r"^(About|After|Against|Among|As|At|Before|Behind|Below|Beside|Between|By|During|For|From|In|Into|On|Over|Since"
    r"|Through|To|Under|Until|Upon|With|Within|Without) (what|which|who|whose|whom|when|where)\b"
)
HAVE_BE = re.compile(r"^(Have|Has|Had)\b[^.]*\bbe\b")
OF_COMMENT = re.compile(r"^# Of\b")
# Migrations that have landed are not edited.
LEFT_OUT = re.compile(r"/migrations/")


@dataclass(frozen=True, slots=True)
class Fault:
    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


def main() -> int:
    faults = [fault for path in _paths(sys.argv[1:]) for fault in faults_of(path)]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def _paths(folders: list[str]) -> list[str]:
    """Return the Python files of the repository, or those below these folders."""
    asked = ["git", "ls-files", "*.py", *(f"{folder.rstrip('/')}/**/*.py" for folder in folders)]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    return [
        path
        for path in listed.stdout.splitlines()
        if not LEFT_OUT.search(path) and (not folders or path.startswith(tuple(folders)))
    ]


def faults_of(path: str) -> Iterator[Fault]:
    source = (ROOT / path).read_text(encoding="utf-8")
    yield from faults_in(path, source)


def faults_in(path: str, source: str) -> Iterator[Fault]:
    """Go through the docstrings of a file, then through its comments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _docstring_faults(path, node)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and OF_COMMENT.match(token.string):
            yield Fault(path, token.start[0], f"a comment has no subject: {token.string}")


def _docstring_faults(
    path: str, node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
) -> Iterator[Fault]:
    docstring = ast.get_docstring(node)
    if not docstring:
        return
    line = node.body[0].lineno
    first = docstring.splitlines()[0]
    if first.split(maxsplit=1)[0].rstrip(",:") in NO_VERBS or NO_VERB.match(first):
        yield Fault(path, line, f"a docstring begins with no verb: {first}")
    if HAVE_BE.match(first):
        yield Fault(path, line, f"a docstring says “have … be”: {first}")


if __name__ == "__main__":
    raise SystemExit(main())
