"""What a document may weigh before anybody validates it.

Promise: judging costs little, whatever is sent: tokens and nesting are counted before the parser recurses, and each
fragment is looked at once, however often it is spread.
Rules: 1,000 tokens, 15 aliases, 10 directives, 10 root fields, depth 10; and what no honest document has: one key over
and over in one selection, or more than 40 fragments. Introspection's fields have no depth, since the standard
introspection query is deeper. Fragments count where they are spread for depth and root fields, and once for the rest;
directives count wherever one can stand, by their sign, before anything is parsed.
Elsewhere: the size of the body, `api`; the cost of what is asked, which needs the schema, `plans`; how much the
schema tells of itself, `introspections`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Source,
    TokenKind,
    parse,
)
from graphql.language import Lexer

from .refusals import Code, Refused, of_graphql, refused

TOKENS = 1_000
COMMENTS = 100
NESTING = 40  # of brackets of any kind: the parser recurses on them
DEPTH = 10
ALIASES = 15
DIRECTIVES = 10
ROOT_FIELDS = 10
REPETITIONS = 20  # of one key in one selection: validation compares each with each
FRAGMENTS = 40
FIELDS = 1_000  # of the answer's shape: fragments that spread each other multiply what few tokens say
STATEMENTS = 40

OPENING = {TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L}
CLOSING = {TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R}


def parsed(text: str) -> DocumentNode:
    """the document, or the refusal that it earns"""
    try:
        count(text)
        document = parse(text, max_comments=COMMENTS)
    except GraphQLError as error:
        raise of_graphql(Code.PARSE_FAILED, [error]) from None
    check(document)
    return document


def count(text: str) -> None:
    lexer, tokens, nesting, directives = Lexer(Source(text)), 0, 0, 0
    while lexer.advance().kind is not TokenKind.EOF:
        tokens += 1
        directives += lexer.token.kind is TokenKind.AT
        nesting += (lexer.token.kind in OPENING) - (lexer.token.kind in CLOSING)
        if tokens > TOKENS:
            raise exceeded("tokens", TOKENS)
        if nesting > NESTING:
            raise exceeded("nesting", NESTING)
    if directives > DIRECTIVES:
        raise exceeded("directives", DIRECTIVES)


def exceeded(what: str, limit: int) -> Refused:
    message = (
        f"Batas dokumen terlampaui: {what}, paling banyak {limit} / The document has too many: {what}, at most {limit}"
    )
    return refused(Code.LIMIT_EXCEEDED, message, limit=what, most=limit)


@dataclass(slots=True)
class Weighing:
    fragments: dict[str, FragmentDefinitionNode]
    aliases: int = 0
    repetitions: int = 0
    depths: dict[str, int] = field(default_factory=dict)  # 0 while it is being looked at: a cycle is validation's

    def depth(self, selections: SelectionSetNode | None) -> int:
        deepest = 0
        keys = list(keys_of(selections))
        self.repetitions += len(keys) - len(set(keys))
        for s in selections.selections if selections else ():
            match s:
                case FieldNode():
                    self.aliases += s.alias is not None
                    below = self.depth(s.selection_set)
                    deepest = max(deepest, 0 if s.name.value.startswith("__") else 1 + below)
                case InlineFragmentNode():
                    deepest = max(deepest, self.depth(s.selection_set))
                case FragmentSpreadNode():
                    deepest = max(deepest, self.spread(s.name.value))
        return deepest

    def spread(self, name: str) -> int:
        if name not in self.depths:
            self.depths[name] = 0
            found = self.fragments.get(name)
            if found is not None:
                self.depths[name] = self.depth(found.selection_set)
        return self.depths[name]

    def roots(self, selections: SelectionSetNode, seen: set[str]) -> int:
        """a fragment counts once, as it is collected once; without `seen`, fragments of fragments double each time"""
        total = 0
        for s in selections.selections:
            match s:
                case FieldNode():
                    total += 1
                case InlineFragmentNode():
                    total += self.roots(s.selection_set, seen)
                case FragmentSpreadNode() if s.name.value in self.fragments and s.name.value not in seen:
                    seen.add(s.name.value)
                    total += self.roots(self.fragments[s.name.value].selection_set, seen)
        return total


def keys_of(selections: SelectionSetNode | None) -> Iterator[str]:
    """the response keys of one selection, whether they stand in it or in inline fragments"""
    for s in selections.selections if selections else ():
        if isinstance(s, FieldNode):
            yield (s.alias or s.name).value
        elif isinstance(s, InlineFragmentNode) and s.type_condition is None:
            yield from keys_of(s.selection_set)


def check(document: DocumentNode) -> None:
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    if len(fragments) > FRAGMENTS:
        raise exceeded("fragments", FRAGMENTS)
    weighing = Weighing(fragments)
    for name in fragments:  # also one that is never spread: it would be validated
        weighing.spread(name)
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            if weighing.depth(operation.selection_set) > DEPTH:
                raise exceeded("depth", DEPTH)
            if weighing.roots(operation.selection_set, set()) > ROOT_FIELDS:
                raise exceeded("root fields", ROOT_FIELDS)
    if weighing.aliases > ALIASES:
        raise exceeded("aliases", ALIASES)
    if weighing.repetitions > REPETITIONS:
        raise exceeded("repetitions", REPETITIONS)
