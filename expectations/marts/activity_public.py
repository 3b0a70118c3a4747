"""Who uses what: no cell that can be read, subtracted, or found by comparing two published tables; conservation.

A town publishes the same users under several breakdowns, places and indices: each rule is one way to compare them.
"""

import yaml
from great_expectations.expectations.expectation import Expectation

from expectations.common import rule
from expectations.marts import mart_suite
from orchestration.lib.home import DBT_PROJECT

VARS = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
K, K_INCOME = VARS.get("k_users", 5), VARS.get("k_income", 11)
WHY_SECRET = (
    f"Moins de {K} usagers ({K_INCOME} pour une tranche de quotient), ou un usager qui pèse plus de 85 % : le chiffre "
    "serait celui d'une personne (secret statistique, usage de l'Insee ; RGPD, article 5)."
)
ROW = "'année ' || usage_year || ', activité ' || activity_id"
CELL = f"{ROW} || ', ' || breakdown || ' ' || coalesce(group_code || ' / ', '') || category_code"
PLACE = f"{ROW} || ', lieu ' || facility_code || ', ' || dimension"
# The cell that each breakdown cuts, as (breakdown, category) of a published row.
PARENTS = """case breakdown when 'quartier' then 'residence' when 'iris' then 'quartier' when 'qpv' then 'quartier'
    else 'total' end as parent_breakdown,
    case breakdown when 'quartier' then 'commune' when 'iris' then group_code when 'qpv' then group_code
    else 'total' end as parent_category"""
# One row per published partition, with the cell that it cuts.
PARTITIONS = f"""(
    select parts.*, parents.user_count as parent_count, parents.quantity as parent_quantity,
        parents.secrecy_status as parent_status
    from (
        select usage_year, activity_id, breakdown, group_code, {PARENTS},
            case breakdown when 'quotient_band' then {K_INCOME} else {K} end as k,
            count(*) filter (where secrecy_status <> 'V') as hidden_count,
            count(*) filter (where secrecy_status = 'V' and user_count > 0) as filled_count,
            coalesce(sum(user_count), 0) as shown_count, coalesce(sum(quantity), 0) as shown_quantity
        from batch where source_system is null and breakdown <> 'total'
        group by usage_year, activity_id, breakdown, group_code
    ) as parts
    left join batch as parents on parents.usage_year = parts.usage_year
        and parents.activity_id = parts.activity_id and parents.source_system is null
        and parents.breakdown = parts.parent_breakdown and parents.category_code = parts.parent_category
)"""
PARTITION = f"{ROW} || ', ' || breakdown || coalesce(' de ' || group_code, '')"
PIECES = """(
    select usage_year, activity_id, quartier_code as group_code, min(users) as fewest, max(weight) as heaviest
    from (
        select usage_year, activity_id, quartier_code, count(*) as users, max(quantity) / sum(quantity) as weight
        from intermediate.int_activity_user where residence_code = 'commune'
        group by usage_year, activity_id, quartier_code, iris_code, qpv_code
    ) group by usage_year, activity_id, quartier_code
)"""


def hidden_is_empty(element: str, measures: tuple[str, ...]) -> Expectation:
    """Return the rule that a hidden cell has none of its ``measures``; ``element`` names the row."""
    filled = " or ".join(f"{measure} is not null" for measure in measures)
    return rule(
        "secret_sans_chiffre",
        "Une case couverte par le secret n'a aucun chiffre, ni taux ni population",
        f"select {element} as element from batch where secrecy_status <> 'V' and ({filled})",
        "critical",
        f"{WHY_SECRET} La population est publique : un taux de couverture rendrait l'effectif.",
    )


def enough_users(element: str, kind: str) -> Expectation:
    """Return the rule that no shown cell has from 1 to k - 1 users; ``kind`` is the column that says what is cut."""
    return rule(
        "secret_effectif_minimal",
        f"Aucune case publiée ne compte de 1 à {K - 1} usagers, ni de 1 à {K_INCOME - 1} dans une tranche de quotient",
        f"""select {element} as element from batch
        where user_count between 1 and case {kind} when 'quotient_band' then {K_INCOME - 1} else {K - 1} end""",
        "critical",
        WHY_SECRET,
    )


