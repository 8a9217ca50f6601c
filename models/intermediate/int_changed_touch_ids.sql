-- depends_on: {{ ref('int_build_loads') }}
{{ changed_ids('touch', settings().sources) }}
