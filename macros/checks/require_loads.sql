{% macro require_loads() -%}
    {%- do settings() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'freshness') -%}
        {%- set missing = [] -%}
        {%- for name in settings().sources -%}
            {%- set brought = name in settings().raw_schemas -%}
            {%- set schema = settings().raw_schemas[name] | default('raw_' ~ name, true) -%}
            {%- set database = (settings().raw_database if brought) or target.database -%}
            {%- set relation = adapter.get_relation(database=database, schema=schema, identifier='completed_loads') -%}
            {%- if relation is none and brought -%}
                {{ exceptions.raise_compiler_error(
                    "The var raw_schemas says that the source " ~ name ~ " is in " ~ database ~ "." ~ schema
                    ~ ", and there is no table completed_loads. docs/bring_your_own.md says which tables and columns "
                    ~ "have to be there."
                ) }}
            {%- elif relation is none -%}
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
