"""Reading XML exports safely and as a stream: every reader of a system that exports XML goes through here.

An export comes from outside, so it is treated as hostile: a document type or an entity is refused before the parser
sees it (the source of "XXE" and "billion laughs"), nothing is fetched, no entity is expanded. Attachments make single
values of many megabytes, so libxml2's size limit is lifted, but only after that check. Memory stays bounded whatever
the size of the file: what has been read, and what no reader wants, leaves the tree after each chunk.
"""

import codecs
import contextlib
import datetime
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from orchestration.lib.errors import RefusedExport, UnfinishedExport
from orchestration.lib.fields import Field

CHECKED_BYTES = 65_536
CHUNK_BYTES = 65_536
ROOT_BYTES = 2_048
FORBIDDEN = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)

# libxml2 keeps the line number of an element in 16 bits: past this line it only repeats the limit.
LAST_KNOWN_LINE = 65_535

ANNOUNCED = re.compile(rb"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.-]+)""")
# The 256 characters of Windows-1252; its five empty places stay the control characters that ISO-8859-1 has there.
WINDOWS_1252 = "".join(chr(byte) for byte in range(256)).translate(
    {byte: character for byte in range(128, 160) if (character := bytes([byte]).decode("windows-1252", "ignore"))}
)
ISO_8859_1_BYTES = bytes((*range(128), *range(160, 256)))
NOT_UTF_8 = re.compile("[\udc80-\udcff]")  # what decoding makes of a byte that is none

# Error number of libxml2 when it gave up earlier in the file without a word: at an entity that is not declared.
GAVE_UP = 1
# Error numbers of libxml2: invalid bytes, unknown or unsupported encoding, failed conversion.
ENCODING_ERRORS = frozenset({31, 32, 79, 81, 6001, 6003})

HARDENED: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": True,
    "remove_comments": True,
    "remove_pis": True,
}

EXPORT_AGAIN = "Exportez de nouveau le fichier depuis le logiciel d'origine et déposez-le sans l'ouvrir ni le modifier."

Check = Callable[[str], object]
Leaf = tuple[int, Check | None, Field]
Layout = dict[str, "Leaf | Layout"]


class Transcoder:
    """The bytes of one file on their way to the parser, for formats whose vendors write Windows-1252 unannounced.

    A file that announces UTF-8, or nothing, is read as UTF-8 and, where it is not, byte by byte as Windows-1252; one
    that announces ISO-8859-1 is read as Windows-1252, which only adds to it (as browsers do: WHATWG Encoding, 4.2).
    Any other encoding is left to the parser. ``misread`` counts the bytes that the announced encoding does not have.
    """

    def __init__(self) -> None:
        """Start before the first byte of a file."""
        self.misread = 0
        self._announced = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def open(self, head: bytes) -> str | None:
        """Return the encoding of what ``utf8`` will return for the file that starts with ``head``, None for its own."""
        announced = ANNOUNCED.match(head)
        if head.startswith(codecs.BOM_UTF8) or not announced:
            self._announced = "" if b"\0" in head[:4] else "utf-8"  # UTF-16 needs no announcement
        else:
            with contextlib.suppress(LookupError):
                self._announced = codecs.lookup(announced[1].decode()).name
        return "utf-8" if self._announced in ("utf-8", "iso8859-1", "ascii", "cp1252") else None

    def utf8(self, chunk: bytes, final: bool = False) -> bytes:
        """Return the next ``chunk`` of the file as ``open`` said; ``final`` when nothing follows it."""
        if self._announced == "utf-8":
            if chunk.isascii() and not final and not self._decoder.getstate()[0]:
                return chunk
            text = self._decoder.decode(chunk, final)
            try:
                return text.encode()
            except UnicodeEncodeError:
                text, misread = NOT_UTF_8.subn(lambda found: WINDOWS_1252[ord(found[0]) & 0xFF], text)
                self.misread += misread
                return text.encode()
        if self._announced in ("iso8859-1", "ascii", "cp1252"):
            if self._announced != "cp1252":
                self.misread += len(chunk.translate(None, ISO_8859_1_BYTES))
            return codecs.charmap_decode(chunk, "strict", WINDOWS_1252)[0].encode()
        return chunk


