"""Why the winner won, in a sentence."""

from __future__ import annotations

from typing import Any

# Credits are doubles; two touches whose weights differ by less are a tie, which goes to the later touch.
TIE = 1e-12


def why_it_won(winner: dict[str, Any], touches: list[dict[str, Any]], criterion: str) -> str:
    """A sentence on why ``winner`` got the single win among ``touches``."""
    campaign = winner["campaign_name"] or winner["campaign_id"]
    head = f"Touch {winner['position']} ({campaign}, {winner['channel']}) has the single win"
    if len(touches) == 1:
        return f"{head}: it is the only touch that qualifies."
    among = f"of the {len(touches)} touches that qualify"
    if criterion == "last_touch":
        return f"{head}: it is the latest {among} (single_win_criterion: last_touch)."
    if criterion == "first_touch":
        return f"{head}: it is the earliest {among} (single_win_criterion: first_touch)."
    credit = winner["credits"]["channel_weighted_time_decay"]
    tied = [
        touch
        for touch in touches
        if touch is not winner
        and abs(touch["credits"]["channel_weighted_time_decay"] - credit) <= TIE * max(credit, 1e-300)
    ]
    sentence = (
        f"{head}: its channel-weighted time-decay credit, {credit:.4f}, is the largest {among} "
        "(single_win_criterion: highest_weighted)"
    )
    return sentence + (", and of those that tie it is the latest." if tied else ".")
