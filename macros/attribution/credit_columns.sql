{% macro credit_columns() -%}
    {%- set columns = {
        'conversion_id': 'varchar',
        'campaign_id': 'varchar',
        'channel': 'varchar',
        'touch_sequence': 'integer',
        'disposition_code': 'varchar',
        'position': 'integer',
        'journey_length': 'integer',
        'hours_to_conversion': 'double',
        'is_first_conversion_of_touch': 'boolean'
    } -%}
    {%- for model in attribution_models() -%}
        {%- do columns.update({model ~ '_credit': 'double', model ~ '_value': 'decimal(18, 2)'}) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}
