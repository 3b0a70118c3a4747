"""Beffroi-sur-Lys: an invented commune that writes the exports a real one would, in the true formats, and knows the
true totals.

`write(landing)` fills `landing/finance_pes` and `landing/budget_totem`; README.md says what is invented and how it
scales.
"""

from demo_city.exports import write
from demo_city.profile import FUNCTIONS, NATURES

__all__ = ["FUNCTIONS", "NATURES", "write"]
