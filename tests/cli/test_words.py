"""Counts with their nouns."""

import pytest

from common.words import number, rows_of


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (number(1, "finding"), "1 finding"),
        (number(1200, "touch"), "1,200 touches"),
        (number(0, "e-mail address"), "0 e-mail addresses"),
        (number(2, "history"), "2 histories"),
        (number(2, "day"), "2 days"),
        (number(1, "row differs", "rows differ"), "1 row differs"),
        (rows_of("campaign_member", 1497), "1,497 campaign members"),
        (rows_of("opportunity", 1), "1 opportunity"),
        (rows_of("contact_lists", 1), "1 contact list"),
        (rows_of("touches", 1), "1 touch"),
        (rows_of("touches", 2), "2 touches"),
        (rows_of("full_read", 9), "9 tables read in full"),
    ],
)
def test_a_noun_is_in_the_number_of_its_count(said, wanted):
    assert said == wanted
