"""What explains the figures that RevMan printed for one trial row, and the words for it."""

from enum import StrEnum

from repool.model import Bilingual


class RowState(StrEnum):
    """How a row's printed effect and limits came about, or why there are none."""

    EXACT = "exact"
    OTHER_LEVEL = "other-level"
    SWAPPED = "swapped-event"
    TYPED_IN = "typed-in-generic"
    LOG_LIMITS = "limits-as-logs"
    NO_EVENTS = "no-events"
    ALL_EVENTS = "all-events"
    IMPOSSIBLE = "impossible-number"
    NO_PARTICIPANTS = "no-participants"
    ZERO_SD = "zero-sd"
    ZERO_SE = "zero-se"
    FEW = "fewer-than-four"
    EMPTY = "empty-row"
    UNEXPLAINED = "unexplained"

    @property
    def text(self) -> Bilingual:
        """The reason in words."""
        return _TEXTS[self]


_TEXTS = {
    RowState.EXACT: Bilingual(
        "Effekt og grenser følger av raden i alle trykte sifre.",
        "Effect and limits follow from the row in every printed digit.",
    ),
    RowState.OTHER_LEVEL: Bilingual(
        "Følger av raden, med et konfidensnivå som ikke er 95 %.",
        "Follows from the row, with a confidence level that is not 95%.",
    ),
    RowState.SWAPPED: Bilingual(
        "Følger av raden når hendelse og ikke-hendelse bytter plass.",
        "Follows from the row once event and non-event change places.",
    ),
    RowState.TYPED_IN: Bilingual(
        "Effekten er skrevet inn som ferdig tall; radens hendelser eller gjennomsnitt er ikke brukt.",
        "The effect was typed in as a figure; the row's events or means are not used.",
    ),
    RowState.LOG_LIMITS: Bilingual(
        "Grensene er logaritmen av grensene for gjennomsnittsforskjellen, og effekten er ikke trykt; "
        "en grense under 0 har ingen logaritme.",
        "The limits are the logs of those of the mean difference, and the effect is not printed; "
        "a limit below 0 has no log.",
    ),
    RowState.NO_EVENTS: Bilingual(
        "Ikke estimerbar: ingen hendelser i noen av armene.",
        "Not estimable: no event in either arm.",
    ),
    RowState.ALL_EVENTS: Bilingual(
        "Ikke estimerbar: alle deltakere i begge armer hadde hendelsen.",
        "Not estimable: every participant of both arms had the event.",
    ),
    RowState.IMPOSSIBLE: Bilingual(
        "Ikke estimerbar: umulig tall (flere hendelser enn deltakere, eller et negativt tall).",
        "Not estimable: an impossible number (more events than participants, or a negative number).",
    ),
    RowState.NO_PARTICIPANTS: Bilingual(
        "Ikke estimerbar: en arm uten deltakere.", "Not estimable: an arm without participants."
    ),
    RowState.ZERO_SD: Bilingual(
        "Ikke estimerbar: standardavviket i en arm er 0 eller mangler.",
        "Not estimable: the SD of an arm is 0 or missing.",
    ),
    RowState.ZERO_SE: Bilingual(
        "Ikke estimerbar: standardfeilen er 0 eller mangler.",
        "Not estimable: the standard error is 0 or missing.",
    ),
    RowState.FEW: Bilingual(
        "Ikke estimerbar: færre enn fire deltakere, for få til en standardisert forskjell.",
        "Not estimable: fewer than four participants, too few for a standardised difference.",
    ),
    RowState.EMPTY: Bilingual(
        "Tom rad: nullene betyr at ingenting er skrevet inn.",
        "An empty row: its zeros mean that nothing was entered.",
    ),
    RowState.UNEXPLAINED: Bilingual(
        "Ingen kjent regel gir disse tallene.", "No known rule gives these figures."
    ),
}