REACH = [
    hidden_is_empty(
        CELL, ("user_count", "quantity", "measure_code", "population", "population_year", "coverage_share")
    ),
    enough_users(CELL, "breakdown"),
    rule(
        "secret_par_difference",
        "Ce qu'un total publié laisse aux cases secrètes fait au moins le minimum d'usagers, et jamais une seule case",
        f"""select {PARTITION} as element from {PARTITIONS}
        where parent_status = 'V' and hidden_count > 0 and (hidden_count = 1 or parent_count - shown_count < k)""",
        "critical",
        WHY_SECRET,
    ),
    rule(
        "secret_sans_detail",
        "Une case secrète n'est pas détaillée, et un total trop petit pour le quotient ne l'est pas par tranche",
        f"""select {PARTITION} as element from {PARTITIONS}
        where parent_status is distinct from 'V' or (parent_count between 1 and k - 1)""",
        "critical",
        f"Que des lignes existent dirait déjà où sont ces quelques usagers. {WHY_SECRET}",
    ),
    rule(
        "secret_iris_et_qpv",
        "Là où IRIS et quartiers prioritaires se croisent, aucun morceau de territoire ne sort par différence",
        f"""select {ROW} || ', quartier ' || group_code as element from (
            select usage_year, activity_id, group_code,
                sum(filled_count) filter (where breakdown = 'iris') as shown_iris,
                sum(filled_count + hidden_count) filter (where breakdown = 'iris') as iris,
                sum(filled_count + hidden_count) filter (where breakdown = 'qpv') as qpv,
                sum(hidden_count) as hidden_count
            from {PARTITIONS} where breakdown in ('iris', 'qpv') group by usage_year, activity_id, group_code
        )
        join {PIECES} as pieces using (usage_year, activity_id, group_code)
        where iris > 1 and qpv > 1 and shown_iris > 0
            and (hidden_count > 0 or fewest < {K} or heaviest > 0.85)""",
        "critical",
        f"Les contours sont publics : un IRIS moins le quartier prioritaire qui le recouvre est un lieu. {WHY_SECRET}",
    ),
    rule(
        "secret_entre_activites",
        f"L'ensemble d'un logiciel ne révèle ni une activité secrète, ni de 1 à {K - 1} usagers à part",
        f"""select element from (with uses as (
            select distinct usage_year, source_system, user_pseudonym, coalesce(activity_id, 'inconnu') as activity_id
            from intermediate.int_service_user where quantity > 0
        ), activities as (
            select uses.usage_year, uses.source_system, uses.activity_id, count(*) as users,
                max(batch.secrecy_status) as status
            from uses left join batch on batch.usage_year = uses.usage_year and batch.activity_id = uses.activity_id
                and batch.breakdown = 'total'
            group by uses.usage_year, uses.source_system, uses.activity_id
        )
        select 'année ' || usage_year || ', ' || source_system as element from (
            select batch.usage_year, batch.source_system, batch.user_count, sum(users) - batch.user_count as twice,
                min(batch.user_count - users) filter (where batch.user_count > users) as others,
                count(*) filter (where status is distinct from 'V') as hidden_count
            from batch join activities on batch.usage_year = activities.usage_year
                and batch.source_system = activities.source_system
            where batch.secrecy_status = 'V' group by batch.usage_year, batch.source_system, batch.user_count
        ) where hidden_count > 0 or others < {K} or twice between 1 and {K - 1})""",
        "critical",
        WHY_SECRET,
    ),
    rule(
        "usagers_conserves",
        "Les usagers publiés d'une activité sont les pseudonymes distincts de ceux qui l'ont utilisée dans l'année",
        f"""select {ROW} as element from (
            select usage_year, activity_id, user_count, quantity from batch
            where breakdown = 'total' and source_system is null
        ) as published
        full join (
            select usage_year, coalesce(activity_id, 'inconnu') as activity_id,
                count(distinct user_pseudonym) as users, sum(quantity) as used
            from intermediate.int_service_user where quantity > 0 group by all
        ) as known using (usage_year, activity_id)
        where users is null or coalesce(user_count <> users or quantity <> used, published.activity_id is null)""",
        "critical",
        "Recompté depuis les usages, sans passer par les découpages : personne n'est perdu ni compté deux fois.",
    ),
    rule(
        "categories_au_meme_total",
        "Les catégories d'un découpage sans secret font le total qu'elles découpent, en usagers et en quantité",
        f"""select {PARTITION} as element from {PARTITIONS}
        where parent_status = 'V' and hidden_count = 0
            and (shown_count <> parent_count or shown_quantity <> parent_quantity)""",
        "critical",
        "Chacun est dans une catégorie et une seule : celle de son plus grand usage.",
    ),
    rule(
        "couverture_exacte",
        "Le taux de couverture est celui des usagers et de la population publiés",
        f"""select {CELL} as element from batch
        where population > 0 and abs(coalesce(coverage_share, -1) - user_count / population) > 0.0001""",
        "critical",
        "Un taux calculé sur autre chose que ce qui est montré rendrait ce qui est caché. Tolérance : l'arrondi.",
    ),
    rule(
        "couverture_plausible",
        "Les usagers d'un quartier ou d'un IRIS ne sont pas plus nombreux que ses habitants des âges visés",
        f"""select {CELL} as element from batch
        where breakdown in ('residence', 'quartier', 'iris') and coverage_share > 1""",
        "warning",
        "Au-delà, les contours, le recensement (deux à trois ans de retard) ou les âges visés (ref_activity_target) ne "
        "sont pas ceux du public.",
    ),
]

