{%- set reporting_currency = settings().reporting_currency -%}

with conversions as (
    select * from {{ ref('int_conversion_records') }}
),

costs as (
    select * from {{ ref('int_campaign_costs') }}
),

needed as (
    select
        currency,
        rate_date
    from conversions
    where currency != '{{ reporting_currency }}'
    union distinct
    select
        currency,
        cost_date as rate_date
    from costs
    where currency != '{{ reporting_currency }}' and cost_date is not null
),

seed_rates as (
    select
        needed.currency,
        needed.rate_date,
        rates.rate
    from needed
    inner join {{ ref('exchange_rates') }} as rates
        on
            needed.currency = rates.from_currency
            and rates.to_currency = '{{ reporting_currency }}'
            and needed.rate_date >= rates.rate_date
    qualify row_number() over (
            partition by needed.currency, needed.rate_date order by rates.rate_date desc
        ) = 1
),

{% if crm_sources() %}

    all_crm_rates as (
        {% for crm in crm_sources() %}
            select
                {{ loop.index }} as precedence,
                currency,
                starts_on,
                units_per_corporate_unit
            from {{ ref(
            'stg_salesforce__dated_conversion_rates' if crm == 'salesforce' else 'int_dynamics__exchange_rates'
        ) }}
            {{ 'union all' if not loop.last }}
        {% endfor %}
    ),

    -- The CRM's rates are units for one of the corporate currency: two of them make one of ours.
    crm_units as (
        select
            rates.precedence,
            wanted.currency,
            wanted.rate_date,
            rates.units_per_corporate_unit
        from (
            select
                currency,
                rate_date
            from needed
            union distinct
            select
                '{{ reporting_currency }}' as currency,
                rate_date
            from needed
        ) as wanted
        inner join all_crm_rates as rates
            on wanted.currency = rates.currency and wanted.rate_date >= rates.starts_on
        qualify row_number() over (
                partition by rates.precedence, wanted.currency, wanted.rate_date
                order by rates.starts_on desc
            ) = 1
    ),

    crm_rates as (
        select
            from_units.currency,
            from_units.rate_date,
            cast(
                cast(to_units.units_per_corporate_unit as double)
                / cast(from_units.units_per_corporate_unit as double) as decimal(20, 12)
            ) as rate
        from crm_units as from_units
        inner join crm_units as to_units
            on
                from_units.rate_date = to_units.rate_date
                and from_units.precedence = to_units.precedence
        where
            from_units.currency != '{{ reporting_currency }}'
            and to_units.currency = '{{ reporting_currency }}'
            and from_units.units_per_corporate_unit > 0
        qualify row_number() over (
                partition by from_units.currency, from_units.rate_date
                order by from_units.precedence
            ) = 1
    ),

{% else %}

crm_rates as (
    {{ empty_rows({'currency': 'varchar', 'rate_date': 'date', 'rate': 'decimal(20, 12)'}) }}
),

{% endif %}

best_rates as (
    select
        needed.currency,
        needed.rate_date,
        cast(coalesce(seed_rates.rate, crm_rates.rate) as decimal(20, 12)) as rate
    from needed
    left join seed_rates
        on
            needed.currency = seed_rates.currency
            and needed.rate_date = seed_rates.rate_date
    left join crm_rates
        on
            needed.currency = crm_rates.currency
            and needed.rate_date = crm_rates.rate_date
    where coalesce(seed_rates.rate, crm_rates.rate) is not null
)

select * from best_rates
