{#- One macro for each kind of var: the value, or an error that says what it may be. -#}

{% macro refuse_setting(name, allowed) -%}
    {{ exceptions.raise_compiler_error(
        "The var " ~ name ~ " is " ~ tojson(var(name), var(name) | string) ~ ". It may be " ~ allowed ~ "."
    ) }}
{%- endmacro %}

{% macro setting_choice(name, choices) -%}
    {%- if var(name) is not string or var(name) not in choices -%}
        {{ refuse_setting(name, choices | join(', ')) }}
    {%- endif -%}
    {{ return(var(name)) }}
{%- endmacro %}

{% macro setting_list(name, choices) -%}
    {%- set value = var(name) -%}
    {%- if value is string or value is mapping or value is not sequence or value | length == 0
        or value | reject('in', choices) | list | length > 0
        or value | unique | list | length != value | length -%}
        {{ refuse_setting(name, 'a list of one or more of ' ~ choices | join(', ') ~ ', each once') }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{% macro setting_names(name, count) -%}
    {%- set value = var(name) -%}
    {%- if value is string or value is mapping or value is not sequence or value | length != count
        or value | select('string') | map('trim') | select | list | length != count
        or value | unique | list | length != count -%}
        {{ refuse_setting(name, 'a list of ' ~ count ~ ' different names') }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{% macro setting_number(name, at_most, above=none, at_least=none) -%}
    {%- set value = var(name) -%}
    {%- set bound = (
        'a number above ' ~ above ~ ', at most ' ~ at_most if above is not none
        else 'a number from ' ~ at_least ~ ' to ' ~ at_most
    ) -%}
    {%- if value is boolean or value is not number or value != value or value > at_most
        or (above is not none and value <= above)
        or (at_least is not none and value < at_least) -%}
        {{ refuse_setting(name, bound) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{% macro setting_boolean(name) -%}
    {%- if var(name) is not boolean -%}
        {{ refuse_setting(name, 'true or false') }}
    {%- endif -%}
    {{ return(var(name)) }}
{%- endmacro %}

{% macro setting_timezone(name) -%}
    {%- set value = var(name) -%}
    {%- if value is not string or value not in modules.pytz.all_timezones_set -%}
        {{ refuse_setting(name, 'an IANA time zone such as America/New_York') }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{% macro setting_currency(name) -%}
    {%- set value = var(name) -%}
    {%- if value is not string or not modules.re.fullmatch('[A-Z]{3}', value) -%}
        {{ refuse_setting(name, 'an ISO 4217 code of three capitals, such as USD') }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{#- λ per decay_time_unit: decay_rate, or ln 2 / decay_half_life where that is set. -#}
{% macro setting_decay_rate() -%}
    {%- if var('decay_half_life') is none -%}
        {{ return(setting_number('decay_rate', at_least=0, at_most=1000000)) }}
    {%- endif -%}
    {{ return(0.6931471805599453 / setting_number('decay_half_life', at_least=0.000001, at_most=1000000)) }}
{%- endmacro %}

{% macro setting_position_weights() -%}
    {%- set name = 'position_based_weights' -%}
    {%- set value = var(name) -%}
    {%- set allowed = 'three numbers (first, middle, last), each 0 or more, that sum to 1' -%}
    {%- if value is string or value is mapping or value is not sequence or value | length != 3
        or value | reject('number') | list | length > 0 or value | select('boolean') | list | length > 0 -%}
        {{ refuse_setting(name, allowed) }}
    {%- elif value | min < 0 or not (value | sum - 1) | abs <= 1e-9 -%}
        {{ refuse_setting(name, allowed) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{#- The load reads what these name; checked here too, so that a build says it as well. -#}
{% macro setting_field(name) -%}
    {%- set value = var(name) -%}
    {%- if value is not none and value != ''
        and (value is not string or not modules.re.fullmatch('[A-Za-z][A-Za-z0-9_]*([.][A-Za-z][A-Za-z0-9_]*)?', value)) -%}
        {{ refuse_setting(name, "the API name of one field, such as ConversionDate__c or RecordType.DeveloperName, or null for none") }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{% macro setting_column(name) -%}
    {%- set value = var(name) -%}
    {%- if value is not none and value != ''
        and (value is not string or not modules.re.fullmatch('[A-Za-z][A-Za-z0-9_]*', value)) -%}
        {{ refuse_setting(name, "the logical name of one column, such as new_conversiondate, or null for none") }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{% macro setting_texts(name) -%}
    {%- set value = var(name) -%}
    {%- if value is string or value is mapping or value is not sequence
        or value | reject('string') | list | length > 0 -%}
        {{ refuse_setting(name, 'a list of texts, [] for none') }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{% macro setting_count(name) -%}
    {%- set value = var(name) -%}
    {%- if value is not none and (value is boolean or value is not integer or value < 1 or value > 1000000) -%}
        {{ refuse_setting(name, 'a whole number from 1 to 1000000, or null for no limit') }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{% macro setting_file(name, endings) -%}
    {%- set value = var(name) -%}
    {%- if value is not string or not modules.re.search('[^/][.](' ~ endings | join('|') ~ ')$', value) -%}
        {{ refuse_setting(name, 'the path of a file that ends in .' ~ endings | join(' or .')) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{#- Sources that another loader may have filled, and the schema that each is in. -#}
{% macro setting_raw_schemas() -%}
    {%- set value = var('raw_schemas') -%}
    {%- set allowed = 'a mapping of sources (genesys, salesforce, files) to the schemas of their raw tables, {} for none' -%}
    {%- if value is not mapping -%}
        {{ refuse_setting('raw_schemas', allowed) }}
    {%- endif -%}
    {%- for source, schema in value.items() -%}
        {%- if source not in ['genesys', 'salesforce', 'files'] or schema is not string
            or not modules.re.fullmatch('[A-Za-z_][A-Za-z0-9_$]*', schema) -%}
            {{ refuse_setting('raw_schemas', allowed) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(value) }}
{%- endmacro %}

{% macro setting_raw_database() -%}
    {%- set value = var('raw_database') -%}
    {%- if value is not none
        and (value is not string or not modules.re.fullmatch('[A-Za-z_][A-Za-z0-9_$]*', value)) -%}
        {{ refuse_setting('raw_database', 'the name of a database, or null for the one that the project is in') }}
    {%- elif value is not none and target.type == 'duckdb' and value != target.database -%}
        {{ refuse_setting('raw_database', 'null: on DuckDB all tables are in one file') }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{#- Each folder of models that has a warehouse of its own; the others need the profile's to go back to. -#}
{% macro setting_warehouses() -%}
    {%- set value = var('snowflake_warehouses') -%}
    {%- set folders = ['staging', 'intermediate', 'marts', 'reports', 'exports'] -%}
    {%- set allowed = 'a mapping of folders of models (' ~ folders | join(', ')
        ~ ') to names of warehouses, {} for none' -%}
    {%- if value is not mapping -%}
        {{ refuse_setting('snowflake_warehouses', allowed) }}
    {%- endif -%}
    {%- for folder, warehouse in value.items() -%}
        {%- if folder not in folders or warehouse is not string
            or not modules.re.fullmatch('[A-Za-z_][A-Za-z0-9_$]*', warehouse) -%}
            {{ refuse_setting('snowflake_warehouses', allowed) }}
        {%- endif -%}
    {%- endfor -%}
    {%- if value and target.type == 'snowflake' and not target.warehouse -%}
        {{ refuse_setting('snowflake_warehouses', '{} as long as SNOWFLAKE_WAREHOUSE does not say where all others run') }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}
