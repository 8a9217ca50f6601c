"""The attribution models, in the order in which the marts list them, and what people call them."""

from __future__ import annotations

MODELS = {
    "first_touch": "First touch",
    "last_touch": "Last touch",
    "linear": "Linear",
    "position_based": "U-shaped",
    "w_shaped": "W-shaped",
    "time_decay": "Time decay",
    "channel_weighted_time_decay": "Channel-weighted time decay",
    "single_win": "Single win",
}
