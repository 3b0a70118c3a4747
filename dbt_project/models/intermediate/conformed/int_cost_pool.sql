select
    direct.budget_id,
    direct.exercice,
    direct.cost_month,
    direct.direction,
    direct.service_id,
    direct.cost_step,
    sum(direct.amount_eur) as amount_eur
from {{ ref('int_cost_direct') }} as direct
inner join {{ ref('ref_service_role') }} as roles
    on direct.service_id = roles.service_id
where direct.cost_scope = 'service' and roles.cost_role = 'auxiliary'
group by
    direct.budget_id, direct.exercice, direct.cost_month, direct.direction, direct.service_id, direct.cost_step
having sum(direct.amount_eur) <> 0
