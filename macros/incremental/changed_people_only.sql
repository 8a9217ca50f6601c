{#- One table alone can't be rebuilt: the views that it reads hold only what the last build computed. -#}
{% macro changed_people_only() -%}
    {%- if execute and builds_everything() -%}
        {{ return(false) }}
    {%- endif -%}
    {%- if execute and not is_incremental() -%}
        {{ exceptions.raise_compiler_error(
            this ~ " is not there, and only what has changed is computed in this build. Run `dbt build` without a "
            ~ "selection, or `dbt build --full-refresh`: it makes all tables anew."
        ) }}
    {%- endif -%}
    {{ return(true) }}
{%- endmacro %}
