{#- A phone's or an e-mail's hash has no bar in it, and stays what it is. -#}
{% macro person_key(person_id) -%}
    case
        when {{ person_id }} like '%|%'
            then {{ sha256_hex(text_literal(person_salt() ~ '|') ~ ' || ' ~ person_id) }}
        else {{ person_id }}
    end
{%- endmacro %}
