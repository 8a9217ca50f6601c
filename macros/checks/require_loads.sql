{% macro require_loads() -%}
    {%- do settings() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- for name in settings().sources -%}
            {%- set relation = adapter.get_relation(
                database=target.database, schema='raw_' ~ name, identifier='completed_loads'
            ) -%}
            {%- if relation is none -%}
                {{ exceptions.raise_compiler_error(
                    "Nothing of the source " ~ name ~ " has been loaded into this warehouse. Run `attribution load "
                    ~ name ~ "` first, or leave it out of the var sources."
                ) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
