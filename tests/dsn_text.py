"""Small DSN as text, for tests: invented agents, SIREN in 999, NIR of month 20 and place 99999."""

from pathlib import Path

TOWN, CCAS = "999001001", "999002009"


def block(name: str, **values: str) -> list[str]:
    """Return the lines of a block: ``block("30", r001="…")`` is one line S21.G00.30.001."""
    full = name if name.startswith("S") else f"S21.G00.{name}"
    return [f"{full}.{rubrique[1:]},'{value}'" for rubrique, value in values.items()]


def agent(number: int, *content: list[str], **values: str) -> list[str]:
    """Return an individual with what it contains; ``number`` makes its NIR and its matricule."""
    identity = {"r001": f"1702099999{number:03}", "r002": "IMAGINAIRE", "r019": f"{number:05}"} | values
    return block("30", **dict(sorted(identity.items()))) + [line for part in content for line in part]


def contract(number: str, *content: list[str], **values: str) -> list[str]:
    """Return a contract of a civil servant with what it contains."""
    terms = {"r001": "01012020", "r002": "10", "r007": "50", "r009": number, "r020": "120"} | values
    return block("40", **dict(sorted(terms.items()))) + [line for part in content for line in part]


def payment(*content: list[str], day: str = "27012026") -> list[str]:
    """Return a payment with what it contains."""
    return block("50", r001=day) + [line for part in content for line in part]


def pay(number: str, amount: str, start: str, end: str, kind: str = "001") -> list[str]:
    """Return the pay of contract ``number`` over a period."""
    return block("51", r001=start, r002=end, r010=number, r011=kind, r013=amount)


def base(code: str, amount: str, *dues: tuple[str, str], **values: str) -> list[str]:
    """Return a base with its contributions, each (code, amount)."""
    found = block("78", **dict(sorted(({"r001": code, "r004": amount} | values).items())))
    return found + [line for due, cost in dues for line in block("81", r001=due, r004=cost)]


def declaration(month: str, built: str, *content: list[str], siren: str = TOWN, nic: str = "00018", **values: str):
    """Return a monthly declaration (01MMAAAA, JJMMAAAA), with what it contains."""
    identity = {"r001": "01", "r002": "01", "r003": "11", "r004": "1", "r005": month, "r007": built} | values
    identity = {rubrique: value for rubrique, value in sorted(identity.items()) if value}
    lines = block("S20.G00.05", **identity) + block("06", r001=siren, r002=nic) + block("11", r001=nic, r017="02")
    return lines + [line for part in content for line in part]


def envoi(*declarations: list[str], norm: str = "P26V01", real: str = "02") -> list[str]:
    """Return an envoi of declarations, with its control counts."""
    lines = block("S10.G00.00", r001="GRH", r005=real, r006=norm, r008="01")
    lines += [line for one in declarations for line in one]
    return lines + block("S90.G00.90", r001=str(len(lines) + 2), r002=str(len(declarations)))


def write(path: Path, *envois: list[str], encoding: str = "cp1252", end: str = "\r\n") -> Path:
    """Write a file of envois and return its path."""
    path.write_bytes("".join(line + end for lines in envois for line in lines).encode(encoding))
    return path
