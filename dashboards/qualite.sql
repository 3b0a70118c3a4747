-- name: totals
select
    count(*) filter (where is_accepted) as accepted,
    count(*) filter (where verdict = 'refused') as refused,
    case when count(*) filter (where verdict = 'refused') > 0
        then 'Chacun a une page qui dit pourquoi, et quoi faire' end as advice,
    (select count(*) from late_system) as late,
    (select string_agg(system_label, ', ' order by late_after, system_label) from late_system) as which,
    'Depuis le premier export' as period
from fct_export;

-- name: ledger
select sum(abs(unexplained_eur)) as unexplained, 'Tous les exercices comparés' as period
from mart_ledger_reconciliation;

-- name: freshness
select
    coalesce(max(system_label), source_system) as system,
    max(department) as department,
    count(*) filter (where is_accepted) as accepted,
    count(*) filter (where verdict = 'refused') as refused,
    -- Plusieurs fichiers reçus ensemble : celui de la période la plus récente.
    arg_max(file_name, (received_at, coalesce(period_to, ''), file_name)) filter (where is_accepted) as last_file,
    max(period_to) filter (where is_accepted) as until,
    max(received_at) filter (where is_last_accepted) as received,
    max(late_after) filter (where is_last_accepted) as late_after
from fct_export
left join system using (source_system)
group by source_system
order by min(late_after) filter (where is_last_accepted) nulls first, source_system;

-- name: refusals
select file_name as file, coalesce(system_label, source_system) as system, received_at as received, coalesce(refusal_reason, '') as reason
from fct_export
left join system using (source_system)
where verdict = 'refused'
order by received_at desc
limit 100;

-- name: unmapped
select
    coalesce(system_label, source_system) as system,
    code_kind as kind,
    source_code as code,
    quantity,
    case when lower(unit_label) = 'kwh' then 'kWh' else unit_label end as unit,
    quantity_share as share,
    last_date as last
from mart_unmapped_code
left join system using (source_system)
order by quantity_share desc, source_system, source_code;

-- name: ledger_gaps
select
    explanation_label as explanation,
    count(*) as lines,
    sum(gap_eur) as gap_eur,
    sum(unexplained_eur) as unexplained_eur
from mart_ledger_reconciliation
group by explanation_label
order by abs(sum(gap_eur)) desc;
