{% macro stored(name, schema='intermediate') -%}
    {{ return(api.Relation.create(database=target.database, schema=schema, identifier=name)) }}
{%- endmacro %}
