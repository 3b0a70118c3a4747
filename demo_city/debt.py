"""The loans of the commune: one a year, repaid by constant capital, so that the debt annex and the mandats say the
same thing.
"""

from dataclasses import dataclass

from demo_city.profile import PRICE_GROWTH, REFERENCE_YEAR
from demo_city.town import Town, random_source

FIRST_LOAN = 1985
LOAN_EUROS_PER_INHABITANT = 92.0


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan taken in `year` and repaid over `duration` years from the next one. Amounts in cents, rate in hundredths
    of a percent.
    """

    number: str
    lender: str
    year: int
    cents: int
    rate: int
    duration: int
    periods: int

    def capital(self, exercice: int) -> int:
        """Capital repaid in an exercice; the last year takes the rounding."""
        rank = exercice - self.year
        if not 1 <= rank <= self.duration:
            return 0
        yearly = self.cents // self.duration
        return self.cents - yearly * (self.duration - 1) if rank == self.duration else yearly

    def closing(self, exercice: int) -> int:
        """Capital still due on 31 December of an exercice."""
        if exercice < self.year:
            return 0
        return self.cents - sum(self.capital(year) for year in range(self.year + 1, exercice + 1))

    def interest(self, exercice: int) -> int:
        """Interest paid in an exercice, on the capital due at its start."""
        return self.closing(exercice - 1) * self.rate // 10_000 if exercice > self.year else 0


def loans(town: Town, until: int) -> list[Loan]:
    """Every loan of the main budget up to an exercice, the newest last."""
    found = []
    for year in range(FIRST_LOAN, until + 1):
        rng = random_source(town.seed, "loan", year)
        euros = LOAN_EUROS_PER_INHABITANT * rng.uniform(0.85, 1.1) * PRICE_GROWTH ** (year - REFERENCE_YEAR)
        rate = rng.randint(290, 420) if year < 2014 or year > 2022 else rng.randint(60, 190)
        found.append(
            Loan(
                number=f"{year}{rng.randint(100, 999)}",
                lender=f"bank{rng.randint(1, 3)}",
                year=year,
                cents=max(1, round(euros * town.inhabitants / 1000)) * 100_000,
                rate=rate,
                duration=rng.choice((15, 18, 20)),
                periods=rng.choice((1, 4, 4)),
            )
        )
    return found
