"""The unions of what the systems say of activity and of its users: the same columns, nothing lost, nothing unknown."""

from expectations.common import rule, suite
from orchestration.lib.home import DBT_PROJECT

# Below this share of the quantity of a measure, what no map knows changes no figure that is read.
UNMAPPED_SHARE = 0.005


def _systems(what: str) -> list[str]:
    """Return the models ``int_<system>__<what>`` of the project."""
    models = (DBT_PROJECT / "models" / "intermediate").glob(f"*/int_*__{what}.sql")
    return sorted(path.stem for path in models if path.parent.name != "conformed")


def _whole(what: str, by: str) -> str:
    """Return the query of the sums by ``by`` that differ between the union and the models of the systems."""
    parts = " union all ".join(f"select {by}, quantity from intermediate.{model}" for model in _systems(what))
    return f"""select 'mesure ou activité ' || coalesce(united.{by}, '') as element
        from (select {by}, count(*) as row_count, sum(quantity) as total from batch group by {by}) as united
        full join (
            select {by}, count(*) as row_count, sum(quantity) as total from ({parts}) group by {by}
        ) as parts on united.{by} is not distinct from parts.{by}
        where united.total is distinct from parts.total or united.row_count is distinct from parts.row_count"""


WHY_WHOLE = "Un système qui ne compterait pas dans l'union disparaîtrait de tous les tableaux sans erreur visible."

SUITES = {
    "int_activity": suite(
        "conformed.int_activity",
        rule(
            "cles_presentes",
            "Chaque ligne d'activité a son jour, sa mesure, sa quantité et son origine",
            """select source_export, source_record from batch
            where activity_date is null or measure_code is null or quantity is null
                or source_system is null or source_export is null or source_record is null""",
            "critical",
            "Sans ces clés une ligne n'entre dans aucun tableau, ou ne peut être remontée à son fichier.",
        ),
        rule(
            "union_entiere",
            "L'union compte toute l'activité de chaque système, ligne à ligne et à l'unité près",
            _whole("activity", "measure_code"),
            "critical",
            WHY_WHOLE,
        ),
        rule(
            "mesure_connue",
            "Chaque mesure est de la liste des mesures (ref_measure)",
            """select source_export, source_record, 'mesure ' || measure_code as element from batch
            where measure_code not in (select measure_code from seeds.ref_measure)""",
            "critical",
            "Une quantité sans unité ne s'additionne à rien.",
        ),
        rule(
            "activite_connue",
            "Chaque activité rattachée est de la liste des activités (ref_activity)",
            """select source_export, source_record, 'activité ' || activity_id as element from batch
            where activity_id not in (select activity_id from seeds.ref_activity)""",
            "critical",
            "Une activité hors liste n'a ni service ni coût complet.",
        ),
        rule(
            "tranches_connues",
            "Les tranches d'âge et de quotient, le sexe et la résidence sont de leurs listes",
            """select source_export, source_record, 'profil' as element from batch
            where age_band_code not in (select age_band_code from seeds.ref_age_band)
                or quotient_band_code not in (select quotient_band_code from seeds.ref_quotient_band)
                or residence_code not in (select residence_code from seeds.ref_residence)
                or sex_code not in ('F', 'M', 'inconnu')""",
            "critical",
            "Une valeur hors liste trahit une donnée personnelle mal réduite à la lecture (date, revenu, adresse).",
        ),
        rule(
            "rattachement_suffisant",
            "Moins de 0,5 % des quantités d'une mesure viennent de lieux ou d'activités sans correspondance",
            f"""select source_system || ', mesure ' || measure_code as element from batch
            group by source_system, measure_code
            having sum(
                case
                    when facility_id is null and source_facility_code is not null or activity_id is null
                        then abs(quantity)
                    else 0
                end
            ) > {UNMAPPED_SHARE} * sum(abs(quantity))""",
            "warning",
            "Ce qui n'est pas rattaché est compté et montré sous son propre code (mart_activity) : complétez la table "
            "de correspondance (seeds/map_<système>__facility.csv).",
        ),
    ),
    "int_service_user": suite(
        "conformed.int_service_user",
        rule(
            "union_entiere",
            "L'union compte tous les usagers de chaque système",
            _whole("user", "activity_id"),
            "critical",
            WHY_WHOLE,
        ),
        rule(
            "pseudonyme_d_une_annee",
            "Un usager n'est suivi que dans une année : un pseudonyme n'a qu'une année",
            """select 'un pseudonyme de plusieurs années' as element from batch
            group by user_pseudonym having count(distinct usage_year) > 1""",
            "critical",
            "Suivre une personne d'une année à l'autre retracerait sa vie : la clé change chaque année (RGPD, art. 5).",
        ),
    ),
}
