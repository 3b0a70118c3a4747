"""The same job written by hand, to measure what the platform costs: lxml, then the marts' own SQL in one connection.

``python benchmarks/plain.py LANDING DATABASE MANIFEST`` reads every PES flow and budget document of LANDING into
``raw.*`` tables, then runs the compiled SQL of the dbt models in the order of their references. DATABASE is to be named
``warehouse.duckdb``, as the compiled SQL names that catalog. No register, no guard, no test, no history, no refusal: a
file that surprises it stops it.
"""

import csv
import hashlib
import hmac
import json
import runpy
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb
import pandas as pd
from lxml import etree

PROJECT = Path(__file__).resolve().parents[1]
TOTEM = "{http://www.minefi.gouv.fr/cp/demat/docbudgetaire}"
PERSON_FORMS = {"01", "02"}
SECRETS = ("id_tiers", "ref_tiers", "nom")
TEXTS = ("obj_ligne_pce", "facture", "lib_vir1", "lib_vir2")


def columns_by_element(system):
    """Return table -> {element name: column} and table -> all columns, from fields.csv."""
    tables, columns = {}, {}
    with (PROJECT / "orchestration/defs" / system / "fields.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            names = tables.setdefault(row["table"], {})
            columns.setdefault(row["table"], []).append(row["column"])
            for name in row["path"].rsplit("/", 1)[-1].split("|"):
                names[name] = row["column"]
    return tables, columns


def values(element, names):
    """Return column -> value for all known descendants of ``element``."""
    return {
        names[name]: leaf.get("V")
        for leaf in element.iter()
        if isinstance(leaf.tag, str) and (name := leaf.tag.rpartition("}")[2]) in names and leaf.get("V")
    }


def read_pes(path, export, names, rows):
    """Append the rows of one flow to ``rows``."""
    root = etree.parse(str(path), etree.XMLParser(huge_tree=True)).getroot()
    header = {}
    for part in ("Enveloppe", "EnTetePES"):
        if (element := root.find(part)) is not None:
            header |= values(element, names["bordereau"])
    if root.tag.endswith("PES_ACQUIT"):
        for rank, element in enumerate(root.iter("ElementACQUIT"), start=1):
            rows["acquit"].append(header | values(element, names["acquit"]) | place(export, f"ACQUIT[{rank}]"))
        return
    if root.tag.endswith("PES_Retour"):
        for domain in root:
            for b, bordereau in enumerate(domain.findall("Bordereau"), start=1):
                key = header | values(bordereau.find("BlocBordereau"), names["retour"])
                for p, piece in enumerate(bordereau.findall("Piece"), start=1):
                    for n, line in enumerate(piece.findall("LigneDePiece"), start=1):
                        row = key | values(piece.find("InfoPiece"), names["retour"]) | values(line, names["retour"])
                        row["domain"] = domain.tag[4]
                        rows["retour"].append(row | place(export, f"{domain.tag}/B[{b}]/P[{p}]/L[{n}]"))
        return
    bordereau_rank = piece_rank = 0
    for domain in (root.find("PES_DepenseAller"), root.find("PES_RecetteAller")):
        for b, bordereau in enumerate(() if domain is None else domain.findall("Bordereau"), start=1):
            bordereau_rank += 1
            ranks = {"bordereau_rank": str(bordereau_rank)}
            where = f"{domain.tag}/Bordereau[{b}]"
            rows["bordereau"].append(
                header
                | values(bordereau.find("BlocBordereau"), names["bordereau"])
                | {"domain": domain.tag[4]}
                | ranks
                | place(export, where)
            )
            for p, piece in enumerate(bordereau.findall("Piece"), start=1):
                piece_rank += 1
                ranks["piece_rank"] = str(piece_rank)
                lines = piece.findall("LigneDePiece")
                row = values(piece.find("BlocPiece"), names["piece"])
                for n, line in enumerate(lines, start=1):
                    found = values(line.find("BlocLignePiece"), names["ligne"])
                    named = read_tiers(line.findall("Tiers"), found, names["ligne"])
                    if named:
                        row.pop("obj", None)
                    rows["ligne"].append(found | ranks | place(export, f"{where}/Piece[{p}]/LigneDePiece[{n}]"))
                rows["piece"].append(row | ranks | place(export, f"{where}/Piece[{p}]"))


def read_tiers(tiers, row, names):
    """Add the main tiers to ``row``; return whether it is a person, whose name and texts are then left out."""
    row["tiers_count"], row["is_person"] = str(len(tiers)), "false"
    if not tiers:
        return False
    infos = [values(t.find("InfoTiers"), names | {"Prenom": "prenom", "Civilite": "civilite"}) for t in tiers]
    main = next((info for info in infos if info.get("typ_tiers") == "01"), infos[0])
    person = main.get("cat_tiers") == "01" or main.get("nat_jur") in PERSON_FORMS or "prenom" in main
    if person:
        identity = main.get("ref_tiers") or main.get("id_tiers") or main.get("nom", "")
        main["tiers_pseudonym"] = hmac.new(b"k" * 32, identity.encode(), hashlib.sha256).hexdigest()[:32]
        for column in SECRETS:
            main.pop(column, None)
        for column in TEXTS:
            row.pop(column, None)
        row["is_person"] = "true"
    row |= {column: value for column, value in main.items() if column not in ("prenom", "civilite")}
    return person


def read_totem(path, export, names, rows):
    """Append the rows of one budget document to ``rows``."""
    root = etree.parse(str(path)).getroot()
    document = next(root.iter(TOTEM + "DocumentBudgetaire"))
    budget = document.find(TOTEM + "Budget")
    head = {"root_element": etree.QName(root).localname} | place(export, "DocumentBudgetaire")
    for part in (document.find(TOTEM + "EnTeteDocBudgetaire"), *budget[:2]):
        head |= values(part, names["document"])
    if (seal := document.find(TOTEM + "Scellement")) is not None:
        head["scellement_date"] = seal.get("date")
    rows["document"].append(head)
    for rank, info in enumerate(budget.iter(TOTEM + "Information"), start=1):
        rows["information"].append(
            {"code": info.get("Code"), "value": info.get("V")} | place(export, f"Information[{rank}]")
        )
    for rank, line in enumerate(budget.findall(TOTEM + "LigneBudget"), start=1):
        row = values(line, names["ligne"]) | {"calculated": line.get("calculated")}
        for extra in line.findall(TOTEM + "CaracSup"):
            if extra.get("Code") == "Section":
                row["carac_sup_section"] = extra.get("V")
        rows["ligne"].append(row | place(export, f"LigneBudget[{rank}]"))
    for table in ("concours", "personnel", "emprunt", "patrimoine", "apcp", "consolidation"):
        for rank, element in enumerate(budget.iter(TOTEM + table.upper()), start=1):
            row = values(element, names[table])
            if table == "concours" and row.get("cod_nat_jur_benef_ca", "P3") == "P3":
                row = {column: row[column] for column in ("mt_subv", "cod_nat_jur_benef_ca") if column in row}
            rows[table].append(row | place(export, f"{table}[{rank}]"))


def place(export, record):
    """Return the two columns that say where a row comes from."""
    return {"source_export": export, "source_record": record}


def land(connection, landing):
    """Read every file of the drop folder into raw tables; one table in memory at a time is not attempted."""
    readers = {"finance_pes": read_pes, "budget_totem": read_totem}
    for system in sorted(folder.parent.name for folder in (PROJECT / "orchestration" / "defs").glob("*/fields.csv")):
        read = readers.get(system)  # the other systems send nothing: their tables are empty
        names, columns = columns_by_element(system)
        rows = {table: [] for table in names}
        seen = set()
        for path in sorted((landing / system).rglob("*.xml")) if read else []:
            export = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
            if export not in seen:
                seen.add(export)
                read(path, export, names, rows)
        for table, listed in columns.items():
            frame = pd.DataFrame(rows[table], columns=listed, dtype=object)  # noqa: F841
            typed = ", ".join(f"cast({column} as varchar) as {column}" for column in listed)
            connection.execute(f"create table raw.{system}__{table} as select {typed} from frame")
            rows[table] = []


class Dbt:
    """What a Python model asks of dbt: tables, and its settings."""

    def __init__(self, connection, schemas, settings):
        """Take what there is."""
        self._connection, self._schemas, self.config = connection, schemas, Settings(settings)

    def ref(self, name):
        """Return the table of a model or seed."""
        return self._connection.table(f"{self._schemas[name]}.{name}")


class Settings(dict):
    """Settings of a model, which it may call to set others."""

    def __call__(self, **others):
        """Set others."""
        self.update(others)


def python_model(connection, node, schemas):
    """Return the frame that a Python model makes."""
    scope = runpy.run_path(str(PROJECT / "dbt_project" / node["original_file_path"]))
    return scope["model"](Dbt(connection, schemas, node["config"]), connection)


def build(connection, manifest):
    """Run the compiled SQL of seeds and models in the order of their references."""
    nodes = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] in ("seed", "model")}
    order = TopologicalSorter(
        {
            key: [parent for parent in node["depends_on"].get("nodes", []) if parent in nodes]
            for key, node in nodes.items()
        }
    )
    for key in order.static_order():
        node = nodes[key]
        name = f"{node['schema']}.{node['name']}"
        if node["resource_type"] == "seed":
            path = PROJECT / "dbt_project" / node["original_file_path"]
            types = node["config"]["column_types"]
            listed = ", ".join(f"'{column}': '{kind}'" for column, kind in types.items())
            typed = f", types = {{{listed}}}" if types else ""
            connection.execute(f"create table {name} as from read_csv('{path}', header = true{typed})")
        elif node["language"] == "python":
            made = python_model(connection, node, {one["name"]: one["schema"] for one in nodes.values()})  # noqa: F841
            connection.execute(f"create table {name} as from made")
        else:
            compiled = (Path(manifest["compiled_root"]) / node["path"]).read_text()
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            connection.execute(f"create {kind} {name} as {compiled}")


def main(landing, database, manifest_path):
    """Do the whole job; prints nothing."""
    manifest = json.loads(manifest_path.read_text())
    manifest["compiled_root"] = manifest_path.parent / "compiled" / "beffroi" / "models"
    with duckdb.connect(str(database)) as connection:
        for schema in ("raw", "seeds", "staging", "intermediate", "confidential", "marts"):
            connection.execute(f"create schema {schema}")
        from orchestration.lib.warehouse import EXPORT_COLUMNS

        connection.execute(f"create table raw.register__export ({EXPORT_COLUMNS})")
        land(connection, landing)
        build(connection, manifest)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
