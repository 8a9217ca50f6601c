{#- Of a source that is read load by load the new loads say what came; of one that is read as a whole every row is
    compared with what the last build took from it. Files that another loader filled have no loads. -#}
{% macro changed_ids(kind, sources) -%}
    {%- set id_column = kind ~ '_id' -%}
    {%- set plural = 'conversions' if kind == 'conversion' else 'touches' -%}
    {%- set known = stored('int_' ~ plural) -%}
    {%- set as_loaded = {
        'touch': [
            'touch_id', 'lead_id', 'phone_key', 'email_key', 'campaign_id', 'touch_sequence', 'channel',
            'started_at', 'started_on', 'ended_at', 'ended_on', 'is_connected', 'agent_id', 'queue_id',
            'ivr_node_id', 'disposition_code', 'lead_source', 'handle_seconds', 'cost'
        ],
        'conversion': [
            'conversion_id', 'lead_id', 'phone_key', 'email_key', 'campaign_id', 'converted_at', 'converted_on',
            'conversion_type', 'conversion_value', 'currency', 'lead_created_at'
        ]
    }[kind] -%}
    {%- set as_known = {
        'lead_id': 'given_lead_id',
        'started_at': 'case when started_on is null then started_at end',
        'ended_at': 'case when ended_on is null then ended_at end',
        'converted_at': 'case when converted_on is null then converted_at end',
        'currency': 'given_currency',
        'lead_created_at': 'given_lead_created_at'
    } -%}
with changed as (
    {%- for source in sources %}
        {%- set loaded = loaded_conversions(source) if kind == 'conversion' else ref('int_' ~ source ~ '__touches') %}
        {%- if builds_everything() %}
    select cast(null as varchar) as {{ id_column }}
    where 1 = 0
        {%- elif source == 'files' and 'files' not in settings().raw_schemas %}
    select {{ id_column }}
    from {{ ref('stg_files__' ~ plural) }}
    where load_id in ({{ loads_to_build(plural) }})
            {%- if kind == 'conversion' and 'webhook' in settings().sources %}
    union all
    -- An event may give a row its time, or take it away again, while the row itself stays as it was.
    select conversion_id
    from (
        select conversion_id, converted_at, converted_on from {{ loaded }} as loaded
        where converted_at is not null or converted_on is not null
        except
        select conversion_id, case when converted_on is null then converted_at end, converted_on
        from {{ known }}
        where source = 'files'
    ) as given_another_time
            {%- endif %}
        {%- else %}
    select {{ id_column }}
    from (
        select {{ as_loaded | join(', ') }} from {{ loaded }} as loaded
        {%- if kind == 'conversion' %}
        where converted_at is not null or converted_on is not null
        {%- endif %}
        except
        select
            {%- for column in as_loaded %}
            {{ as_known.get(column, column) }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ known }}
        where source = '{{ source }}'
    ) as new_or_changed
    union all
    select {{ id_column }}
    from {{ known }}
    where
        source = '{{ source }}'
        and {{ id_column }} not in (select loaded.{{ id_column }} from {{ loaded }} as loaded)
        {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select cast(null as varchar) as {{ id_column }}
    where 1 = 0
    {%- endfor %}
)

select distinct {{ id_column }} from changed
{%- endmacro %}
