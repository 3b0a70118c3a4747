-- Ce que plusieurs tableaux de bord lisent : des vues, chacune après celles qu'elle lit.;

-- name: town_budget
-- Le budget principal de la commune (SIREN en 21) ; les annexes et le CCAS ont leurs propres lignes.
select budget_id, collectivity_name, population_declared
from dim_budget
where main_budget_siret is null
order by case when left(budget_siret, 2) = '21' then 0 else 1 end, budget_id
limit 1;

-- name: account_year
-- Le dernier exercice dont le compte (CA ou CFU) est arrivé.
select max(exercice) as exercice
from mart_budget_execution
where credits_source = 'account';

-- name: facility
-- Un équipement, tel qu'il est décrit en dernier ; deux équipements de même nom se distinguent par leur code.
select
    facility_id,
    case
        when count(*) over (partition by facility_label) > 1 then facility_label || ' (' || facility_id || ')'
        else facility_label
    end as facility_label,
    facility_type,
    service_id,
    floor_area_m2
from (
    select *, row_number() over (partition by facility_id order by valid_from desc) as description_rank
    from dim_facility
)
where description_rank = 1;

-- name: town_employer
-- L'employeur qu'est la commune (SIREN en 21) ; le CCAS et les autres ont leurs propres lignes.
select employer_siren, employer_label
from dim_employer
order by case when left(employer_siren, 2) = '21' then 0 else 1 end, employer_siren
limit 1;

-- name: staff_month
-- Le dernier mois que la paie décrit.
select max(month) as month from mart_headcount;

-- name: staff_year
-- Le dernier exercice que la paie décrit, et les mois qu'elle en connaît.
select exercice, max(month_count) as month_count
from mart_absence
where exercice = (select max(exercice) from mart_absence)
group by exercice;

-- name: staff_total
-- Effectifs de la commune à chaque fin de mois. Un périmètre qui ne voit que ses services en a la somme, si aucun
-- n'est caché.
select
    month,
    case
        when count(*) filter (where axis = 'total') > 0 then max(agent_count) filter (where axis = 'total')
        when count(*) = count(agent_count) then sum(agent_count)
    end as agent_count,
    case
        when count(*) filter (where axis = 'total') > 0 then max(etpt) filter (where axis = 'total')
        when count(*) = count(etpt) then sum(etpt)
    end as etpt
from mart_headcount
where axis in ('total', 'service')
    and employer_siren = (select employer_siren from town_employer)
group by month;

-- name: cost_year
-- Le dernier exercice dont le coût n'est plus provisoire ; à défaut, le dernier connu.
select coalesce(max(exercice) filter (where not is_open), max(exercice)) as exercice
from (select exercice, bool_or(is_provisional) as is_open from mart_full_cost group by exercice);

-- name: yearly_cost
-- Coût complet et financement de chaque service, par exercice ; ce que rien n'affecte à un service n'y est pas.
select
    exercice,
    service_id,
    any_value(service_label) as service,
    sum(direct_cost_eur) as direct,
    sum(building_cost_eur) as building,
    sum(support_cost_eur) as support,
    sum(full_cost_eur) as full_cost,
    sum(user_revenue_eur) as users,
    sum(public_revenue_eur) as public,
    sum(other_revenue_eur) as other,
    sum(net_cost_eur) as net_cost,
    sum(corporate_cost_eur) as corporate,
    max(provisional_reason) as reason
from mart_full_cost
where service_id <> 'A_AFFECTER'
group by exercice, service_id;

-- name: service_name
-- Un service, tel qu'il est nommé en dernier.
select service_id, arg_max(service_label, valid_from) as service_label, arg_max(parent_service_id, valid_from) as parent_id
from dim_service
group by service_id;

-- name: function_budget
-- Crédits de fonctionnement et réalisé de chaque fonction, au dernier compte ; le service est celui auquel la fonction
-- correspond, quand il n'y en a qu'un.
with named as (
    select function_m57_code, max(service_label) as service_label
    from dim_service
    where valid_to is null
    group by function_m57_code
    having count(distinct service_id) = 1
)

select
    function_m57_code,
    function_m57_code || ' ' || coalesce(max(function_m57_label), '') as function,
    coalesce(max(service_label), '') as service,
    sum(credits_opened_eur) as credits_eur,
    sum(realised_eur) as realised_eur,
    sum(available_eur) as available_eur,
    sum(realised_eur) - sum(credits_opened_eur) as over_eur,
    sum(realised_eur) / nullif(sum(credits_opened_eur), 0) as rate
from mart_budget_execution
inner join town_budget using (budget_id)
inner join account_year using (exercice)
left join named using (function_m57_code)
left join (
    select function_m57_code, max(function_m57_label) as function_m57_label from dim_function group by all
) as label using (function_m57_code)
where is_real and not is_result_or_transfer and section = 'F' and direction = 'expense'
    and function_m57_code is not null
group by function_m57_code;

-- name: over_budget
-- Les fonctions qui dépassent leurs crédits.
select * from function_budget where over_eur > 0;

-- name: late_system
-- Les systèmes dont le dernier export dépasse sa cadence et sa tolérance, à la date de publication.
select source_system, system_label, max(department) as department, max(late_after) as late_after,
    max(file_name) as last_file, max(received_at) as received
from fct_export
inner join system using (source_system)
where is_last_accepted and late_after < (select published_on from edition)
group by source_system, system_label;

-- name: cost_population
-- Population déclarée de chaque exercice.
select exercice, max(quantity) as population
from mart_unit_cost
where measure_code = 'inhabitant'
group by exercice;

-- name: lighting_place
-- Les lieux qui portent un compteur de l'éclairage public : ses kilowattheures ne sont pas ceux du bâtiment.
select distinct facility_id
from fct_energy_use
where usage_code = 'eclairage_public' and facility_id is not null;

-- name: cost_step
-- Les étapes du coût direct au reste à charge : ce qu'une cascade montre, et le signe de chacune.
select * from (values
    (1, 'direct', 'Coût direct', 1, false),
    (2, 'building', 'Bâtiment', 1, false),
    (3, 'support', 'Supports', 1, false),
    (4, 'full_cost', 'Coût complet', 1, true),
    (5, 'users', 'Usagers', -1, false),
    (6, 'public', 'CAF, État et autres', -1, false),
    (7, 'other', 'Autres recettes', -1, false),
    (8, 'net_cost', 'Reste à charge', 1, true)
) as step (step_rank, step_id, label, sign, is_total);
