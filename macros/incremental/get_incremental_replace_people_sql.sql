{#- The rows of every changed person go, and what the model gives for them comes: both or neither. -#}
{% macro get_incremental_replace_people_sql(arg_dict) -%}
    {%- set person = arg_dict['unique_key'] -%}
    {%- set deletion -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ person }} in (select {{ person }} from {{ stored('int_changed_people') }})
    {%- endset -%}
    {{ replace_rows(arg_dict, deletion) }}
{%- endmacro %}
