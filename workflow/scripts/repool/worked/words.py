"""The words of the worked sheets and of the trace, in Norwegian bokmål and English."""

from repool.model import NO_TEXT, Bilingual

WORKED: dict[str, Bilingual] = {
    "formula": Bilingual("Formel for {symbol}", "Formula of {symbol}"),
    "back": Bilingual("Til rapporten", "To the report"),
    "as_text": Bilingual("Det samme som ren tekst", "The same as plain text"),
    "intro": Bilingual(
        "Hele regnestykket fra forsøkenes tall til resultatet. Tall som er regnet ut, vises med seks "
        "gjeldende sifre, men det regnes med alle; regner man videre med de viste, kan siste siffer avvike. "
        "Tall fra inndata vises som de er.",
        "The whole calculation from the trials' figures to the result. Computed numbers are shown with six "
        "significant digits but carried with all of them; going on from those shown, the last digit may "
        "differ. Numbers of the input are shown as they are.",
    ),
    "functions": Bilingual(
        "ln og exp er naturlig logaritme og dens omvendte. z(q) og t(q; df) er kvantiler, Φ(x) og T(x; df) "
        "arealer til venstre for x, i normalfordelingen og i t-fordelingen. P_χ²(x; df) er arealet til høyre "
        "for x i kjikvadratfordelingen. L er nedre og U øvre grense. Σ er summen over forsøkene.",
        "ln and exp are the natural logarithm and its inverse. z(q) and t(q; df) are quantiles, Φ(x) and "
        "T(x; df) areas to the left of x, of the normal and the t distribution. P_χ²(x; df) is the area to "
        "the right of x of the chi-squared distribution. L is a lower and U an upper limit. Σ is the sum "
        "over the trials.",
    ),
    "cells-events": Bilingual(
        "a av n₁ hadde hendelsen med {experimental}, c av n₂ med {control}; b = n₁ − a, d = n₂ − c.",
        "a of n₁ had the event with {experimental}, c of n₂ with {control}; b = n₁ − a, d = n₂ − c.",
    ),
    "cells-means": Bilingual(
        "m, s og n: gjennomsnitt, standardavvik og antall; 1 er {experimental}, 2 er {control}.",
        "m, s and n: mean, standard deviation and number; 1 is {experimental}, 2 is {control}.",
    ),
    "cells-generic": Bilingual(
        "e: estimatet slik det er oppgitt, SE dets standardfeil, low og high dets konfidensgrenser, f en "
        "omregning av enheten.",
        "e: the estimate as given, SE its standard error, low and high its confidence limits, f a conversion "
        "of the unit.",
    ),
    "correction": Bilingual(
        "En tabell med en tom celle får et tillegg før det deles eller tas logaritmer; celler merket ′ er "
        "uten tillegg ({rule}).",
        "A table with an empty cell is given an addition before dividing or taking logs; cells marked ′ are "
        "those without it ({rule}).",
    ),
    "analysis-scale": Bilingual("y er effekten, v variansen dens.", "y is the effect, v its variance."),
    "no-data": Bilingual("Ingen data; inngår ikke.", "No data; not part of the calculation."),
    "not-estimable": Bilingual(
        "Kan ikke beregnes; vekt 0, inngår ikke.", "Not estimable; weight 0, not part of the calculation."
    ),
    "sum": Bilingual("Sum", "Sum"),
    "columns": Bilingual("Regnet for hvert forsøk:", "Computed for each trial:"),
    "overall": Bilingual("Alle forsøk", "All trials"),
    "none": Bilingual("Ingen verdi kan regnes ut: {state}.", "No value can be computed: {state}."),
    "equation": Bilingual("Kontroll av τ²", "Check of τ²"),
    "equation-solved": Bilingual(
        "Venstre og høyre side av ligningen er like ved denne verdien: forskjellen er {difference}.",
        "The two sides of the equation are equal at this value: they differ by {difference}.",
    ),
    "differs": Bilingual(
        "Advarsel: med formelen blir det {value}.", "Warning: by the formula it would be {value}."
    ),
    "others": Bilingual(
        "De andre metodene i pooled.csv, i korthet. Summene er over forsøkene ovenfor, med metodens egne "
        "vekter.",
        "The other methods of pooled.csv, in brief. The sums are over the trials above, with the method's "
        "own weights.",
    ),
    "other-effects": Bilingual(
        "Metoden regner også forsøkenes effekter annerledes ({what}).",
        "The method also computes the trials' effects differently ({what}).",
    ),
    "risk-pooled": Bilingual(
        "Kontrollrisikoen er alle hendelser over alle deltakere i kontrollarmene.",
        "The control risk is all events over all participants of the control arms.",
    ),
    "risk-median": Bilingual(
        "Kontrollrisikoen er medianen av forsøkenes.", "The control risk is the median of the trials'."
    ),
    "risk-given": Bilingual(
        "Kontrollrisikoen er oppgitt i review.yaml.", "The control risk is given in review.yaml."
    ),
    "from": Bilingual("fra", "from"),
    "sum-of": Bilingual("summen av {count} tall", "the sum of {count} numbers"),
}

