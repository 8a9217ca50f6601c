{{ config(
    materialized='view',
    enabled='webhook' in var('sources') | string
) }}

with matches as (
    select * from {{ ref('int_webhook_matches') }}
    where conversion_id is not null
),

conversions as (
    {% for source in sources_of_conversions() %}
        select
            '{{ source }}' as source,
            conversions.conversion_id,
            conversions.lead_id,
            conversions.phone_key,
            conversions.email_key,
            conversions.campaign_id,
            {% if source == 'webhook' %}
                conversions.converted_at,
                conversions.converted_on,
            {% else %}
                coalesce(conversions.converted_at, matches.converted_at) as converted_at,
                case when matches.converted_at is null then conversions.converted_on end
                    as converted_on,
            {% endif %}
            conversions.conversion_type,
            conversions.conversion_value,
            conversions.currency,
            conversions.lead_created_at,
            conversions.lead_created_on
        from {{ ref('int_' ~ source ~ '__conversions') }} as conversions
        left join matches
            on
                conversions.conversion_id
                = matches.{{ 'event_conversion_id' if source == 'webhook' else 'conversion_id' }}
        {% if source == 'webhook' %}
            where matches.event_conversion_id is null
        {% endif %}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from conversions
