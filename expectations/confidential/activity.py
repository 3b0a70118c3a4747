"""Activity by public profile: as much as the union says, each profile described."""

from expectations.common import rule, suite
from expectations.marts import no_trace_of_a_person

SUITES = {
    "fct_activity": suite(
        "confidential.fct_activity",
        rule(
            "activite_conservee",
            "Autant de lignes et de quantités que dans l'union, par mesure et par système",
            """select 'mesure ' || coalesce(facts.measure_code, lines.measure_code) as element
            from (
                select source_system, measure_code, count(*) as row_count, sum(quantity) as total from batch
                group by source_system, measure_code
            ) as facts
            full join (
                select source_system, measure_code, count(*) as row_count, sum(quantity) as total
                from intermediate.int_activity group by source_system, measure_code
            ) as lines using (source_system, measure_code)
            where facts.total is distinct from lines.total or facts.row_count is distinct from lines.row_count""",
            "critical",
            "Une ligne perdue ou doublée fausserait tous les coûts unitaires (règle de conservation).",
        ),
        rule(
            "profil_decrit",
            "Chaque profil est décrit dans dim_public_profile",
            """select source_export, source_record, 'profil' as element from batch
            where profile_id not in (select profile_id from confidential.dim_public_profile)""",
            "critical",
            "Une quantité sans profil décrit échappe aux tableaux d'usage.",
        ),
        no_trace_of_a_person("fct_activity"),
    ),
    "dim_public_profile": suite(
        "confidential.dim_public_profile",
        rule(
            "libelles_presents",
            "Chaque tranche et chaque résidence a un libellé",
            """select 'profil sans libellé' as element from batch
            where age_band_label is null or residence_label is null or quotient_band_label is null""",
            "warning",
            "Un code sans libellé ne dit rien à qui lit le tableau.",
        ),
        no_trace_of_a_person("dim_public_profile"),
    ),
}
