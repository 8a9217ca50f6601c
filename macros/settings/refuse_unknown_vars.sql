{#- dbt passes over a name in --vars that nothing asks for: a misspelt var would leave its default in force. -#}
{% macro refuse_unknown_vars(known) -%}
    {%- set given = invocation_args_dict.get('vars') or {} -%}
    {%- set given = fromyaml(given) if given is string else given -%}
    {%- for name in given if name not in known -%}
        {%- set close = closest_names(name | string, known) -%}
        {{ exceptions.raise_compiler_error(
            "--vars names " ~ name ~ ", which is no var of the project. "
            ~ ("Did you mean " ~ close | join(' or ') ~ "? " if close else "")
            ~ "README.md lists all vars under Settings."
        ) }}
    {%- endfor -%}
{%- endmacro %}
