"""Writes the XHL état de paye of a month and budget (XML PES paye_1_1, schema 1.4), as text in UTF-8.

It carries what the DSN lacks: service, grade, échelon, every line of pay with its account, and the total of each
account and function, which is the mandat of the month. Labels are in capitals without accents, as payroll software
prints them.
"""

from __future__ import annotations

from collections import Counter

from demo_city import town as places
from demo_city.dsn import TOWN_HALL, Employer, Slip, pay_day
from demo_city.grades import GRADES
from demo_city.payslip import (
    ACCOUNTS,
    CHARGE_ACCOUNTS,
    ELECTED_CHARGE_ACCOUNTS,
    GROUPS,
    OUTSIDE_GROSS,
    TRANSPORT_ACCOUNT,
    Pay,
)
from demo_city.pes import euros, iso, quoted
from demo_city.profile import NATURES
from demo_city.rates import Scale, scale
from demo_city.staff import ON_INDEX, Agent, month_bounds, month_index, nir_key
from demo_city.town import Budget
from demo_city.workforce import SERVICES

NAMESPACE = "http://www.minefi.gouv.fr/cp/helios/pes_v2/paye_1_1"
GROUP_DIGITS = {"F": "1", "C": "2", "E": "3", "A": "4", "L": "5"}
# Item of pay -> last two digits of its code, element, label.
ITEMS = {
    "base": ("00", "TraitBrut", "TRAITEMENT INDICIAIRE"),
    "absence": ("05", "TraitBrut", "RETENUE POUR ABSENCE"),
    "nbi": ("10", "Indemnite", "NBI"),
    "residence": ("20", "IndemResid", "INDEMNITE DE RESIDENCE"),
    "sft": ("30", "SupFam", "SUPPLEMENT FAMILIAL DE TRAITEMENT"),
    "ifse": ("40", "Indemnite", "IFSE"),
    "cia": ("50", "Indemnite", "CIA"),
    "overtime": ("60", "Indemnite", "HEURES SUPPLEMENTAIRES"),
    "gipa": ("70", "Indemnite", "GIPA"),
    "leave": ("80", "Indemnite", "CONGES PAYES NON PRIS"),
    "contract_end": ("85", "Indemnite", "INDEMNITE DE FIN DE CONTRAT"),
    "transport": ("90", "RemDivers", "REMBOURSEMENT TRANSPORT"),
}
BASE_LABELS = {
    "C": "REMUNERATION DE BASE",
    "E": "SALAIRE EMPLOI AIDE",
    "A": "SALAIRE APPRENTI",
    "L": "INDEMNITE DE FONCTION",
}
ORDER = ("TraitBrut", "IndemResid", "SupFam", "Indemnite", "RemDivers")
# Contribution (and base where it matters) -> code, label, fund.
CHARGES = {
    "300": ("600", "CNRACL", "CNRACL"), "301": ("600", "CNRACL", "CNRACL"),
    "304": ("601", "CNRACL NBI", "CNRACL"), "305": ("601", "CNRACL NBI", "CNRACL"),
    "322": ("602", "CNRACL EXONERATION AIDE A DOMICILE", "CNRACL"),
    "311": ("610", "RAFP", "RAFP"), "312": ("610", "RAFP", "RAFP"),
    "060": ("620", "IRCANTEC TRANCHE A", "IRCANTEC"), "061": ("621", "IRCANTEC TRANCHE B", "IRCANTEC"),
    "075": ("630", "ASSURANCE MALADIE", "URSSAF"), "076/02": ("631", "VIEILLESSE PLAFONNEE", "URSSAF"),
    "076/03": ("632", "VIEILLESSE DEPLAFONNEE", "URSSAF"), "074": ("633", "ALLOCATIONS FAMILIALES", "URSSAF"),
    "045": ("634", "ACCIDENT DU TRAVAIL", "URSSAF"), "068": ("635", "SOLIDARITE AUTONOMIE", "URSSAF"),
    "049": ("636", "FNAL", "URSSAF"), "081": ("637", "VERSEMENT MOBILITE", "URSSAF"),
    "003": ("638", "EXONERATION APPRENTI", "URSSAF"), "006": ("639", "EXONERATION PEC", "URSSAF"),
    "040": ("640", "ASSURANCE CHOMAGE", "FRANCE TRAVAIL"), "072": ("650", "CSG", "URSSAF"),
    "079": ("651", "CRDS", "URSSAF"), "cnfpt": ("660", "CNFPT", "CNFPT"), "cdg": ("661", "CENTRE DE GESTION", "CDG"),
}  # fmt: skip
STATUSES = {"T": "TITULAIRE", "N": "TITULAIRE", "S": "STAGIAIRE", "M": "STAGIAIRE", "E": "EMPLOI_AIDE"} | {
    "L": "AUTRE_STATUT", "I": "AUTRE_STATUT", "A": "AUTRE_STATUT", "K": "NON_TITULAIRE",
}  # fmt: skip
INSURED_EVERY, PREMIUM = 4, 1_850


