{% macro require_loads() -%}
    {%- do settings() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'freshness') -%}
        {%- set missing = [] -%}
        {%- for name in settings().sources -%}
            {%- set relation = adapter.get_relation(
                database=target.database, schema='raw_' ~ name, identifier='completed_loads'
            ) -%}
            {%- if relation is none -%}
                {%- do missing.append(name) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if missing -%}
            {{ exceptions.raise_compiler_error(
                "Nothing of the source " ~ missing | join(' and ') ~ " has been loaded into this warehouse. Run "
                ~ "`attribution load " ~ missing | join(' ') ~ "` first, or leave it out of the var sources."
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
