{% macro seconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('seconds_between')(earlier, later)) }}
{%- endmacro %}

{% macro default__seconds_between(earlier, later) -%}
    date_diff('second', {{ earlier }}, {{ later }})
{%- endmacro %}

{% macro snowflake__seconds_between(earlier, later) -%}
    datediff('second', {{ earlier }}, {{ later }})
{%- endmacro %}
