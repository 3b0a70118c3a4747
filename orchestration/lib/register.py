"""The register (registre d'arrivée): the one transactional record of every export seen and every load in use.

A load is the Parquet files made from the exports of one system taken in together. Its files are written first, under
names that nobody reads; the transaction of `Register.commit` then makes all its tables visible at once. What the
register does not list does not exist: a crash leaves orphan files, swept by the next run, and nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Engine,
    ForeignKey,
    String,
    Text,
    create_engine,
    delete,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.schema import CreateColumn

from orchestration.lib.pseudonyms import WrongKey

ACCEPTED, REFUSED = "accepted", "refused"
UNRECOGNISED = "unrecognised"  # stands for the system of a file that no reader recognises


class Base(DeclarativeBase):
    """Tables of the register."""


class Export(Base):
    """One row per distinct file content ever received by a system, with the verdict given on it."""

    __tablename__ = "export"
    system: Mapped[str] = mapped_column(String(64), primary_key=True)
    export_id: Mapped[str] = mapped_column(String(16), primary_key=True)  # first digits of sha256
    sha256: Mapped[str] = mapped_column(String(64))
    file_name: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    encoding: Mapped[str | None] = mapped_column(String(32))
    period_from: Mapped[str | None] = mapped_column(String(32))
    period_to: Mapped[str | None] = mapped_column(String(32))
    row_count: Mapped[int] = mapped_column(BigInteger, default=0)
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    report: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    load_id: Mapped[str | None] = mapped_column(ForeignKey("load.load_id"))


class Load(Base):
    """One row per load in use; ``key_id`` is the fingerprint of the key that made its pseudonyms, if it has any."""

    __tablename__ = "load"
    load_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    system: Mapped[str] = mapped_column(String(64), index=True)
    committed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    key_id: Mapped[str | None] = mapped_column(String(8))


class LoadFile(Base):
    """One row per Parquet file of a load in use; ``path`` is relative to the raw folder of the lake."""

    __tablename__ = "load_file"
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    load_id: Mapped[str] = mapped_column(ForeignKey("load.load_id"), index=True)
    table_name: Mapped[str] = mapped_column(String(64))
    row_count: Mapped[int] = mapped_column(BigInteger)


class Sighting(Base):
    """One row per path looked at: what its content was when it last had this size and time, so it is read once."""

    __tablename__ = "sighting"
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    system: Mapped[str] = mapped_column(String(64), primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    mtime_ns: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True)
class WrittenFile:
    """A Parquet file written for a load and not yet visible."""

    table: str
    path: str
    row_count: int


@dataclass
class LoadDraft:
    """A load about to be committed: its files, the verdicts on the exports looked at and the key of its pseudonyms."""

    load_id: str
    system: str
    files: list[WrittenFile] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)
    key_id: str | None = None


class Register:
    """The register of one installation. Every public method is one transaction."""

    def __init__(self, url: str):
        """Open the register at ``url`` (SQLAlchemy address) and create what it lacks of its tables."""
        self._engine = create_engine(url)
        Base.metadata.create_all(self._engine)
        _add_missing_column(self._engine, Load.__table__.c.key_id)

    def commit(self, draft: LoadDraft) -> None:
        """Record the verdicts of ``draft`` and make all its files visible: all or nothing.

        Raises WrongKey when its pseudonyms were made with another key than those of the loads in use.
        """
        with Session(self._engine) as session, session.begin():
            if draft.files or any(export.load_id for export in draft.exports):
                _add_load(session, draft)
            for export in draft.exports:
                session.merge(export)
            _refuse_two_keys(session)

    def replace(self, drafts: Iterable[LoadDraft], replaced: Iterable[str], forgotten: Iterable[Export] = ()) -> None:
        """Put each of ``drafts`` in the place of the loads ``replaced`` of its system, all in one transaction.

        The exports in use pass to the new load of their system, but for ``forgotten``, which are no longer known at
        all: the same bytes dropped again are new. Raises WrongKey when the loads then in use are of two keys.
        """
        replaced = list(replaced)
        with Session(self._engine) as session, session.begin():
            for export in forgotten:
                session.delete(session.merge(export, load=True))
            session.flush()
            for draft in drafts:
                _add_load(session, draft)
                former = (Export.system == draft.system, Export.load_id.in_(replaced))
                session.execute(update(Export).where(*former).values(load_id=draft.load_id))
                for export in draft.exports:
                    session.merge(export)
            session.flush()
            session.execute(delete(LoadFile).where(LoadFile.load_id.in_(replaced)))
            session.execute(delete(Load).where(Load.load_id.in_(replaced)))
            _refuse_two_keys(session)

    def mark(self, systems: Iterable[str], key_id: str) -> None:
        """Say that the loads of ``systems`` older than fingerprints were made with the key ``key_id``."""
        unmarked = (Load.system.in_(list(systems)), Load.key_id.is_(None))
        with Session(self._engine) as session, session.begin():
            session.execute(update(Load).where(*unmarked).values(key_id=key_id))

    def files(self, system: str | None = None) -> list[LoadFile]:
        """Return the Parquet files in use, oldest load first."""
        query = select(LoadFile).join(Load).order_by(Load.committed_at, LoadFile.path)
        return self._all(query if system is None else query.where(Load.system == system))

    def loads(self, system: str | None = None) -> list[Load]:
        """Return the loads in use, oldest first."""
        query = select(Load).order_by(Load.committed_at, Load.load_id)
        return self._all(query if system is None else query.where(Load.system == system))

    def exports(self, system: str | None = None) -> list[Export]:
        """Return every export ever judged, in order of arrival."""
        query = select(Export).order_by(Export.received_at, Export.system, Export.file_name, Export.export_id)
        return self._all(query if system is None else query.where(Export.system == system))

    def refused(self) -> list[Export]:
        """Return the refused exports, in order of arrival."""
        return [export for export in self.exports() if export.verdict == REFUSED]

    def forget_refused(self) -> None:
        """Drop the verdicts of refusal, so that the next run looks at these files again."""
        with Session(self._engine) as session, session.begin():
            session.execute(delete(Export).where(Export.verdict == REFUSED))

    def sightings(self, system: str) -> dict[str, Sighting]:
        """Return path -> last sighting for one system."""
        return {row.path: row for row in self._all(select(Sighting).where(Sighting.system == system))}

    def remember(self, sightings: Iterable[Sighting]) -> None:
        """Record what was seen, replacing former sightings of the same paths."""
        with Session(self._engine) as session, session.begin():
            for sighting in sightings:
                session.merge(sighting)

    def _all(self, query) -> list:
        with Session(self._engine, expire_on_commit=False) as session:
            return list(session.scalars(query))


def _add_load(session: Session, draft: LoadDraft) -> None:
    session.add(Load(load_id=draft.load_id, system=draft.system, committed_at=datetime.now(UTC), key_id=draft.key_id))
    session.flush()
    session.add_all(
        LoadFile(path=file.path, load_id=draft.load_id, table_name=file.table, row_count=file.row_count)
        for file in draft.files
    )


def _refuse_two_keys(session: Session) -> None:
    """Raise WrongKey, which undoes the transaction, when it leaves loads of two keys: each person would become two."""
    session.flush()
    keys = sorted(session.scalars(select(Load.key_id).where(Load.key_id.is_not(None)).distinct()))
    if len(keys) > 1:
        raise WrongKey(f"the loads in use would have pseudonyms of the keys {' and '.join(keys)}: nothing was recorded")


def _add_missing_column(engine: Engine, column: Column) -> None:
    """Add ``column`` to the table of a register that an earlier version made."""
    if column.name not in {found["name"] for found in inspect(engine).get_columns(column.table.name)}:
        table = engine.dialect.identifier_preparer.format_table(column.table)
        with engine.begin() as connection:
            connection.execute(text(f"alter table {table} add column {CreateColumn(column).compile(engine)}"))
