{#- A query, not a model or a CTE: it is cheap, and whoever reads it twice would have whole rows kept in memory. -#}
{% macro journey_terms() -%}
    {%- set elapsed = decay_log('(seconds_to_conversion - nearest_seconds)') -%}
    {%- set largest_log = '(largest_weighted_log - (' ~ decay_log('nearest_seconds') ~ '))' -%}
    {#- Relative to the nearest touch, so that no exponent is large where it matters. Where every weight is 0 the weights
        say nothing. -#}
    select
        *,
        lead_created_at is not null as has_lead_creation,
        cast(abs(conversion_value_reporting) * 100 as bigint) as cents,
        case when conversion_value_reporting < 0 then -1 else 1 end as value_sign,
        exp({{ elapsed }}) as decay_term,
        case
            when largest_weighted_log is null then exp({{ elapsed }})
            when channel_weight > 0
                then exp(
                        {{ elapsed }}
                        + ln(case when channel_weight > 0 then channel_weight end)
                        - {{ largest_log }}
                    )
            else 0
        end as weighted_decay_term
    from {{ ref('int_journeys') }}
{%- endmacro %}
