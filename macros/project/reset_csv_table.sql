{#- dbt asks this of every seed whose table is there. On DuckDB the rows are copied by position, whatever the header. -#}
{% macro reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
    {%- if not full_refresh -%}
        {%- set found = agate_table.column_names | join(',') -%}
        {%- set right = adapter.get_columns_in_relation(old_relation) | map(attribute='name') | join(',') | lower -%}
        {%- if found | lower != right -%}
            {{ exceptions.raise_compiler_error(
                "The header of " ~ model.original_file_path ~ " is " ~ found ~ ", but its table has the columns "
                ~ right ~ " in this order. Nothing of it was loaded. Write the header and every row in this order, or "
                ~ "have the table made anew by `dbt seed --full-refresh --select " ~ model.name ~ "`."
            ) }}
        {%- endif -%}
    {%- endif -%}
    {{ return(adapter.dispatch('reset_csv_table', 'dbt')(model, full_refresh, old_relation, agate_table)) }}
{%- endmacro %}
