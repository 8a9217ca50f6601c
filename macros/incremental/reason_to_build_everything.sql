{% macro reason_to_build_everything(fingerprint) -%}
    {%- if not execute or flags.WHICH not in ('build', 'run') -%}
        {{ return(none) }}
    {%- endif -%}
    {%- if flags.FULL_REFRESH -%}
        {{ return('--full-refresh') }}
    {%- endif -%}
    {%- set state = adapter.get_relation(target.database, 'build_log', 'state') -%}
    {%- set finished = adapter.get_relation(target.database, 'build_log', 'built_loads') -%}
    {%- if state is none or finished is none -%}
        {{ return('the first build') }}
    {%- endif -%}
    {%- set known = run_query('select fingerprint, is_finished from ' ~ state).rows[0] -%}
    {%- if not known[1] -%}
        {{ return('the last build of everything did not finish') }}
    {%- elif known[0] != fingerprint -%}
        {{ return('a setting, a seed or a model that credit depends on has changed') }}
    {%- endif -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and (
            node.config.materialized == 'incremental' or node.name == 'int_crm_facts_built'
        ) -%}
        {%- if adapter.get_relation(target.database, node.schema, node.name) is none -%}
            {{ return(node.schema ~ '.' ~ node.name ~ ' is not there') }}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in kept_totals() + ['int_path_totals'] if adapter.get_relation(target.database, 'build_log', name) is none -%}
        {{ return('build_log.' ~ name ~ ' is not there') }}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}
