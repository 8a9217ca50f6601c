{#- How close: the characters that both begin with, and those that both end with. Half of the name or less is no
    likeness. -#}
{% macro closest_names(name, known) -%}
    {%- set best = namespace(shared=(name | length) / 2, names=[]) -%}
    {%- for other in known | sort -%}
        {%- set shorter = [name | length, other | length] | min -%}
        {%- set same = namespace(begins=0, ends=0) -%}
        {%- for n in range(1, shorter + 1) -%}
            {%- if name[:n] == other[:n] -%} {%- set same.begins = n -%} {%- endif -%}
            {%- if name[-n:] == other[-n:] -%} {%- set same.ends = n -%} {%- endif -%}
        {%- endfor -%}
        {%- set shared = [same.begins + same.ends, shorter] | min -%}
        {%- if shared > best.shared -%}
            {%- set best.shared = shared -%}
            {%- set best.names = [other] -%}
        {%- elif best.names and shared == best.shared -%}
            {%- set best.names = best.names + [other] -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(best.names[:3]) }}
{%- endmacro %}
