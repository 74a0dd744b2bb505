"""The words of the questions about the input: what is asked, what was seen, what else could explain it."""

from repool.model import Bilingual
from repool.wording import localised, significant

#: What each rule asks, as a careful reviewer would; in this order they are listed.
RULES: dict[str, Bilingual] = {
    "events-above-total": Bilingual(
        "Er det flere hendelser enn deltakere?", "Are there more events than participants?"
    ),
    "off-scale": Bilingual(
        "Kan skalaen gi dette gjennomsnittet og denne SD?", "Can the scale give this mean and this SD?"
    ),
    "grim": Bilingual("Kan hele tall gi dette gjennomsnittet?", "Can whole numbers give this mean?"),
    "grimmer": Bilingual("Kan hele tall gi denne SD?", "Can whole numbers give this SD?"),
    "percent": Bilingual(
        "Kan et helt antall personer gi prosenten i merknaden?",
        "Can a whole number of people give the percentage in the note?",
    ),
    "arms-swapped": Bilingual("Er armene byttet om?", "Are the arms swapped?"),
    "sign-flipped": Bilingual(
        "Er fortegnet eller retningen snudd?", "Is the sign or the direction turned round?"
    ),
    "se-as-sd": Bilingual("Er en standardfeil ført som SD?", "Was a standard error entered as SD?"),
    "sd-against-interval": Bilingual(
        "Passer SD med forsøkets eget konfidensintervall?",
        "Does the SD fit the trial's own confidence interval?",
    ),
    "decimal-slip": Bilingual(
        "Står desimaltegnet feil, eller er enheten en annen?",
        "Is a decimal mark misplaced, or the unit another one?",
    ),
    "copied-figures": Bilingual(
        "Har to forsøk nøyaktig samme tall?", "Do two trials have exactly the same figures?"
    ),
    "shared-arm": Bilingual(
        "Er samme gruppe talt to ganger i én total?", "Is one group counted twice in one total?"
    ),
    "trial-twice": Bilingual(
        "Er de samme deltakerne talt flere ganger i én total?",
        "Are the same participants counted several times in one total?",
    ),
    "participants": Bilingual(
        "Gir forsøkene det publiserte antallet deltakere?",
        "Do the trials add up to the published number of participants?",
    ),
}

#: What could be behind it other than an error.
OTHERWISE: dict[str, Bilingual] = {
    "events-above-total": Bilingual(
        "Hendelser kan være talt flere ganger per deltaker; da er de ikke en andel.",
        "Events may be counted more than once a participant; they are then no proportion.",
    ),
    "off-scale": Bilingual(
        "Forsøket kan ha brukt en annen utgave av skalaen, eller skalaen i tittelen gjelder noe annet.",
        "The trial may have used another version of the scale, or the range in the title is of something "
        "else.",
    ),
    "grim": Bilingual(
        "Gjennomsnittet kan gjelde færre deltakere enn de som er oppgitt, være justert, eller utfallet er "
        "et gjennomsnitt av flere spørsmål.",
        "The mean may be of fewer participants than stated, be adjusted, or the outcome averages several "
        "items.",
    ),
    "grimmer": Bilingual(
        "SD kan gjelde færre deltakere, være justert, regnet med n i stedet for n − 1, eller omregnet.",
        "The SD may be of fewer participants, be adjusted, use n instead of n − 1, or be converted.",
    ),
    "percent": Bilingual(
        "Prosenten kan være justert, eller regnet av et annet antall deltakere.",
        "The percentage may be adjusted, or of another number of participants.",
    ),
    "arms-swapped": Bilingual(
        "Deltakere kan ha falt fra slik at gruppene bytter størrelse, eller sammenligningen er snudd med "
        "vilje.",
        "Participants may have dropped out so that the groups change places in size, or the comparison is "
        "turned on purpose.",
    ),
    "sign-flipped": Bilingual(
        "Forsøket kan ha funnet en virkning den andre veien, eller tallene er endringer der de andre er "
        "sluttverdier.",
        "The trial may have found an effect in the other direction, or its figures may be changes where the "
        "others' are final values.",
    ),
    "se-as-sd": Bilingual(
        "Deltakerne kan ha vært mye likere hverandre enn i de andre forsøkene, eller målemetoden en annen.",
        "The participants may have been much more alike than in the other trials, or the outcome measured "
        "otherwise.",
    ),
    "sd-against-interval": Bilingual(
        "Intervallet kan være fra en justert analyse eller ha et annet nivå, eller en SD er tatt for en "
        "standardfeil og regnet om (altså to ganger).",
        "The interval may be of an adjusted analysis or of another level, or an SD was taken for a standard "
        "error and converted (so twice).",
    ),
    "decimal-slip": Bilingual(
        "Fordelingen kan være skjev, målingen gjort på en annen skala, en SD tatt for en standardfeil og "
        "regnet om (altså to ganger), eller en svært liten SD satt inn i stedet for 0.",
        "The distribution may be skewed, the outcome measured on another scale, an SD taken for a standard "
        "error and converted (so twice), or a very small SD entered for 0.",
    ),
    "copied-figures": Bilingual(
        "To rapporter kan gjelde samme forsøk, eller tallene er like ved en tilfeldighet.",
        "Two reports may be of one trial, or the figures agree by chance.",
    ),
    "shared-arm": Bilingual(
        "Gruppen kan være delt mellom sammenligningene før tallene ble ført, eller totalen vises ikke.",
        "The group may have been divided between the comparisons before entry, or the total is not shown.",
    ),
    "trial-twice": Bilingual(
        "Radene kan gjelde ulike personer i like store grupper, eller totalen vises ikke.",
        "The rows may be of different people in groups of one size, or the total is not shown.",
    ),
    "participants": Bilingual(
        "Tallet kan gjelde randomiserte i stedet for analyserte, eller andre forsøk.",
        "The number may be of those randomised, not analysed, or of other trials.",
    ),
}

