with named_codes as (
    select distinct disposition_code from {{ ref('int_touches') }}
    {% if 'genesys' in settings().sources %}
        union distinct
        select wrapup_code_id as disposition_code from {{ ref('stg_genesys__wrapup_codes') }}
    {% endif %}
),

wrapup_codes as (
    {% if 'genesys' in settings().sources %}
        select
            wrapup_code_id as disposition_code,
            wrapup_code_name as disposition_name
        from {{ ref('stg_genesys__wrapup_codes') }}
    {% else %}
        {{ empty_rows({'disposition_code': 'varchar', 'disposition_name': 'varchar'}) }}
    {% endif %}
),

rules as (
    select * from {{ ref('disposition_rules') }}
),

codes as (
    select
        named_codes.disposition_code,
        coalesce(wrapup_codes.disposition_name, named_codes.disposition_code)
            as disposition_name,
        -- The dialer's and the platform's own outcomes are literal names, listed nowhere.
        wrapup_codes.disposition_code is not null
        or substr(named_codes.disposition_code, 1, 5) = 'ININ-'
        or substr(named_codes.disposition_code, 1, 12) = 'disposition.' as is_known
    from named_codes
    left join wrapup_codes on named_codes.disposition_code = wrapup_codes.disposition_code
    where named_codes.disposition_code is not null
),

first_matching_rules as (
    select
        codes.disposition_code,
        rules.disposition_group,
        rules.is_contact
    from codes
    inner join rules
        on
            lower(codes.disposition_name) like lower(rules.pattern)
            or lower(codes.disposition_code) like lower(rules.pattern)
    qualify row_number() over (
            partition by codes.disposition_code order by rules.priority asc, rules.pattern asc
        ) = 1
),

dispositions as (
    select
        codes.disposition_code,
        codes.disposition_name,
        coalesce(first_matching_rules.disposition_group, '(no rule)') as disposition_group,
        first_matching_rules.is_contact,
        codes.is_known
    from codes
    left join first_matching_rules
        on codes.disposition_code = first_matching_rules.disposition_code

    union all

    select
        '(none)' as disposition_code,
        '(none)' as disposition_name,
        '(none)' as disposition_group,
        false as is_contact,
        true as is_known
)

select * from dispositions
