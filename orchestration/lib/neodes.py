"""Reading NEODeS, the text of the DSN: a rubrique a line, ``S21.G00.30.019,'000412'``; blocks are told by order alone.

A payroll year has millions of lines, so none is looked at by itself: a stretch of the file becomes one array of bytes,
in which numpy tells lines, rubriques and blocks at once, and the text of a value is cut out when a reader asks for it.
Memory stays that of one stretch, whatever the size of the file. The rubriques and their tree are data, see ``Norm``.
Source: cahier technique de la DSN, norm NEODeS; seeds/ref_dsn_rubrique.csv.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.lib.errors import RefusedExport, UnfinishedExport
from orchestration.lib.home import PROJECT

CHUNK_BYTES = 1 << 21
# The norm says 256 characters; some vendors exceed it in free texts. What is longer than this is no line of a DSN.
LONGEST_LINE = 4_096
LINES_NAMED = 10

LINE = re.compile(rb"(S[0-9]{2}\.G[0-9]{2}\.[0-9]{2}\.[0-9]{3}(?:\.[0-9]{3})?),'.*'")
PREFIX, SUFFIX = len("S21.G00.30.001,'"), len("'\n")
WORD = 8  # a prefix is compared as two words of eight bytes
MIX = np.uint64(0x9E3779B97F4A7C15)  # any odd number that spreads the words well
NEWLINE, QUOTE = ord("\n"), ord("'")
NOT_IN_1252 = b"\x81\x8d\x8f\x90\x9d"

EXPORT_AGAIN = (
    "Exportez de nouveau la DSN depuis le logiciel de paie et déposez le fichier sans l'ouvrir ni le modifier."
)


class Norm:
    """The rubriques of all versions of the norm that are read here, and the tree of their blocks.

    A rubrique is known by its rank, from 1 and in the order of the names: within a block, ranks grow with the number.
    A block is known by its rank too, from 0.
    """

    def __init__(self, seed: Path):
        """Read the rubriques from ``seed``, a CSV with the columns rubrique, block, parent_block and rubrique_label."""
        with seed.open(newline="", encoding="utf-8") as file:
            rows = sorted(csv.DictReader(file), key=lambda row: row["rubrique"])
        self.rubriques = ["", *(row["rubrique"] for row in rows)]
        self.labels = {row["rubrique"]: row["rubrique_label"] for row in rows}
        self.blocks = sorted({row["block"] for row in rows})
        self.rank = {block: rank for rank, block in enumerate(self.blocks)}
        self.parent = {self.rank[row["block"]]: self.rank.get(row["parent_block"]) for row in rows}
        self.block_of = np.array([0, *(self.rank[row["block"]] for row in rows)], dtype=np.uint8)
        prefixes = "".join(f"{row['rubrique']},'" for row in rows).encode()
        words = np.frombuffer(prefixes, "<u8").reshape(-1, 2)
        keys = words[:, 0] * MIX + words[:, 1]
        order = np.argsort(keys)
        self._keys, self._first, self._second = keys[order], words[order, 0], words[order, 1]
        self._ranks = (order + 1).astype(np.int16)

    def recognised(self, data: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Return the rank of the rubrique that starts at each of ``starts`` in the bytes ``data``, 0 when unknown."""
        words = np.ndarray(len(data) - WORD + 1, "<u8", data, strides=(1,))  # every eight bytes, wherever they start
        first, second = words[starts], words[starts + WORD]
        place = np.searchsorted(self._keys, first * MIX + second)
        place[place == len(self._keys)] = 0
        is_known = (self._first[place] == first) & (self._second[place] == second)
        return np.where(is_known, self._ranks[place], 0)


@cache
def norm() -> Norm:
    """Return the norm that this project knows."""
    return Norm(PROJECT / "seeds" / "ref_dsn_rubrique.csv")


