-- depends_on: {{ ref('int_build_loads') }}
{{ changed_ids('conversion', sources_of_conversions()) }}