def item_code(item: str, group: str, *, late: bool) -> str:
    """Code of an item of pay: it tells the account, so each group of agents has its own."""
    return f"{GROUP_DIGITS[group]}{ITEMS[item][0]}{'R' if late else ''}"


def charge_of(code: str, base: str, group: str) -> tuple[str, str, str]:
    """Code, label and fund of a contribution; those of the elected members go to other accounts."""
    number, label, fund = CHARGES[f"{code}/{base}" if code == "076" else code]
    return (f"9{number}", f"{label} ELUS", fund) if group == "L" else (number, label, fund)


def rate_of(code: str, base: str, kind: str, rates: Scale) -> int:
    """Employer's rate of a contribution in hundredths of a percent, 0 for what has none."""
    return {
        "301": rates.pension, "305": rates.pension, "312": rates.rafp, "060": rates.ircantec_a[0],
        "061": rates.ircantec_b[0], "075": rates.sickness_cnracl if kind in "TS" else rates.sickness,
        "076": rates.old_age_capped[0] if base == "02" else rates.old_age[0], "074": rates.family,
        "045": rates.accident, "068": rates.solidarity, "049": rates.housing, "081": rates.mobility,
        "040": rates.unemployment,
    }.get(code, 0)  # fmt: skip


def pay_lines(pay: Pay, first: int, rates: Scale) -> str:
    """The lines of a payslip but for what is withheld from the net pay, which the caller adds: gains, what the agent
    pays, recalls, then what the employer pays.
    """
    if "xhl" in pay.texts:
        return pay.texts["xhl"]
    group = GROUPS[pay.kind]
    gains: dict[str, list[str]] = {name: [] for name in ORDER}
    recalls: list[str] = []
    rank = 0
    for gain in pay.gains:
        rank += 1
        _, element, label = ITEMS[gain.item]
        if gain.item == "base":
            label = BASE_LABELS.get(group, label)
        late = bool(gain.start) and gain.start < first
        code = item_code(gain.item, group, late=late)
        units = f'<NbUnite V="{euros(gain.hours)}"/>' if gain.hours else ""
        period = ""
        if gain.start:
            period = f'<PeriodeRef><DateDebut V="{iso(gain.start)}"/><DateFin V="{iso(gain.end)}"/></PeriodeRef>'
        text = f'<Code V="{code}"/>{units}<Mt V="{euros(gain.cents)}"/>{period}<Ordre V="{rank}"/>'
        if late:
            recalls.append(f'<Rappel><Libelle V="RAPPEL {label}"/>{text}</Rappel>')
        else:
            gains[element].append(f'<{element}><Libelle V="{label}"/>{text}</{element}>')
    deductions, charges = [], []
    for code, employer, agent, place in pay.shares:
        base = pay.bases[place]
        number, label, fund = charge_of(code, base.code, group)
        amount = euros(base.bonus if code in ("304", "305") else base.cents)
        period = ""
        if base.start:
            period = f'<PeriodeRef><DateDebut V="{iso(base.start)}"/><DateFin V="{iso(base.end)}"/></PeriodeRef>'
        named = f'<Libelle V="{label}"/><Code V="{number}"/><Base V="{amount}"/>'
        tail = f'{period}<CodeCaisse V="{fund}"/>'
        rank += 1
        if agent:
            deductions.append(f'<Deduction>{named}<Mt V="{euros(agent)}"/>{tail}<Ordre V="{rank}"/></Deduction>')
        if employer:
            rate = rate_of(code, base.code, pay.kind, rates)
            shown = f'<Taux V="{euros(rate)}"/>' if rate else ""
            charges.append(
                f'<Cotisation>{named}{shown}<Mt V="{euros(employer)}"/>{tail}<Ordre V="{rank}"/></Cotisation>'
            )
    for code, cents in (("cnfpt", pay.cnfpt), ("cdg", pay.cdg)):
        if cents:
            number, label, fund = CHARGES[code]
            rank += 1
            charges.append(
                f'<Cotisation><Libelle V="{label}"/><Code V="{number}"/><Mt V="{euros(cents)}"/>'
                f'<CodeCaisse V="{fund}"/><Ordre V="{rank}"/></Cotisation>'
            )
    before = "".join("".join(gains[name]) for name in ORDER) + "".join(deductions) + "".join(recalls)
    pay.texts["xhl"] = f"{before}\x01{''.join(charges)}"
    return pay.texts["xhl"]