_TEXTS: dict[str, tuple[str, str]] = {
    "events": (
        "{events} hendelser blant {total} deltakere i {arm}.",
        "{events} events among {total} participants in {arm}.",
    ),
    "experimental": ("tiltaksgruppen", "the experimental arm"),
    "control": ("kontrollgruppen", "the control arm"),
    "mean-off": (
        "Gjennomsnittet {mean} i {arm} ligger utenfor skalaen fra {low} til {high}.",
        "The mean {mean} in {arm} lies outside the scale from {low} to {high}.",
    ),
    "sd-off": (
        "På en skala fra {low} til {high} kan SD med {total} deltakere og gjennomsnitt {mean} høyst være "
        "{most}; {sd} er ført i {arm}.",
        "On a scale from {low} to {high} the SD of {total} participants with mean {mean} can be {most} at "
        "most; {sd} is entered in {arm}.",
    ),
    "change-off": (
        "På en skala fra {low} til {high} kan SD av en endring med {total} deltakere høyst være {most}; "
        "{sd} er ført i {arm}.",
        "On a scale from {low} to {high} the SD of a change in {total} participants can be {most} at most; "
        "{sd} is entered in {arm}.",
    ),
    "grim": (
        "Summen av {total} hele tall delt på {total} kan ikke bli {mean} ({arm}); nærmest er {below} og "
        "{above}.",
        "The sum of {total} whole numbers divided by {total} cannot be {mean} ({arm}); the nearest are "
        "{below} and {above}.",
    ),
    "grimmer": (
        "Ingen {total} hele tall med gjennomsnitt {mean} har SD {sd} ({arm}).",
        "No {total} whole numbers with mean {mean} have the SD {sd} ({arm}).",
    ),
    "percent": (
        "Merknaden sier {events}/{total} ({percent}\u00a0%), men {events}/{total} er {expected}\u00a0%.",
        "The note says {events}/{total} ({percent}%), but {events}/{total} is {expected}%.",
    ),
    "percent-none": (
        "Intet antall av {total} gir {percent}\u00a0%.", "No number out of {total} gives {percent}%."
    ),
    "percent-of": (
        "{events} er {percent}\u00a0% av {sizes}.", "{events} is {percent}% of {sizes}."
    ),
    "swapped-once": (
        "Raden har {one} deltakere i tiltaksgruppen og {other} i kontrollgruppen. I en annen analyse av "
        "samme sammenligning har forsøket det omvendte.",
        "The row has {one} participants in the experimental and {other} in the control arm. In another "
        "analysis of the same comparison the trial has them the other way round.",
    ),
    "swapped": (
        "Raden har {one} deltakere i tiltaksgruppen og {other} i kontrollgruppen. I {count} andre analyser "
        "av samme sammenligning har forsøket det omvendte.",
        "The row has {one} participants in the experimental and {other} in the control arm. In {count} "
        "other analyses of the same comparison the trial has them the other way round.",
    ),
    "mirrored": (
        "Effekten er {effect}; medianen av {count} andre forsøk er {median}, nesten alle på den andre "
        "siden av ingen forskjell. Speilet ({mirrored}) passer den med de andre.",
        "The effect is {effect}; the median of {count} other trials is {median}, nearly all on the other "
        "side of no difference. Mirrored ({mirrored}), it fits the others.",
    ),
    "mean-sign": (
        "Begge gjennomsnitt ({one} og {other}) har motsatt fortegn av alle i de {count} andre forsøkene, "
        "og samme størrelse.",
        "Both means ({one} and {other}) have the opposite sign of all those in the {count} other trials, "
        "and the same size.",
    ),
    "se": (
        "SD ({one} og {other}) er {times} ganger mindre enn medianen av {count} andre forsøk, {median}. "
        "Ganget med roten av antallet deltakere blir de {first} og {second}.",
        "The SDs ({one} and {other}) are {times} times smaller than the median of {count} other trials, "
        "{median}. Multiplied by the root of the number of participants they become {first} and {second}.",
    ),
    "interval": (
        "Intervallet {low} til {high} betyr en standardfeil på {theirs}; gjennomsnitt og SD gir {ours}.",
        "The interval {low} to {high} means a standard error of {theirs}; means and SDs give {ours}.",
    ),
    "interval-se": (
        "Intervallet {low} til {high} betyr en standardfeil på {theirs}; {ours} er ført.",
        "The interval {low} to {high} means a standard error of {theirs}; {ours} is entered.",
    ),
    "sd-arms": (
        "SD er {one} i tiltaksgruppen og {other} i kontrollgruppen, med gjennomsnitt {first} og {second}. "
        "{times} ganger mer eller mindre, og de ville ligne.",
        "The SD is {one} in the experimental and {other} in the control arm, with means {first} and "
        "{second}. {times} times more or less, and they would be alike.",
    ),
    "sd-both": (
        "SD ({one} og {other}) er nær {times} ganger {way} enn medianen av {count} andre forsøk, {median}, "
        "mens gjennomsnittene er som deres.",
        "The SDs ({one} and {other}) are near to {times} times {way} than the median of {count} other "
        "trials, {median}, while the means are like theirs.",
    ),
    "unit": (
        "Gjennomsnitt ({first} og {second}) og SD ({one} og {other}) er begge nær {times} ganger {way} enn "
        "medianen av {count} andre forsøk ({mean}, SD {median}).",
        "Means ({first} and {second}) and SDs ({one} and {other}) are both near to {times} times {way} "
        "than the median of {count} other trials ({mean}, SD {median}).",
    ),
    "smaller": ("mindre", "smaller"),
    "larger": ("større", "larger"),
    "mean-arms": (
        "Gjennomsnittet er {first} i tiltaksgruppen og {second} i kontrollgruppen, med SD {one} og "
        "{other}. {times} ganger mer eller mindre, og de ville ligne.",
        "The mean is {first} in the experimental and {second} in the control arm, with SDs {one} and "
        "{other}. {times} times more or less, and they would be alike.",
    ),
    "total-slip": (
        "{total} deltakere i {arm}; i {count} andre analyser av samme sammenligning har forsøket {usual}.",
        "{total} participants in {arm}; in {count} other analyses of the same comparison the trial has "
        "{usual}.",
    ),
    "effect-slip": (
        "Effekten er {effect}; medianen av {count} andre forsøk er {median}. En tidel eller hundredel av "
        "den ({instead}) passer med de andre.",
        "The effect is {effect}; the median of {count} other trials is {median}. A tenth or a hundredth of "
        "it ({instead}) fits the others.",
    ),
    "copied": (
        "{trials} har nøyaktig samme tall i begge grupper: {cells}.",
        "{trials} have exactly the same figures in both arms: {cells}.",
    ),
    "shared": (
        "{count} rader i én total har samme tall i {arm} ({cells}), og navn som tyder på ett forsøk.",
        "{count} rows of one total have the same figures in {arm} ({cells}), and names that suggest one "
        "trial.",
    ),
    "twice": (
        "Forsøket står i {count} rader av én total, med {one} og {other} deltakere i hver.",
        "The trial stands in {count} rows of one total, with {one} and {other} participants in each.",
    ),
    "twice-one-more": (
        "Det samme gjelder et annet forsøk i analysen.",
        "The same holds for another trial of the analysis.",
    ),
    "twice-more": (
        "Det samme gjelder {more} andre forsøk i analysen.",
        "The same holds for {more} other trials of the analysis.",
    ),
    "participants": (
        "Publisert er {theirs}; forsøkene gir {ours}.", "Published is {theirs}; the trials add up to "
        "{ours}."
    ),
    "participants-trial": (
        "Forskjellen er nøyaktig antallet i {trial}.", "The difference is exactly the number in {trial}."
    ),
}  # fmt: skip


def text(code: str, **values: object) -> Bilingual:
    """The sentence of that name in both languages; numbers as each language writes them."""
    filled = {name: number(value) if isinstance(value, float) else value for name, value in values.items()}
    return Bilingual(*_TEXTS[code]).filled(**filled)


def joined(first: Bilingual, second: Bilingual, mark: str = " ") -> Bilingual:
    """Two sentences in one text."""
    return Bilingual(f"{first.nb}{mark}{second.nb}", f"{first.en}{mark}{second.en}")


def number(value: float) -> Bilingual:
    """A figure as typed."""
    return Bilingual(*(localised(f"{value:.12g}", language) for language in ("nb", "en")))


def about(value: float) -> Bilingual:
    """A computed figure, to three significant digits."""
    return Bilingual(*(significant(value, 3, language) for language in ("nb", "en")))
