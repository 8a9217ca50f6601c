{{ config(materialized='view') }}

{{ current_records('conversion') }}
