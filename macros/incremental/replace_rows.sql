{#- Of a custom strategy: the old rows go, and what the model gives comes, both or neither. -#}
{% macro replace_rows(arg_dict, deletion) -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set statements -%}
    {{ deletion }};
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
    {%- endset -%}
    {{ in_one_transaction(statements) }}
{%- endmacro %}
