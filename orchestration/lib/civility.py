"""Labels that give a natural person away: a civility, or a word of family and succession, where a thing or an
organisation is meant to be named.
"""

import re

from orchestration.lib.tables import normalised

CIVILITY = re.compile(
    r"\b(m|mr|mme|mlle|monsieur|madame|mademoiselle|dr|me|epoux|epouse|cts|consorts|veuve|vve|legs|leg|don|donation|"
    r"succession|indivision|heritiers)\b"
)


def has_civility(label: str | None) -> bool:
    """Say whether a label holds a word that announces a person's name, whatever its accents and capitals."""
    return CIVILITY.search(normalised(label).replace("_", " ")) is not None
