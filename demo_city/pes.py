"""Writes PES v2 files: aller (mandats, titres, roles), ACQUIT and retour, as text ready to be encoded in ISO-8859-1.

Text is built with f-strings rather than trees: a town writes tens of thousands of lines a year. Every value that may
hold a special character goes through `quoted`. Third parties are written once and kept on the `Tiers`.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from gzip import compress
from xml.sax.saxutils import escape

from demo_city import town
from demo_city.ledger import Line, Piece
from demo_city.sending import Bordereau, Sending
from demo_city.town import Budget, Tiers

ALLER = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller"
ACQUIT = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour/v2"
RETOUR = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour"
PROLOGUE = '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
# Collective titres are followed debtor by debtor elsewhere: a retour names one only when it is sent back.
COLLECTIVE_LINES = 100
WRONG_CODIQUE = "062098"
DOMAINS = {"D": ("PES_DepenseAller", "EnTeteDepense", "5"), "R": ("PES_RecetteAller", "EnTeteRecette", "6")}


def quoted(text: str) -> str:
    """Text safe inside a double-quoted attribute."""
    if "&" in text or "<" in text or ">" in text or '"' in text:
        return escape(text, {'"': "&quot;"})
    return text


def euros(cents: int) -> str:
    """Cents as the exchange formats write amounts: dot decimal, two decimals."""
    if cents < 0:
        return f"-{euros(-cents)}"
    digits = str(cents) if cents >= 100 else f"{cents:03d}"
    return f"{digits[:-2]}.{digits[-2:]}"


@lru_cache(maxsize=4096)
def iso(day: int) -> str:
    """Ordinal day as AAAA-MM-JJ."""
    return date.fromordinal(day).isoformat()


def optional(element: str, value: str) -> str:
    """The element, or nothing when the value is empty."""
    return f'<{element} V="{quoted(value)}"/>' if value else ""


def envelope(kind: str, name: str, budget: Budget, day: int, codique: str, *, retour: bool = False) -> str:
    """Enveloppe and EnTetePES, shared by the three kinds of files (the retour spells CodColl)."""
    code = "CodColl" if retour else "CodCol"
    return (
        f'<Enveloppe><Parametres><Version V="2"/><TypFic V="{kind}"/><NomFic V="{name}"/></Parametres>'
        f'<Emetteur><Sigle V="BEFFROI"/><Adresse V="GESTION FINANCIERE DEMO"/></Emetteur>'
        f'<Recepteur><Sigle V="HELIOS"/></Recepteur></Enveloppe>\n'
        f'<EnTetePES><DteStr V="{iso(day)}"/><IdPost V="{codique}"/><IdColl V="{budget.siret}"/>'
        f'<{code} V="{town.COLLECTIVITY_CODE}"/><CodBud V="{budget.code}"/>'
        f'<LibelleColBud V="{quoted(budget.label)}"/></EnTetePES>\n'
    )


def tiers_element(tiers: Tiers, role: str = "") -> str:
    """A third party; role is the TypTiers of a titre (01 main debtor, 04 co-debtor), empty for a mandat."""
    if role not in tiers.elements:
        account = ""
        if tiers.account:
            owner = f"{tiers.name} {tiers.first_name}".strip()[:32]
            account = (
                f'<CpteBancaire><BIC V="BEFRFRP1XXX"/><IBAN V="{tiers.account}"/><LibBanc V="CAISSE DEMO"/>'
                f'<TitCpte V="{quoted(owner)}"/></CpteBancaire>'
            )
        tiers.elements[role] = (
            f"<Tiers><InfoTiers>{optional('IdTiers', tiers.id_code)}{optional('NatIdTiers', tiers.id_kind)}"
            f'<RefTiers V="{tiers.reference}"/><CatTiers V="{tiers.category}"/><NatJur V="{tiers.legal_form}"/>'
            f"{optional('TypTiers', role)}{optional('Civilite', tiers.title)}"
            f'<Nom V="{quoted(tiers.name)}"/>{optional("Prenom", tiers.first_name)}</InfoTiers>'
            f'<Adresse><TypAdr V="1"/><Adr2 V="{quoted(tiers.street)}"/><CP V="{town.POSTCODE}"/>'
            f'<Ville V="{town.NAME}"/><CodRes V="0"/></Adresse>{account}</Tiers>'
        )
    return tiers.elements[role]


def links(line: Line, direction: str) -> str:
    """RattachPiece and LiensIdent of a line."""
    text = ""
    if line.origin:
        piece, rank = line.origin
        kind = "01" if piece.direction == direction else "02"
        text = (
            f'<RattachPiece><NatPceOrig V="{kind}"/><ExerRat V="{piece.exercice}"/><IdPceOrig V="{piece.number}"/>'
            f'<IdLigneOrig V="{rank}"/></RattachPiece>'
        )
    if line.link:
        text += f'<LiensIdent><{line.link[0]} V="{line.link[1]}"/></LiensIdent>'
    return text


def expense_line(line: Line, rank: int, settlement: str) -> str:
    """LigneDePiece of a mandat."""
    vat = f'<MtTVA V="{euros(line.vat)}"/>' if line.vat else ""
    return (
        f'<LigneDePiece><BlocLignePiece><InfoLignePce><IdLigne V="{rank}"/>'
        f'<Nature V="{line.nature}"/><Fonction V="{line.function}"/>'
        f"{optional('Operation', line.operation)}{optional('CptAna', line.analytic)}{optional('Facture', line.invoice)}"
        f'{optional("LibVir1", line.label)}<ModRegl V="{settlement}"/><TVAIntraCom V="0"/>'
        f'<MtHT V="{euros(line.cents)}"/>{vat}</InfoLignePce>{links(line, "D")}</BlocLignePiece>'
        f"{tiers_element(line.tiers) if line.tiers else ''}</LigneDePiece>\n"
    )


def revenue_line(line: Line, rank: int, settlement: str) -> str:  # noqa: ARG001 same signature as expense_line
    """LigneDePiece of a titre, with its co-debtor when the family has one."""
    parties = ""
    if line.tiers:
        parties = tiers_element(line.tiers, "01")
        if line.tiers.spouse:
            parties += tiers_element(line.tiers.spouse, "04")
    vat = f'<MtTVA V="{euros(line.vat)}"/>' if line.vat else ""
    return (
        f'<LigneDePiece><BlocLignePiece><InfoLignePiece><IdLigne V="{rank}"/>{optional("ObjLignePce", line.label)}'
        f'{optional("CodProdLoc", line.product)}<Nature V="{line.nature}"/><Fonction V="{line.function}"/>'
        f'{optional("CptAna", line.analytic)}<Majo V="0"/><TvaIntraCom V="0"/><MtHT V="{euros(line.cents)}"/>{vat}'
        f"</InfoLignePiece>{links(line, 'R')}</BlocLignePiece>{parties}</LigneDePiece>\n"
    )


def received(piece: Piece, day: int) -> int:
    """Day the invoice of a mandat came in: from 4 to 32 days before the day of its bordereau, by its number."""
    return day - 4 - piece.number * 7 % 29


def expense_head(piece: Piece, day: int) -> str:
    """BlocPiece of a mandat issued on a day; supplier invoices carry their payment delay."""
    delay = ""
    if piece.stream == "ordinary" and piece.nat_pce in ("01", "02"):
        start, end = iso(received(piece, day)), iso(received(piece, day) + 30)
        delay = f'<DGP><Dgp V="1"/><DteDebDgp V="{start}"/><DteFinDgp V="{end}"/><DureeDgp V="30"/></DGP>'
    return (
        f'<BlocPiece><InfoPce><CodServ V="{piece.service}"/><IdPce V="{piece.number}"/><TypPce V="{piece.typ_pce}"/>'
        f'<NatPce V="{piece.nat_pce}"/><Obj V="{quoted(piece.label[:100])}"/></InfoPce>{delay}</BlocPiece>\n'
    )


def revenue_head(piece: Piece, day: int) -> str:  # noqa: ARG001 same signature as expense_head
    """BlocPiece of a titre, without InfoPce as the format wants it."""
    role = f'<IdRol V="{piece.role}"/>' if piece.role else ""
    period = f'<DebFact V="{piece.period[0]}"/><FinFact V="{piece.period[1]}"/>' if piece.period else ""
    return (
        f'<BlocPiece><CodServ V="{piece.service}"/><IdPce V="{piece.number}"/><TypPce V="{piece.typ_pce}"/>'
        f'<NatPce V="{piece.nat_pce}"/>{role}<DteAsp V="{iso(piece.day)}"/><Edition V="01"/>'
        f'<ObjPce V="{quoted(piece.label[:160])}"/>{period}</BlocPiece>\n'
    )


def bordereau_element(bordereau: Bordereau) -> Iterator[str]:
    """A bordereau and its pieces."""
    head, line_of = (expense_head, expense_line) if bordereau.direction == "D" else (revenue_head, revenue_line)
    total = sum(line.cents for piece in bordereau.pieces for line in piece.lines)
    vat = sum(line.vat for piece in bordereau.pieces for line in piece.lines)
    amount = "MtBordHT" if bordereau.direction == "D" else "MtBordHt"
    vat_element = f'<MtBordTVA V="{euros(vat)}"/>' if vat else ""
    yield (
        f'<Bordereau><BlocBordereau><Exer V="{bordereau.exercice}"/><IdBord V="{bordereau.number}"/>'
        f'<DteBordEm V="{iso(bordereau.day)}"/><TypBord V="{bordereau.typ_bord}"/><NbrPce V="{len(bordereau.pieces)}"/>'
        f'<{amount} V="{euros(total)}"/>{vat_element}</BlocBordereau>\n'
    )
    for piece in bordereau.pieces:
        yield "<Piece>" + head(piece, bordereau.day)
        for rank, line in enumerate(piece.lines, 1):
            yield line_of(line, rank, piece.settlement)
        yield "</Piece>\n"
    yield "</Bordereau>\n"


def attachment_element(name: str) -> str:
    """A small attachment, gzip then base64, as tiers de télétransmission carry invoices."""
    content = b64encode(compress(f"Facture de démonstration jointe à {name}\n".encode() * 40, mtime=0)).decode("ascii")
    return (
        f'<PES_PJ><EnTetePES_PJ><IdVer V="1"/></EnTetePES_PJ><PJ><Contenu>'
        f'<Fichier MIMEType="application/pdf">{content}</Fichier></Contenu><IdUnique V="{quoted(name)}"/>'
        f'<NomPJ V="facture.pdf"/><TypePJ V="003"/><Description V="Facture"/></PJ></PES_PJ>\n'
    )


def aller(budget: Budget, sending: Sending, name: str) -> str:
    """A PES_Aller file: mandats, then titres, then an attachment when there is one."""
    codique = WRONG_CODIQUE if sending.wrong_codique else town.POST_CODIQUE
    parts = [f'{PROLOGUE}<n:PES_Aller xmlns:n="{ALLER}">\n', envelope(sending.kind, name, budget, sending.day, codique)]
    for direction, (element, head, _) in DOMAINS.items():
        bordereaux = [bordereau for bordereau in sending.bordereaux if bordereau.direction == direction]
        if bordereaux:
            extra = '<InfoDematerialisee V="1"/>' if direction == "D" else ""
            parts.append(f'<{element}><{head}><IdVer V="2"/>{extra}</{head}>\n')
            for bordereau in bordereaux:
                parts.extend(bordereau_element(bordereau))
            parts.append(f"</{element}>\n")
    if sending.attachment:
        parts.append(attachment_element(name))
    parts.append("</n:PES_Aller>\n")
    return "".join(parts)


def acquit(budget: Budget, sending: Sending, name: str) -> str:
    """The acknowledgement of a sending: one element per bordereau, or one technical refusal of the whole file."""
    if sending.wrong_codique:
        elements = [refusal('<DomaineAck V="0"/>', "", "ERREUR_CODIQUE", "Codique inconnu pour cette collectivité")]
    else:
        elements = []
        for bordereau in sending.bordereaux:
            domain = f'<DomaineAck V="{DOMAINS[bordereau.direction][2]}"/>'
            key = f'<NumBord V="{bordereau.number}"/><ExerciceBord V="{bordereau.exercice}"/>'
            if sending.stands(bordereau):
                elements.append(f'<ElementACQUIT>{domain}<EtatAck V="1"/>{key}</ElementACQUIT>\n')
            else:
                elements.append(refusal(domain, key, "ERREUR_AUTRE", "Montant incohérent avec le justificatif"))
    if sending.attachment and not sending.wrong_codique:
        elements.append(
            f'<ElementACQUIT><DomaineAck V="4"/><EtatAck V="1"/><IdUnique V="{quoted(name)}"/></ElementACQUIT>\n'
        )
    return (
        f'{PROLOGUE}<n:PES_ACQUIT xmlns:n="{ACQUIT}">\n'
        f"{envelope(sending.kind, name, budget, sending.day + 1, town.POST_CODIQUE)}"
        f'<ACQUIT><EnTeteAcquit><IdVer V="2"/></EnTeteAcquit>\n{"".join(elements)}</ACQUIT>\n</n:PES_ACQUIT>\n'
    )


def refusal(domain: str, key: str, code: str, label: str) -> str:
    """An ElementACQUIT that refuses."""
    error = f'<Erreur><NumAnoAck V="{code}"/><LibelleAnoAck V="{label}"/></Erreur>'
    return f'<ElementACQUIT>{domain}<EtatAck V="0"/>{key}{error}</ElementACQUIT>\n'


def retour(budget: Budget, direction: str, day: int, name: str, bordereaux: Iterable[Bordereau]) -> str:
    """A PES_Retour file: the state of each piece of the bordereaux, 04 for those sent back."""
    suffix, element, head = (
        ("DEP", "PES_DepenseRetour", "EnTeteDepense")
        if direction == "D"
        else ("REC", "PES_RecetteRetour", "EnTeteRecette")
    )
    parts = [
        f'{PROLOGUE}<n:PES_Retour xmlns:n="{RETOUR}">\n',
        envelope(f"PESRETOUR_{suffix}", name, budget, day, town.POST_CODIQUE, retour=True),
        f'<{element}><{head}><TypRestit V="AA"/><IdVer V="2"/><NatInf V="2"/></{head}>\n',
    ]
    for bordereau in bordereaux:
        parts.append(
            f'<Bordereau><BlocBordereau><Exer V="{bordereau.exercice}"/><IdBord V="{bordereau.number}"/>'
            f'<TypBord V="{bordereau.typ_bord}"/></BlocBordereau>\n'
        )
        told = (piece for piece in bordereau.pieces if piece.rejected or len(piece.lines) < COLLECTIVE_LINES)
        parts.extend(state_element(piece, bordereau) for piece in told)
        parts.append("</Bordereau>\n")
    parts.append(f"</{element}>\n</n:PES_Retour>\n")
    return "".join(parts)


def state_element(piece: Piece, bordereau: Bordereau) -> str:
    """State of a piece and of its lines: sent back, settled (mandat) or taken in charge (titre)."""
    state = "04" if piece.rejected else "05" if piece.direction == "D" else "02"
    observation = '<ObsEtat V="12"/>' if piece.rejected else ""
    lines = "".join(
        f'<LigneDePiece><BlocLignePiece><InfoLignePiece><IdLigne V="{rank}"/><EtatLigPce V="{state}"/>{observation}'
        f'<MtHT V="{euros(line.cents)}"/></InfoLignePiece></BlocLignePiece></LigneDePiece>'
        for rank, line in enumerate(piece.lines, 1)
    )
    taken = "" if piece.rejected else f'<DtePcePec V="{iso(bordereau.day + 4)}"/>'
    return (
        f'<Piece><InfoPiece><IdPce V="{piece.number}"/><TypPce V="{piece.typ_pce}"/><NatPce V="{piece.nat_pce}"/>'
        f'{taken}<EtatPce V="{state}"/></InfoPiece>{lines}</Piece>\n'
    )
