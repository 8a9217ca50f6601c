{#- What was unnested of a conversation goes where a new version of it is read, and where raw no longer has it. -#}
{% macro get_incremental_replace_conversations_sql(arg_dict) -%}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set statements -%}
    delete from {{ target_relation }}
    where
        conversation_id in (select conversation_id from {{ stored('int_genesys__new_conversations') }})
        or conversation_id not in (
            select conversation_id from {{ stored('stg_genesys__conversations', schema='staging') }}
        );
    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
    {%- endset -%}
    {{ in_one_transaction(statements) }}
{%- endmacro %}
