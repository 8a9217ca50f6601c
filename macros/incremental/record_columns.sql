{#- What sources say of a touch or a conversion, before anybody is identified: column by column. -#}
{% macro record_columns(kind) -%}
    {{ return({
        'touch': [
            'source', 'touch_id', 'given_lead_id', 'phone_key', 'email_key', 'campaign_id', 'touch_sequence',
            'channel', 'started_at', 'started_on', 'ended_at', 'ended_on', 'touched_at', 'is_connected', 'agent_id',
            'queue_id', 'ivr_node_id', 'disposition_code', 'lead_source', 'handle_seconds', 'cost'
        ],
        'conversion': [
            'source', 'conversion_id', 'given_lead_id', 'phone_key', 'email_key', 'campaign_id', 'converted_at',
            'converted_on', 'is_date_only', 'rate_date', 'is_on_clock_change', 'conversion_type',
            'conversion_value', 'currency', 'given_currency', 'given_lead_created_at'
        ]
    }[kind]) }}
{%- endmacro %}
