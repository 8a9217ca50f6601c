{#- What `attribution load` does with the rows that it loads itself: ingestion/stop_list.py. -#}
{% macro without_forgotten(source, rows=[], ids=[], phones=[], emails=[]) -%}
    {%- set stop_list, key = none, none -%}
    {%- if execute and source in settings().raw_schemas -%}
        {%- set stop_list = adapter.get_relation(target.database, 'privacy', 'stop_list') -%}
        {%- set key = adapter.get_relation(target.database, 'privacy', 'stop_list_key') -%}
    {%- endif -%}
    {%- if stop_list is not none -%}
        {%- set named = [] -%}
        {%- for column in rows %}{% do named.append(['row|' ~ source ~ '.' ~ column, column]) %}{% endfor -%}
        {%- for column in ids %}{% do named.append(['id', clean_lead_id(column)]) %}{% endfor -%}
        {%- for column in phones %}{% do named.append(['phone', column]) %}{% endfor -%}
        {%- for column in emails %}{% do named.append(['email', email_key_text(column)]) %}{% endfor -%}
    where
        {%- for kind, text in named %}
        {%- set entry = "(select max(hash_key) from " ~ key ~ ") || '|" ~ kind ~ "|' || " ~ text %}
        {{ 'and ' if not loop.first }}coalesce({{ sha256_hex(entry) }}, '') not in (select hash from {{ stop_list }})
        {%- endfor %}
    {%- endif -%}
{%- endmacro %}
