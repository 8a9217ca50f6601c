{{ config(materialized='view') }}

-- depends_on: {{ ref('int_exchange_rates') }}
with repriced as (
    {% if builds_everything() %}
        {{ empty_rows({'conversion_id': 'varchar'}) }}
    {% else %}
        select known.conversion_id
        from {{ stored('int_conversions') }} as known
        left join {{ ref('int_exchange_rates') }} as rates
            on known.currency = rates.currency and known.rate_date = rates.rate_date
        where
            known.currency != '{{ settings().reporting_currency }}'
            and known.exchange_rate is distinct from rates.rate
    {% endif %}
)

select * from repriced