INDICES = ("simpson_diversity_share", "entropy_share", "dissimilarity_share", "segregation_share", "compared_share")
# What the indices of a place would give away, category by category: those that the reach hides are masque, those of
# fewer than k users together with the next one. Of an activity whose users are all alike the reach has said everything.
GIVEN_AWAY = f"""known_cells as (
    select people.usage_year, people.activity_id, people.dimension, people.facility_code,
        case when reach.secrecy_status = 'V' then people.category_code else 'masque' end as category_code,
        case people.dimension when 'quotient_band' then {K_INCOME} else {K} end as k, count(*) as users
    from (
        unpivot (
            select usage_year, activity_id, facility_code, age_band_code as age_band, sex_code as sex,
                quotient_band_code as quotient_band,
                case residence_code when 'commune' then quartier_code else residence_code end as quartier
            from intermediate.int_activity_user
        ) on age_band, sex, quotient_band, quartier into name dimension value category_code
    ) as people
    left join marts.mart_public_reach as reach on reach.usage_year = people.usage_year
        and reach.activity_id = people.activity_id and reach.category_code = people.category_code
        and reach.breakdown = case when people.dimension = 'quartier' and people.category_code
            in ('hors_commune', 'inconnu') then 'residence' else people.dimension end
    group by all
), sized as (
    select *, min(users) over of_place < k as has_few,
        min(category_code) over of_whole < max(category_code) over of_whole as is_cut,
        row_number() over (of_place order by users, category_code) as size_rank,
        coalesce(sum(users) over (
            of_place order by users, category_code rows between unbounded preceding and 1 preceding
        ), 0) as users_before
    from known_cells window of_place as (partition by usage_year, activity_id, dimension, facility_code),
        of_whole as (partition by usage_year, activity_id, dimension)
), given as (
    select sized.*, has_few and (users < k or size_rank <= 2 or users_before < k) as is_pooled,
        batch.secrecy_status = 'V' as is_shown
    from sized join batch using (usage_year, activity_id, dimension, facility_code) where is_cut
)"""

