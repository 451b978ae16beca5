"""Running a mutation: its root resolvers, one after the other, and nothing below them.

Promise: each root field is one operation in its own transaction, in the order of the document; what came before a
fault stays done and handed. Nothing is read here: payloads are answered by `reading` from what was handed.
Rules: the document has been validated and its scopes checked. Every root field's selection is replaced by
`__typename`; fragments at the root are unfolded, so that `@skip`, `@include` and merging are the executor's own.
Elsewhere: faults become masked errors in `api`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import isawaitable

import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    NameNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    execute,
    get_operation_ast,
)

from schema.handing import Acting, Handed
from schema.language import core


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    handed: Mapping[str, Handed]  # by response key
    malformed: tuple[GraphQLError, ...]  # variables and values that are not of their type: may be told as they are
    faults: tuple[GraphQLError, ...]  # an operation failed: to be masked


async def run(
    language: strawberry.Schema,
    document: DocumentNode,
    *,
    operation_name: str | None,
    variables: Mapping[str, object],
    acting: Acting,
) -> Executed:
    result = execute(
        core(language),
        roots_only(document, operation_name),
        context_value=acting,
        variable_values=dict(variables),
        operation_name=operation_name,
    )
    done = await result if isawaitable(result) else result
    if not isinstance(done, ExecutionResult):
        raise TypeError("a mutation's answer does not come in parts")
    errors = done.errors or ()
    return Executed(
        handed=acting.handed,
        malformed=tuple(error for error in errors if not _is_fault(error)),
        faults=tuple(error for error in errors if _is_fault(error)),
    )


def _is_fault(error: GraphQLError) -> bool:
    """Whether something other than GraphQL's own judgement of the request lies at its bottom."""
    cause = error.original_error
    return _is_fault(cause) if isinstance(cause, GraphQLError) else cause is not None


def roots_only(document: DocumentNode, operation_name: str | None) -> DocumentNode:
    operation = get_operation_ast(document, operation_name)
    if operation is None:
        raise ValueError("the document holds no such operation")
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    bare = OperationDefinitionNode(
        operation=operation.operation,
        name=operation.name,
        variable_definitions=operation.variable_definitions,
        directives=operation.directives,
        selection_set=_bare(operation.selection_set, fragments),
    )
    return DocumentNode(definitions=(bare,))


_TYPENAME = SelectionSetNode(selections=(FieldNode(name=NameNode(value="__typename"), arguments=(), directives=()),))


def _bare(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> SelectionSetNode:
    return SelectionSetNode(selections=tuple(_bared(each, fragments) for each in selections.selections))


def _bared(selection: SelectionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> SelectionNode:
    match selection:
        case FieldNode():
            return FieldNode(
                alias=selection.alias,
                name=selection.name,
                arguments=selection.arguments,
                directives=selection.directives,
                selection_set=None if selection.selection_set is None else _TYPENAME,
                loc=selection.loc,
            )
        case InlineFragmentNode():
            return InlineFragmentNode(
                type_condition=selection.type_condition,
                directives=selection.directives,
                selection_set=_bare(selection.selection_set, fragments),
            )
        case FragmentSpreadNode():
            fragment = fragments[selection.name.value]
            return InlineFragmentNode(
                type_condition=fragment.type_condition,
                directives=selection.directives,
                selection_set=_bare(fragment.selection_set, fragments),
            )
        case _:
            raise TypeError(f"no such selection: {type(selection).__name__}")
