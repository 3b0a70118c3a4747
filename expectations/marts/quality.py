"""The register published: what arrived, what is late, what was refused."""

from expectations.common import rule
from expectations.marts import mart_suite

SUITES = {
    "fct_export": mart_suite(
        "fct_export",
        rule(
            "systeme_a_jour",
            "Le dernier export de chaque système est arrivé à temps",
            """select source_export, source_record, 'système ' || source_system as element from batch
            where is_last_accepted and late_after < current_date""",
            "warning",
            "La cadence et la tolérance sont celles convenues avec le service (defs.yaml) : au-delà, les chiffres "
            "vieillissent sans le dire.",
        ),
        rule(
            "aucun_refus_en_attente",
            "Aucun refus n'attend d'être corrigé",
            """select source_export, source_record, 'système ' || refused.source_system as element
            from batch as refused
            where not refused.is_accepted and not exists (
                select 1 from batch as accepted
                where accepted.is_accepted and accepted.source_system = refused.source_system
                    and accepted.file_name = refused.file_name and accepted.received_at > refused.received_at
            )""",
            "warning",
            "Un fichier refusé puis redéposé corrigé, sous le même nom, n'est plus signalé.",
        ),
    ),
    "mart_unmapped_code": mart_suite(
        "mart_unmapped_code",
        rule(
            "lieux_complets",
            "Les lieux non rattachés sont tous là : autant de quantités que l'activité sans équipement",
            """select 'mesure ' || coalesce(shown.unit_code, known.unit_code) as element
            from (select unit_code, sum(quantity) as total from batch where code_kind = 'Lieu' group by all) as shown
            full join (
                select measure_code as unit_code, sum(quantity) as total from intermediate.int_activity
                where facility_id is null and source_facility_code is not null group by all
            ) as known using (unit_code)
            where shown.total is distinct from known.total""",
            "critical",
            "Ce qui n'est pas rattaché doit se voir tant que la table de correspondance n'est pas complétée.",
        ),
    ),
}