def local_name(tag: object) -> str:
    """Return the name of an element without its namespace; nothing for what is no element."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def root_name(head: bytes, transcoder: Transcoder | None = None) -> str | None:
    """Return the name of the root element, as ``{namespace}name``, from the first bytes of a file.

    Returns None when the bytes are not the start of an XML document, or carry a document type. Never raises.
    """
    if _forbidden(head):
        return None
    encoding = None
    if transcoder is not None:
        encoding = transcoder.open(head)
        head = transcoder.utf8(head)
    parser = etree.XMLPullParser(events=("start",), encoding=encoding, **HARDENED)
    with contextlib.suppress(etree.LxmlError):  # what follows the root's start tag does not matter here
        parser.feed(head)
    return next((element.tag for _, element in parser.read_events()), None)


def stream(
    path: Path, marks: Collection[str] = (), blocks: Collection[str] = (), transcoder: Transcoder | None = None
) -> Iterator[tuple[str, etree._Element]]:
    """Yield ("start", element) and ("end", element) of the ``marks``, ("end", element) of the ``blocks``.

    They come in document order, the root before all and after all as a mark. Names are written ``name``,
    ``{namespace}name`` or ``{*}name``. The content of a block is whole at its end; a mark only promises its own
    attributes, and its content is dropped as the file goes by. An element must be read before the next one is asked
    for. With a ``transcoder``, new for each file, its bytes go through it before they reach the parser. Raises
    UnfinishedExport when the file is empty or stops before its root is closed, RefusedExport when it is not XML, is
    not well formed or carries a document type or entity.
    """
    encoding = None
    with path.open("rb") as file:
        head = file.read(CHECKED_BYTES)
        whole = len(head) < CHECKED_BYTES
        if transcoder is not None:
            encoding = transcoder.open(head)
            head = transcoder.utf8(head)
        root = _safe_root(head, whole, encoding)
        kept = _Names(blocks) if any(block.startswith("{*}") for block in blocks) else frozenset(blocks)
        parser = etree.XMLPullParser(
            events=("start", "end"), tag=[root, *marks, *blocks], encoding=encoding, **HARDENED
        )
        tree = last = None
        for chunk in _chunks(file, head, transcoder):
            try:
                parser.feed(chunk)
            except etree.XMLSyntaxError as error:
                raise _malformed(error) from None
            for event, element in parser.read_events():
                if tree is None:
                    tree = element
                    # Its encoding hid it from the check of the first bytes: refused before anything in it is read.
                    if tree.getroottree().docinfo.internalDTD is not None:
                        raise _document_type()
                if event == "end" or element.tag not in kept:
                    yield event, element
                last = event, element
            if tree is not None:
                _forget(tree, kept)
        try:
            parser.close()
        except etree.XMLSyntaxError as error:
            complete = last == ("end", tree) or error.code == GAVE_UP
            raise (_malformed(error) if complete else unfinished(error.position[0])) from None


def layout(fields: Sequence[Field], under: str, namespace: str = "") -> Layout:
    """Return where the leaves of the block at path ``under`` go, from the ``path`` column of fields.csv.

    Keys are element names (``name`` or ``{namespace}name``), values either a nested layout or (index of the column,
    check of its text, field). A path segment ``A|B`` stands for two spellings of the same element.
    """
    found: Layout = {}
    columns = [field for field in fields if field.column != "source_export"]
    for index, field in enumerate(columns):
        if not field.path.startswith(under + "/") or "@" in field.path:
            continue
        *parents, last = field.path.removeprefix(under + "/").split("/")
        nested = found
        for parent in parents:
            nested = nested.setdefault(namespace + parent, {})
        for spelling in last.split("|"):
            nested[namespace + spelling] = (index, CHECKS.get(field.type), field)
    return found


def read(block: etree._Element, known: Layout, row: list[str | None], any_namespace: bool = False) -> None:
    """Copy the ``V`` attributes of the leaves of ``block`` into ``row``; an empty value counts as absent.

    ``row[0]`` is the place of the record, for refusals. With ``any_namespace`` only local names count. Raises
    RefusedExport when an amount, a date, a year or a SIRET is not one.
    """
    for child in block:
        target = known.get(child.tag)
        if target is None and any_namespace:
            target = known.get(local_name(child.tag))
        if target is None:
            continue
        if target.__class__ is tuple:
            value = child.get("V")
            if value:
                index, check, field = target
                if check is not None and not check(value):
                    raise wrong_value(field, child, row[0])
                row[index] = value
        else:
            read(child, target, row, any_namespace)


def required(fields: Sequence[Field]) -> list[tuple[int, Field]]:
    """Return (index of the column, field) of the fields without which a record means nothing."""
    columns = [field for field in fields if field.column != "source_export"]
    return [(index, field) for index, field in enumerate(columns) if field.required]


def demand(row: Sequence[str | None], needed: Sequence[tuple[int, Field]], element: etree._Element) -> None:
    """Raise RefusedExport for the first required field of ``row`` that the export left out."""
    for index, field in needed:
        if row[index] is None:
            raise missing_value(field, element, row[0])


def missing_value(field: Field, element: etree._Element, place: str | None) -> RefusedExport:
    """Return the refusal of a record without one of its required fields."""
    return RefusedExport(
        problem=f"L'{source_name(field)} manque ou n'a pas de valeur",
        place=place_of(element, place),
        expected=EXPECTED.get(field.type, "Une valeur non vide, obligatoire dans ce format"),
        action="Complétez la donnée dans le logiciel d'origine, puis exportez de nouveau le fichier.",
    )


def wrong_value(field: Field, element: etree._Element, place: str | None) -> RefusedExport:
    """Return the refusal of a value that does not read as its type. The value itself is never quoted."""
    return RefusedExport(
        problem=f"La valeur de l'{source_name(field)} n'est pas {NATURES[field.type]}",
        place=place_of(element, place),
        expected=EXPECTED[field.type],
        action="Corrigez la donnée dans le logiciel d'origine, puis exportez de nouveau le fichier.",
    )


def source_name(field: Field) -> str:
    """Return what ``field`` is read from, in French and as the sender knows it: ``élément MtHT``, ``attribut Code``."""
    last = field.path.rsplit("/", 1)[-1].split("|")[0]
    if last.startswith("@"):
        return f"attribut {last[1:]}"
    name, _, code = last.removesuffix("']").partition("[@Code='")
    return f"élément {name} de code {code}" if code else f"élément {name}"


def place_of(element: etree._Element, place: str | None) -> str:
    """Return where ``element`` stands, in French: the line of the file, as far as it is known, and the record."""
    line = element.sourceline
    known = f"Ligne {line}" if line and line < LAST_KNOWN_LINE else f"Après la ligne {LAST_KNOWN_LINE - 1}"
    return f"{known}, dans {place}" if place else known


def unfinished(line: int) -> UnfinishedExport:
    """Return the error of a file that stops, at ``line``, before its root element is closed."""
    return UnfinishedExport(
        problem="Le fichier s'arrête avant la fin du document XML",
        place=f"Ligne {line}, la dernière du fichier",
        expected="La balise de fin de l'élément racine",
        action="Attendez la fin de l'export ou de la copie, ou déposez de nouveau le fichier complet.",
    )


def is_date(text: str) -> bool:
    """Say whether ``text`` is a day of the calendar written AAAA-MM-JJ."""
    return _date(text[:11])


@lru_cache(maxsize=4096)
def _date(text: str) -> bool:
    """Cached, because an export repeats the same few days on thousands of lines."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


