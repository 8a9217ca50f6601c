{{ config(enabled='genesys' in var('sources') | string) }}
{%- set names = settings().genesys_attributes -%}
{%- set attributes = ['campaign_id', 'touch_sequence', 'lead_source', 'lead_id'] %}

with found_attributes as (
    select * from {{ ref('int_genesys__attributes') }}
),

named as (
    select
        *,
        case attribute
            {% for attribute in attributes %}
                when '{{ attribute }}' then {{ text_literal(names[loop.index0]) }}
            {% endfor %}
        end as attribute_name
    from found_attributes
),

side_by_side as (
    select
        conversation_id,
        {% for attribute in attributes %}
            max(case when attribute = '{{ attribute }}' then attribute_value end)
                as {{ attribute }},
        {% endfor %}
        max(case when attribute = 'campaign_id' then found_on end) as campaign_found_on,
        max(case when attribute = 'lead_id' and was_trimmed then 1 else 0 end) = 1
            as lead_id_was_trimmed,
        max(case when participants_disagree then 1 else 0 end) = 1 as participants_disagree,
        {{ dbt.listagg(
            "case when participants_disagree then attribute_name end", "', '", "order by attribute_name"
        ) }} as disagreeing_attributes
    from named
    group by conversation_id
),

-- Anything but a whole number that fits is kept as text, for the finding.
numbered as (
    select
        *,
        case
            when
                {{ regexp_full_match('touch_sequence', '[+-]?[0-9]+') }}
                and try_cast(touch_sequence as bigint) between -2147483648 and 2147483647
                then try_cast(touch_sequence as integer)
        end as sequence_number
    from side_by_side
),

judged as (
    select
        conversation_id,
        lead_id,
        lead_id_was_trimmed,
        lead_source,
        campaign_id,
        campaign_found_on,
        participants_disagree,
        nullif(disagreeing_attributes, '') as disagreeing_attributes,
        sequence_number as touch_sequence,
        case when sequence_number is null then touch_sequence end as touch_sequence_text,
        touch_sequence is not null as touch_sequence_found
    from numbered
)

select * from judged
