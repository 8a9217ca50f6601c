-- depends_on: {{ ref('int_build_loads') }}
{{ changed_ids('touch', sources_of_touches()) }}
