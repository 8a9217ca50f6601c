{#- The journeys that can be others go, and what the model gives for them comes: both or neither. -#}
{% macro get_incremental_replace_journeys_sql(arg_dict) -%}
    {%- set deletion -%}
    delete from {{ arg_dict['target_relation'] }}
    using (
        select person_key as changed_person_key, changed_from from {{ stored('int_changed_journeys') }}
    ) as changed
    where person_key = changed_person_key and converted_at >= changed_from
    {%- endset -%}
    {{ replace_rows(arg_dict, deletion) }}
{%- endmacro %}