def agent_element(slip: Slip, first: int, last: int) -> str:
    """Agent of a payslip, with his grade and échelon."""
    agent: Agent = slip.made.agent
    kind = slip.now.kind
    children = sum(1 for born in agent.children if born <= first < born + 20 * 365)
    step = slip.made.step(min(last, slip.made.last), month_index(first)) if kind in ON_INDEX else None
    known = slip.made.kept.get("agent")
    # Nothing else of an agent changes: the text of the month before serves again.
    key = (slip.now, step, children, last < agent.nir_since, last < agent.corrected_on)
    if known and known[0] == key:
        return known[1]
    unknown = agent.ntt and last < agent.nir_since
    body = agent.former_nir if agent.former_nir and last < agent.corrected_on else agent.nir
    nir = "" if unknown else f"{body}{nir_key(body)}"
    grade = GRADES[slip.now.net]
    statutory = (
        ""
        if kind == "L"
        else f'<RefNomenStatutaire><Code V="{grade.code}"/><Libelle V="{quoted(grade.label)}"/></RefNomenStatutaire>'
    )
    text = (
        f'<Agent><Civilite V="{"MADAME" if agent.woman else "MONSIEUR"}"/><Nom V="{agent.name}"/>'
        f'<Prenom V="{agent.first_name}"/><Matricule V="00{agent.matricule}"/><NIR V="{nir}"/>'
        f'<Adresse><TypAdr V="1"/><Adr2 V="{quoted(agent.street)}"/><CP V="{places.POSTCODE}"/>'
        f'<Ville V="{places.NAME}"/><CodRes V="0"/></Adresse><NbEnfants V="{children}"/>'
        f'<Statut V="{STATUSES.get(kind, "NON_TITULAIRE")}"/>'
        f'{statutory}<EmploiMetier V="{quoted(slip.made.job.label.upper())}"/>'
        f'<Grade V="{quoted(grade.label) if step else ""}"/><Echelon V="{f"{step.rank + 1:02d}" if step else ""}"/>'
        f'<Indice V="{int(slip.now.index) if slip.now.index else 0}"/>'
        f'<CptBancaire><BIC V="BEFRFRP1XXX"/><IBAN V="{agent.account}"/><TitCpte V="{agent.name[:32]}"/>'
        f"</CptBancaire></Agent>"
    )
    slip.made.kept["agent"] = (key, text)
    return text


