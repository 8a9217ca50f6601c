{#- What was unnested of a conversation goes where a new version of it is read, and where raw no longer has it. -#}
{% macro get_incremental_replace_conversations_sql(arg_dict) -%}
    {%- set deletion -%}
    delete from {{ arg_dict['target_relation'] }}
    where
        conversation_id in (select conversation_id from {{ stored('int_genesys__new_conversations') }})
        or conversation_id not in (
            select conversation_id from {{ stored('stg_genesys__conversations', schema='staging') }}
        )
    {%- endset -%}
    {{ replace_rows(arg_dict, deletion) }}
{%- endmacro %}
