"""Why a touch has its credit: what `attribution explain` shows, as plain values and as a page.

``conversion.journey`` and ``touch.service`` read the marts; ``check.check`` computes the same again from what was
loaded, by rules written a second time in ``recompute``; ``page`` makes one HTML file of either.
"""
