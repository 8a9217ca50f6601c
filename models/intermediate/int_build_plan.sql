{{ config(post_hook="{{ announce_plan() }}") }}
{%- set fingerprint = credit_fingerprint() -%}
{%- set reason = reason_to_build_everything(fingerprint) -%}

-- depends_on: {{ ref('channel_weights') }}
-- depends_on: {{ ref('campaign_aliases') }}
-- depends_on: {{ ref('disposition_rules') }}
-- depends_on: {{ ref('exchange_rates') }}

select
    '{{ fingerprint }}' as fingerprint,
    {{ "cast(null as varchar)" if reason is none else "'" ~ reason ~ "'" }} as reason
