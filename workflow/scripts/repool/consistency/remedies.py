"""What would make figures agree: a single slip that explains a difference, or the figure it would take."""

SLIPS: dict[str, tuple[str, str]] = {
    "slip-swapped": ("Med grensene i motsatt rekkefølge stemmer de.", "With the limits swapped they agree."),
    "slip-plain": (
        "Intervallet er symmetrisk på naturlig skala: er det regnet ut uten logaritmer?",
        "The interval is symmetric on the natural scale: was it computed without logs?",
    ),
    "slip-log": (
        "Intervallet er symmetrisk på logaritmisk skala: er tallene forholdstall?",
        "The interval is symmetric on the log scale: are these ratios?",
    ),
    "slip-inverted": (
        "Med 1 delt på effekten stemmer de: er effekten regnet den ene veien og grensene den andre?",
        "With 1 over the effect they agree: do the effect and its limits compare the arms in "
        "opposite orders?",
    ),
    "slip-sign": (
        "Med motsatt fortegn ({which}: {instead} for {theirs}) stemmer de.",
        "With the other sign ({which}: {instead} for {theirs}) they agree.",
    ),
    "slip-decimal": (
        "Med desimaltegnet et annet sted ({which}: {instead} for {theirs}) stemmer de.",
        "With the decimal mark elsewhere ({which}: {instead} for {theirs}) they agree.",
    ),
    "slip-digits": (
        "Med to sifre i motsatt rekkefølge ({which}: {instead} for {theirs}) stemmer de.",
        "With two digits the other way round ({which}: {instead} for {theirs}) they agree.",
    ),
    "slip-level": (
        "De stemmer hvis grensene er {level}\u00a0%-grenser: er nivået et annet enn det oppgitte?",
        "They agree if the limits are {level}% limits: is the level another one than stated?",
    ),
    "slip-one-sided": (
        "De stemmer hvis P-verdien er ensidig.",
        "They agree if the P value is one-sided.",
    ),
    "slip-fraction": (
        "De stemmer hvis I² er trykt som andel, ikke som prosent.",
        "They agree if I² is printed as a fraction, not in per cent.",
    ),
    "slip-df": ("De stemmer med {df} frihetsgrader.", "They agree with {df} degrees of freedom."),
}
FIXES: dict[str, tuple[str, str]] = {
    "fix-estimate": ("Effekten måtte være {expected}.", "The effect would have to be {expected}."),
    "fix-z": ("z måtte være {expected}.", "z would have to be {expected}."),
    "fix-p": ("P måtte være {expected}.", "P would have to be {expected}."),
    "fix-prediction": (
        "Et videre prediksjonsintervall, eller et smalere konfidensintervall.",
        "A wider prediction interval, or a narrower confidence interval.",
    ),
    "fix-events": (
        "Høyst {total} hendelser, eller flere deltakere.",
        "At most {total} events, or more participants.",
    ),
    "fix-percent-total": ("{total} deltakere.", "{total} participants."),
    "fix-percent-events": ("{events} hendelser av {total}.", "{events} events of {total}."),
    "fix-grim": (
        "Et annet antall deltakere (manglet noen data?), eller en annen prosent.",
        "Another number of participants (did some lack data?), or another percentage.",
    ),
    "fix-arms": (
        "{sum} deltakere, eller andre tall i armene.",
        "{sum} participants, or other numbers in the arms.",
    ),
    "fix-review": ("Et antall på høyst {whole}.", "A number of at most {whole}."),
    "fix-subgroups": (
        "En total på {sum}, eller andre undergrupper.",
        "A total of {sum}, or other subgroups.",
    ),
    "fix-twice": ("Samme tall i begge kilder.", "The same figure in both sources."),
    "fix-i2": ("I² måtte være {expected}\u00a0%.", "I² would have to be {expected}%."),
    "fix-df": (
        "{trials} forsøk, eller {df} frihetsgrader.",
        "{trials} trials, or {df} degrees of freedom.",
    ),
    "fix-tau2-negative": ("0 eller mer.", "0 or more."),
    "fix-tau2-zero": ("τ² = 0, eller en større Q.", "τ² = 0, or a larger Q."),
    "fix-tau2": (
        "En større τ², en mindre I² eller et smalere intervall.",
        "A larger τ², a smaller I² or a narrower interval.",
    ),
    "fix-between": (
        "En samlet effekt mellom undergruppenes, eller en undergruppe til.",
        "An overall effect between those of the subgroups, or one subgroup more.",
    ),
    "fix-control": (
        "Ingenting må rettes hvis risikoen er hentet fra et annet sted; da bør kilden stå der.",
        "Nothing needs correction if the risk is taken from elsewhere; then its source should be given.",
    ),
    "fix-absolute": (
        "{what} {expected} i stedet for {theirs}, eller et annet tall per 1000.",
        "{what} {expected} instead of {theirs}, or another number per 1000.",
    ),
    "the-estimate": ("En effekt på", "An effect of"),
    "the-low": ("En nedre grense på", "A lower limit of"),
    "the-high": ("En øvre grense på", "An upper limit of"),
    "fix-model": (
        "Et tall per 1000 som er regnet fra {estimate}, eller resultatet fra {model} trykt ved "
        "siden av {theirs}.",
        "A number per 1000 computed from {estimate}, or the result by {model} printed beside {theirs}.",
    ),
    "fix-several-models": (
        "Én modell for alle rader, eller modellen oppgitt for hver rad.",
        "One model for all rows, or the model stated with each.",
    ),
}
