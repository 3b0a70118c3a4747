with declared as (

    select
        'payroll_dsn' as source_system,
        contract_month.source_export,
        contract_month.source_record,
        contract_month.siren,
        contract_month.siret,
        contract_month.agent_id,
        contract_month.contract_id,
        contract_month.pay_month,
        contract_month.month_end,
        contract_month.days_in_month,
        contract_month.sex_code,
        contract_month.birth_year,
        contract_month.start_date,
        contract_month.end_date,
        contract_month.end_motive_code,
        contract_month.contract_nature_code,
        contract_month.net_code,
        contract_month.increased_index,
        contract_month.nbi_points,
        contract_month.part_time_rate,
        contract_month.budget_assignment_code as source_service_code,
        contract_month.workplace_code as source_facility_code,
        case
            when contract_month.contract_nature_code = '81' then 'elu'
            when contract_month.contract_nature_code in ('29', '80', '89') then 'hors_effectif'
            when contract_month.scheme_code in ('64', '65', '81') then 'apprenti'
            when contract_month.scheme_code in ('21', '41', '42', '61', '94') then 'emploi_aide'
            when contract_month.contract_nature_code = '60' then 'cee'
            when contract_month.contract_nature_code in ('51', '52') then 'vacataire'
            when contract_month.employment_status_code = '01' then 'titulaire'
            when contract_month.employment_status_code = '08' then 'stagiaire'
            when
                contract_month.contract_nature_code in ('09', '10', '20', '21', '50')
                and contract_month.recourse_code in ('02', '03', '05')
                then 'temporaire'
            when contract_month.contract_nature_code in ('09', '10', '20', '21', '50') then 'contractuel'
            when contract_month.contract_nature_code in ('01', '02', '07', '82') then 'contractuel_prive'
            else 'autre'
        end as status_code,
        case
            when contract_month.reference_quota > 0 and contract_month.quota >= 0
                then least(contract_month.quota / nullif(contract_month.reference_quota, 0), 1.2)
            when contract_month.working_time_code = '10' then 1
        end as stated_quota
    from {{ ref('int_payroll_dsn__contract_month') }} as contract_month

),

-- Staff paid by the hour have no quota worth the name: what they worked in the month tells it (1,607 hours a year).
hours as (

    select
        agents.agent_id,
        contracts.contract_id,
        activite.siret,
        activite.pay_month,
        sum(activite.quantity) as worked_hours
    from {{ ref('int_payroll_dsn__worked_hours') }} as activite
    inner join {{ ref('int_payroll_dsn__agent') }} as agents
        on activite.agent_pseudonym = agents.agent_pseudonym
    inner join {{ ref('int_payroll_dsn__contract') }} as contracts
        on activite.contract_pseudonym = contracts.contract_pseudonym
    group by agents.agent_id, contracts.contract_id, activite.siret, activite.pay_month

),

-- Months that only the XHL tells: no contract, no dates, the quota of the payslip.
payslips as (

    select
        payslip.source_system,
        payslip.source_export,
        payslip.source_record,
        payslip.siren,
        payslip.siret,
        coalesce(matricules.agent_id, payslip.agent_pseudonym, payslip.matricule_pseudonym) as agent_id,
        payslip.matricule_pseudonym as contract_id,
        payslip.pay_month,
        months.month_end,
        months.days_in_month,
        payslip.sex_code,
        payslip.birth_year,
        payslip.status_code,
        payslip.net_code,
        payslip.increased_index,
        payslip.nbi_points,
        payslip.quota_share,
        payslip.service_label,
        row_number() over (
            partition by payslip.siret, payslip.matricule_pseudonym, payslip.pay_month
            order by payslip.quota_share desc nulls last, payslip.payslip_rank asc nulls last
        ) as place
    from {{ ref('int_payroll_xhl__payslip') }} as payslip
    inner join {{ ref('int_month') }} as months
        on payslip.pay_month = months.month
    inner join {{ ref('int_payroll_source') }} as sources
        on
            payslip.siren = sources.siren
            and payslip.pay_month = sources.pay_month
            and not sources.has_dsn
    left join {{ ref('int_payroll_matricule') }} as matricules
        on payslip.matricule_pseudonym = matricules.matricule_pseudonym

),

