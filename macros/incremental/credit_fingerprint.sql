{#- A hash of all that the kept tables depend on besides the records: settings, seeds, the salt, the models' own text. -#}
{% macro credit_fingerprint() -%}
    {%- if not execute or flags.WHICH not in ('build', 'run') -%}
        {{ return('') }}
    {%- endif -%}
    {%- set parts = [] -%}
    {%- for name, value in settings().items()
        if name not in [
            'freshness_error_hours', 'late_source', 'reporting_timezone', 'exported_model',
            'handling_cost_per_hour', 'write_back_target', 'write_back_file', 'snowflake_warehouses'
        ] -%}
        {%- do parts.append(name ~ '=' ~ tojson(value)) -%}
    {%- endfor -%}
    {%- do parts.append(person_salt()) -%}
    {%- for seed in ['channel_weights', 'campaign_aliases', 'disposition_rules', 'exchange_rates'] -%}
        {%- set rows = [] -%}
        {%- for row in run_query('select * from ' ~ ref(seed)).rows -%}
            {%- do rows.append(row.values() | join('|')) -%}
        {%- endfor -%}
        {%- do parts.append(seed ~ ':' ~ rows | sort | join('\n')) -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
        {%- do parts.append(node.name ~ ' ' ~ node.checksum.checksum) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | sort | join('\n'))) }}
{%- endmacro %}