def payslip(slip: Slip, month: int, sums: Counter[tuple[object, str]]) -> str:
    """PayeIndivMensuel. sums: what each contract has had since January, which this payslip adds to."""
    first, last = month_bounds(month)
    rates = scale(month // 12, month % 12 + 1)
    pay, made = slip.pay, slip.made
    before, charges = pay_lines(pay, first, rates).split("\x01")
    withheld = [("700", "PRELEVEMENT A LA SOURCE", pay.withheld)] if pay.withheld else []
    if made.agent.number % INSURED_EVERY == 0 and pay.gross > 100_000 and not made.secondary:
        withheld.append(("710", "MUTUELLE", PREMIUM))
    retained = "".join(
        f'<Retenue><Libelle V="{label}"/><Code V="{code}"/><Mt V="{euros(cents)}"/><Ordre V="{900 + rank}"/></Retenue>'
        for rank, (code, label, cents) in enumerate(withheld)
    )
    net = pay.gross - pay.agent + pay.transport
    sums[made, "taxable"] += pay.taxable
    sums[made, "gross"] += pay.gross
    sums[made, "social"] += sum(base.cents for base in pay.bases if base.code == "03")
    overtime = sum(gain.hours for gain in pay.gains)
    hours = sum(span.worked for span in pay.segments)
    percent = round(100 * made.week / made.full_week * made.working(min(last, made.last))[0] / 100, 2)
    nbi = made.nbi if slip.now.kind in "TSNM" else 0
    budget = ""
    if slip.now.service == "DCS":
        budget = '<RepartitionBudget><CodeBudget V="00"/><Taux V="100"/></RepartitionBudget>'
    return (
        f"<PayeIndivMensuel>{agent_element(slip, first, last)}"
        f'<Service V="{quoted(SERVICES[slip.now.service].label.upper())}"/><NBI V="{nbi}"/>'
        f'<QuotiteTrav V="{percent:g}"/>'
        f'<Periode><DateDebut V="{iso(first)}"/><DateFin V="{iso(last)}"/></Periode>'
        f"<Remuneration>{before}{retained}{charges}</Remuneration>"
        f'<NbHeureTotal V="{euros(hours)}"/><NbHeureSup V="{euros(overtime)}"/>'
        f'<MtBrut V="{euros(pay.gross)}"/><MtNet V="{euros(net)}"/>'
        f'<MtNetAPayer V="{euros(net - sum(cents for *_, cents in withheld))}"/>'
        f'<DatePaiement V="{iso(pay_day(month))}"/>'
        f'<MtImposable V="{euros(pay.taxable)}"/><CumulMtImposable V="{euros(sums[made, "taxable"])}"/>'
        f'<CumulMtBrut V="{euros(sums[made, "gross"])}"/><CumulBaseSS V="{euros(sums[made, "social"])}"/>{budget}'
        f"</PayeIndivMensuel>\n"
    )


def address(street: str) -> str:
    """An address of the town."""
    return (
        f'<Adresse><TypAdr V="1"/><Adr2 V="{quoted(street)}"/><CP V="{places.POSTCODE}"/><Ville V="{places.NAME}"/>'
        f'<CodRes V="0"/></Adresse>'
    )


def nomenclature(name: str, description: str, rows: list[str]) -> str:
    """A list of codes and labels."""
    return f'<{name}><Description V="{description}"/>{"".join(rows)}</{name}>\n'


def row(label: str, code: str, more: str = "") -> str:
    """A line of a nomenclature."""
    return f'<Correspondance><Libelle V="{quoted(label)}"/><Code V="{code}"/>{more}</Correspondance>'


def pay_items() -> list[str]:
    """Lines of NomenclatureRubriquePaye: every item of pay with the account that it goes to."""
    found: dict[str, tuple[str, str]] = {}
    for group, accounts in ACCOUNTS.items():
        for item in ITEMS:
            label = BASE_LABELS.get(group, ITEMS[item][2]) if item == "base" else ITEMS[item][2]
            account = TRANSPORT_ACCOUNT if item in OUTSIDE_GROSS else accounts.get(item, accounts[""])
            for late in (False, True):
                named = f"RAPPEL {label}" if late else label
                found[item_code(item, group, late=late)] = (named, f'<CodeNatureSal V="{account}"/>')
    for group in "FL":
        for key in CHARGES:
            code, _, base = key.partition("/")
            number, label, fund = charge_of(code, base, group)
            account = (ELECTED_CHARGE_ACCOUNTS if group == "L" else CHARGE_ACCOUNTS).get(code)
            if account or number not in found:
                nature = f'<CodeNatureEmp V="{account}"/>' if account else ""
                found[number] = (label, f'<CodeCaisse V="{fund}"/>{nature}')
    found["700"] = ("PRELEVEMENT A LA SOURCE", "")
    found["710"] = ("MUTUELLE", "")
    return [row(label, code, more) for code, (label, more) in sorted(found.items())]


PAY_ITEMS = pay_items()


def document(
    budget: Budget,
    establishments: list[Employer],
    month: int,
    slips: list[Slip],
    sums: Counter[tuple[object, str]],
    *,
    again: bool = False,
) -> bytes:
    """The état de paye of a month, in UTF-8. again: the same month exported a second time, to the cent."""
    head = establishments[0]
    note = "<!-- réédition -->" if again else ""
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n{note}<n:DocumentPaye xmlns:n="{NAMESPACE}">\n',
        f'<IdVer V="1.1"/><Annee V="{month // 12}"/><Mois V="{month % 12 + 1:02d}"/>\n'
        f'<Budget><Libelle V="{budget.label}"/><Code V="{budget.code}"/></Budget>\n'
        f'<Employeur><Nom V="{head.name}"/><APE V="{head.activity}"/>{address(TOWN_HALL)}'
        f'<NumUrssaf V="590000000000000000"/><Siret V="{head.siret}"/></Employeur>\n',
    ]
    for establishment in establishments:
        mine = [slip for slip in slips if slip.now.siret == establishment.siret]
        if not mine:
            continue
        parts.append(
            f'<DonneesIndiv><Etablissement><Nom V="{establishment.name}"/><NumUrssaf V="590000000000000000"/>'
            f'{address(TOWN_HALL)}<Siret V="{establishment.siret}"/></Etablissement>\n'
        )
        parts.extend(payslip(slip, month, sums) for slip in sorted(mine, key=lambda one: one.made.agent.matricule))
        parts.append("</DonneesIndiv>\n")
    totals: Counter[tuple[str, str]] = Counter()
    for slip in slips:
        function = SERVICES[slip.now.service].booked
        for account, cents in slip.pay.accounts.items():
            totals[account, function] += cents
    used = sorted({account for account, _ in totals})
    funds = sorted({fund for *_, fund in CHARGES.values()})
    parts += [
        "<Nomenclatures>\n",
        nomenclature("NomenclatureEvtPaye", "Evenements de paye", [row("AUCUN", "000")]),
        nomenclature("NomenclatureRubriquePaye", "Rubriques de paye", PAY_ITEMS),
        nomenclature("NomenclatureCaisse", "Caisses", [row(fund, fund) for fund in funds]),
        nomenclature("NomenclatureBudget", "Budgets", [row(budget.label, budget.code)]),
        nomenclature("NomenclatureNature", "Natures", [row(NATURES[account], account) for account in used]),
        "</Nomenclatures>\n<RepartitionParNature>\n",
        "".join(
            f'<Repartition><Libelle V="{quoted(NATURES[account])}"/><Code V="{account}"/><CodeFonction V="{function}"/>'
            f'<CodeBudget V="{budget.code}"/><Mt V="{euros(cents)}"/></Repartition>\n'
            for (account, function), cents in sorted(totals.items())
            if cents
        ),
        "</RepartitionParNature>\n</n:DocumentPaye>\n",
    ]
    return b"".join([part.encode() for part in parts])
