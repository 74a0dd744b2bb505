"""Names, formulas and sources of what the audit workbook computes by each method."""

from repool.workbook.formulas_trials import Entry, entry

# fmt: off
METHODS: dict[str, Entry] = {
    "q": entry(
        "Q", "Q", "Σw(y − μ)²", "Rundt verdien som metoden sier.", "Around the value that the method says.",
        "Cochran 1954",
    ),
    "df": entry("Frihetsgrader", "df", "k − 1", "Antall forsøk minus én.", "Number of trials less one."),
    "p_q": entry(
        "P for Q", "P of Q", "P(χ²(df) > Q)", "Halen av χ²-fordelingen.",
        "Tail of the chi-squared distribution.",
    ),
    "step_y": entry(
        "(y − ȳ)²", "(y − ȳ)²", "ȳ = Σy/k", "Kvadrert avvik fra det enkle gjennomsnittet.",
        "Squared deviation from the plain mean.", "Hedges & Olkin 1985",
    ),
    "mean_y": entry("Gjennomsnitt ȳ", "Mean ȳ", "Σy/k", "Alle forsøk likt.", "All trials alike."),
    "sum_step_y": entry("Σ(y − ȳ)²", "Σ(y − ȳ)²", "Σ(y − ȳ)²", "Sum.", "Sum."),
    "tau2_start": entry(
        "Startverdi", "Starting value", "DL2 DL; SJ Σ(y − ȳ)²/k", "τ² før siste steg.",
        "tau2 before the last step.", "DerSimonian & Kacker 2007; Sidik & Jonkman 2005",
    ),
    "step_a": entry(
        "a", "a", "DL2 1/(v + DL); SJ t/(t + v)", "Vekten i første steg av τ².",
        "The weight in the first step of tau2.", "DerSimonian & Kacker 2007; Sidik & Jonkman 2005",
    ),
    "step_dev": entry(
        "a(y − m)²", "a(y − m)²", "m = Σay/Σa", "Bidrag til Q med disse vektene.",
        "Part in Q with these weights.",
    ),
    "step_ay": entry("a·y", "a·y", "a·y", "Vekt ganger effekt.", "Weight times effect."),
    "step_a2": entry("a²", "a²", "a²", "Kvadrert vekt.", "Squared weight."),
    "sum_a": entry("Σa", "Σa", "Σa", "Sum.", "Sum."),
    "sum_ay": entry("Σay", "Σay", "Σay", "Sum.", "Sum."),
    "sum_a2": entry("Σa²", "Σa²", "Σa²", "Sum.", "Sum."),
    "step_mean": entry(
        "m", "m", "Σay/Σa", "Vektet gjennomsnitt i dette steget.", "Weighted mean of this step.",
    ),
    "step_q": entry("Qa", "Qa", "Σa(y − m)²", "Q med disse vektene.", "Q with these weights."),
    "tau2": entry(
        "τ²", "τ²",
        "DL max(0, (Q − df)/C); HE Σ(y − ȳ)²/df − Σv/k; HS (Q − k)/Σw; HSk (Q·k/df − k)/Σw; DL2 DL + (Qa − "
        "df)/(Σa − Σa²/Σa); SJ Qa/df",
        "Varians mellom forsøk, aldri under 0. REML, ML, PM, EB og PMM finnes ved iterasjon: da står "
        "verdien, med en kontroll under.",
        "Between-trial variance, never below 0. REML, ML, PM, EB and PMM are found by iteration: the value "
        "stands, with a check below.", "docs/methods.md, Between-trial variance",
    ),
    "equation": entry(
        "Estimeringslikning", "Estimating equation",
        "PM ΣW(y − μ)² − df; EB ΣW(y − μ)² − df; PMM ΣW(y − μ)² − median of χ²(df); REML ΣW²(y − μ)² − "
        "(ΣW − ΣW²/ΣW); ML ΣW²(y − μ)² − ΣW",
        "Må være 0 ved τ², eller ikke over 0 når τ² = 0; W = 1/(v + τ²).",
        "Must be 0 at tau2, or not above 0 where tau2 = 0; W = 1/(v + tau2).",
        "Paule & Mandel 1982; Viechtbauer 2005, 2021; Hardy & Thompson 1996",
    ),
    "solved": entry(
        "Er likningen 0?", "Is the equation 0?", "|equation| < 10⁻⁹·scale",
        "Levende kontroll av τ²; skalaen er df eller leddet som trekkes fra.",
        "Live check of tau2; the scale is df or the term subtracted.",
    ),
    "W": entry(
        "Vekt W", "Weight W", "1/(v + τ²); common 1/v; M-H S", "Vekten som metoden gir forsøket.",
        "The weight that the method gives the trial.", "Cochrane Handbook 10.10.4",
    ),
    "percent": entry("Vekt (%)", "Weight (%)", "100·W/ΣW", "Vekten i prosent.", "The weight in per cent."),
    "Wy": entry("W·y", "W·y", "W·y", "Vekt ganger effekt.", "Weight times effect."),
    "Wdev": entry(
        "W(y − μ)²", "W(y − μ)²", "W(y − μ)²", "Vektet kvadrert avvik.", "Weighted squared deviation.",
    ),
    "W2": entry("W²", "W²", "W²", "Kvadrert vekt.", "Squared weight."),
    "W2dev": entry(
        "W²(y − μ)²", "W²(y − μ)²", "W²(y − μ)²", "Ledd i likningen for REML og ML.",
        "Term of the equation of REML and ML.",
    ),
    "sum_W": entry("ΣW", "ΣW", "ΣW", "Summen av vektene.", "The sum of the weights."),
    "sum_Wy": entry("ΣWy", "ΣWy", "ΣWy", "Summen av vekt ganger effekt.", "The sum of weight times effect."),
    "sum_W2": entry("ΣW²", "ΣW²", "ΣW²", "Summen av kvadrerte vekter.", "The sum of squared weights."),
    "sum_W2dev": entry(
        "ΣW²(y − μ)²", "ΣW²(y − μ)²", "ΣW²(y − μ)²", "Ledd i likningen for REML og ML.",
        "Term of the equation of REML and ML.",
    ),
    "sum_Wdev": entry(
        "ΣW(y − μ)²", "ΣW(y − μ)²", "ΣW(y − μ)²", "Generalisert Q.", "Generalised Q.",
        "DerSimonian & Kacker 2007",
    ),
    "mu": entry(
        "Samlet verdi μ (analyseskala)", "Pooled value μ (analysis scale)", "ΣWy / ΣW; M-H: its own",
        "Vektet gjennomsnitt med metodens vekter.", "Weighted mean with the method's weights.",
        "Cochrane Handbook 10.10.4",
    ),
    "se_wald": entry(
        "SE, Wald", "SE, Wald", "1/√ΣW; M-H: its own; IVhet √(ΣW²(v + τ²))/ΣW", "Standardfeil etter Wald.",
        "Standard error by Wald.", "Cochrane Handbook 10.10.4; Doi 2015",
    ),
    "se_hksj": entry(
        "SE, HKSJ", "SE, HKSJ", "√(ΣW(y − μ)²/(df·ΣW))", "Standardfeil etter Hartung-Knapp-Sidik-Jonkman.",
        "Standard error by Hartung-Knapp-Sidik-Jonkman.", "Hartung & Knapp 2001; IntHout 2014",
    ),
    "narrower": entry(
        "HKSJ smalere enn Wald", "HKSJ narrower than Wald", "t·SE(HKSJ) < z·SE(Wald)",
        "1 når HKSJ-intervallet er det smaleste: en advarsel.",
        "1 where the HKSJ interval is the narrower one: a warning.", "Jackson 2017",
    ),
    "se_used": entry(
        "SE", "SE", "the one of the method's interval",
        "Standardfeilen som metodens KI bruker; ett forsøk: Wald.",
        "The standard error that the method's CI takes; one trial: Wald.",
        "docs/methods.md, Intervals of the pooled value",
    ),
    "quantile": entry(
        "Kvantil", "Quantile", "z; t(k − 1)", "Normal for Wald, t for HKSJ og t.",
        "Normal for Wald, t for HKSJ and t.",
    ),
    "low": entry(
        "KI, nedre (analyseskala)", "CI, low (analysis scale)", "μ − quantile·SE", "Nedre grense.",
        "Lower limit.",
    ),
    "high": entry(
        "KI, øvre (analyseskala)", "CI, high (analysis scale)", "μ + quantile·SE", "Øvre grense.",
        "Upper limit.",
    ),
    "estimate": entry(
        "Samlet estimat", "Pooled estimate", "exp(μ) for ratios, else μ", "Slik det vises.",
        "As it is shown.",
    ),
    "ci_low": entry(
        "KI, nedre", "CI, low", "exp for ratios", "Nedre grense, slik den vises.",
        "Lower limit, as it is shown.",
    ),
    "ci_high": entry(
        "KI, øvre", "CI, high", "exp for ratios", "Øvre grense, slik den vises.",
        "Upper limit, as it is shown.",
    ),
    "p_effect": entry(
        "P for effekten", "P of the effect", "2P(Z > |μ|/SE), or with t", "Tosidig test av ingen effekt.",
        "Two-sided test of no effect.",
    ),
    "i2": entry(
        "I² (%)", "I² (%)", "max(0, (Q − df)/Q); or τ²/(τ² + typical v)",
        "Fra Q eller fra τ², som metoden sier.", "From Q or from tau2, as the method says.",
        "Higgins & Thompson 2002",
    ),
    "prediction_k1_low": entry(
        "Prediksjon t(k−1), nedre", "Prediction t(k−1), low", "μ − t(k − 1)·√(τ² + SE²)",
        "Hvor effekten i et nytt forsøk ventes; fra 2 forsøk.",
        "Where the effect of a new trial is expected; from 2 trials.", "Cochrane Handbook 10.10.4.3",
    ),
    "prediction_k1_high": entry(
        "Prediksjon t(k−1), øvre", "Prediction t(k−1), high", "μ + t(k − 1)·√(τ² + SE²)", "Øvre grense.",
        "Upper limit.", "Cochrane Handbook 10.10.4.3",
    ),
    "prediction_k2_low": entry(
        "Prediksjon t(k−2), nedre", "Prediction t(k−2), low", "μ − t(k − 2)·√(τ² + SE²)",
        "Det samme, fra 3 forsøk.", "The same, from 3 trials.", "Higgins 2009, eq. 12",
    ),
    "prediction_k2_high": entry(
        "Prediksjon t(k−2), øvre", "Prediction t(k−2), high", "μ + t(k − 2)·√(τ² + SE²)", "Øvre grense.",
        "Upper limit.", "Higgins 2009, eq. 12",
    ),
    "prediction_low": entry(
        "Prediksjon, metodens, nedre", "Prediction, the method's, low", "μ − quantile·√(τ² + SE²)",
        "Intervallet som metoden viser.", "The interval that the method shows.",
        "docs/methods.md, Prediction intervals",
    ),
    "prediction_high": entry(
        "Prediksjon, metodens, øvre", "Prediction, the method's, high", "μ + quantile·√(τ² + SE²)",
        "Øvre grense.", "Upper limit.", "docs/methods.md, Prediction intervals",
    ),
    "control_per_1000": entry(
        "Kontroll per 1000", "Control per 1000", "1000·risk", "Hendelser per 1000 uten tiltaket.",
        "Events per 1000 without the treatment.", "Cochrane Handbook 15.4.4",
    ),
    "experimental_per_1000": entry(
        "Tiltak per 1000", "Experimental per 1000",
        "RR 1000·risk·RR; OR 1000·OR·risk/(1 − risk + OR·risk); RD 1000(risk + RD)",
        "Hendelser per 1000 med tiltaket, mellom 0 og 1000.",
        "Events per 1000 with the treatment, between 0 and 1000.", "Cochrane Handbook 15.4.4",
    ),
    "experimental_per_1000_low": entry(
        "Tiltak per 1000, nedre", "Experimental per 1000, low", "the same of the lower limit",
        "Fra nedre grense.", "From the lower limit.", "Cochrane Handbook 15.4.4",
    ),
    "experimental_per_1000_high": entry(
        "Tiltak per 1000, øvre", "Experimental per 1000, high", "the same of the upper limit",
        "Fra øvre grense.", "From the upper limit.", "Cochrane Handbook 15.4.4",
    ),
    "sub_w": entry(
        "1/SE²", "1/SE²", "1/SE²", "Undergruppens vekt.", "The subgroup's weight.",
        "Borenstein & Higgins 2013",
    ),
    "sub_wmu": entry("μ/SE²", "μ/SE²", "μ/SE²", "Vekt ganger verdi.", "Weight times value."),
    "sub_dev": entry(
        "(μ − m)²/SE²", "(μ − m)²/SE²", "m = Σ(μ/SE²)/Σ(1/SE²)", "Undergruppens bidrag.",
        "The subgroup's part.", "Borenstein & Higgins 2013",
    ),
    "sub_count": entry(
        "Undergrupper, G", "Subgroups, G", "number of pooled subgroups", "Undergrupper med en samlet verdi.",
        "Subgroups with a pooled value.",
    ),
    "sub_mean": entry(
        "Felles m", "Common m", "Σ(μ/SE²)/Σ(1/SE²)", "Vektet gjennomsnitt av undergruppene.",
        "Weighted mean of the subgroups.", "Borenstein & Higgins 2013",
    ),
    "sub_q": entry(
        "Q mellom undergrupper", "Q between subgroups", "Σ(μ − m)²/SE²", "Test av forskjell.",
        "Test of difference.", "Borenstein & Higgins 2013",
    ),
    "sub_df": entry(
        "Frihetsgrader", "df", "G − 1", "Antall undergrupper minus én.", "Number of subgroups less one.",
    ),
    "sub_p": entry(
        "P", "P", "P(χ²(G − 1) > Q)", "Halen av χ²-fordelingen.", "Tail of the chi-squared distribution.",
    ),
    "sub_i2": entry(
        "I² (%)", "I² (%)", "max(0, (Q − df)/Q)", "Andel som ikke er tilfeldig.", "Share beyond chance.",
        "Higgins & Thompson 2002",
    ),
}
# fmt: on
