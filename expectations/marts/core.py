"""The dimensions: complete enough to name what the facts count."""

from great_expectations.expectations.expectation import Expectation

from expectations.common import not_empty, rule, valid_siret
from expectations.marts import mart_suite

WHY_LABELS = "Un code sans libellé ne dit rien à qui lit le tableau."


def _labelled(column: str, regle: str, element: str) -> Expectation:
    """Return the rule that ``column`` is filled; ``element`` is the SQL text naming the row."""
    return rule(
        f"libelle_{column}",
        regle,
        f"select {element} as element from batch where coalesce(trim({column}), '') = ''",
        "warning",
        WHY_LABELS,
    )


SUITES = {
    "dim_budget": mart_suite(
        "dim_budget",
        valid_siret("budget_siret", "Le SIRET de chaque budget a une clé juste"),
        _labelled("budget_label", "Chaque budget a un libellé", "'budget ' || budget_id"),
        rule(
            "budget_avec_document",
            "Chaque budget payé a au moins un document budgétaire",
            "select source_export, 'budget ' || budget_id as element from batch where source_system = 'finance_pes'",
            "warning",
            "Sans document, les crédits et le réalisé de ce budget sont inconnus : demander le BP et le CA ou le CFU.",
        ),
    ),
    "dim_service": mart_suite(
        "dim_service",
        _labelled("service_label", "Chaque service a un libellé", "'service ' || service_id"),
    ),
    "dim_nature": mart_suite(
        "dim_nature",
        not_empty("Il y a des natures", WHY_LABELS),
        _labelled("nature_label", "Chaque nature a un libellé", "'nature ' || nature_id"),
    ),
    "dim_function": mart_suite(
        "dim_function",
        not_empty("Il y a des fonctions", WHY_LABELS),
        _labelled("function_label", "Chaque fonction a un libellé", "'fonction ' || function_id"),
    ),
    "dim_date": mart_suite(
        "dim_date",
        rule(
            "calendrier_complet",
            "Le calendrier couvre tous les mois des lignes de coût",
            """select distinct 'mois ' || month as element from marts.fct_cost_line
            anti join (select distinct month_start_date as month from batch) using (month)""",
            "critical",
            "Un mois absent du calendrier disparaîtrait des graphiques.",
        ),
        rule(
            "feries_connus",
            "Chaque année a au moins dix jours fériés, de 2010 à 2060",
            """select 'exercice ' || exercice as element from batch where exercice between 2010 and 2060
            group by exercice having count(*) filter (where is_public_holiday) < 10""",
            "warning",
            "La France métropolitaine a onze jours fériés, dont deux tombent parfois le même jour (code du travail, "
            "article L. 3133-1).",
        ),
    ),
    "dim_neighbourhood": mart_suite(
        "dim_neighbourhood",
        _labelled("neighbourhood_label", "Chaque secteur a un nom", "neighbourhood_id"),
        rule(
            "validite_ordonnee",
            "Un secteur ne finit pas avant de commencer",
            "select neighbourhood_id as element from batch where valid_to < valid_from",
            "critical",
            "Aucune adresse ne serait dans ce secteur, à aucune date.",
        ),
    ),
    "dim_tiers": mart_suite(
        "dim_tiers",
        rule(
            "particuliers_sans_nom",
            "Un particulier n'a ni nom, ni référence, ni SIRET",
            """select tiers_kind as element from batch
            where tiers_kind = 'person' and (tiers_label <> 'Personne physique' or tiers_siren is not null
                or tiers_siret is not null or tiers_reference_vendor is not null)""",
            "critical",
            "Un particulier n'est suivi que par un pseudonyme (RGPD, articles 4 et 5).",
        ),
        rule(
            "tiers_nomme",
            "Chaque organisation a un nom",
            """select tiers_kind as element from batch
            where tiers_kind = 'organisation' and tiers_label = 'Tiers sans nom'""",
            "warning",
            WHY_LABELS,
        ),
    ),
}
