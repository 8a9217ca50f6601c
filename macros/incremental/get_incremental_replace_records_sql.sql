{#- The records that were read again go, and what became of them comes: both or neither. -#}
{% macro get_incremental_replace_records_sql(arg_dict) -%}
    {%- set id_column = arg_dict['unique_key'] -%}
    {%- set kind = id_column | replace('_id', '') -%}
    {%- set deletion -%}
    delete from {{ arg_dict['target_relation'] }}
    where
        {{ id_column }} in (select {{ id_column }} from {{ stored('int_changed_' ~ kind ~ '_ids') }})
        or {{ id_column }} in (select {{ id_column }} from {{ arg_dict['temp_relation'] }})
    {%- endset -%}
    {{ replace_rows(arg_dict, deletion) }}
{%- endmacro %}
