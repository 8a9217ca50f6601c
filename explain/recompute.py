"""The rules of credit in plain Python: what the marts' numbers are held against.

Nothing here comes from the models' SQL. Shares are decimals of 60 digits, money is whole cents, instants are UTC
without a zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import MIN_EMIN, ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any

SECONDS = {"hour": 3600, "day": 86400, "week": 604800}
TIE = Decimal("1e-12")
# A decay so steep that exp() leaves the default context's range is 0 for every purpose.
EXACT = Context(prec=60, Emin=MIN_EMIN, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Touch:
    """A touch of the conversion's person: the instant that stands for it, its channel's weight."""

    touch_id: str
    touched_at: datetime
    channel_weight: Decimal
    is_connected: bool = True


@dataclass(frozen=True)
class Conversion:
    """A conversion: when, and what it is worth in the reporting currency (None: no value, or no rate)."""

    conversion_id: str
    converted_at: datetime
    value: Decimal | None = None
    lead_created_at: datetime | None = None


@dataclass(frozen=True)
class Credited:
    """One touch of a journey. ``credits`` and ``values`` are by model; values are amounts with two decimals."""

    touch: Touch
    position: int
    seconds: int
    credits: dict[str, Decimal]
    values: dict[str, Decimal | None]


def truncate(instant: datetime, unit: str) -> datetime:
    """``instant`` at the granularity of comparison: second, minute, hour or day."""
    zeros = {"second": 0, "minute": 1, "hour": 2, "day": 3}[unit]
    fields = ("microsecond", "second", "minute", "hour")[: zeros + 1]
    return instant.replace(**dict.fromkeys(fields, 0))


def journey(conversion: Conversion, touches: Sequence[Touch], variables: dict[str, Any]) -> list[Credited]:
    """The touches that qualify, oldest first, with what each model gives them under these dbt vars."""
    unit = variables["timestamp_granularity"]
    end = truncate(conversion.converted_at, unit)
    window = timedelta(days=variables["lookback_window_days"])
    qualifying = sorted(
        (
            touch
            for touch in touches
            if timedelta(0) < end - truncate(touch.touched_at, unit) <= window
            and (touch.is_connected or not variables["connected_touches_only"])
        ),
        key=lambda touch: (touch.touched_at, touch.touch_id),
    )
    if not qualifying:
        return []
    seconds = [(end - truncate(touch.touched_at, unit)) // timedelta(seconds=1) for touch in qualifying]
    with localcontext(EXACT):
        credits = _credits(conversion, qualifying, seconds, variables)
        values = {model: share_out(conversion.value, shares) for model, shares in credits.items()}
    return [
        Credited(
            touch,
            index + 1,
            seconds[index],
            {model: shares[index] for model, shares in credits.items()},
            {model: amounts[index] for model, amounts in values.items()},
        )
        for index, touch in enumerate(qualifying)
    ]


def _credits(
    conversion: Conversion, touches: list[Touch], seconds: list[int], variables: dict[str, Any]
) -> dict[str, list[Decimal]]:
    """Each model's shares in the order of the journey."""
    n = len(touches)
    zero, one = Decimal(0), Decimal(1)
    decay = _shares(seconds, [one] * n, variables)
    weights = [touch.channel_weight for touch in touches]
    # Where every touch weighs 0 the weights say nothing.
    weighted = _shares(seconds, weights, variables) if any(weights) else decay
    position = _position_based(n, variables)
    winner = {
        "first_touch": 0,
        "last_touch": n - 1,
        "highest_weighted": max(i for i, share in enumerate(weighted) if share >= max(weighted) * (1 - TIE)),
    }[variables["single_win_criterion"]]
    return {
        "first_touch": [one if i == 0 else zero for i in range(n)],
        "last_touch": [one if i == n - 1 else zero for i in range(n)],
        "linear": [one / n] * n,
        "position_based": position,
        "w_shaped": position
        if conversion.lead_created_at is None
        else _w_shaped([touch.touched_at for touch in touches], conversion.lead_created_at),
        "time_decay": decay,
        "channel_weighted_time_decay": weighted,
        "single_win": [one if i == winner else zero for i in range(n)],
    }


def _shares(seconds: list[int], weights: list[Decimal], variables: dict[str, Any]) -> list[Decimal]:
    """W·exp(-λΔt) over its sum, Δt counted from the nearest touch that weighs anything, so that one term is W."""
    rate = Decimal(str(variables["decay_rate"])) / SECONDS[variables["decay_time_unit"]]
    if variables.get("decay_half_life"):
        rate = Decimal(2).ln() / Decimal(str(variables["decay_half_life"])) / SECONDS[variables["decay_time_unit"]]
    nearest = min(each for each, weight in zip(seconds, weights, strict=True) if weight)
    terms = [
        weight * (-rate * (each - nearest)).exp() if weight else Decimal(0)
        for each, weight in zip(seconds, weights, strict=True)
    ]
    return [term / sum(terms) for term in terms]


def _position_based(n: int, variables: dict[str, Any]) -> list[Decimal]:
    first, middle, last = (Decimal(str(weight)) for weight in variables["position_based_weights"])
    if n == 1:
        return [Decimal(1)]
    if n == 2:
        return [Decimal("0.5")] * 2
    return [first, *[middle / (n - 2)] * (n - 2), last]


def _w_shaped(touched_at: list[datetime], lead_created_at: datetime) -> list[Decimal]:
    """30% for each of three roles, which may fall on one touch; the rest share 10%, or the roles do."""
    before = [i for i, instant in enumerate(touched_at) if instant <= lead_created_at]
    shares = [Decimal(0)] * len(touched_at)
    for role in (0, before[-1] if before else 0, len(touched_at) - 1):
        shares[role] += Decimal("0.3")
    others = shares.count(Decimal(0))
    if not others:
        return [share / Decimal("0.9") for share in shares]
    return [share or Decimal("0.1") / others for share in shares]


def share_out(amount: Decimal | None, credits: list[Decimal]) -> list[Decimal | None]:
    """``amount`` in whole cents by the largest remainder, a tie to the earlier; of the amount without its sign."""
    if amount is None:
        return [None] * len(credits)
    cents = int(abs(amount) * 100)
    shares = [(credit * cents).quantize(Decimal("1e-6"), ROUND_HALF_UP) for credit in credits]
    whole = [int(share) for share in shares]
    order = sorted(range(len(credits)), key=lambda i: (credits[i] == 0, whole[i] - shares[i], i))
    for i in order[: max(cents - sum(whole), 0)]:
        whole[i] += 1
    sign = -1 if amount < 0 else 1
    return [Decimal(sign * each).scaleb(-2) if each else Decimal("0.00") for each in whole]
