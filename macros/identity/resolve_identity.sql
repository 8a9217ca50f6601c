{#- Touches are many: of them the id of the person says which lead it is. -#}
{% macro resolve_identity(relation, id_column, instant_column, kind) -%}
with records as (
    select * from {{ relation }}
),

crm_leads as (
    select * from {{ ref('int_crm_leads') }}
),

ties as (
    select * from {{ ref('int_identity_ties') }}
),

-- The phone is asked before the e-mail, and a record with a lead id asks neither.
leads_asked_for as (
    {% for key_column in ['phone_key', 'email_key'] %}
        select
            records.{{ id_column }},
            {{ loop.index }} as asked_rank,
            '{{ key_column | replace('_key', '') }}' as asked_by,
            ties.lead_id,
            ties.lead_count,
            ties.created_at,
            coalesce(ties.created_at <= records.{{ instant_column }}, false) as was_there
        from records
        inner join ties on records.{{ key_column }} = ties.identity_key
        where records.given_lead_id is null
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Of several leads the one created last at or before the record, else the one created first.
lead_found as (
    select
        {{ id_column }},
        lead_id,
        case when lead_count > 1 then 'ambiguous' else asked_by end as identity_match
    from leads_asked_for
    qualify row_number() over (
        partition by {{ id_column }}
        order by
            asked_rank asc,
            was_there desc,
            case when was_there then created_at end desc,
            created_at asc,
            lead_id asc
    ) = 1
),

with_lead as (
    select
        records.*,
        coalesce(
            crm_leads.surviving_lead_id, records.given_lead_id, lead_found.lead_id
        ) as lead_id,
        coalesce(crm_leads.is_deleted, false) as is_deleted_lead,
        case
            when records.given_lead_id is not null then 'lead_id'
            when lead_found.lead_id is not null then lead_found.identity_match
            when records.phone_key is not null then 'phone'
            when records.email_key is not null then 'email'
            else 'none'
        end as identity_match
    from records
    left join crm_leads on records.given_lead_id = crm_leads.lead_id
    left join lead_found on records.{{ id_column }} = lead_found.{{ id_column }}
),

with_person as (
    select
        {{ record_columns(kind) | join(',\n        ') }},
        {{ 'lead_id,' if kind == 'conversion' }}
        is_deleted_lead,
        identity_match,
        {{ truncate_instant(instant_column) }} as compared_at,
        coalesce(
            'lead|' || lead_id, phone_key, email_key, '{{ kind }}|' || {{ id_column }}
        ) as person_id
    from with_lead
)

select * from with_person
{%- endmacro %}
