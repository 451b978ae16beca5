"""The rights of every role as they are granted, and as `rights.toml` says they should be.

Promise: what PostgreSQL's own catalogue says, of every table, view, sequence and function beyond its own schemas, of
every role of ours and of PUBLIC; written the same way as the file, so that a difference reads as the line to add.
Elsewhere: the comparison, `test_catalogue`; that the rights do what they should, `test_rights_tried`.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("rights.toml")
WHERE = "tests/database/rights.toml"
OWNER = "estafet_owner"
ABOUT_ROWS = ("rows", "shared")
TABLES, VIEWS = "rpmf", "v"  # kinds of relations; what is no plain table has row security to answer for as well
_MINE = "n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'"
_NAME = "case n.nspname when 'public' then '' else n.nspname || '.' end"
_ROLES = "(select rolname as role from pg_roles where rolname like 'estafet%' union all select 'public')"
# A right to a whole relation, by its letter; else, where columns have rights of their own, the letter and the columns.
# The owner has every right by owning; what counts of those is what a policy lets it reach, and nothing stops TRUNCATE.
_RELATIONS = f"""
    select {_NAME} || c.relname as name, r.role, letter, whole, columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace and {_MINE}
    cross join {_ROLES} r
    cross join (values (1, 'SELECT', 'S', 'r'), (2, 'INSERT', 'I', 'a'), (3, 'UPDATE', 'U', 'w'),
        (4, 'DELETE', 'D', 'd'), (5, 'TRUNCATE', 'T', null), (6, 'REFERENCES', 'R', null), (7, 'TRIGGER', 'G', null),
        (8, 'MAINTAIN', 'M', null)) as commands (position, command, letter, code)
    cross join lateral (select has_table_privilege(r.role, c.oid, command) as whole) w
    cross join lateral (
        select array_agg(attname::text order by attnum) as columns from pg_attribute a
        where not whole and command in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') and a.attrelid = c.oid
            and attnum > 0 and not attisdropped and has_column_privilege(r.role, c.oid, attnum, command)
    ) p
    where c.relkind::text = any ($1::text[]) and (whole or columns is not null)
        and (r.role <> pg_get_userbyid(c.relowner) or code is not null and exists (
            select from pg_policy p where p.polrelid = c.oid and p.polcmd in (code, '*')
                and (0 = any (p.polroles) or c.relowner = any (p.polroles))
        ))
    order by 1, 2, position
"""  # noqa: S608  # our own words
_NAMES = f"""
    select {_NAME} || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace and {_MINE}
    where c.relkind::text = any ($1::text[])
"""  # noqa: S608  # our own words
_POLICED = f"""
    select {_NAME} || c.relname as name, r.role, letter
    from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
    cross join {_ROLES} r
    cross join (values ('S', 'r'), ('I', 'a'), ('U', 'w'), ('D', 'd')) as commands (letter, code)
    where p.polcmd in (code, '*') and r.role <> 'public'
        and (0 = any (p.polroles) or r.role::regrole = any (p.polroles))
"""  # noqa: S608  # our own words
_SEQUENCES = f"""
    select {_NAME} || c.relname as name, r.role, string_agg(letter, ' ' order by letter) as letters
    from pg_class c join pg_namespace n on n.oid = c.relnamespace and {_MINE}
    cross join {_ROLES} r
    cross join (values ('USAGE', 'X'), ('SELECT', 'S'), ('UPDATE', 'U')) as commands (command, letter)
    where c.relkind = 'S' and has_sequence_privilege(r.role, c.oid, command) and r.role <> '{OWNER}'
    group by 1, 2
"""  # noqa: S608  # our own words
_FUNCTIONS = f"""
    select {_NAME} || f.proname as name, r.role, f.prosecdef as definer
    from pg_proc f join pg_namespace n on n.oid = f.pronamespace and {_MINE}
    left join {_ROLES} r on has_function_privilege(r.role, f.oid, 'EXECUTE') and r.role <> '{OWNER}'
    order by 1, 2
"""  # noqa: S608  # our own words

Rows = dict[str, dict[str, str]]


def written() -> dict[str, Any]:
    """The file, as it stands."""
    return tomllib.loads(FILE.read_text())


def tables_of(rows: str) -> list[str]:
    """The tables whose rows are of this kind."""
    return [name for name, told in written()["tables"].items() if told["rows"] == rows]


async def relations(superuser: Any, kinds: str) -> Rows:
    """By relation of these kinds, and role: the rights, as letters with their columns."""
    live: Rows = {name: {} for (name,) in await superuser.fetch(_NAMES, list(kinds))}
    for row in await superuser.fetch(_RELATIONS, list(kinds)):
        letter = row["letter"] if row["whole"] else f"{row['letter']}({' '.join(row['columns'])})"
        mine = live.setdefault(row["name"], {})
        mine[_short(row["role"])] = f"{mine.get(_short(row['role']), '')} {letter}".strip()
    return live


async def sequences(superuser: Any) -> Rows:
    live: Rows = {name: {} for (name,) in await superuser.fetch(_NAMES, ["S"])}
    for row in await superuser.fetch(_SEQUENCES):
        live.setdefault(row["name"], {})[_short(row["role"])] = row["letters"]
    return live


async def functions(superuser: Any) -> dict[str, list[str]]:
    """By function: who may call it; and `definer` where it runs with its owner's rights."""
    live: dict[str, list[str]] = {}
    for row in await superuser.fetch(_FUNCTIONS):
        mine = live.setdefault(row["name"], ["definer"] if row["definer"] else [])
        if row["role"] is not None:
            mine.append(_short(row["role"]))
    return live


async def unpoliced(superuser: Any) -> list[str]:
    """Rights that no policy lets reach any row: a mistake in one or the other."""
    policed = {tuple(row) for row in await superuser.fetch(_POLICED)}
    return [
        f"{name}: {role} {letter}"
        for name, told in (await relations(superuser, TABLES)).items()
        for role, rights in told.items()
        for letter in "SIUD"
        if letter in {each[0] for each in rights.split()}
        if (name, f"estafet_{role}", letter) not in policed
    ]


def differences(said: Mapping[str, Any], live: Mapping[str, Any], section: str) -> list[str]:
    """What to do to the file, in words; or to the migration, where the file is right."""
    bare = {name: without_rows(told) for name, told in said.items()}
    told = [f"add to [{section}]:  {_line(name, live[name], section)}" for name in live.keys() - bare.keys()]
    told += [f"there is no {name}: take its row out of [{section}]" for name in bare.keys() - live.keys()]
    return told + [
        f"{name} has other rights than its row in [{section}] says; now they are  {_line(name, live[name], section)}"
        for name in bare.keys() & live.keys()
        if bare[name] != live[name]
    ]


def without_rows(told: Any) -> Any:
    """The rights alone."""
    return {name: each for name, each in told.items() if name not in ABOUT_ROWS} if isinstance(told, dict) else told


def _line(name: str, told: Any, section: str) -> str:
    key = f'"{name}"' if "." in name else name
    if isinstance(told, list):
        return f"{key} = [{', '.join(map(_quoted, told))}]"
    rights = [f"{role} = {_quoted(letters)}" for role, letters in told.items()]
    if section == "tables":
        rights.insert(0, 'rows = "parties, everybody, access or host"')
    return f"{key} = {{ {', '.join(rights)} }}"


def _quoted(text: str) -> str:
    return f'"{text}"'


def _short(role: str) -> str:
    return role.removeprefix("estafet_")
