{#- The rows of every changed person go, and what the model gives for them comes: both or neither. -#}
{% macro get_incremental_replace_people_sql(arg_dict) -%}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set statements -%}
    delete from {{ target_relation }}
    where person_key in (select person_key from {{ stored('int_changed_people') }});
    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
    {%- endset -%}
    {{ in_one_transaction(statements) }}
{%- endmacro %}