everyone as (

    select
        declared.source_system,
        declared.source_export,
        declared.source_record,
        declared.siren,
        declared.siret,
        declared.agent_id,
        declared.contract_id,
        declared.pay_month,
        declared.month_end,
        declared.days_in_month,
        declared.sex_code,
        declared.birth_year,
        declared.start_date,
        declared.end_date,
        declared.end_motive_code,
        declared.contract_nature_code,
        declared.net_code,
        declared.increased_index,
        declared.nbi_points,
        declared.part_time_rate,
        declared.source_service_code,
        declared.source_facility_code,
        declared.status_code,
        cast(
            case
                when declared.stated_quota > 0 then declared.stated_quota
                when hours.worked_hours > 0 then least(hours.worked_hours / 133.92, 1.2)
                else coalesce(declared.stated_quota, 0)
            end as decimal(9, 4)
        ) as quota_share
    from declared
    left join hours
        on
            declared.agent_id = hours.agent_id
            and declared.contract_id = hours.contract_id
            and declared.siret = hours.siret
            and declared.pay_month = hours.pay_month

    union all

    select
        source_system,
        source_export,
        source_record,
        siren,
        siret,
        agent_id,
        contract_id,
        pay_month,
        month_end,
        days_in_month,
        sex_code,
        birth_year,
        pay_month as start_date,
        cast(null as date) as end_date,
        cast(null as {{ dbt.type_string() }}) as end_motive_code,
        cast(null as {{ dbt.type_string() }}) as contract_nature_code,
        net_code,
        increased_index,
        nbi_points,
        cast(null as decimal(6, 2)) as part_time_rate,
        service_label as source_service_code,
        cast(null as {{ dbt.type_string() }}) as source_facility_code,
        status_code,
        quota_share
    from payslips
    where place = 1

),

-- Days of the month on which the agent is suspended without pay; a suspension told twice counts once.
suspended as (

    select
        absences.agent_id,
        absences.contract_id,
        months.month as pay_month,
        sum(
            {{ days_between(
                'greatest(absences.counted_from_date, months.month)',
                'least(absences.end_date, months.month_end)'
            ) }}
            + 1
        ) as unpaid_days,
        max(
            case
                when
                    absences.end_date >= months.month_end
                    and motives.motive_family in ('disponibilite', 'detachement', 'conge_parental', 'hors_service')
                    then 1
                else 0
            end
        ) as is_away
    from {{ ref('int_payroll_dsn__absence') }} as absences
    inner join {{ ref('ref_dsn_absence') }} as motives
        on
            absences.block = motives.block
            and absences.motive_code = motives.motive_code
            and motives.is_unpaid
    inner join {{ ref('int_month') }} as months
        on
            absences.counted_from_date <= months.month_end
            and absences.end_date >= months.month
    group by absences.agent_id, absences.contract_id, months.month

),

measured as (

    select
        everyone.*,
        -- Negative outside the contract, hence 0.
        greatest(
            {{ days_between(
                'greatest(everyone.start_date, everyone.pay_month)',
                'least(coalesce(everyone.end_date, everyone.month_end), everyone.month_end)'
            ) }} + 1 - coalesce(suspended.unpaid_days, 0),
            0
        ) as present_days,
        coalesce(suspended.is_away, 0) as is_away
    from everyone
    left join suspended
        on
            everyone.agent_id = suspended.agent_id
            and everyone.contract_id = suspended.contract_id
            and everyone.pay_month = suspended.pay_month

)

select
    measured.source_system,
    measured.source_export,
    measured.source_record,
    measured.siren,
    measured.siret,
    measured.agent_id,
    measured.contract_id,
    measured.pay_month,
    measured.month_end,
    case measured.sex_code when '01' then 'M' when '02' then 'F' end as sex,
    measured.birth_year,
    cast(extract(year from measured.pay_month) as integer) - measured.birth_year as age,
    measured.start_date,
    measured.end_date,
    measured.end_motive_code,
    measured.contract_nature_code,
    measured.status_code,
    statuses.status_label,
    statuses.is_counted,
    statuses.is_permanent,
    measured.net_code,
    net.grade_label,
    net.cadre_emplois,
    net.filiere,
    net.category_code,
    measured.increased_index,
    measured.nbi_points,
    measured.part_time_rate,
    measured.source_service_code,
    measured.source_facility_code,
    services.service_id,
    services.activity_id,
    services.booked_function_code,
    facilities.facility_id,
    measured.quota_share,
    -- Part-time at 80 % is paid six sevenths, at 90 % thirty-two thirty-fifths (CGFP, article L612-5).
    cast(
        case
            when measured.part_time_rate = 80 then measured.quota_share * 15 / 14
            when measured.part_time_rate = 90 then measured.quota_share * 64 / 63
            else measured.quota_share
        end as decimal(9, 4)
    ) as paid_quota_share,
    measured.present_days,
    cast(measured.present_days / nullif(measured.days_in_month, 0) as decimal(9, 4)) as presence_share,
    statuses.is_counted
    and measured.start_date <= measured.month_end
    and coalesce(measured.end_date, measured.month_end) >= measured.month_end
    and measured.is_away = 0 as is_present_at_month_end
from measured
left join {{ ref('ref_agent_status') }} as statuses
    on measured.status_code = statuses.status_code
left join {{ ref('int_reference__net') }} as net
    on measured.net_code = net.net_code
left join {{ ref('int_payroll_service') }} as services
    on
        measured.source_system = services.source_system
        and measured.source_service_code = services.source_code
        and measured.pay_month between services.valid_from and services.valid_to
left join {{ ref('map_payroll__facility') }} as facilities
    on
        measured.source_system = facilities.source_system
        and measured.source_facility_code = facilities.source_code
        and measured.pay_month >= coalesce(facilities.valid_from, cast('1900-01-01' as date))
        and measured.pay_month <= coalesce(facilities.valid_to, cast('9999-12-31' as date))
