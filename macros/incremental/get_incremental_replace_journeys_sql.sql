{#- The journeys that can be others go, and what the model gives for them comes: both or neither. -#}
{% macro get_incremental_replace_journeys_sql(arg_dict) -%}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set statements -%}
    delete from {{ target_relation }}
    using (
        select person_key as changed_person_key, changed_from from {{ stored('int_changed_journeys') }}
    ) as changed
    where person_key = changed_person_key and converted_at >= changed_from;
    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
    {%- endset -%}
    {{ in_one_transaction(statements) }}
{%- endmacro %}
