{#- Name and position of each role that a model can give credit by; 0 stands for a touch without one. -#}
{% macro touch_roles() -%}
    {{ return([
        ('first', '1'), ('creation', 'lead_creation_position'), ('last', 'journey_length'), ('other', '0')
    ]) }}
{%- endmacro %}
