"""Serving: the marts of a snapshot copied to PostgreSQL, where each reader sees the rows of his perimeters.

All of it is one transaction: the schema ``marts_next`` is filled, compared with the snapshot, closed, opened to the
perimeters, verified, and takes the name ``marts``. Whatever fails, what was served stays.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Set
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qsl, unquote, urlsplit

import duckdb
import psycopg
from psycopg import sql

from orchestration.lib import publish
from orchestration.lib.errors import NotServed
from orchestration.lib.perimeters import FILE, Organisation, PerimeterError, Perimeters

LOG = logging.getLogger("beffroi.serving")
SCHEMA, NEXT, FORMER = "marts", "marts_next", "marts_old_"
ROLE_PREFIX = "beffroi_"
MARK = "Beffroi"  # first word of the comment of a schema that is ours
ADDRESS = "postgresql://user:password@host:5432/database"
OLDEST_VERSION = 15  # views that obey the rights of who reads them
CONNECT_SECONDS = 10
# Less than the second after which PostgreSQL looks for deadlocks: it is we who give way, never a reader.
LOCK_MILLISECONDS, LOCK_TRIES, PAUSE_SECONDS = 400, 5, 0.2
LONGEST_NAME = 63
CHUNK_BYTES = 1 << 18

# DuckDB type -> PostgreSQL type, and what is added up to compare a column: in DuckDB, in PostgreSQL.
TYPES = {
    "VARCHAR": ("text", "strlen({})", "octet_length({})"),
    "INTEGER": ("integer", "{}", "{}"),
    "BIGINT": ("bigint", "{}", "{}"),
    "DECIMAL": ("numeric", "{}", "{}"),
    "BOOLEAN": ("boolean", "{}::integer", "{}::integer"),
    "DATE": ("date", "{} - date '2000-01-01'", "{} - date '2000-01-01'"),
    "TIMESTAMP": ("timestamp", "epoch_us({})", "(extract(epoch from {}) * 1000000)::bigint"),
}


@dataclass(frozen=True)
class Served:
    """What PostgreSQL was brought to: the name of the snapshot, its tables and rows."""

    snapshot: str
    tables: int
    rows: int


@dataclass(frozen=True)
class Column:
    """A column of a mart: its name, its type in DuckDB and its French label, where it has one."""

    name: str
    type: str
    label: str | None

    @property
    def _kind(self) -> tuple[str, str, str]:
        return TYPES[self.type.partition("(")[0]]

    @property
    def definition(self) -> str:
        """Its definition in PostgreSQL: `"amount_eur" numeric(16,2)`."""
        name, opening, size = self.type.partition("(")
        return f'"{self.name}" {TYPES[name][0]}{opening}{size}'

    def controls(self, is_served: bool) -> str:
        """Return how many values it has and what they add up to, as two expressions of one engine or the other."""
        added = self._kind[2 if is_served else 1].format(f'"{self.name}"')
        return f'count("{self.name}"), sum({added})'


@dataclass(frozen=True)
class Table:
    """A mart: its name, its description and its columns."""

    name: str
    description: str | None
    columns: list[Column]


def serve(folder: Path, url: str, perimeter_file: Path = FILE) -> Served:
    """Make the database at ``url`` serve the snapshot in ``folder`` to the roles of the perimeters; return what it is.

    Raises NotServed, and leaves what is served as it was, when the server cannot be reached or is not what is asked
    for, when a figure differs from the snapshot, or when a table would be open beyond the perimeters.
    """
    with (
        _said_simply(),
        duckdb.connect(str(folder / "beffroi.duckdb"), read_only=True) as source,
        closing(_connect(url)) as target,
    ):
        snapshot = publish.snapshot_in(folder)
        perimeters = Perimeters.read(Organisation.read(source, "marts"), perimeter_file)
        _drop_former(target)
        with target.transaction():
            target.execute("select pg_advisory_xact_lock(hashtext('beffroi'))")  # one publication at a time
            _refuse_foreign_schema(target)
            target.execute(f"drop schema if exists {NEXT} cascade")
            target.execute(f"create schema {NEXT}")
            tables = _tables(source)
            rows = 0
            for table in tables:
                _copy(source, target, table)
                rows += _compare(source, target, table)
            _open_to_perimeters(target, perimeters, [table.name for table in tables])
            _switch(target, snapshot, _roles(perimeters).values())
    return Served(snapshot.snapshot, len(tables), rows)


def served(url: str) -> str | None:
    """Return the name of the snapshot that the database at ``url`` serves, None if it serves none; or NotServed."""
    with _said_simply(), closing(_connect(url)) as target:
        comment = _comment(target, SCHEMA)
    return comment.split()[1].rstrip(",") if comment and comment.startswith(MARK) else None


def _connect(url: str) -> psycopg.Connection:
    """Return a connection in autocommit; the address is taken apart here, as libpq quotes passwords in its errors."""
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        if parts.scheme not in ("postgresql", "postgres") or not (parts.hostname or "host" in options):
            raise ValueError
        known = {
            "host": parts.hostname,
            "port": parts.port,
            "user": unquote(parts.username or "") or None,
            "password": unquote(parts.password or "") or None,
            "dbname": unquote(parts.path.strip("/")) or None,
        }
        connection = psycopg.connect(
            **{"connect_timeout": CONNECT_SECONDS}
            | {name: value for name, value in known.items() if value is not None}
            | options,
            autocommit=True,
        )
    except (ValueError, psycopg.ProgrammingError):
        raise NotServed(f"BEFFROI_POSTGRES_URL is not of the form {ADDRESS}?option=value") from None
    if connection.info.server_version < OLDEST_VERSION * 10_000:
        connection.close()
        raise NotServed(f"PostgreSQL {OLDEST_VERSION} or later is needed")
    return connection


@contextmanager
def _said_simply() -> Iterator[None]:
    """Turn what goes wrong into NotServed; a message of the server that may quote a value of the data is not told."""
    try:
        yield
    except (duckdb.Error, OSError, PerimeterError) as error:
        raise NotServed(str(error)) from None
    except psycopg.errors.InsufficientPrivilege as error:
        raise NotServed(f"{error.diag.message_primary}; the account needs what docs/bi.md says") from None
    except psycopg.errors.DataError as error:
        raise NotServed(f"a value does not fit ({type(error).__name__}, {error.diag.table_name})") from None
    except psycopg.Error as error:
        raise NotServed(error.diag.message_primary or str(error)) from None


def _comment(target: psycopg.Connection, schema: str) -> str | None:
    """Return the comment of ``schema``, "" if it has none, None if there is no such schema."""
    found = target.execute(
        "select coalesce(obj_description(oid, 'pg_namespace'), '') from pg_namespace where nspname = %s", [schema]
    ).fetchone()
    return found and found[0]


def _refuse_foreign_schema(target: psycopg.Connection) -> None:
    comment = _comment(target, SCHEMA)
    if comment is not None and not comment.startswith(MARK):
        raise NotServed(f"the schema {SCHEMA} of this database is not Beffroi's: give it a database of its own")


def _drop_former(target: psycopg.Connection) -> None:
    """Drop the schemas that former publications replaced; one that somebody still uses is left to the next time."""
    found = target.execute(
        """select nspname, array_agg(format('%%I.%%I', nspname, relname)) filter (where relkind = 'r')
        from pg_namespace left join pg_class on relnamespace = pg_namespace.oid
        where starts_with(nspname, %s) and starts_with(obj_description(pg_namespace.oid, 'pg_namespace'), %s)
        group by nspname order by nspname""",
        [FORMER, MARK],
    ).fetchall()
    for schema, tables in found:
        try:
            with target.transaction():
                target.execute(f"set local lock_timeout = {LOCK_MILLISECONDS}")
                if tables:
                    target.execute(f"drop table {', '.join(tables)}")
                target.execute(f"drop schema {schema}")
        except psycopg.errors.LockNotAvailable:
            LOG.warning("a client still reads %s: it is dropped at a later publication", schema)
        except psycopg.errors.DependentObjectsStillExist as error:
            LOG.warning(
                "%s is kept, with its old figures, by what was made on it: %s", schema, error.diag.message_detail
            )


def _tables(source: duckdb.DuckDBPyConnection) -> list[Table]:
    described = source.execute(
        "select table_name, comment from duckdb_tables() where schema_name = 'marts' order by table_name"
    ).fetchall()
    columns: dict[str, list[Column]] = {}
    for table, *column in source.execute(
        """select table_name, column_name, data_type, comment from duckdb_columns()
        where schema_name = 'marts' and not internal order by table_name, column_index"""
    ).fetchall():
        columns.setdefault(table, []).append(Column(*column))
    if unknown := {one.type for found in columns.values() for one in found if one.type.partition("(")[0] not in TYPES}:
        raise NotServed(f"no type of PostgreSQL is chosen for {', '.join(sorted(unknown))}")
    return [Table(name, description, columns[name]) for name, description in described]


def _copy(source: duckdb.DuckDBPyConnection, target: psycopg.Connection, table: Table) -> None:
    """Make ``table`` in ``marts_next`` with the rows and the labels of the snapshot."""
    name = f"{NEXT}.{table.name}"
    target.execute(f"create table {name} ({', '.join(column.definition for column in table.columns)})")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rows.csv"
        source.execute(f"copy marts.{table.name} to '{file}' (format csv, header false)")
        # Rows of a table of the same transaction are frozen at once: no later pass over them is needed.
        statement = f"copy {name} from stdin (format csv, freeze)"
        with file.open("rb") as rows, target.cursor().copy(statement) as copy:
            while chunk := rows.read(CHUNK_BYTES):
                copy.write(chunk)
    labelled = [(f"table {name}", table.description)]
    labelled += [(f'column {name}."{column.name}"', column.label) for column in table.columns]
    comments = [sql.SQL(f"comment on {thing} is {{}}").format(sql.Literal(label)) for thing, label in labelled if label]
    target.execute(sql.SQL(";").join([*comments, sql.SQL(f"analyze {name}")]))


def _compare(source: duckdb.DuckDBPyConnection, target: psycopg.Connection, table: Table) -> int:
    """Return how many rows ``table`` has; raise NotServed when a count or control total is not that of the snapshot."""

    def controls(is_served: bool) -> str:
        return ", ".join(["count(*)", *(column.controls(is_served) for column in table.columns)])

    wanted = source.execute(f"select {controls(False)} from marts.{table.name}").fetchone()
    found = target.execute(f"select {controls(True)} from {NEXT}.{table.name}").fetchone()
    if wanted[0] != found[0]:
        raise NotServed(f"{table.name}: {found[0]} rows were copied of {wanted[0]}")
    for place, column in enumerate(table.columns):
        both = slice(1 + 2 * place, 3 + 2 * place)
        if wanted[both] != found[both]:
            raise NotServed(
                f"{table.name}.{column.name}: count and total {found[both]}, in the snapshot {wanted[both]}"
            )
    return found[0]


def _roles(perimeters: Perimeters) -> dict[str, str]:
    """Return perimeter -> group role."""
    roles = {name: (ROLE_PREFIX + name.replace("-", "_"))[:LONGEST_NAME] for name in perimeters.perimeters}
    if len(set(roles.values())) < len(roles):
        raise NotServed("two perimeters have the same role: change a name in perimetres.yml")
    return roles


def _open_to_perimeters(target: psycopg.Connection, perimeters: Perimeters, tables: Iterable[str]) -> None:
    """Close the tables of ``marts_next`` to everybody, their owner included, then open them row by row."""
    roles = _roles(perimeters)
    _make_roles(target, roles.values())
    target.execute(f"set local search_path = {NEXT}")  # for the sub-query of a condition
    opened = {
        (table, roles[name]): condition
        for table in tables
        for name, perimeter in perimeters.perimeters.items()
        if (condition := perimeters.condition(perimeter, table)) is not None
    }
    for table in tables:
        # Forced on the owner too: a view that he makes, and that asks for his rights, shows nothing.
        target.execute(f"alter table {table} enable row level security, force row level security")
    for (table, role), condition in opened.items():
        target.execute(_policy(table, role, condition))
        target.execute(sql.SQL(f"grant select on {table} to {{}}").format(sql.Identifier(role)))
    _verify(target, NEXT, opened.keys())


def _make_roles(target: psycopg.Connection, roles: Iterable[str]) -> None:
    """Make the roles that do not exist yet: groups without a password, which an administrator grants to people."""
    existing = dict(
        target.execute(
            "select rolname, rolsuper or rolbypassrls or rolcanlogin from pg_roles where rolname = any(%s)",
            [list(roles)],
        ).fetchall()
    )
    if wrong := sorted(role for role, is_wrong in existing.items() if is_wrong):
        raise NotServed(f"{', '.join(wrong)} may log in or ignore policies: it must be a plain group (NOLOGIN)")
    for role in roles:
        if role not in existing:
            target.execute(sql.SQL("create role {} nologin").format(sql.Identifier(role)))


def _policy(table: str, role: str, condition: str) -> sql.Composable:
    return sql.SQL(f"create policy {{role}} on {table} for select to {{role}} using ({{condition}})").format(
        role=sql.Identifier(role), condition=sql.SQL(condition)
    )


def _verify(target: psycopg.Connection, schema: str, opened: Set[tuple[str, str]]) -> None:
    """Raise NotServed unless ``schema`` is open to the (table, role) of ``opened`` and to nothing and nobody else.

    Each table must have its rows closed by default and one policy for each role that may read it. Views must obey the
    rights of their reader, and rights that an administrator gives to all new tables are found here too.
    """
    wrong = target.execute(
        """select relname, 'is open without a policy of its own' from pg_class
        where relnamespace = %(schema)s::regnamespace and relkind in ('r', 'p')
            and not (relrowsecurity and relforcerowsecurity)
        union all
        select relname, 'is a view that ignores the rights of its reader' from pg_class
        where relnamespace = %(schema)s::regnamespace and relkind = 'v'
            and not coalesce(reloptions && array['security_invoker=true', 'security_invoker=on'], false)
        union all
        select relname, 'is not a table or a view' from pg_class
        where relnamespace = %(schema)s::regnamespace and relkind in ('m', 'f', 'S')""",
        {"schema": schema},
    ).fetchall()
    if wrong:
        raise NotServed("; ".join(f"{thing} {what}" for thing, what in wrong))
    policies = target.execute(
        "select tablename, unnest(roles)::text from pg_policies where schemaname = %s", [schema]
    ).fetchall()
    granted = target.execute(
        """select relname, coalesce(grantee.rolname, 'public'), privilege_type
        from pg_class
        cross join lateral (
            select (aclexplode(relacl)).*
            union all
            select (aclexplode(attacl)).* from pg_attribute where attrelid = pg_class.oid
        ) as acl
        left join pg_roles as grantee on grantee.oid = acl.grantee
        where relnamespace = %s::regnamespace and acl.grantee <> relowner""",
        [schema],
    ).fetchall()
    if unknown := sorted(set(granted) - {(*pair, "SELECT") for pair in opened}):
        raise NotServed("rights that no perimeter gives: " + ", ".join(" ".join(one) for one in unknown))
    if unequal := sorted(opened ^ set(policies)):
        raise NotServed("policies that are not those of the perimeters: " + ", ".join(" ".join(one) for one in unequal))


def _switch(target: psycopg.Connection, snapshot: publish.Snapshot, roles: Iterable[str]) -> None:
    """Give ``marts_next`` the name ``marts``; the schema that had it is kept aside, closed, until the next time."""
    if _comment(target, SCHEMA) is not None:
        _wait_for_readers(target)
        former = f"{FORMER}{time.time_ns()}"
        for role in roles:
            target.execute(sql.SQL(f"revoke usage on schema {SCHEMA} from {{}}").format(sql.Identifier(role)))
        target.execute(f"alter schema {SCHEMA} rename to {former}")
    target.execute(f"alter schema {NEXT} rename to {SCHEMA}")
    target.execute(
        sql.SQL(f"comment on schema {SCHEMA} is {{}}").format(
            sql.Literal(f"{MARK} {snapshot.snapshot}, publié le {snapshot.published_at}")
        )
    )
    for role in roles:
        target.execute(sql.SQL(f"grant usage on schema {SCHEMA} to {{}}").format(sql.Identifier(role)))


def _wait_for_readers(target: psycopg.Connection) -> None:
    """Hold the served tables until the end of the transaction, so that no query finds one of each version.

    PostgreSQL looks up the tables of a query one after the other. A client that keeps a transaction open does not stop
    the publication: after some tries it goes on without the lock, at the risk of one such query at that very moment.
    """
    names = target.execute(
        "select format('%%I.%%I', schemaname, tablename) from pg_tables where schemaname = %s order by 1", [SCHEMA]
    ).fetchall()
    for _ in range(LOCK_TRIES):
        try:
            with target.transaction():
                target.execute(f"set local lock_timeout = {LOCK_MILLISECONDS}")
                target.execute(f"lock table {', '.join(name for (name,) in names)} in access exclusive mode")
            return
        except psycopg.errors.LockNotAvailable:
            time.sleep(PAUSE_SECONDS)
    LOG.warning("a client keeps a transaction open on the served tables: the switch does not wait for it")
