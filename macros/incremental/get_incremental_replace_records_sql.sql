{#- The records that were read again go, and what became of them comes: both or neither. -#}
{% macro get_incremental_replace_records_sql(arg_dict) -%}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set id_column = arg_dict['unique_key'] -%}
    {%- set kind = id_column | replace('_id', '') -%}
    {%- set statements -%}
    delete from {{ target_relation }}
    where
        {{ id_column }} in (select {{ id_column }} from {{ stored('int_changed_' ~ kind ~ '_ids') }})
        or {{ id_column }} in (select {{ id_column }} from {{ arg_dict['temp_relation'] }});
    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
    {%- endset -%}
    {{ in_one_transaction(statements) }}
{%- endmacro %}
