"""The register (registre d'arrivée): the one transactional record of every export seen and every load in use.

A load is the Parquet files made from the exports of one system taken in together. Its files are written first, under
names that nobody reads; the transaction of `Register.commit` then makes all its tables visible at once. What the
register does not list does not exist: a crash leaves orphan files, swept by the next run, and nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, String, Text, create_engine, delete, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

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
    """One row per load in use."""

    __tablename__ = "load"
    load_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    system: Mapped[str] = mapped_column(String(64), index=True)
    committed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


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
    """A load about to be committed: its files and the verdicts on the exports looked at."""

    load_id: str
    system: str
    files: list[WrittenFile] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)


class Register:
    """The register of one installation. Every public method is one transaction."""

    def __init__(self, url: str):
        """Open the register at ``url`` (SQLAlchemy address) and create its tables the first time."""
        self._engine = create_engine(url)
        Base.metadata.create_all(self._engine)

    def commit(self, draft: LoadDraft) -> None:
        """Record the verdicts of ``draft`` and, if it has files, make all of them visible: all or nothing."""
        with Session(self._engine) as session, session.begin():
            if draft.files:
                session.add(Load(load_id=draft.load_id, system=draft.system, committed_at=datetime.now(UTC)))
                session.flush()
                session.add_all(
                    LoadFile(path=file.path, load_id=draft.load_id, table_name=file.table, row_count=file.row_count)
                    for file in draft.files
                )
            for export in draft.exports:
                session.merge(export)

    def replace(self, system: str, merged: LoadDraft, replaced: Iterable[str]) -> None:
        """Put the files of ``merged`` in the place of the loads ``replaced``, which hold the same rows."""
        replaced = list(replaced)
        with Session(self._engine) as session, session.begin():
            session.add(Load(load_id=merged.load_id, system=system, committed_at=datetime.now(UTC)))
            session.flush()
            session.execute(update(Export).where(Export.load_id.in_(replaced)).values(load_id=merged.load_id))
            session.execute(delete(LoadFile).where(LoadFile.load_id.in_(replaced)))
            session.execute(delete(Load).where(Load.load_id.in_(replaced)))
            session.add_all(
                LoadFile(path=file.path, load_id=merged.load_id, table_name=file.table, row_count=file.row_count)
                for file in merged.files
            )

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
        query = select(Export).order_by(Export.received_at, Export.system, Export.export_id)
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
