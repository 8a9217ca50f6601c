{#- A query: when each lead was created, of all leads or of those in a relation with a column lead_id. -#}
{% macro lead_creations(leads=none) -%}
select
    lead_id,
    known_at as created_at
from (
    select
        coalesce(crm_leads.surviving_lead_id, known_instants.lead_id) as lead_id,
        known_instants.knowledge,
        known_instants.known_at
    from (
        -- Every instant that says something of a lead, the better knowledge first.
        select
            surviving_lead_id as lead_id,
            1 as knowledge,
            created_at as known_at
        from {{ ref('int_crm_leads') }}
        union all
        select
            given_lead_id as lead_id,
            2 as knowledge,
            given_lead_created_at as known_at
        from {{ ref('int_conversion_records') }}
        where source = 'files'
        union all
        select
            given_lead_id as lead_id,
            3 as knowledge,
            touched_at as known_at
        from {{ ref('int_touch_records') }}
        union all
        select
            given_lead_id as lead_id,
            3 as knowledge,
            converted_at as known_at
        from {{ ref('int_conversion_records') }}
    ) as known_instants
    left join {{ ref('int_crm_leads') }} as crm_leads on known_instants.lead_id = crm_leads.lead_id
    where known_instants.lead_id is not null and known_instants.known_at is not null
) as of_survivors
{%- if leads is not none %}
where lead_id in (select lead_id from {{ leads }})
{%- endif %}
qualify row_number() over (partition by lead_id order by knowledge asc, known_at asc) = 1
{%- endmacro %}
