{% macro refuse_seed_rows(seed, columns, bad, allowed) -%}
    {%- if execute -%}
        {%- set rows = run_query(
            'select ' ~ columns | join(', ') ~ ' from ' ~ ref(seed) ~ ' where ' ~ bad ~ ' order by '
            ~ columns | join(', ')
        ).rows -%}
        {%- if rows | length > 0 -%}
            {%- set said = [] -%}
            {%- for column in columns -%}
                {%- do said.append(column ~ ' ' ~ ('(empty)' if rows[0][loop.index0] is none else rows[0][loop.index0])) -%}
            {%- endfor -%}
            {{ exceptions.raise_compiler_error(
                "seeds/" ~ seed ~ ".csv has a row that can't be: " ~ said | join(', ') ~ ". " ~ allowed
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
