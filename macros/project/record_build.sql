{% macro record_build(results) -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set failed = results | selectattr('status', 'in', ['error', 'fail', 'runtime error']) | list -%}
        {%- set built = results | selectattr('status', 'equalto', 'success') | map(attribute='node.name') | list -%}
        {%- if failed | length == 0 and 'export_genesys_attribution' in built -%}
            {%- do run_query('create schema if not exists build_log') -%}
            {%- do run_query(
                'create table if not exists build_log.builds'
                ~ ' (invocation_id varchar, finished_at timestamp, vars varchar)'
            ) -%}
            {%- do run_query(
                "insert into build_log.builds select '" ~ invocation_id ~ "', " ~ current_utc() ~ ", "
                ~ text_literal(tojson(settings()))
            ) -%}
        {%- endif -%}
        {%- set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') -%}
        {%- if failed | length == 0 and models | map(attribute='name') | reject('in', built) | list | length == 0 -%}
            {%- do finish_build() -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