#: What each symbol stands for. Symbols of one trial and of the whole are not told apart here.
MEANINGS: dict[str, Bilingual] = {
    "a": Bilingual("hendelser, tiltak", "events, experimental"),
    "b": Bilingual("uten hendelse, tiltak", "without event, experimental"),
    "c": Bilingual("hendelser, kontroll", "events, control"),
    "d": Bilingual("uten hendelse, kontroll", "without event, control"),
    "n1": Bilingual("deltakere, tiltak", "participants, experimental"),
    "n2": Bilingual("deltakere, kontroll", "participants, control"),
    "m1": Bilingual("gjennomsnitt, tiltak", "mean, experimental"),
    "m2": Bilingual("gjennomsnitt, kontroll", "mean, control"),
    "s1": Bilingual("standardavvik, tiltak", "standard deviation, experimental"),
    "s2": Bilingual("standardavvik, kontroll", "standard deviation, control"),
    "y": Bilingual("forsøkets effekt", "effect of the trial"),
    "v": Bilingual("dens varians", "its variance"),
    "s": Bilingual("felles standardavvik", "pooled standard deviation"),
    "g0": Bilingual("standardisert forskjell uten korreksjon", "standardised difference, uncorrected"),
    "w": Bilingual("vekt, felles effekt", "weight, common effect"),
    "ws": Bilingual("vekt, tilfeldige effekter", "weight, random effects"),
    "k": Bilingual("antall forsøk", "number of trials"),
    "df": Bilingual("frihetsgrader", "degrees of freedom"),
    "df_kr": Bilingual("frihetsgrader etter Kenward og Roger", "degrees of freedom by Kenward & Roger"),
    "level": Bilingual("kvantilens sannsynlighet", "probability of the quantile"),
    "mu_iv": Bilingual("felles effekt, invers varians", "common effect, inverse variance"),
    "mu_mh": Bilingual("felles effekt, Mantel-Haenszel", "common effect, Mantel-Haenszel"),
    "Q": Bilingual("Cochrans Q", "Cochran's Q"),
    "q_iv": Bilingual("Q rundt invers-varians-verdien", "Q around the inverse-variance value"),
    "p_q": Bilingual("P-verdi for Q", "P value of Q"),
    "tau2": Bilingual("varians mellom forsøk", "between-trial variance"),
    "tau2_0": Bilingual("første verdi (DL)", "first value (DL)"),
    "tau": Bilingual("standardavvik mellom forsøk", "between-trial standard deviation"),
    "mu": Bilingual("samlet verdi på analyseskalaen", "pooled value on the analysis scale"),
    "se": Bilingual("standardfeil", "standard error"),
    "se_wald": Bilingual("standardfeil etter Wald", "Wald's standard error"),
    "se_hk": Bilingual("standardfeil etter HKSJ", "standard error by HKSJ"),
    "info": Bilingual("forventet informasjon om τ²", "expected information on τ²"),
    "z_level": Bilingual("normalkvantil", "normal quantile"),
    "t_level": Bilingual("t-kvantil", "t quantile"),
    "z_pi": Bilingual("kvantil for prediksjon", "quantile for the prediction"),
    "t_k1": Bilingual("kvantil for prediksjon, t(k−1)", "quantile for the prediction, t(k−1)"),
    "t_k2": Bilingual("kvantil for prediksjon, t(k−2)", "quantile for the prediction, t(k−2)"),
    "p": Bilingual("P-verdi for effekten", "P value of the effect"),
    "i2": Bilingual(
        "andel av variasjonen mellom forsøk, prosent", "share of variation between trials, percent"
    ),
    "typical": Bilingual("typisk varians innen forsøk", "typical variance within trials"),
    "left": Bilingual("venstre side", "left side"),
    "right": Bilingual("høyre side", "right side"),
    "y_bar": Bilingual("gjennomsnitt av effektene", "mean of the effects"),
    "risk": Bilingual("kontrollrisiko", "control risk"),
    "per1000": Bilingual("kontroll per 1000", "control per 1000"),
    "per1000_t": Bilingual("tiltak per 1000", "experimental per 1000"),
    "E": Bilingual("forventede hendelser, tiltak", "expected events, experimental"),
    "V": Bilingual("varians av a − E", "variance of a − E"),
    "N": Bilingual("deltakere i alt", "participants in all"),
    "weight": Bilingual("vekt i prosent", "weight in percent"),
}
_LIMITS = {"_L": Bilingual("nedre grense", "lower limit"), "_U": Bilingual("øvre grense", "upper limit")}
_STEMS = {
    "mu": Bilingual("på analyseskalaen", "on the analysis scale"),
    "prediction": Bilingual("prediksjonsintervall", "prediction interval"),
    "prediction_k1": Bilingual("prediksjonsintervall, t(k−1)", "prediction interval, t(k−1)"),
    "prediction_k2": Bilingual("prediksjonsintervall, t(k−2)", "prediction interval, t(k−2)"),
    "per1000_t": Bilingual("tiltak per 1000", "experimental per 1000"),
}
_VALUE = Bilingual("samlet verdi", "pooled value")


def meaning(symbol: str) -> Bilingual:
    """What a symbol stands for, in words; empty where the symbol says it."""
    if symbol in MEANINGS:
        return MEANINGS[symbol]
    for end, limit in _LIMITS.items():
        if symbol.endswith(end):
            of = _STEMS.get(symbol.removesuffix(end), NO_TEXT)
            return Bilingual(f"{limit.nb}, {of.nb}".rstrip(", "), f"{limit.en}, {of.en}".rstrip(", "))
    return _VALUE if symbol in ("RR", "OR", "RD", "ROM", "theta") else NO_TEXT
