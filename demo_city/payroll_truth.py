"""What the payroll files of the town must add up to, for tests: costs, services, people, time, absences, movements."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import lru_cache
from itertools import pairwise

from demo_city.dsn import Employer, Month, Slip
from demo_city.grades import GRADES
from demo_city.payslip import Recall, unpaid_days
from demo_city.staff import KINDS, PERMANENT, Agent, Contract, month_bounds, nir_key
from demo_city.town import Budget, Town
from demo_city.workforce import KITCHEN, SERVICES

FAMILIES = {
    "6411": "gross", "6413": "gross", "6416": "gross", "6417": "gross", "6331": "mobility", "6332": "fnal",
    "6338": "solidarity", "6451": "urssaf", "6453": "pension", "6454": "unemployment", "6336": "cnfpt_cdg",
    "6478": "transport", "65311": "elected_gross", "65313": "elected_pension", "65314": "elected_social",
}  # fmt: skip
# Interns and elected members are neither in the head-count nor in the movements.
UNCOUNTED = "IL"
# Part-time at 80 % is paid six sevenths, at 90 % thirty-two thirty-fifths.
PAID_AGAINST_WORKED = {"80.00": 600 / 7 / 80, "90.00": 3200 / 35 / 90}


@lru_cache(maxsize=64)
def family(account: str) -> str:
    """The family by which payroll and ledger are compared: the longest beginning of an account that is known."""
    return next(FAMILIES[account[:size]] for size in range(len(account), 0, -1) if account[:size] in FAMILIES)


class PayrollTruth:
    """What the payroll files must add up to, and the identities that they hold."""

    def __init__(self, town: Town) -> None:
        """Start with nothing."""
        self.town = town
        self.files: Counter[str] = Counter()
        self.costs: Counter[tuple[str, int, int, str]] = Counter()
        self.accounts: Counter[tuple[str, int, int, str, str]] = Counter()
        self.services: dict[tuple[str, int, str], Counter[str]] = {}
        # For the true cost: cents by budget, exercice, month, family, function booked, service and facility; and gross
        # cents by exercice, month, service and number of the agent.
        self.placed: Counter[tuple[str, int, int, str, str, str, str]] = Counter()
        self.paid: Counter[tuple[int, int, str, int]] = Counter()
        self.heads: list[dict[str, object]] = []
        self.times: dict[tuple[str, int, str], Counter[str]] = {}
        self.away: Counter[tuple[str, int, str, str, str]] = Counter()
        self.moves: Counter[tuple[str, int, str, str, str]] = Counter()
        self.recalled: dict[tuple[str, int, str], Counter[str]] = {}
        self.mishaps: list[dict[str, object]] = []
        self.identities: set[str] = set()

    def month(
        self, budget: Budget, exercice: int, month: int, slips: list[Slip], booked: Counter[tuple[str, str]]
    ) -> None:
        """Count the payslips of a month, and what they book by function and account."""
        first, last = month_bounds(month)
        length = last - first + 1
        for (function, account), cents in booked.items():
            self.costs[budget.budget_id, exercice, month % 12 + 1, family(account)] += cents
            self.accounts[budget.budget_id, exercice, month % 12 + 1, account, function] += cents
        sums: dict[tuple[str, bool], list[int]] = {}
        for slip in slips:
            self.place(budget, exercice, month % 12 + 1, slip)
            made, pay, now = slip.made, slip.pay, slip.now
            cost = sums.setdefault((now.service, now.kind == "L"), [0] * 5)
            cost[0] += pay.gross
            cost[1] += pay.employer
            cost[2] += pay.transport
            cost[3] += pay.cnfpt + pay.cdg
            cost[4] += 1
            if made.active(first, last):
                self.working_time(budget, exercice, slip, first, last, length)
            if now.number not in self.identities or made.agent.nir not in self.identities:
                self.identify(slip)
        for (service, elected), found in sums.items():
            names = [f"elected_{name}" if elected else name for name in ("gross_cents", "employer_cents")]
            cost = self.services.setdefault((budget.budget_id, exercice, service), Counter())
            cost.update(dict(zip([*names, "transport_cents", "cnfpt_cdg_cents", "payslips"], found, strict=True)))

    def place(self, budget: Budget, exercice: int, month: int, slip: Slip) -> None:
        """Add what a payslip costs where its agent works; a SIRET for a site is that of the kitchen."""
        service = SERVICES[slip.now.service]
        where = (service.booked, service.code, KITCHEN if slip.now.site.isdigit() else slip.now.site)
        for account, cents in slip.pay.accounts.items():
            self.placed[budget.budget_id, exercice, month, family(account), *where] += cents
        self.paid[exercice, month, service.code, slip.made.agent.number] += slip.pay.gross

    def working_time(self, budget: Budget, exercice: int, slip: Slip, first: int, last: int, length: int) -> None:
        """Add a contract-month to ETPT (declared quota × days present) and ETPR (paid quota × days present)."""
        made, now = slip.made, slip.now
        start, end = max(made.start, first), min(made.last, last)
        present = end - start + 1 - unpaid_days(made, start, end)
        quota = now.share
        paid = quota * PAID_AGAINST_WORKED.get(now.rate, 1.0)
        time = self.times.setdefault((budget.budget_id, exercice, KINDS[now.kind]), Counter())
        time["etpt"] += quota * present / length / 12  # type: ignore[assignment]
        time["etpr"] += paid * present / length / 12  # type: ignore[assignment]
        if now.kind == "H":
            time["hours_hundredths"] += sum(span.worked for span in slip.pay.segments)
        if last == date(exercice, 12, 31).toordinal() and made.active(last, last):
            time["etp_on_31_12"] += quota  # type: ignore[assignment]

    def identify(self, slip: Slip) -> None:
        """Remember what identifies the agent of a payslip that was declared."""
        agent = slip.made.agent
        self.identities |= {agent.surname, agent.street, agent.matricule, agent.nir, slip.now.number}
        self.identities |= {found for found in (agent.usage, agent.ntt, agent.former_nir) if found}

    def exported(self, slips: list[Slip]) -> None:
        """Remember what only the XHL says: the key of the NIR and the account."""
        for slip in slips:
            agent: Agent = slip.made.agent
            known = [nir for nir in (agent.nir, agent.former_nir) if nir]
            self.identities |= {agent.account, *(f"{nir}{nir_key(nir)}" for nir in known)}

    def recalls(self, employer: str, month: int, recalls: list[Recall]) -> None:
        """Count the recalls of a payslip: gross by kind, and how far back the oldest goes."""
        budget_id = self.town.budgets[employer].budget_id
        for one in recalls:
            row = self.recalled.setdefault((budget_id, month // 12, one.kind), Counter())
            row["recalls"] += 1
            row["gross_cents"] += sum(gain.cents for gain in one.gains)
            row["oldest_months"] = max(row["oldest_months"], month - one.month)
            row["of_former_years"] += one.month // 12 < month // 12

    def mishap(self, kind: str, file: str, declared: Month, by: str = "") -> None:
        """Remember a file that must not be counted twice, or comes late."""
        year, zero = divmod(declared.month, 12)
        row = {"kind": kind, "file": file, "employer": declared.employer, "exercice": year, "month": zero + 1}
        self.mishaps.append(row | ({"other": by} if by else {}))

    def year(self, budget: Budget, exercice: int, listed: list[Contract], december: list[Slip]) -> None:
        """Head-count of 31 December, absences and movements of the year."""
        first, last = date(exercice, 1, 1).toordinal(), date(exercice, 12, 31).toordinal()
        people: dict[Agent, Slip] = {}
        for slip in december:
            if slip.made.active(last, last) and slip.now.kind not in UNCOUNTED:
                known = people.get(slip.made.agent)
                if known is None or known.made.week < slip.made.week:
                    people[slip.made.agent] = slip
        rows: Counter[tuple[str, str, str, str, bool, bool]] = Counter()
        for agent, slip in people.items():
            suspended = any(start <= last <= end for _, start, end in slip.made.suspensions)
            rows[
                slip.now.service, GRADES[slip.now.net].category, "02" if agent.woman else "01", KINDS[slip.now.kind],
                slip.now.kind in PERMANENT, suspended,
            ] += 1  # fmt: skip
        names = ("service", "category", "sex", "status", "permanent", "suspended")
        for key, count in sorted(rows.items()):
            self.heads.append(
                {
                    "budget_id": budget.budget_id,
                    "exercice": exercice,
                    **dict(zip(names, key, strict=True)),
                    "agents": count,
                }
            )
        for made in listed:
            if not made.secondary:  # the absences of an agent are declared under both of his contracts
                self.absences(budget, exercice, made, first, last)
            self.movements(budget, exercice, made, first, last)

    def absences(self, budget: Budget, exercice: int, made: Contract, first: int, last: int) -> None:
        """Calendar days of a contract's absences and suspensions in the year, and how many started before its end."""
        spells = [("60", one.motive, one.start, one.end) for one in made.absences]
        spells += [("65", motive, start, end) for motive, start, end in made.suspensions]
        for block, motive, start, end in spells:
            days = min(end, last) - max(start, first) + 1
            if days > 0 and made.active(first, last):
                key = (budget.budget_id, exercice, block, motive)
                self.away[(*key, "days")] += days
                self.away[(*key, "spells")] += 1

    def movements(self, budget: Budget, exercice: int, made: Contract, first: int, last: int) -> None:
        """Arrivals of agents who had no contract the day before (returns: of those who had one earlier), ends of
        contracts by motive, moves to another site or service. The second contract of an agent is left out.
        """
        kind = made.kind(made.start)
        if kind in UNCOUNTED or made.secondary:
            return
        others = [one for one in made.agent.contracts if one is not made]
        key = (budget.budget_id, exercice)
        if first <= made.start <= last and not any(one.active(made.start - 1, made.start - 1) for one in others):
            returning = any(one.start < made.start for one in others)
            self.moves[(*key, "return" if returning else "arrival", KINDS[kind], "")] += 1
        if made.end and first <= made.end <= last:
            self.moves[(*key, "departure", KINDS[made.kind(made.end)], made.motive)] += 1
        for (_, service, _), (day, following, _) in pairwise(made.postings):
            if first <= day <= last and made.active(day, day):
                what = "site" if service == following else "service"
                self.moves[(*key, "internal_move", KINDS[made.kind(day)], what)] += 1

    def content(self, establishments: dict[str, list[Employer]]) -> dict[str, object]:
        """Everything as rows ready for JSON; money in whole cents, time in full-time equivalents."""
        return {
            "employers": [
                {
                    "employer": employer,
                    "budget_id": self.town.budgets[employer].budget_id,
                    "siren": listed[0].siret[:9],
                    "sirets": [one.siret for one in listed],
                }
                for employer, listed in establishments.items()
            ],
            "costs": rows(self.costs, ("budget_id", "exercice", "month", "family"), "amount_cents"),
            "accounts": rows(
                self.accounts, ("budget_id", "exercice", "month", "account", "booked_function"), "amount_cents"
            ),
            "services": [
                {
                    "budget_id": budget_id, "exercice": exercice, "service": service,
                    "booked_function": SERVICES[service].booked, **dict(sorted(cost.items())),
                    "total_cents": sum(
                        cost[name] for name in ("gross_cents", "employer_cents", "transport_cents")
                    ),
                }
                for (budget_id, exercice, service), cost in sorted(self.services.items())
            ],
            "headcount": self.heads,
            "working_time": [
                {
                    "budget_id": budget_id, "exercice": exercice, "status": status,
                    **{name: round(value, 4) for name, value in sorted(time.items())},
                }
                for (budget_id, exercice, status), time in sorted(self.times.items())
            ],
            "absences": rows(self.away, ("budget_id", "exercice", "block", "motive", "measure"), "amount"),
            "movements": rows(self.moves, ("budget_id", "exercice", "movement", "status", "motive"), "agents"),
            "recalls": [
                {"budget_id": budget_id, "exercice": exercice, "kind": kind, **dict(sorted(row.items()))}
                for (budget_id, exercice, kind), row in sorted(self.recalled.items())
            ],
            "mishaps": self.mishaps,
        }  # fmt: skip


def rows(counted: Counter, names: tuple[str, ...], measure: str) -> list[dict[str, object]]:
    """Rows of a counter whose keys are tuples of these names."""
    return [dict(zip(names, key, strict=True)) | {measure: amount} for key, amount in sorted(counted.items())]
