"""What the pages of the true cost name: every rule and key that moved a euro has its label, owner and evidence."""

from expectations.common import rule
from expectations.marts import mart_suite

SUITES = {
    "dim_ledger_rule": mart_suite(
        "dim_ledger_rule",
        rule(
            "regles_decrites",
            "Chaque règle qui a placé une ligne du grand livre est décrite",
            """select 'règle ' || rule_id as element, sum(abs(amount_eur)) as amount_eur from marts.fct_cost_line
            where rule_id not in (select rule_id from batch) group by rule_id""",
            "critical",
            "Un montant qu'aucune règle nommée n'explique ne peut pas être présenté au conseil municipal.",
        ),
    ),
    "dim_allocation_key": mart_suite(
        "dim_allocation_key",
        rule(
            "cles_decrites",
            "Chaque clé qui a réparti un service support est décrite pour l'exercice",
            """select 'clé ' || edge.allocation_key_id || ', exercice ' || edge.exercice as element,
                sum(abs(edge.amount_eur)) as amount_eur
            from marts.fct_cost_allocation as edge
            left join batch as described
                on edge.allocation_key_id = described.key_id
                and edge.from_service_id = described.service_id
                and make_date(edge.exercice, 12, 31) between described.valid_from
                    and coalesce(described.valid_to, date '9999-12-31')
            where edge.allocation_stage = 'auxiliary' and edge.allocation_key_id is not null
                and described.key_id is null
            group by edge.allocation_key_id, edge.exercice""",
            "critical",
            "Une clé sans responsable ni justificatif ne se défend ni devant la chambre régionale des comptes, ni "
            "devant un service.",
        ),
    ),
}
