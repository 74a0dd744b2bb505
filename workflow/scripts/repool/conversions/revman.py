"""What RevMan itself converts before it pools: swapped events, O - E and its variance, and log ratios.

The name in brackets is the rule's (docs/new-review.md, "A data package of the Cochrane Library").
"""

from repool.conversions.records import Conversion
from repool.model import Bilingual

SWAPPED_EVENTS = Conversion(
    Bilingual("antallet uten hendelsen", "the number without the event"), "RevMan, swapped-events"
)
O_E_AND_VARIANCE = Conversion(
    Bilingual("O − E og variansen", "O − E and its variance"), "RevMan, o-e-and-variance"
)
LOG_GIVEN = Conversion(Bilingual("logaritmen av forholdet", "the log of the ratio"), "RevMan, log-given")
