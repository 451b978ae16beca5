"""What each kind of caller is shown of every object there is, field by field.

Promise: everything is asked over the compiled reading path, under row security, in a world where each type of the
schema has objects in each state of a referral; nothing is known here of who should see what.
Rules: an object is asked for by its id, an object without one through its parent; every field of it in one document.
A field is seen where it is there: no null, no empty list, no count of nothing.
Elsewhere: who should see what, `authorisation.toml`; comparing, `test_authorisation`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_interface_type,
    is_leaf_type,
    is_required_argument,
)

from auth.scopes import SCOPES
from operations import refusals
from reading import changes
from reading.answers import answer
from reading.asking import Keys
from reading.ids import id_of
from reading.snapshots import snapshot
from schema.handing import Handed
from tests.operations.worlds import EAST_JAVA, JAKARTA, WEST_JAVA
from tests.reading.asked import DERIVE, SCHEMA, asking, plans

CALLERS = {
    "sender": JAKARTA,
    "receiver": EAST_JAVA,
    "third": WEST_JAVA,  # a client with every scope, of a province that has nothing to do with it
    "auditor": "AUDITOR:bpk",
    "witness": "WITNESS:w1",
    "host": "HOST",
}
ALL = frozenset(SCOPES)
ANY = "ANY"  # the state of what belongs to no referral
NOTHING = {
    "edges": [],
    "pageInfo": {"endCursor": None, "hasNextPage": False, "hasPreviousPage": False, "startCursor": None},
    "totalCount": 0,
}
ROOTS = ("Query", "Mutation", "Subscription")
# Where the objects of a type are: their keys, and the state of the referral that they belong to.
OBJECTS = {
    "Agreement": "select sha256, 'ANY' from agreement",
    "Case": "select case_id, status from referral",
    "Checkpoint": "select size, 'ANY' from checkpoint",
    "Clause": "select id, 'ANY' from agreement_clause limit 2",
    "FitnessCertificate": "select f.id, status from fitness_certificate f join referral r on r.id = referral_id",
    "Handover": "select h.id, r.status from handover h join referral r on r.id = referral_id",
    "LedgerEntry": "select statement, coalesce(status, 'ANY') from ledger_entry"
    " left join referral r on r.id = referral_id",
    "Obligation": "select o.id, status from obligation o join referral r on r.id = referral_id",
    "Party": "select code, 'ANY' from party limit 2",
    "Person": "select person_id, status from referral",
    "Referral": "select id, status from referral",
    "Term": "select id, 'ANY' from agreement_term limit 2",
}
ERRORS = (
    refusals.InvalidInput(path=("input",), message="x", signed_refusal="x"),
    refusals.NotFound(path=("input",), signed_refusal="x"),
    refusals.IllegalMove(path=("input",), message="x", refusal="X", signed_refusal="x"),
    refusals.StaleVersion(current_version=1, signed_refusal="x"),
    refusals.IdempotencyKeyReused(signed_refusal="x"),
    refusals.CommitmentMismatch(message="x", name="x", signed_refusal="x"),
    refusals.StatementRefused(path=("input",), message="x", rule="V1", signed_refusal="x"),
)
PREPARED = SimpleNamespace(
    payload_type="x", payload="x", bytes_to_sign="x", statement_id="x", sentence="x",
    expires_at=datetime(2026, 1, 2, tzinfo=UTC), openings=(SimpleNamespace(name="x", value="x", salt="x"),),
)  # fmt: skip

TYPES: Mapping[str, GraphQLObjectType] = {
    name: type_
    for name, type_ in sorted(SCHEMA.type_map.items())
    if isinstance(type_, GraphQLObjectType) and not name.startswith("__")
}


def named(said: GraphQLField) -> Any:
    return get_named_type(said.type)


def is_node(type_: Any) -> bool:
    return "id" in getattr(type_, "fields", ())


# -- documents ---------------------------------------------------------------------------------------------------------
def everything_of(type_: Any) -> str:
    """The selection of every field of a type; of an object that has an id, the id."""
    return " ".join(asked(name, said) for name, said in type_.fields.items())


def asked(name: str, said: GraphQLField) -> str:
    target = named(said)
    sized = "(first: 100)" if "first" in said.args else ""
    if is_leaf_type(target):
        return name
    if is_interface_type(target) and not is_node(target):
        kinds = " ".join(f"... on {t.name} {{ {everything_of(t)} }}" for t in possible(target))
        return f"{name} {{ __typename {kinds} }}"
    return f"{name}{sized} {{ {'id' if is_node(target) else everything_of(target)} }}"


def possible(target: GraphQLInterfaceType) -> list[GraphQLObjectType]:
    return list(SCHEMA.get_possible_types(target))


def given(said: GraphQLField, objects: str = "$id") -> str:
    """Arguments with which a root field answers."""
    told = [f"{name}: {objects}" for name, argument in said.args.items() if is_required_argument(argument)]
    told += ["first: 100"] if "first" in said.args else []
    told += ["period: MONTH"] if "period" in said.args else []
    return f"({', '.join(told)})" if told else ""


def by_id(type_: str, selection: str) -> str:
    return f"query($id: ID!) {{ node(id: $id) {{ ... on {type_} {{ {selection} }} }} }}"


def of_payload(type_: str) -> tuple[str, str]:
    """A mutation that gives this payload, and how its input is called."""
    for name, said in TYPES["Mutation"].fields.items():
        if named(said).name == type_:
            return name, str(said.args["input"].type)
    raise LookupError(type_)


def acting(name: str, input_type: str, selection: str) -> str:
    return f"mutation($input: {input_type}) {{ {name}(input: $input) {{ {selection} }} }}"


STATEMENT = {"idempotencyKey": "k", "expectedVersion": 1, "envelope": "{}", "openings": []}
INPUTS: Mapping[str, Mapping[str, object]] = {
    "StatementInput!": STATEMENT,
    "PrepareStatementInput!": {"referralAccepted": {"referral": "x", "signer": {"key": "x"}}},
    "OpenCaseInput!": {
        "idempotencyKey": "k", "number": "1", "category": "GELANDANGAN", "vulnerabilities": [],
        "person": {"fullName": "x", "sex": "MALE"},
    },
    "AssessCaseInput!": {"idempotencyKey": "k", "expectedVersion": 1, "case": "x", "risk": "LOW"},
    "CloseCaseInput!": {"idempotencyKey": "k", "expectedVersion": 1, "case": "x", "outcome": "DIED"},
}  # fmt: skip


# -- what is seen ------------------------------------------------------------------------------------------------------
Instance = tuple[str, ...]


@dataclass(slots=True)
class Seen:
    """By type and field: for each instance its state, and which callers were shown it."""

    of: dict[tuple[str, str], dict[Instance, tuple[str, set[str]]]] = field(default_factory=dict)

    def note(self, type_: str, name: str, instance: Instance, state: str, caller: str) -> None:
        self.of.setdefault((type_, name), {}).setdefault(instance, (state, set()))[1].add(caller)

    def walk(self, type_: Any, told: Mapping[str, Any], instance: Instance, state: str, caller: str) -> None:
        """Note what there is in an object, and in what it holds that has no id of its own."""
        for name, said in type_.fields.items():
            value = told.get(name)
            if value is None or value == [] or (name == "totalCount" and value == 0):
                continue
            target = named(said)
            if target.name.endswith("Connection") and not value["edges"]:
                assert value == NOTHING, (type_.name, name, caller, "an empty list tells of what is hidden")
                continue
            self.note(type_.name, name, instance, state, caller)
            if is_leaf_type(target) or is_node(target):
                continue
            for each in value if isinstance(value, list) else [value]:
                inner = TYPES[each["__typename"]] if is_interface_type(target) else target
                self.walk(inner, each, (*instance, name), state, caller)


@dataclass(slots=True)
class Looking:
    """Everybody looks at everything."""

    pool: Any
    superuser: Any
    keys: Keys  # the key store's
    seen: Seen = field(default_factory=Seen)
    plans: Any = field(default_factory=plans)

    async def everywhere(self) -> Seen:
        for caller in CALLERS:
            await self.at_objects(caller)
            await self.at_roots(caller)
            await self.at_payloads(caller)
            await self.at_events(caller)
        return self.seen

    async def objects(self, type_: str) -> list[tuple[str, Any, str]]:
        rows = await self.superuser.fetch(OBJECTS[type_])
        return [(id_of(type_, key), key, state) for key, state in rows]

    async def ask(self, caller: str, text: str, variables: Mapping[str, object] | None = None, **more: Any) -> Any:
        question = self.plans.plan(text, None, dict(variables or {}))
        told = orjson.loads(await answer(question, self.asking(caller), self.pool, **more))
        assert "errors" not in told, (caller, text, told)
        return told["data"]

    def asking(self, caller: str) -> Any:
        return replace(asking(CALLERS[caller], ALL), keys=self.keys, derive={**DERIVE, "receipt": lambda *_: "receipt"})

    async def at_objects(self, caller: str) -> None:
        for name in OBJECTS:
            text = by_id(name, everything_of(TYPES[name]))
            for key, _, state in await self.objects(name):
                told = (await self.ask(caller, text, {"id": key}))["node"]
                if told is not None:
                    self.seen.walk(TYPES[name], told, (key,), state, caller)

    async def at_roots(self, caller: str) -> None:
        for name, said in TYPES["Query"].fields.items():
            if name == "node":
                continue
            shown = f"{name}{given(said)} {{ {'id' if is_node(named(said)) else everything_of(named(said))} }}"
            objects = await self.objects(named(said).name) if "id" in said.args else [("", "", ANY)]
            for key, _, state in objects:
                text = f"query($id: ID!) {{ {shown} }}" if "id" in said.args else f"{{ {shown} }}"
                told = await self.ask(caller, text, {"id": key} if key else None)
                self.seen.walk(replaced("Query", name, said), told, (key,), state, caller)

    async def at_payloads(self, caller: str) -> None:
        """What an operation hands over is shown as far as its asker may see it."""
        for state, told in (await self.handed()).items():
            for type_ in (name for name in TYPES if name.endswith("Payload")):
                mutation, input_type = of_payload(type_)
                text = acting(mutation, input_type, everything_of(TYPES[type_]))
                data = await self.ask(caller, text, {"input": INPUTS[input_type]}, handed={mutation: told})
                self.seen.walk(TYPES[type_], data[mutation], (type_, state), state, caller)

    async def handed(self) -> dict[str, Handed]:
        """What an act on each referral would hand over."""
        rows = await self.superuser.fetch(
            "select r.status, r.id, r.case_id, r.last_statement, (select f.id from fitness_certificate f where f.referral_id = r.id),"  # noqa: E501  # one line reads best
            " (select h.id from handover h where h.referral_id = r.id),"
            " (select o.id from obligation o where o.referral_id = r.id limit 1) from referral r"
        )
        return {
            status: Handed(
                case_id=case.hex, referral_id=own.hex, entry_id=last, certificate_id=_hex(fitness),
                handover_id=_hex(handover), obligation_id=_hex(owed), errors=ERRORS, prepared_statement=PREPARED,  # type: ignore[arg-type]  # told by its attributes
            )
            for status, own, case, last, fitness, handover, owed in rows
        }  # fmt: skip

    async def at_events(self, caller: str) -> None:
        for name, said in TYPES["Subscription"].fields.items():
            type_ = named(said)
            question = self.plans.plan(f"subscription {{ {name} {{ {everything_of(type_)} }} }}")
            of = next(named(each).name for each in type_.fields.values() if is_node(named(each)))
            for own, key, state in await self.objects(of):
                change = changes.Change(cursor="1-1", at=datetime(2026, 1, 2, tzinfo=UTC), object_id=key)
                async with snapshot(self.pool, self.asking(caller)) as connection:
                    told = await changes.answer(question, self.asking(caller), connection, change)
                if told is not None:
                    data = orjson.loads(told)["data"]
                    self.seen.walk(replaced("Subscription", name, said), data, (own,), state, caller)


def replaced(root: str, name: str, said: GraphQLField) -> Any:
    """A root as if it had this field alone: the others were not asked for."""
    return SimpleNamespace(name=root, fields={name: said})


def _hex(key: UUID | None) -> str | None:
    return None if key is None else key.hex


# -- one field at a time -----------------------------------------------------------------------------------------------
def roads() -> dict[str, tuple[str, str]]:
    """For a type without an id: the type that has it, and the field that leads there. The first by name."""
    found: dict[str, tuple[str, str]] = {}
    for type_, name, said in fields():
        target = named(said)
        kinds = possible(target) if is_interface_type(target) and not is_node(target) else [target]
        for kind in kinds:
            if not is_leaf_type(kind) and not is_node(kind) and type_ != kind.name:
                found.setdefault(kind.name, (type_, name))
    return found


def fields() -> Iterator[tuple[str, str, GraphQLField]]:
    for type_, told in TYPES.items():
        for name, said in told.fields.items():
            yield type_, name, said


def document(type_: str, name: str) -> tuple[str, dict[str, object]]:
    """The smallest document that asks for this field, and its variables."""
    selection = alone(name, TYPES[type_].fields[name])
    while type_ not in ROOTS and type_ not in OBJECTS:
        kind, (type_, name) = type_, roads()[type_]
        said = TYPES[type_].fields[name]
        inner = f"... on {kind} {{ {selection} }}" if is_interface_type(named(said)) else selection
        selection = f"{name}{given(said)} {{ {inner} }}"
    match type_:
        case "Query":
            takes = "$id" in selection
            return (f"query($id: ID!) {{ {selection} }}", {"id": "x"}) if takes else (f"{{ {selection} }}", {})
        case "Mutation":
            input_type = str(TYPES["Mutation"].fields[name].args["input"].type)
            text = f"mutation($id: {input_type}) {{ {selection} }}"
            return text, {"id": INPUTS[input_type]}
        case "Subscription":
            return f"subscription {{ {selection} }}", {}
        case _:
            return by_id(type_, selection), {"id": "x"}


def alone(name: str, said: GraphQLField) -> str:
    return f"{name}{given(said)}" if is_leaf_type(named(said)) else f"{name}{given(said)} {{ __typename }}"
