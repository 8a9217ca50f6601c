{{ config(materialized='view') }}

{{ current_records('touch') }}
