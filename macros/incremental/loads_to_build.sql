{#- As a list in the text of the query: a warehouse then looks at no older rows. -#}
{% macro loads_to_build(raw_table) -%}
    {%- set ids = [] -%}
    {%- if execute and not builds_everything() -%}
        {%- for row in run_query(
            'select load_id from ' ~ stored('int_build_loads') ~ " where raw_table = '" ~ raw_table ~ "' except "
            ~ "select load_id from build_log.built_loads where raw_table = '" ~ raw_table ~ "' order by load_id"
        ).rows -%}
            {%- do ids.append("'" ~ row[0] ~ "'") -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(ids | join(', ') or 'null') }}
{%- endmacro %}