MIXING = [
    hidden_is_empty(PLACE, ("user_count", "unknown_share", "category_count", *INDICES)),
    enough_users(PLACE, "dimension"),
    rule(
        "secret_lieux_par_difference",
        f"Le total d'une activité moins les lieux publiés ne laisse jamais de 1 à {K - 1} usagers",
        f"""select {ROW} as element from (
            select usage_year, activity_id, sum(user_count) as shown_count from (
                select usage_year, activity_id, facility_code, max(user_count) as user_count from batch
                where facility_code <> 'ensemble' group by usage_year, activity_id, facility_code
            ) group by usage_year, activity_id
        ) as places
        join marts.mart_public_reach as reach using (usage_year, activity_id)
        where reach.breakdown = 'total' and reach.source_system is null
            and (reach.secrecy_status <> 'V' or reach.user_count - coalesce(shown_count, 0) between 1 and {K - 1})""",
        "critical",
        WHY_SECRET,
    ),
    rule(
        "secret_lieux_par_croisement",
        "Les indices des lieux, comparés au public de toute l'activité, ne rendent aucune case trop petite",
        f"""select element from (with {GIVEN_AWAY}
        select {ROW} || ', ' || dimension as element from (
            select usage_year, activity_id, dimension, category_code, max(k) as k,
                coalesce(sum(users) filter (where is_pooled or not is_shown), 0) as left_users
            from given group by usage_year, activity_id, dimension, category_code
        ) where left_users between 1 and k - 1
        union
        select {ROW} || ', ' || dimension as element from given
        group by usage_year, activity_id, dimension
        having count(*) filter (where is_pooled and is_shown) > 0
            and count(distinct case when not is_shown then facility_code end) < 2)""",
        "critical",
        f"Un indice se résout : qui essaie toutes les répartitions retrouve les effectifs du lieu. {WHY_SECRET}",
    ),
    rule(
        "secret_lieux_et_categories",
        "Un lieu dont un usager est d'une catégorie secrète ne montre aucun indice de cette dimension",
        f"""select element from (with {GIVEN_AWAY}
        select distinct {PLACE} as element from known_cells
        join batch using (usage_year, activity_id, dimension, facility_code)
        where category_code = 'masque' and secrecy_status = 'V')""",
        "critical",
        "Même comptées ensemble, les catégories secrètes d'un lieu se reconnaissent : une école dont on sait quel "
        f"quartier elle sert en rendrait l'effectif. {WHY_SECRET}",
    ),
    rule(
        "public_du_lieu_conserve",
        "Les usagers publiés d'un lieu sont ceux dont il est le lieu de plus grand usage",
        f"""select {PLACE} as element from batch
        left join (
            select usage_year, activity_id, coalesce(facility_code, 'ensemble') as facility_code, count(*) as users
            from intermediate.int_activity_user
            group by grouping sets ((usage_year, activity_id, facility_code), (usage_year, activity_id))
        ) as known using (usage_year, activity_id, facility_code)
        where users is null or user_count <> users""",
        "critical",
        "Recompté usager par usager, sans passer par les catégories.",
    ),
    rule(
        "indices_bornes",
        "Les indices restent entre 0 et leur maximum, et l'ensemble de l'activité est à distance nulle de lui-même",
        f"""select {PLACE} as element from batch
        where entropy_share not between 0 and 1.0001 or dissimilarity_share not between 0 and 1
            or simpson_diversity_share < 0 or simpson_diversity_share > 1 - 1.0 / nullif(category_count, 0) + 0.0001
            or unknown_share not between 0 and 1 or compared_share not between 0 and 1
            or (facility_code = 'ensemble' and dissimilarity_share is not null)
            or (facility_code <> 'ensemble' and segregation_share is not null)""",
        "critical",
        "Bornes des formules (docs/mixing.md). Tolérance : l'arrondi à quatre décimales.",
    ),
    rule(
        "segregation_des_lieux_montres",
        "L'indice de ségrégation est la moyenne pondérée des écarts publiés",
        f"""select {ROW} || ', ' || dimension as element from batch
        left join (
            select usage_year, activity_id, dimension,
                sum(user_count)::bigint as users, sum(user_count * dissimilarity_share) as to_move
            from batch where facility_code <> 'ensemble' and secrecy_status = 'V' group by all
        ) as places using (usage_year, activity_id, dimension)
        where facility_code = 'ensemble' and secrecy_status = 'V'
            and (abs(segregation_share * users - to_move) > 0.0001 * users
                or (segregation_share is null) <> (to_move is null))""",
        "critical",
        "Calculé sur les lieux cachés aussi, il dirait quelque chose d'eux. Tolérance : l'arrondi à quatre décimales, "
        "en décimal exact.",
    ),
]

SUITES = {
    "mart_public_reach": mart_suite("mart_public_reach", *REACH),
    "mart_mixing": mart_suite("mart_mixing", *MIXING),
}
