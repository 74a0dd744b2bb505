"""The sentences of the consistency checks in Norwegian bokmål and English: questions, never accusations."""

_INTERVAL = {
    "interval": ("{estimate} ({low} til {high})", "{estimate} ({low} to {high})"),
    "scale-log": (
        "på logaritmisk skala, slik det skal for et forholdstall",
        "on the log scale, as for a ratio",
    ),
    "scale-plain": ("på sin egen skala", "on its own scale"),
    "ci-symmetric": (
        "Effekten ligger midt mellom grensene {scale}, så nær som de trykte sifrene kan vise.",
        "The effect lies midway between its limits {scale}, as closely as the printed digits can show.",
    ),
    "ci-skewed": (
        "Et konfidensintervall er nesten alltid symmetrisk {scale}. Midt mellom {low} og {high} ligger "
        "{expected}, ikke {estimate}. Er ett av de tre tallene et annet i originalen? (Noen få metoder, "
        "som eksakte intervaller, gir skjeve intervaller.)",
        "A confidence interval is nearly always symmetric {scale}. Midway between {low} and {high} lies "
        "{expected}, not {estimate}. Is one of the three figures another one in the original? (A few "
        "methods, such as exact intervals, give skewed ones.)",
    ),
    "ci-outside": (
        "Effekten {estimate} ligger utenfor sitt eget konfidensintervall, {low} til {high}. Er ett av de "
        "tre tallene et annet i originalen?",
        "The effect {estimate} lies outside its own confidence interval, {low} to {high}. Is one of the "
        "three figures another one in the original?",
    ),
    "ci-order": (
        "Nedre grense {low} er større enn øvre grense {high} (effekt {estimate}). Har de byttet plass?",
        "The lower limit {low} is above the upper limit {high} (effect {estimate}). Have they "
        "changed places?",
    ),
    "ci-no-log": (
        "En grense kan være 0 innenfor avrundingen, og 0 har ingen logaritme.",
        "A limit may be 0 within its rounding, and 0 has no logarithm.",
    ),
    "ci-too-narrow": (
        "Intervallet er så smalt at de trykte sifrene ikke sier hvor bredt det er.",
        "The interval is so narrow that the printed digits do not tell its width.",
    ),
    "ci-not-wald": (
        "Stemmer ikke med normalfordelingen, men metoden bruker en annen, og antall forsøk er ikke trykt.",
        "Does not fit the normal distribution, but the method uses another one, and the number of trials is "
        "not printed.",
    ),
    "ci-z-agrees": (
        "z følger av effekten og intervallets bredde.",
        "z follows from the effect and its interval.",
    ),
    "ci-z-differs": (
        "Effekten {ci} svarer til z = {expected}, men z = {z} er trykt. Hører de to til samme beregning?",
        "The effect {ci} corresponds to z = {expected}, but z = {z} is printed. Are both of one calculation?",
    ),
    "ci-p-agrees": (
        "P-verdien følger av effekten og intervallets bredde.",
        "The P value follows from the effect and its interval.",
    ),
    "ci-p-differs": (
        "Effekten {ci} svarer til P = {expected}, men P = {p} er trykt. Hører de to til samme beregning?",
        "The effect {ci} corresponds to P = {expected}, but P = {p} is printed. Are both of one calculation?",
    ),
    "p-says-no": (
        "Intervallet utelukker «ingen forskjell», mens P-verdien er over 0,05: de to sier ikke det samme.",
        'The interval excludes "no difference", while the P value is above 0.05: they say different things.',
    ),
    "p-says-yes": (
        "Intervallet omfatter «ingen forskjell», mens P-verdien er under 0,05: de to sier ikke det samme.",
        'The interval includes "no difference", while the P value is below 0.05: they say different things.',
    ),
    "z-p-agrees": ("P-verdien er den z gir.", "The P value is the one that z gives."),
    "z-p-differs": (
        "z = {z} svarer til P = {expected}, men P = {p} er trykt.",
        "z = {z} corresponds to P = {expected}, but P = {p} is printed.",
    ),
    "prediction-agrees": (
        "Prediksjonsintervallet omfatter konfidensintervallet.",
        "The prediction interval contains the confidence interval.",
    ),
    "prediction-not-wald": (
        "Prediksjonsintervallet er smalere, men for denne typen konfidensintervall kan det være riktig.",
        "The prediction interval is narrower, which this kind of confidence interval allows.",
    ),
    "prediction-narrower": (
        "Prediksjonsintervallet {low} til {high} sier hvor effekten i et nytt forsøk kan ligge, og "
        "kan ikke være "
        "smalere enn konfidensintervallet {ci}.",
        "The prediction interval {low} to {high} says where the effect of a new trial may lie, and cannot be "
        "narrower than the confidence interval {ci}.",
    ),
}
_COUNTS = {
    "events-within": ("Ikke flere hendelser enn deltakere.", "No more events than participants."),
    "events-exceed": (
        "{events} hendelser er flere enn de {total} deltakerne. Er ett av tallene et annet i originalen?",
        "{events} events are more than the {total} participants. Is one of the numbers another in "
        "the original?",
    ),
    "percent-agrees": ("Prosenten følger av antallene.", "The percentage follows from the counts."),
    "percent-differs": (
        "{events} av {total} er {expected}\u00a0%, ikke {percent}. Er prosenten regnet av et annet antall?",
        "{events} of {total} is {expected}%, not {percent}. Is the percentage one of another "
        "number of people?",
    ),
    "grim-agrees": ("{events} av {total} gir denne prosenten.", "{events} of {total} gives this percentage."),
    "grim-differs": (
        "Ikke noe helt antall av {total} personer gir {percent}\u00a0%: det måtte vært {events} personer. Er "
        "prosenten regnet av færre enn alle?",
        "No whole number of {total} people gives {percent}%: it would be {events} people. Is the "
        "percentage one "
        "of fewer than all?",
    ),
    "grim-total-agrees": (
        "Et helt antall deltakere gir denne prosenten.",
        "A whole number of participants gives this percentage.",
    ),
    "grim-total-differs": (
        "{events} hendelser er {percent}\u00a0% av {sizes} personer, som ikke kan være et helt antall.",
        "{events} events are {percent}% of {sizes} people, which cannot be a whole number.",
    ),
    "arms-agree": (
        "{one} + {other} er antallet deltakere.",
        "{one} + {other} is the number of participants.",
    ),
    "arms-differ": (
        "{theirs} deltakere er trykt, men armene har {one} + {other} = {sum}. Gjelder tallene samme utfall?",
        "{theirs} participants are printed, but the arms have {one} + {other} = {sum}. Are they of "
        "one outcome?",
    ),
    "arms-differ-sources": (
        "{theirs} deltakere er trykt, men armene i den andre kilden har {one} + {other} = {sum}. "
        "Gjelder de to "
        "kildene samme utfall og samme forsøk?",
        "{theirs} participants are printed, but the arms in the other source have {one} + {other} "
        "= {sum}. Are "
        "the two sources about the same outcome and the same trials?",
    ),
    "within-review": ("Ikke flere enn {whole} ({what}).", "No more than {whole} ({what})."),
    "more-than-review": (
        "{theirs} ({what}) er flere enn de {whole} i hele oversikten. Er noen talt flere ganger, "
        "eller gjelder "
        "tallet noe annet?",
        "{theirs} ({what}) is more than the {whole} in the whole review. Were some counted more "
        "than once, or is "
        "the number about something else?",
    ),
    "subgroups-agree": ("{what}: undergruppene gir {sum}.", "{what}: the subgroups add up to {sum}."),
    "subgroups-differ": (
        "{what}: undergruppene gir {sum} til sammen, men totalen er trykt som {theirs}.",
        "{what}: the subgroups add up to {sum}, but the total is printed as {theirs}.",
    ),
    "subgroups-trials": (
        "{what}: undergruppene gir {sum}, totalen er {theirs}. Et forsøk kan stå i to undergrupper.",
        "{what}: the subgroups add up to {sum}, the total is {theirs}. A trial may stand in two subgroups.",
    ),
    "subgroups-missing": (
        "{what}: undergruppene som er trykt, gir {sum} av {theirs}; ikke alle har dette tallet.",
        "{what}: the subgroups that print it add up to {sum} of {theirs}; not all of them print it.",
    ),
    "between-agrees": (
        "Den samlede effekten ligger mellom undergruppenes.",
        "The overall effect lies between those of the subgroups.",
    ),
    "between-random": (
        "Den samlede effekten ligger utenfor undergruppenes, som kan skje med tilfeldige effekter.",
        "The overall effect lies outside those of the subgroups, which can happen with random effects.",
    ),
    "between-missing": (
        "Den samlede effekten ligger utenfor undergruppenes, men kanskje er ikke alle trykt.",
        "The overall effect lies outside those of the subgroups, but perhaps not all of these are printed.",
    ),
    "between-differs": (
        "Den samlede effekten {estimate} er et veid gjennomsnitt og må ligge mellom "
        "undergruppenes, {expected}.",
        "The overall effect {estimate} is a weighted mean and must lie between those of the "
        "subgroups, {expected}.",
    ),
    "twice-agree": ("Samme tall, innenfor avrundingen.", "The same figure, within rounding."),
    "twice-differ": (
        "{what}: {first} trykker {one}, {second} trykker {other}. Er det samme beregning?",
        "{what}: {first} prints {one}, {second} prints {other}. Are they of one calculation?",
    ),
}
_HETEROGENEITY = {
    "i2-agrees": ("I² følger av Q og frihetsgradene.", "I² follows from Q and its degrees of freedom."),
    "i2-from-tau2": (
        "I² følger ikke av Q, men metoden regner I² fra τ².",
        "I² does not follow from Q, but the method computes I² from τ².",
    ),
    "i2-differs": (
        "Q = {q} med {df} frihetsgrader gir I² = {expected}\u00a0%, men {i2} er trykt. Er I² "
        "regnet på en annen "
        "måte (fra τ²)?",
        "Q = {q} with {df} degrees of freedom gives I² = {expected}%, but {i2} is printed. Was I² computed "
        "otherwise (from τ²)?",
    ),
    "p-of-q-agrees": (
        "P-verdien følger av Q og frihetsgradene.",
        "The P value follows from Q and its degrees of freedom.",
    ),
    "p-of-q-differs": (
        "Q = {q} med {df} frihetsgrader gir P = {expected}, men P = {p} er trykt.",
        "Q = {q} with {df} degrees of freedom gives P = {expected}, but P = {p} is printed.",
    ),
    "df-agrees": ("Én frihetsgrad færre enn forsøk.", "One degree of freedom fewer than trials."),
    "df-fewer": (
        "{df} frihetsgrader er færre enn {trials} forsøk tilsier; forsøk uten hendelser teller ikke med.",
        "{df} degrees of freedom are fewer than {trials} trials have; trials without events do not count.",
    ),
    "df-more": (
        "{df} frihetsgrader er flere enn {trials} forsøk kan gi. Mangler et forsøk i tellingen?",
        "{df} degrees of freedom are more than {trials} trials can have. Is a trial missing from the count?",
    ),
    "tau2-agrees": (
        "τ² er mulig med denne I² og dette intervallet.",
        "τ² is possible with this I² and this interval.",
    ),
    "tau2-odd": (
        "τ² er over 0 mens I² er 0: mulig bare om ett forsøk er langt mer presist enn alle andre.",
        "τ² is above 0 while I² is 0: possible only if one trial is far more precise than all others.",
    ),
    "tau2-other-method": (
        "τ² er mindre enn I² tilsier, men metoden regner de to hver for seg.",
        "τ² is smaller than I² suggests, but the method computes the two apart.",
    ),
    "tau2-too-small": (
        "I² på {i2}\u00a0% betyr at forsøkene spriker, og da må τ² være {expected}, ikke {tau2}.",
        "An I² of {i2}% says that the trials differ, and then τ² must be {expected}, not {tau2}.",
    ),
    "tau2-above-q": (
        "Q = {q} er ikke større enn sine {df} frihetsgrader, så τ² er 0, ikke {tau2}.",
        "Q = {q} does not exceed its {df} degrees of freedom, so τ² is 0, not {tau2}.",
    ),
    "tau2-negative": ("τ² er en varians og kan ikke være {tau2}.", "τ² is a variance and cannot be {tau2}."),
}
_ABSOLUTE = {
    "risk-per-1000": ("{risk} per 1000", "{risk} per 1000"),
    "risk-percent": ("{risk}\u00a0%", "{risk}%"),
    "control-agrees": ("Kontrollrisikoen er {risk}.", "The control risk is {risk}."),
    "control-differs": (
        "{risk} er {expected} per 1000, men {theirs} er trykt. Er risikoen tatt fra et annet sted, "
        "som medianen av "
        "forsøkene?",
        "{risk} is {expected} per 1000, but {theirs} is printed. Is the risk taken from elsewhere, "
        "such as the "
        "median of the trials?",
    ),
    "absolute-missing-effect": (
        "Ingen effekt med konfidensintervall er trykt som tallet kunne regnes fra.",
        "No effect with its confidence interval is printed that the figure could be computed from.",
    ),
    "absolute-missing-risk": ("Ingen kontrollrisiko er trykt.", "No control risk is printed."),
    "absolute-agrees": (
        "Kontrollrisikoen {risk} og effekten {effect} gir tallene.",
        "The control risk {risk} and the effect {effect} give the figures.",
    ),
    "absolute-unrounded-effect": (
        "Bare med flere sifre i effekten enn de som er trykt.",
        "Only with more digits of the effect than are printed.",
    ),
    "absolute-rounded-risk": (
        "Avrundet til {risk} ville risikoen gitt {instead} i stedet for {theirs}.",
        "Rounded to {risk}, the risk would have given {instead} instead of {theirs}.",
    ),
    "absolute-differs": (
        "Kontrollrisikoen {risk} og den trykte effekten {effect} gir andre tall per 1000 (trykt: regnet ut): "
        "{values}. Ingen avrunding forklarer det. Er {theirs} regnet fra en annen effekt?",
        "The control risk {risk} and the printed effect {effect} give other numbers per 1000 "
        "(printed: computed): "
        "{values}. No rounding explains it. Was {theirs} computed from another effect?",
    ),
    "absolute-crude": (
        "Tallet er andelen i tiltaksarmen selv, {risk}.",
        "The figure is the share of the experimental arm itself, {risk}.",
    ),
    "model-unknown": (
        "Hvilken modell effekten kommer fra, kan ikke utledes av det som er trykt.",
        "Which model the effect comes from cannot be derived from what is printed.",
    ),
    "how-trials": ("{model} av forsøkene gir den", "{model} of the trials gives it"),
    "how-both": (
        "{model} av forsøkene gir den (og invers varians med felles effekt gir det samme)",
        "{model} of the trials gives it (and inverse variance with a common effect gives the same)",
    ),
    "how-tables": (
        "av {tables} mulige tabeller for forsøkene uten data gir {giving} den med {model}, ingen "
        "med de andre "
        "modellene",
        "of {tables} possible tables of the trials without data {giving} give it by {model}, and none by the "
        "other models",
    ),
    "how-tables-several": (
        "av {tables} mulige tabeller for forsøkene uten data gir {giving} den med {model}, og noen med andre "
        "modeller",
        "of {tables} possible tables of the trials without data {giving} give it by {model}, and "
        "some by other "
        "models",
    ),
    "model-agrees": (
        "{theirs} per 1000 bygger på den trykte effekten {estimate}: {how}.",
        "{theirs} per 1000 rests on the printed effect {estimate}: {how}.",
    ),
    "model-needs": (
        "{theirs} per 1000 krever en effekt på {expected}: {how}.",
        "{theirs} per 1000 needs an effect of {expected}: {how}.",
    ),
    "model-printed": (
        "Den trykte effekten {estimate} er en annen: {how}. Tallet per 1000 og effekten kommer fra "
        "hver sin modell.",
        "The printed effect {estimate} is another one: {how}. The number per 1000 and the effect come from "
        "different models.",
    ),
    "model-of-row": ("{title}: {theirs} fra {model}", "{title}: {theirs} from {model}"),
    "one-model": ("Én modell er nok: {rows}.", "One model will do: {rows}."),
    "several-models": (
        "Radene bygger på ulike modeller: {rows}. Det kan være et valg, men da er radene ikke regnet likt.",
        "The rows rest on different models: {rows}. It may be a choice, but then the rows are not "
        "computed alike.",
    ),
}
TEXTS: dict[str, tuple[str, str]] = _INTERVAL | _COUNTS | _HETEROGENEITY | _ABSOLUTE