CHECKS: dict[str, Check] = {
    # To the cent: a third decimal would be rounded away without a word.
    "amount": re.compile(r"[+-]?[0-9]{1,14}(\.[0-9]{1,2}0*)?").fullmatch,
    "date": is_date,
    "year": re.compile(r"(19|20)[0-9]{2}").fullmatch,
    "siret": re.compile(r"[0-9]{14}").fullmatch,
}
NATURES = {"amount": "un montant", "date": "une date", "year": "une année", "siret": "un numéro SIRET"}
EXPECTED = {
    "amount": "Un nombre sans espace, avec un point décimal et deux décimales au plus, par exemple 1234.50",
    "date": "Une date du calendrier au format AAAA-MM-JJ, par exemple 2024-03-31",
    "year": "Une année sur quatre chiffres, par exemple 2024",
    "siret": "Un SIRET de 14 chiffres",
}


def _forbidden(head: bytes) -> bool:
    """Say whether a document type or entity shows; NUL bytes are left out so that UTF-16 hides nothing."""
    return FORBIDDEN.search(head.replace(b"\0", b"")) is not None


def _chunks(file: BinaryIO, head: bytes, transcoder: Transcoder | None) -> Iterator[bytes]:
    """Yield ``head``, then the rest of ``file``, as the parser is to read them."""
    yield head
    while chunk := file.read(CHUNK_BYTES):
        yield chunk if transcoder is None else transcoder.utf8(chunk)
    if transcoder is not None:
        yield transcoder.utf8(b"", final=True)


