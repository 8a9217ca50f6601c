"""Raw tables of the files source in any size, made by DuckDB itself: what `load files` would leave."""

from __future__ import annotations

from pathlib import Path

import duckdb

# Touches for one conversion, and the days that the data spans.
TOUCHES_PER_CONVERSION = 10
DAYS = 365
# People with very many touches; everybody else has about 12.
REGULARS, TOUCHES_OF_A_REGULAR = 5, 10_000
START = "timestamp '2025-07-01'"

# Pseudo-random whole numbers below n that depend on the row and on nothing else.
RANDOM = "(hash({row} * 1000003 + {salt}) % {n})::bigint"


def random(salt: int, n: int, row: str = "i") -> str:
    return RANDOM.format(row=row, salt=salt, n=n)


def tail(touches: int, salt: int) -> str:
    """SQL of the number of the person of row ``i``: many people with few touches, few with many."""
    return f"floor(pow({random(salt, 1_000_000)} / 1000000.0, 1.5) * {max(touches // 12, 1)})::bigint"


def regulars(touches: int) -> int:
    """How many people have some 10,000 touches each."""
    return min(REGULARS, touches // 200_000)


def fill(path: Path, touches: int, first: int = 0, load_id: str = "1700000000.0", *, day: int | None = None) -> None:
    """Add ``touches`` touches and a tenth as many conversions to the raw tables in ``path``.

    ``first`` is the number of the first row, so that a second call makes other rows of the same people; ``day`` puts
    all of them on one day, else they spread over a year. Nine in ten touches name their lead, the others a phone.
    """
    total = max(first, touches)
    few = regulars(total)
    of_regulars = few * TOUCHES_OF_A_REGULAR / total
    is_of_a_regular = f"{random(1, 10**6)} < {of_regulars * 10**6}"
    toucher = f"case when {is_of_a_regular} then -1 - {random(3, max(few, 1))} else {tail(total, 2)} end"
    # A regular converts twice; each time all touches of the lookback share the credit.
    converter = f"case when i < {2 * few} then -1 - i % {max(few, 1)} else {tail(total, 21)} end"
    touched, converted = (
        random(salt, DAYS * 86400) if day is None else f"({day} * 86400 + {random(salt, 86400)})" for salt in (4, 22)
    )
    conversions = touches // TOUCHES_PER_CONVERSION
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set preserve_insertion_order = false")
        connection.execute("set enable_progress_bar = false")
        connection.execute("create schema if not exists raw_files")
        connection.execute(
            f"""
            create temp table new_touches as
            with rows as (select i, {toucher} as person, {START} + to_seconds({touched}) as happened
                          from range({first}, {first + touches}) as numbers (i))
            select
                'touch-' || i as touch_id,
                cast(timezone('UTC', happened) as timestamptz) as touched_at, cast(null as date) as touched_on,
                cast(timezone('UTC', happened - to_seconds({random(5, 600)})) as timestamptz) as started_at,
                cast(null as date) as started_on,
                case when {random(6, 10)} > 0 then 'lead-' || person end as lead_id,
                case when {random(6, 10)} = 0 or {random(7, 10)} = 0 then '+1' || (2000000000 + person) end as phone,
                case when {random(6, 10)} = 0 or {random(7, 10)} = 0 then '+1' || (2000000000 + person) end
                    as phone_e164,
                cast(null as varchar) as email,
                ['outbound_call', 'sms', 'email', 'callback', 'message'][1 + {random(8, 5)}] as channel,
                'campaign-' || (date_diff('day', {START}, happened) // 30 * 20 + {random(9, 20)}) as campaign_id,
                1 + {random(10, 8)} as touch_sequence,
                case when {random(11, 10)} > 2 then 'agent-' || {random(12, 400)} end as agent_id,
                'queue-' || {random(13, 20)} as queue_id,
                case when {random(14, 10)} > 6 then 'flow-' || {random(15, 30)} end as ivr_node_id,
                'disposition-' || {random(16, 12)} as disposition_code,
                cast(null as decimal(18, 4)) as cost, false as is_deleted,
                '{load_id}' as _dlt_load_id, 'touch-' || i as _dlt_id
            from rows
            """
        )
        connection.execute(
            f"""
            create temp table new_conversions as
            with rows as (select i, {converter} as person, {START} + to_seconds({converted}) as happened
                          from range({first}, {first + conversions}) as numbers (i))
            select
                'conversion-' || i as conversion_id,
                case when {random(17, 5)} > 0 then cast(timezone('UTC', happened) as timestamptz) end as converted_at,
                case when {random(17, 5)} = 0 then cast(happened as date) end as converted_on,
                'lead-' || person as lead_id,
                cast(null as varchar) as phone, cast(null as varchar) as phone_e164, cast(null as varchar) as email,
                cast(null as varchar) as campaign_id, cast(null as varchar) as conversion_type,
                cast({random(18, 1_000_000)} / 100 as decimal(18, 4)) as conversion_value,
                ['USD', 'USD', 'USD', 'EUR'][1 + {random(19, 4)}] as currency,
                cast(timezone('UTC', happened - to_seconds({random(20, 90 * 86400)})) as timestamptz)
                    as lead_created_at,
                cast(null as date) as lead_created_on, false as is_deleted,
                '{load_id}' as _dlt_load_id, 'conversion-' || i as _dlt_id
            from rows
            """
        )
        for table in ("touches", "conversions"):
            connection.execute(f"create table if not exists raw_files.{table} as from new_{table} limit 0")
            connection.execute(f"insert into raw_files.{table} from new_{table}")
        connection.execute(
            """create table if not exists raw_files.costs (
                cost_key varchar, campaign_id varchar, cost_date date, channel varchar, "cost" decimal(18, 4),
                currency varchar, _dlt_load_id varchar, _dlt_id varchar)"""
        )
        connection.execute(
            f"""insert into raw_files.costs
                select c, c, date '2025-07-15', null, 1000 + n, 'USD', '{load_id}', c
                from (select n, 'campaign-' || n as c from range(0, 240) as numbers (n))
                where c not in (select campaign_id from raw_files.costs)"""
        )
        connection.execute(
            """create table if not exists raw_files.completed_loads (
                loaded_at timestamptz, since timestamptz, "until" timestamptz, _dlt_load_id varchar, _dlt_id varchar)"""
        )
        connection.execute(
            f"insert into raw_files.completed_loads values (now(), null, null, '{load_id}', '{load_id}')"
        )
