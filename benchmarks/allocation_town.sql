-- The town of benchmarks/allocation.py, in the tables that the costing reads; variables: services, auxiliaries, facilities,
-- lines. Every draw is a hash, so that all runs see the same town.

create temp macro draw(key) as cast(hash(key) // 2 as bigint);

create table months as
select cast(month as date) as month, year(month) as exercice
from range(timestamp '2023-01-01', timestamp '2025-01-01', interval 1 month) as listed (month);

create table fresh as
select 'N' || printf('%03d', n) as service_id, n < getvariable('auxiliaries') - 9 as is_auxiliary, n
from range(getvariable('services') - (select count(*) - 1 from seeds.ref_service)) as numbers (n);

insert into seeds.ref_service by name
select service_id, 'Service ' || n as service_label, ['DGS', 'EDUC', 'DCS', 'SOC', 'DEV'][n % 5 + 1]
    as parent_service_id, printf('2%03d', n) as function_m57_code, date '2000-01-01' as valid_from
from fresh;

insert into seeds.ref_service_role
select service_id, 'auxiliary', if(n % 10 = 0, 'building', 'support'), n + 10 from fresh where is_auxiliary;

insert into seeds.key_allocation by name
select service_id || '-' || key_rank as key_id, service_id, key_rank, driver_code, 'all' as target,
    driver_code as key_label, date '2000-01-01' as valid_from
from (
    select service_id, key_rank, ['mandat', 'payslip', 'staff_cost', 'floor_area', 'work_hour', 'direct_cost',
        'declared'][(n + 3 * key_rank) % 7 + 1] as driver_code
    from fresh, (values (1), (2)) as ranks (key_rank) where is_auxiliary
);

insert into seeds.key_declared_quantity by name
select keys.key_id, services.service_id, 1 + draw((key_id, services.service_id)) % 90 as quantity,
    date '2000-01-01' as valid_from
from seeds.key_allocation as keys, seeds.ref_service as services
where driver_code = 'declared' and key_id like 'N%' and services.service_id <> 'A_AFFECTER';

insert into seeds.ref_activity by name
select 'activity_' || n as activity_id, 'Activité ' || n as activity_label, service_id,
    if(n % 2 = 0, 'hour_attended', null) as output_measure_code
from fresh where not is_auxiliary;

insert into marts.dim_service by name
select service_id, service_label, service_id as current_service_id, valid_from from seeds.ref_service
anti join marts.dim_service using (service_id);

insert into marts.dim_activity by name
select activity_id, activity_label, service_id, output_measure_code from seeds.ref_activity
anti join marts.dim_activity using (activity_id);

insert into seeds.ref_unit_cost by name
select activity_id, output_measure_code as measure_code, 1 as unit_rank
from seeds.ref_activity where activity_id like 'activity%' and output_measure_code is not null;

-- One building in twenty is of an auxiliary service.
create table sites as
with ranked as (
    select service_id, cost_role = 'auxiliary' as is_auxiliary,
        row_number() over (partition by cost_role = 'auxiliary' order by service_id) - 1 as place,
        count(*) over (partition by cost_role = 'auxiliary') as places
    from (
        select service_id, coalesce(cost_role, 'principal') as cost_role
        from seeds.ref_service left join seeds.ref_service_role using (service_id)
    ) where cost_role in ('auxiliary', 'principal')
)
select printf('EQ-%04d', f) as facility_id, printf('A%04d', f) as analytic_code, service_id, f
from range(getvariable('facilities')) as numbers (f)
inner join ranked
    on is_auxiliary = (f % 20 = 0) and place = if(f % 20 = 0, f // 20, f) % places;

insert into intermediate.int_fixed_assets__facility by name
select facility_id, facility_id as facility_label, service_id, 50 + draw(f) % 400000 / 100 as floor_area_m2,
    analytic_code, date '2000-01-01' as valid_from from sites;

insert into marts.dim_facility by name
select facility_id, facility_label, true as is_registered, valid_from from intermediate.int_fixed_assets__facility;

insert into intermediate.int_energy__use by name
select facility_id, energy_type, 'consumption' as flow_code, month,
    100 + draw((f, energy_type, month)) % 100000000 / 10000 as energy_kwh
from sites, months, seeds.map_energy__nature;

insert into marts.fct_asset by name
select distinct exercice, make_date(exercice, 12, 31) as inventory_date, budget_id, printf('B%04d-%d', f, asset)
    as asset_id_inventory, '21351' as nature_code, if(asset < 3, facility_id, null) as facility_id,
    if(asset = 3, service_id, null) as service_id, 'L' as method_code, true as is_depreciable,
    false as is_disposed, 1000 as gross_eur, 1 + draw((f, asset, exercice)) % 900000 / 100 as depreciation_eur,
    0 as computed_depreciation_eur, 0 as accumulated_eur, 0 as net_eur, 'fixed_assets' as source_system,
    'inventory' as source_export, printf('B%04d-%d', f, asset) as source_record
from sites, months, range(4) as assets (asset), (values ('217500016-00'), ('217500016-01')) as budgets (budget_id);

-- What each building served, and the work orders that each service asked for.
insert into intermediate.int_activity by name
select month as activity_date, activity_id, service_id, facility_id, output_measure_code as measure_code,
    1 + draw((f, month)) % 400000 / 100 as quantity
from sites inner join seeds.ref_activity using (service_id), months
where output_measure_code is not null and f % 20 <> 0;

insert into intermediate.int_activity by name
select month as activity_date, 'building_maintenance' as activity_id, service_id, facility_id,
    'work_hour' as measure_code, draw((f, month, 2)) % 6000 / 100 as quantity
from sites, months;

create table agents as
select printf('%06d', n) as agent_id, service_id
from range(6000) as numbers (n)
inner join (
    select service_id, row_number() over (order by service_id) - 1 as place
    from seeds.ref_service where service_id <> 'A_AFFECTER'
) on place = n % getvariable('services');

insert into intermediate.int_pay_line by name
select '217500016-00' as budget_id, agent_id, month as pay_month, service_id, 'gross' as line_kind,
    2400 as amount_eur
from agents, months;

insert into intermediate.int_payroll_cell by name
select distinct '217500016-00' as budget_id, exercice, service_id, service_id as shown_service_id,
    false as is_service_grouped
from agents, months;

insert into intermediate.int_budget_totem__document by name
select distinct budget_id, exercice, true as is_standing, true as is_final_account, 900000 as population_declared
from months, (values ('217500016-00'), ('217500016-01')) as budgets (budget_id);

-- Lines. Three in ten are shares of the pay of a month: some fifty stand for one line of the ledger.
create table placed as
select service_id, function_m57_code, sites, row_number() over (order by service_id) - 1 as place
from seeds.ref_service
left join (select service_id, list(facility_id order by f) as sites from sites group by service_id) using (service_id)
where service_id <> 'A_AFFECTER';

create table ranked_months as select *, row_number() over (order by month) - 1 as place from months;

insert into intermediate.int_payroll_cost_lines by name
select
    '217500016-00' as budget_id, exercice, month, 'expense' as direction, '64111' as nature_code,
    function_m57_code as function_code, function_m57_code, 'F' as section, '012' as chapter_code,
    service_id, sites[draw % len(sites) + 1] as facility_id,
    'P' || line // 400 as bordereau_number, 'P' || line as piece_number, 'payroll' as cost_stage,
    'payroll-' || month || '-' || service_id as allocation_key_id, (1 + draw % 900000) / 100 as amount_eur,
    false as is_order, 'finance_pes' as source_system, 'pay' || line // 400 as source_export,
    'Piece[' || line || ']' as source_record
from (
    select i // 50 as line, draw((i // 50, 1)) as drawn, draw((i, 2)) as draw
    from range(cast(0.3 * getvariable('lines') as bigint)) as numbers (i)
)
inner join placed on placed.place = drawn % getvariable('services')
inner join ranked_months on ranked_months.place = drawn // getvariable('services') % 24;

drop view intermediate.int_finance_pes__cost_lines;
create table intermediate.int_finance_pes__cost_lines as from intermediate.int_payroll_cost_lines limit 0;

insert into intermediate.int_finance_pes__cost_lines by name
select * exclude (service_id, facility_id, allocation_key_id, cost_stage, amount_eur), 'direct' as cost_stage,
    sum(amount_eur) as amount_eur
from intermediate.int_payroll_cost_lines group by all;

-- The others: what they are, of 10,000; booked on a function of general administration or on that of the service.
create table kinds as
select *, sum(lines) over (order by nature_code) as until, sum(lines) over (order by nature_code) - lines as since
from (
    values
        ('expense', 'F', '60612', null, 300), ('expense', 'F', '60621', null, 150),
        ('expense', 'F', '60623', null, 600), ('expense', 'F', '60631', null, 900),
        ('expense', 'F', '6064', '020', 150), ('expense', 'F', '6156', null, 800),
        ('expense', 'F', '615221', null, 600), ('expense', 'F', '611', null, 900),
        ('expense', 'F', '6288', null, 900), ('expense', 'F', '6262', '020', 150),
        ('expense', 'F', '6161', '020', 2), ('expense', 'F', '6184', '020', 60),
        ('expense', 'F', '65811', '020', 60), ('expense', 'F', '65748', null, 300),
        ('expense', 'F', '6811', '01', 2), ('expense', 'F', '66111', '01', 6),
        ('expense', 'F', '657363', '01', 2), ('expense', 'I', '2183', null, 700),
        ('expense', 'I', '2131', null, 300), ('revenue', 'F', '7067', null, 1500),
        ('revenue', 'F', '7066', null, 800), ('revenue', 'F', '747818', null, 250),
        ('revenue', 'F', '752', null, 250), ('revenue', 'F', '75888', null, 298),
        ('revenue', 'F', '73111', '01', 15), ('revenue', 'F', '741', '01', 5)
) as listed (direction, section, nature_code, function_code, lines);

-- One in ten is of the annexe budget, one in a hundred of the January after the exercice. Of those of a service four in
-- ten bear the analytic code of one of its buildings; one in ten names the service and not its function, one in a hundred
-- neither.
insert into intermediate.int_finance_pes__cost_lines by name
select
    if(i % 10 = 3, '217500016-01', '217500016-00') as budget_id, exercice,
    if(i % 100 = 77 and month(month) = 12, month + interval 1 month, month) as month,
    direction, nature_code, booked.function_code, booked.function_code as function_m57_code, section,
    substr(nature_code, 1, 2) as chapter_code,
    if(known = 'service', service_id, null) as source_service_code,
    if(known = 'site', replace(sites[draw % len(sites) + 1], 'EQ-', 'A'), null) as source_analytic_code,
    if(nature_code = '657363', 'siret-21750001600019', 'siret-' || 30000000000000 + draw % 20000) as tiers_id,
    if(draw % 3 = 0, 'M' || draw % 3000, null) as contract_id,
    if(section = 'I', 'OP' || draw % 400, null) as operation_code,
    'B' || i // 40 as bordereau_number, 'M' || i // 2 as piece_number, i % 2 + 1 as line_number,
    'Facture ' || draw % 1000000 as line_label, 'direct' as cost_stage,
    if(draw % 50 = 0, -1, 1) * (1 + draw % 400000) / 100 as amount_eur,
    0 as vat_amount_eur, nature_code = '6811' as is_order, 'finance_pes' as source_system,
    'flow' || i // 500 as source_export, 'Bordereau[' || i // 40 || ']/Piece[' || i // 2 || ']/Ligne[' || i || ']'
        as source_record
from (
    select i, draw((i, 3)) % 10000 as kind, draw((i, 4)) as drawn, draw((i, 5)) as draw,
        case when i % 100 < 10 then 'service' when i % 100 = 10 then 'nothing' when i % 10 < 4 then 'site' end as known
    from range(cast(0.7 * getvariable('lines') as bigint)) as numbers (i)
)
inner join kinds on kind >= since and kind < until
inner join placed on placed.place = drawn % getvariable('services')
inner join ranked_months on ranked_months.place = drawn // getvariable('services') % 24
cross join lateral (
    select coalesce(kinds.function_code, if(known in ('service', 'nothing'), null, function_m57_code)) as function_code
) as booked;
