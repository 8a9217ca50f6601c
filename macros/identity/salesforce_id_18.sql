{% macro salesforce_id_18(expression) -%}
    {%- set alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345' -%}
    case
        when
            length({{ expression }}) = 15
            and substr({{ expression }}, 1, 3) in ('00Q', '003', '701')
            and {{ regexp_full_match(expression, '[A-Za-z0-9]{15}') }}
            then {{ expression }}
            {%- for chunk in range(3) %}
                || substr('{{ alphabet }}', 1
                {%- for bit in range(5) %}
                    + case when substr({{ expression }}, {{ chunk * 5 + bit + 1 }}, 1)
                        between 'A' and 'Z' then {{ 2 ** bit }} else 0 end
                {%- endfor %}, 1)
            {%- endfor %}
        else {{ expression }}
    end
{%- endmacro %}
