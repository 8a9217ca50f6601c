{{ config(materialized='view') }}

{{ records_to_identify('conversion', and_ids_of=ref('int_repriced_conversions')) }}
