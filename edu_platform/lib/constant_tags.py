"""Tags whose text is the same on every page: it is looked up once a process.

A page says some sixty such words and addresses, and looking each up takes longer than its queries. All
templates have `url` and `extends` from here; one that loads these after `i18n` and `static` has `translate` and
`static` too. What depends on a variable is looked up each time, as before.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from django.conf import settings
from django.template import Context, Library, Node
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.template.loader_tags import ExtendsNode
from django.template.loader_tags import do_extends as django_extends
from django.templatetags.i18n import TranslateNode
from django.templatetags.i18n import do_translate as django_translate
from django.templatetags.static import StaticNode
from django.templatetags.static import do_static as django_static
from django.urls import get_script_prefix, get_urlconf
from django.utils.translation import get_language

register = Library()
KeyOf = Callable[[Context], Hashable]


class Constant(Node):
    """The output of another node, kept by what it follows from beside the template."""

    child_nodelists = ()

    def __init__(self, node: Node, key_of: KeyOf, *, asvar: str | None) -> None:
        self._node, self._key_of, self._asvar = node, key_of, asvar
        self._known: dict[Hashable, Any] = {}

    def render(self, context: Context) -> Any:
        key = self._key_of(context)
        if key not in self._known:
            written = self._node.render(context)
            self._known[key] = context[self._asvar] if self._asvar else written
        if not self._asvar:
            return self._known[key]
        context[self._asvar] = self._known[key]
        return ""


def _language(_context: Context) -> Hashable:
    return get_language()


def _always_the_same(context: Context) -> Hashable:
    return context.autoescape


def _addresses(context: Context) -> Hashable:
    """Return what decides the addresses of a site, and the app of the page."""
    request = getattr(context, "request", None)
    match = getattr(request, "resolver_match", None)
    app = getattr(request, "current_app", None if match is None else match.namespace)
    return get_urlconf() or settings.ROOT_URLCONF, get_script_prefix(), app, context.autoescape


def _is_constant(word: FilterExpression | None) -> bool:
    return word is None or not (word.is_var or word.filters)


@register.tag("translate")
def translate(parser: Parser, token: Token) -> Node:
    node: TranslateNode = django_translate(parser, token)
    word = node.filter_expression
    if word.filters or word.var.literal is None or not _is_constant(node.message_context):
        return node
    return Constant(node, _language, asvar=node.asvar)


@register.tag("static")
def static(parser: Parser, token: Token) -> Node:
    node: StaticNode = django_static(parser, token)
    if not _is_constant(node.path):
        return node
    return Constant(node, _always_the_same, asvar=node.varname)


@register.tag("url")
def url(parser: Parser, token: Token) -> Node:
    node: URLNode = django_url(parser, token)
    if node.args or node.kwargs or not _is_constant(node.view_name):
        return node
    return Constant(node, _addresses, asvar=node.asvar)


class KeptNodes(NodeList):
    """The nodes of a template: those of one type are looked for once."""

    def __init__(self, nodes: NodeList) -> None:
        super().__init__(nodes)
        self._of_type: dict[type[Node], list[Node]] = {}

    def get_nodes_by_type(self, nodetype: type[Node]) -> list[Node]:
        if nodetype not in self._of_type:
            self._of_type[nodetype] = super().get_nodes_by_type(nodetype)
        return self._of_type[nodetype]


class Extends(ExtendsNode):
    """Django's, which goes through the whole template that is extended, for its blocks, at each use."""

    def get_parent(self, context: Context) -> Any:
        parent = super().get_parent(context)
        if not isinstance(parent.nodelist, KeptNodes):
            parent.nodelist = KeptNodes(parent.nodelist)
        return parent


@register.tag("extends")
def extends(parser: Parser, token: Token) -> Node:
    node: ExtendsNode = django_extends(parser, token)
    return Extends(node.nodelist, node.parent_name)