@dataclass(frozen=True)
class Stretch:
    """Blocks of a file that follow one another, each whole. Arrays are by rubrique or by block, in file order."""

    lines: pa.BinaryArray  # of the text, each with its line feed
    rubrique: np.ndarray  # rank in the norm
    place: np.ndarray  # by rubrique: index of its line in ``lines``
    block: np.ndarray  # by block: rank in the norm
    first: np.ndarray  # by block: index of its first rubrique; then, once, the number of rubriques
    line: np.ndarray  # by block: line of the file on which it starts
    before: np.ndarray  # by block: rubriques of the file before it, unknown ones included

    def cut(self, rubriques: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the distinct values of ``rubriques`` (indices), and which of them each has.

        The last of the distinct values is None, as is an empty one.
        """
        lines = self.lines.take(pa.array(self.place[rubriques]))
        values = pc.binary_slice(lines, PREFIX, -SUFFIX).view(pa.string()).dictionary_encode()
        distinct = np.append(values.dictionary.to_numpy(zero_copy_only=False), None)
        which = values.indices.to_numpy()
        empty = pc.index(values.dictionary, "").as_py()
        return distinct, which if empty < 0 else np.where(which == empty, len(distinct) - 1, which)

    def values(self, block: int) -> dict[str, str]:
        """Return rubrique -> value, where there is one, of one block (its index)."""
        inside = np.arange(self.first[block], self.first[block + 1])
        distinct, which = self.cut(inside)
        names = (norm().rubriques[rank] for rank in self.rubrique[inside].tolist())
        return {name: value for name, value in zip(names, distinct[which].tolist(), strict=True) if value is not None}


class NeodesFile:
    """One file of NEODeS text, with what is known of it as a whole.

    ``encoding`` and ``replaced``, the characters that it could not read, are known at once; ``unknown``, which holds
    [line of the first, number] of each rubrique that the norm does not have, when all stretches have been read.
    """

    def __init__(self, path: Path):
        """Find out the encoding of the file at ``path``."""
        self._path = path
        self.encoding, self.replaced = _encoding(path)
        self.unknown: dict[str, list[int]] = {}
        self._line, self._read = 1, 0  # of what has not been read yet: its first line, the rubriques before it
        self._bad = 0
        self._bad_lines: list[int] = []

    @property
    def last_line(self) -> int:
        """Number of the last line read."""
        return self._line - 1

    def stretches(self) -> Iterator[Stretch]:
        """Yield the blocks of the file. An unknown rubrique is counted and passed over: it ends no block.

        Raises RefusedExport at the end of the file when lines are no rubriques: all are counted, the first ones named
        by their number. Raises UnfinishedExport when the file is empty, or stops within its last line.
        """
        rest, complete, ended = b"", True, False
        chunks = self._chunks()
        while not ended:
            chunk = next(chunks, None)
            ended = chunk is None
            text = rest if ended else rest + chunk
            if ended and text and not text.endswith(b"\n"):
                text, complete = text + b"\n", False
            lines_end = text.rfind(b"\n") + 1
            rest = text[lines_end:][: LONGEST_LINE + 1]  # enough to see that a line is too long
            if lines_end:
                stretch, held = self._stretch(text[:lines_end], ended)
                rest = held + rest
                if len(stretch.block) and not self._bad:
                    yield stretch
        if self._bad:
            if self._bad_lines == [self.last_line] and not complete:
                raise unfinished(self.last_line)
            raise self._not_rubriques()
        if not self._read:
            raise UnfinishedExport(
                problem="Le fichier est vide",
                expected="Une DSN complète",
                action="Attendez la fin de l'export ou de la copie, ou déposez de nouveau le fichier.",
            )

    def _chunks(self) -> Iterator[bytes]:
        """Yield the file as UTF-8 in which every line ends in a line feed, whatever it is and ends in there."""
        decode = codecs.getincrementaldecoder(self.encoding)("replace")
        decoder = io.IncrementalNewlineDecoder(decode, translate=True)
        with self._path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()

    def _stretch(self, text: bytes, ended: bool) -> tuple[Stretch, bytes]:
        """Return the blocks of ``text`` (whole lines), and the end of it when more of its last block may follow."""
        data = np.frombuffer(text + bytes(PREFIX), np.uint8)
        ends = np.flatnonzero(data == NEWLINE)
        starts = np.concatenate(([0], ends[:-1] + 1))
        lengths = ends - starts
        is_whole = (data[ends - 1] == QUOTE) & (lengths > PREFIX) & (lengths <= LONGEST_LINE)
        ranks = np.where(is_whole, norm().recognised(data, starts), 0)
        known = np.flatnonzero(ranks)  # indices of lines
        rubrique = ranks[known]
        block = norm().block_of[rubrique]
        opens = np.ones(len(known), dtype=bool)
        opens[1:] = (block[1:] != block[:-1]) | (rubrique[1:] <= rubrique[:-1])
        first = np.flatnonzero(opens)

        line_count, held = len(starts), b""
        if not ended and len(first) and (len(first) > 1 or len(text) < 2 * CHUNK_BYTES):
            line_count = int(known[first[-1]])
            held = text[starts[line_count] :]
            known, rubrique, first = known[: first[-1]], rubrique[: first[-1]], first[:-1]
        blank = self._strange(text, starts, ends, np.flatnonzero(ranks[:line_count] == 0))
        opening = known[first]
        offsets = pa.py_buffer(np.append(starts, len(text)).astype(np.int32))
        stretch = Stretch(
            lines=pa.Array.from_buffers(pa.binary(), len(starts), [None, offsets, pa.py_buffer(text)]),
            rubrique=rubrique,
            place=known,
            block=block[first],
            first=np.append(first, len(known)),
            line=self._line + opening,
            before=self._read + opening - np.searchsorted(blank, opening),
        )
        self._line += line_count
        self._read += line_count - len(blank)
        return stretch, held

    def _strange(self, text: bytes, starts: np.ndarray, ends: np.ndarray, lines: np.ndarray) -> list[int]:
        """Count the ``lines`` (indices) that are no known rubrique; return those that are blank, which is harmless."""
        blank = []
        for index in lines.tolist():
            content = text[starts[index] : ends[index]]
            if not content.strip():
                blank.append(index)
            elif len(content) <= LONGEST_LINE and (match := LINE.fullmatch(content)):
                self.unknown.setdefault(match[1].decode(), [self._line + index, 0])[1] += 1
            else:
                self._bad += 1
                if len(self._bad_lines) < LINES_NAMED:
                    self._bad_lines.append(self._line + index)
        return blank

    def _not_rubriques(self) -> RefusedExport:
        """Return the refusal of a file with lines that are no rubriques."""
        others = self._bad - len(self._bad_lines)
        return RefusedExport(
            problem=f"Lignes qui ne sont pas des rubriques de DSN : {self._bad} sur {self._read}",
            place=f"Lignes {', '.join(map(str, self._bad_lines))}" + (f" et {others} autres" if others else ""),
            expected="Sur chaque ligne une rubrique et sa valeur entre apostrophes, par exemple S21.G00.40.007,'50'",
            action=f"Vérifiez que le fichier est bien une DSN à la norme NEODeS. {EXPORT_AGAIN}",
        )


def unfinished(line: int) -> UnfinishedExport:
    """Return the error of a file that stops, at ``line``, before the end that it announces."""
    return UnfinishedExport(
        problem="Le fichier s'arrête avant la fin de la DSN",
        place=f"Ligne {line}, la dernière du fichier",
        expected="La fin de l'envoi (S90.G00.90) et, s'il y en a une, celle de l'enveloppe (S95.G51.00)",
        action="Attendez la fin de l'export ou de la copie, ou déposez de nouveau le fichier complet.",
    )


def _encoding(path: Path) -> tuple[str, int]:
    """Return the encoding of a file, as Python names it, and how many of its characters cannot be read in it.

    The norm says ISO-8859-1, vendors write Windows-1252, which has its letters and more. A file with a byte order mark,
    or whose bytes are all good UTF-8, is UTF-8; characters that another tool had already replaced count as lost too.
    """
    lost_in_1252 = lost_in_utf8 = 0
    is_ascii = True
    with path.open("rb") as file:
        marked = file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8
        file.seek(0)
        utf8 = codecs.getincrementaldecoder("utf-8-sig")("replace" if marked else "strict")
        while True:
            chunk = file.read(CHUNK_BYTES)
            lost_in_1252 += len(chunk) - len(chunk.translate(None, NOT_IN_1252))
            if utf8 is not None:
                try:
                    text = utf8.decode(chunk, final=not chunk)
                    lost_in_utf8 += text.count("\ufffd")
                    is_ascii = is_ascii and text.isascii()
                except UnicodeDecodeError:
                    utf8 = None
            if not chunk:
                break
    if utf8 is None:
        return "cp1252", lost_in_1252
    return ("ascii" if is_ascii and not marked else "utf-8-sig"), lost_in_utf8
