{{ config(materialized='view') }}

-- What staging saw of a record before it was cleaned, for the findings.
with marks as (
    {% for source in settings().sources %}
        {% if source == 'genesys' %}
            select
                'genesys' as source,
                'touch' as record_kind,
                touch_id as record_id,
                phone_is_unparsable,
                lead_id_was_trimmed
            from {{ ref('int_genesys__touches') }}
        {% elif source == 'salesforce' %}
            select
                'salesforce' as source,
                'lead' as record_kind,
                lead_id as record_id,
                phone_is_unparsable,
                false as lead_id_was_trimmed
            from {{ ref('stg_salesforce__leads') }}
            where not is_deleted
            union all
            select
                'salesforce' as source,
                'lead' as record_kind,
                contact_id as record_id,
                phone_is_unparsable,
                false as lead_id_was_trimmed
            from {{ ref('stg_salesforce__contacts') }}
            where not is_deleted
        {% elif source == 'dynamics' %}
            select distinct
                'dynamics' as source,
                'lead' as record_kind,
                lead_id as record_id,
                phone_is_unparsable,
                false as lead_id_was_trimmed
            from {{ ref('stg_dynamics__leads') }}
            where not is_deleted
            union all
            select
                'dynamics' as source,
                'lead' as record_kind,
                contact_id as record_id,
                phone_is_unparsable,
                false as lead_id_was_trimmed
            from {{ ref('stg_dynamics__contacts') }}
            where not is_deleted
            union all
            select
                'dynamics' as source,
                'touch' as record_kind,
                activity_id as record_id,
                phone_is_unparsable,
                false as lead_id_was_trimmed
            from {{ ref('stg_dynamics__campaign_responses') }}
            where not is_deleted
        {% elif source == 'files' %}
            select
                'files' as source,
                'touch' as record_kind,
                touch_id as record_id,
                phone_is_unparsable,
                lead_id_was_trimmed
            from {{ ref('stg_files__touches') }}
            where not is_deleted
            union all
            select
                'files' as source,
                'conversion' as record_kind,
                conversion_id as record_id,
                phone_is_unparsable,
                lead_id_was_trimmed
            from {{ ref('stg_files__conversions') }}
            where not is_deleted
        {% elif source == 'webhook' %}
            select
                'webhook' as source,
                'conversion' as record_kind,
                conversion_id as record_id,
                false as phone_is_unparsable,
                lead_id_was_trimmed
            from {{ ref('int_webhook__conversions') }}
        {% endif %}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from marks
