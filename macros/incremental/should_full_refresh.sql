{#- dbt asks this of every incremental model; here the plan of the build has a say in it too. -#}
{% macro should_full_refresh() -%}
    {%- if flags.FULL_REFRESH or config.get('full_refresh') -%}
        {{ return(true) }}
    {%- endif -%}
    {{ return(model.resource_type == 'model' and builds_everything()) }}
{%- endmacro %}
