{#- Every var that means something, checked; the models ask here and never var() itself. -#}
{% macro settings() -%}
    {%- set checked = {
        'sources': setting_list('sources', ['genesys', 'salesforce', 'dynamics', 'files', 'webhook']),
        'genesys_attributes': setting_names('genesys_attributes', 4),
        'genesys_fresh_conversations': setting_boolean('genesys_fresh_conversations'),
        'salesforce_conversion_source': setting_choice(
            'salesforce_conversion_source', ['opportunity', 'lead']
        ),
        'salesforce_conversion_time_field': setting_field('salesforce_conversion_time_field'),
        'salesforce_value_field': setting_field('salesforce_value_field'),
        'salesforce_campaign_field': setting_field('salesforce_campaign_field'),
        'salesforce_lead_value_field': setting_field('salesforce_lead_value_field'),
        'salesforce_lead_campaign_field': setting_field('salesforce_lead_campaign_field'),
        'salesforce_conversion_type_field': setting_field('salesforce_conversion_type_field'),
        'salesforce_conversion_stages': setting_texts('salesforce_conversion_stages'),
        'salesforce_time_from_history': setting_boolean('salesforce_time_from_history'),
        'dynamics_conversion_source': setting_choice('dynamics_conversion_source', ['opportunity', 'lead']),
        'dynamics_conversion_time_field': setting_column('dynamics_conversion_time_field'),
        'dynamics_value_field': setting_column('dynamics_value_field'),
        'dynamics_campaign_field': setting_column('dynamics_campaign_field'),
        'dynamics_lead_value_field': setting_column('dynamics_lead_value_field'),
        'dynamics_lead_campaign_field': setting_column('dynamics_lead_campaign_field'),
        'dynamics_conversion_type_field': setting_column('dynamics_conversion_type_field'),
        'dynamics_lead_id_field': setting_column('dynamics_lead_id_field'),
        'dynamics_campaign_id_field': setting_column('dynamics_campaign_id_field'),
        'dynamics_phone_calls_are_touches': setting_boolean('dynamics_phone_calls_are_touches'),
        'raw_database': setting_raw_database(),
        'raw_schemas': setting_raw_schemas(),
        'touch_anchor': setting_choice('touch_anchor', ['end', 'start']),
        'lookback_window_days': setting_number('lookback_window_days', above=0, at_most=36500),
        'timestamp_granularity': setting_choice(
            'timestamp_granularity', ['second', 'minute', 'hour', 'day']
        ),
        'crm_timezone': setting_timezone('crm_timezone'),
        'date_only_convention': setting_choice(
            'date_only_convention', ['end_of_day', 'start_of_day']
        ),
        'reporting_timezone': setting_timezone('reporting_timezone'),
        'decay_time_unit': setting_choice('decay_time_unit', ['hour', 'day', 'week']),
        'decay_rate': setting_decay_rate(),
        'single_win_criterion': setting_choice(
            'single_win_criterion', ['last_touch', 'first_touch', 'highest_weighted']
        ),
        'position_based_weights': setting_position_weights(),
        'connected_touches_only': setting_boolean('connected_touches_only'),
        'journey_starts_after_previous_conversion': setting_boolean(
            'journey_starts_after_previous_conversion'
        ),
        'handling_cost_per_hour': setting_number('handling_cost_per_hour', at_least=0, at_most=1000000),
        'path_without_repeats': setting_boolean('path_without_repeats'),
        'path_excluded_channels': setting_texts('path_excluded_channels'),
        'path_excluded_campaigns': setting_texts('path_excluded_campaigns'),
        'path_last_touches': setting_count('path_last_touches'),
        'exported_model': setting_choice('exported_model', attribution_models()),
        'write_back_target': setting_choice(
            'write_back_target',
            ['custom_attributes', 'participant_attributes', 'contact_columns', 'file']
        ),
        'write_back_file': setting_file('write_back_file', ['csv', 'parquet']),
        'reporting_currency': setting_currency('reporting_currency'),
        'snowflake_warehouses': setting_warehouses(),
        'freshness_error_hours': setting_number('freshness_error_hours', above=0, at_most=1000000),
        'late_source': setting_choice('late_source', ['stop', 'warn'])
    } -%}
    {%- do refuse_unknown_vars((checked.keys() | list) + ['decay_half_life']) -%}
    {{ return(checked) }}
{%- endmacro %}
