{{ config(materialized='view') }}

{{ records_to_identify('touch') }}
