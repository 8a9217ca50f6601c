{% macro unnest_json_array(relation, array, keep, text_fields, json_fields={}) -%}
    {{ return(adapter.dispatch('unnest_json_array')(relation, array, keep, text_fields, json_fields)) }}
{%- endmacro %}

{% macro default__unnest_json_array(relation, array, keep, text_fields, json_fields) -%}
    {%- set declared = [] -%}
    {%- for key in text_fields.values() -%}{%- do declared.append('"' ~ key ~ '":"VARCHAR"') -%}{%- endfor -%}
    {%- for key in json_fields.values() -%}{%- do declared.append('"' ~ key ~ '":"JSON"') -%}{%- endfor -%}
    select
        {% for column in keep -%}
        {{ relation }}.{{ column }},
        {% endfor -%}
        {% for column, key in text_fields.items() -%}
        unnested.element."{{ key }}" as {{ column }}{{ ',' if json_fields or not loop.last }}
        {% endfor -%}
        {% for column, key in json_fields.items() -%}
        unnested.element."{{ key }}" as {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ relation }}
    cross join unnest(
        from_json({{ relation }}.{{ array }}, '[{{ '{' }}{{ declared | join(',') }}{{ '}' }}]')
    ) as unnested (element)
{%- endmacro %}

{#- FLATTEN walks through the values of an object too, hence the question whether it is an array. -#}
{% macro snowflake__unnest_json_array(relation, array, keep, text_fields, json_fields) -%}
    select
        {% for column in keep -%}
        {{ relation }}.{{ column }},
        {% endfor -%}
        {% for column, key in text_fields.items() -%}
        unnested.value:"{{ key }}"::varchar as {{ column }}{{ ',' if json_fields or not loop.last }}
        {% endfor -%}
        {% for column, key in json_fields.items() -%}
        unnested.value:"{{ key }}" as {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ relation }},
        lateral flatten(input => iff(is_array({{ relation }}.{{ array }}), {{ relation }}.{{ array }}, null))
            as unnested
{%- endmacro %}