class _Names:
    """Names of elements, of which ``{*}name`` is in any namespace or none."""

    def __init__(self, names: Collection[str]):
        self.exact = frozenset(names)
        self.local = frozenset(name.removeprefix("{*}") for name in names if name.startswith("{*}"))

    def __contains__(self, tag: object) -> bool:
        return tag in self.exact or local_name(tag) in self.local


def _safe_root(head: bytes, whole: bool, encoding: str | None) -> str:
    """Return the name of the root element, or refuse the file from its first bytes (``whole``: it has no more)."""
    content = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    if not content:
        raise UnfinishedExport(
            problem="Le fichier est vide",
            expected="Un document XML complet",
            action="Attendez la fin de l'export ou de la copie, ou déposez de nouveau le fichier.",
        )
    if _forbidden(head):
        raise _document_type()
    if not content.startswith(b"<"):
        raise RefusedExport(
            problem="Ce fichier n'est pas un fichier XML",
            place="Début du fichier",
            expected="Un fichier qui commence par une balise XML",
            action="Vérifiez que le bon fichier a été déposé (ni PDF, ni tableur, ni archive compressée).",
        )
    parser = etree.XMLPullParser(events=("start",), encoding=encoding, **HARDENED)
    for start in range(0, len(head), ROOT_BYTES):  # the root comes early: most of the head need not be read twice
        malformed = None
        try:
            parser.feed(head[start : start + ROOT_BYTES])
        except etree.XMLSyntaxError as error:
            malformed = _malformed(error)
        for _, element in parser.read_events():
            return element.tag
        if malformed is not None:
            raise malformed
    raise unfinished(head.count(b"\n") + 1) if whole else _no_root()


def _forget(tree: etree._Element, kept: "frozenset[str] | _Names") -> None:
    """Drop what is complete from the tree: all but the elements still open and the content of an open block.

    The elements still open are always the last children, from the root down.
    """
    node = tree
    while len(node):
        if len(node) > 1:
            del node[:-1]
        node = node[0]
        if node.tag in kept:
            return


def _no_root() -> RefusedExport:
    """Return the refusal of a file that goes on and on before its root element."""
    return RefusedExport(
        problem="Aucun élément racine dans les premiers caractères du fichier",
        place=f"{CHECKED_BYTES} premiers octets",
        expected="Un document XML qui commence par sa déclaration et son élément racine",
        action=EXPORT_AGAIN,
    )


def _document_type() -> RefusedExport:
    """Return the refusal of a file with a document type: no French finance format has one, attacks do."""
    return RefusedExport(
        problem="Le fichier contient une déclaration DOCTYPE ou ENTITY, refusée par sécurité",
        place="Début du fichier",
        expected="Un document XML sans déclaration de type",
        action="Exportez de nouveau le fichier depuis le logiciel d'origine ; en cas de doute sur son origine, "
        "prévenez le responsable de la sécurité informatique.",
    )


def _malformed(error: etree.XMLSyntaxError) -> RefusedExport:
    """Return the refusal of a file that is not well-formed XML. The parser's own text may quote the file: left out."""
    line, column = error.position
    if not line and error.error_log:
        line, column = error.error_log[-1].line, error.error_log[-1].column
    place = f"Ligne {line}, colonne {column}"
    if error.code in ENCODING_ERRORS:
        return RefusedExport(
            problem="Les caractères du fichier ne sont pas dans l'encodage qu'il annonce",
            place=place,
            expected="L'encodage annoncé sur la première ligne (ISO-8859-1 ou UTF-8)",
            action=EXPORT_AGAIN,
        )
    return RefusedExport(
        problem="Le fichier XML est mal formé",
        place=place,
        expected="Des balises bien ouvertes et bien fermées, sans caractère interdit",
        action=EXPORT_AGAIN,
    )
