"""Names, formulas and sources of what the audit workbook computes of trials, and of the common effects."""

from dataclasses import dataclass

from repool.model import Bilingual


@dataclass(frozen=True, slots=True)
class Entry:
    """One computed quantity. `symbol` is the formula in symbols, `words` what it does."""

    label: Bilingual
    symbol: str
    words: Bilingual
    source: str = ""


def entry(nb: str, en: str, symbol: str, words_nb: str, words_en: str, source: str = "") -> Entry:
    """An entry with its name and its words in each language."""
    return Entry(Bilingual(nb, en), symbol, Bilingual(words_nb, words_en), source)


# fmt: off
TRIALS: dict[str, Entry] = {
    "has_data": entry(
        "Har data", "Has data", "1 / 0",
        "1 når alle celler som målet trenger, er fylt ut. Fyll ut et ukjent forsøk, og det regnes med.",
        "1 where all cells that the measure needs are filled. Fill in an unknown trial and it counts.",
    ),
    "zero_cell": entry(
        "Har nullcelle", "Has a zero cell", "a, b, c or d = 0", "1 når én av de fire cellene er 0.",
        "1 where one of the four cells is 0.",
    ),
    "picked": entry(
        "Korrigeres", "Corrected", "1 / 0",
        "Om forsøket korrigeres etter regelen: only0 forsøk med nullcelle; if-any alle, når ett forsøk i "
        "analysen har en; all alle; treatment-arm som only0; none ingen.",
        "Whether the trial is corrected by the rule: only0 trials with a zero cell; if-any all, where one "
        "trial of the analysis has one; all every trial; treatment-arm as only0; none no trial.",
        "docs/methods.md, Zero cells",
    ),
    "add1": entry(
        "Tillegg, tiltak", "Added, experimental", "amount, or 2·amount·n1/N",
        "Det som legges til hver celle i tiltaksarmen; med treatment-arm i forhold til armens størrelse.",
        "What is added to each cell of the experimental arm; with treatment-arm in proportion to its size.",
        "RevMan; Sweeting 2004",
    ),
    "add2": entry(
        "Tillegg, kontroll", "Added, control", "amount, or 2·amount·n2/N", "Det samme for kontrollarmen.",
        "The same for the control arm.", "RevMan; Sweeting 2004",
    ),
    "a": entry(
        "a", "a", "events + added", "Hendelser i tiltaksarmen, korrigert.",
        "Events of the experimental arm, corrected.",
    ),
    "b": entry(
        "b", "b", "n1 − a", "Ikke-hendelser i tiltaksarmen, korrigert.",
        "Non-events of the experimental arm, corrected.",
    ),
    "c": entry(
        "c", "c", "events + added", "Hendelser i kontrollarmen, korrigert.",
        "Events of the control arm, corrected.",
    ),
    "d": entry(
        "d", "d", "n2 − c", "Ikke-hendelser i kontrollarmen, korrigert.",
        "Non-events of the control arm, corrected.",
    ),
    "expected": entry(
        "Ventet, E", "Expected, E", "n1(a + c)/N",
        "Hendelser i tiltaksarmen om behandlingen ikke betydde noe.",
        "Events of the experimental arm if the treatment made no difference.", "Yusuf 1985",
    ),
    "hyper_v": entry(
        "Hypergeometrisk V", "Hypergeometric V", "n1 n2 (a + c)(b + d)/(N²(N − 1))", "Variansen til O − E.",
        "The variance of O − E.", "Yusuf 1985",
    ),
    "pooled_sd": entry(
        "Felles SD", "SD", "√(((n1 − 1)s1² + (n2 − 1)s2²)/(N − 2)); glass: s2",
        "SD-en som differansen deles på.", "The SD that the difference is divided by.",
        "Deeks & Higgins; Glass 1976",
    ),
    "small_sample": entry(
        "J", "J", "1 − 3/(4N − 9), or Γ(m/2)/(√(m/2) Γ((m − 1)/2))",
        "Korreksjon for små utvalg; den eksakte når regelen er exact (m = N − 2) eller glass (m = n2 − 1).",
        "Correction for small samples; the exact one where the rule is exact (m = N − 2) or glass (m = n2 − "
        "1).", "Hedges 1981",
    ),
    "se_given": entry(
        "SE", "SE", "SE, or (high − low)/(2z)",
        "SE som oppgitt, ellers fra KI, på analyseskalaen.",
        "The SE as given, else from the CI, on the analysis scale.", "Cochrane Handbook 6.3.1, 6.3.2",
    ),
    "estimable": entry(
        "Kan beregnes", "Estimable", "1 / 0",
        "1 når forsøket har et endelig estimat og en varians over 0; ellers teller det ikke med i summene.",
        "1 where the trial has a finite estimate and a variance above 0; otherwise it is not in the sums.",
        "docs/methods.md, Not estimable",
    ),
    "y": entry(
        "Effekt y", "Effect y",
        "RR ln((a/n1)/(c/n2)); OR ln(ad/bc); RD a/n1 − c/n2; Peto (O − E)/V; MD m1 − m2; SMD J(m1 − m2)/SD; "
        "ROM ln(m1/m2); ASD asin√(a/n1) − asin√(c/n2)",
        "Forsøkets effekt på analyseskalaen: logaritmen for forholdstall.",
        "The trial's effect on the analysis scale: the logarithm for ratios.",
        "Cochrane Handbook 6.4, 6.5; docs/methods.md",
    ),
    "v": entry(
        "Varians v", "Variance v",
        "RR 1/a − 1/n1 + 1/c − 1/n2; OR 1/a + 1/b + 1/c + 1/d; RD ab/n1³ + cd/n2³; Peto 1/V; MD s1²/n1 + "
        "s2²/n2; SMD N/(n1 n2) + g²/(2(N − 3.94)); ROM s1²/(n1 m1²) + s2²/(n2 m2²); ASD 1/(4n1) + 1/(4n2)",
        "Variansen til y.", "The variance of y.", "Cochrane Handbook 6.4, 6.5; docs/methods.md",
    ),
    "se": entry("SE", "SE", "√v", "Standardfeilen til y.", "The standard error of y."),
    "shown": entry(
        "Estimat", "Estimate", "exp(y) for ratios, else y", "Effekten slik den vises.",
        "The effect as it is shown.",
    ),
    "shown_low": entry(
        "KI, nedre", "CI, low", "y − z·SE", "Nedre grense, slik den vises.", "Lower limit, as it is shown.",
    ),
    "shown_high": entry(
        "KI, øvre", "CI, high", "y + z·SE", "Øvre grense, slik den vises.", "Upper limit, as it is shown.",
    ),
    "risk_i": entry(
        "Risiko, kontroll", "Risk, control", "c/n2", "Andelen hendelser i kontrollarmen.",
        "Share of events in the control arm.",
    ),
    "listed": entry("Forsøk, listet", "Trials, listed", "", "Alle rader.", "All rows."),
    "known": entry(
        "Forsøk med data", "Trials with data", "Σ has data", "Rader med data.", "Rows with data.",
    ),
    "unknown": entry("Forsøk uten data", "Trials without data", "listed − known", "Resten.", "The others."),
    "k": entry(
        "Forsøk slått sammen, k", "Trials pooled, k", "Σ estimable", "Forsøk som kan beregnes.",
        "Estimable trials.",
    ),
    "sum_events": entry(
        "Sum", "Sum", "Σ", "Sum over forsøk med data, når alle har tallet.",
        "Sum over trials with data, where all have it.",
    ),
    "risk": entry(
        "Kontrollrisiko", "Control risk", "pooled Σc/Σn2; median of c/n2; or given",
        "Andelen hendelser i kontrollarmen som per 1000-tall regnes fra.",
        "The share of events in the control arm that figures per 1000 start from.",
        "Cochrane Handbook 15.4.4",
    ),
    "w": entry(
        "w", "w", "1/v", "Forsøkets vekt med felles effekt.", "The trial's weight under a common effect.",
        "Cochrane Handbook 10.3",
    ),
    "w2": entry("w²", "w²", "w²", "Kvadratet av vekten.", "The weight squared."),
    "wy": entry("w·y", "w·y", "w·y", "Vekt ganger effekt.", "Weight times effect."),
    "wdev": entry(
        "w(y − μ)²", "w(y − μ)²", "w(y − μ)²",
        "Forsøkets bidrag til Q; «egen gruppe» bruker undergruppens μ.",
        "The trial's part in Q; \"own group\" takes the subgroup's μ.", "Cochran 1954",
    ),
    "sum_w": entry("Σw", "Σw", "Σw", "Summen av vektene.", "The sum of the weights."),
    "sum_w2": entry("Σw²", "Σw²", "Σw²", "Summen av kvadrerte vekter.", "The sum of squared weights."),
    "sum_wy": entry("Σwy", "Σwy", "Σwy", "Summen av vekt ganger effekt.", "The sum of weight times effect."),
    "mu_iv": entry(
        "Felles effekt μ", "Common effect μ", "Σwy / Σw", "Vektet gjennomsnitt.", "Weighted mean.",
        "Cochrane Handbook 10.3",
    ),
    "se_iv": entry(
        "SE", "SE", "1/√Σw", "Dets standardfeil.", "Its standard error.", "Cochrane Handbook 10.3",
    ),
    "q_iv": entry("Q rundt μ", "Q around μ", "Σw(y − μ)²", "Cochrans Q.", "Cochran's Q.", "Cochran 1954"),
    "c_const": entry(
        "C", "C", "Σw − Σw²/Σw", "Nevneren i DL.", "The denominator of DL.", "DerSimonian & Laird 1986",
    ),
    "typical": entry(
        "Typisk v", "Typical v", "(k − 1)/C", "Typisk varians innen forsøk.",
        "Typical variance within trials.", "Higgins & Thompson 2002",
    ),
    "mh_r": entry(
        "R", "R", "RR a·n2/N; OR ad/N; RD w(a/n1 − c/n2)", "Teller i M-H.", "Numerator of M-H.",
        "Mantel & Haenszel 1959; Greenland & Robins 1985",
    ),
    "mh_s": entry(
        "S, vekt", "S, weight", "RR c·n1/N; OR bc/N; RD n1 n2/N", "Nevner i M-H, og vekten.",
        "Denominator of M-H, and the weight.", "Mantel & Haenszel 1959",
    ),
    "mh_p": entry(
        "Variansledd", "Variance term",
        "RR (n1 n2(a + c) − acN)/N²; RD (ab·n2³ + cd·n1³)/(n1 n2 N²); OR P·R, P = (a + d)/N",
        "Forsøkets bidrag til variansen.", "The trial's part in the variance.",
        "Greenland & Robins 1985; Robins 1986",
    ),
    "mh_ps": entry(
        "P·S + Q·R", "P·S + Q·R", "Q = (b + c)/N", "Variansledd for OR.", "Variance term of OR.",
        "Robins 1986",
    ),
    "mh_qs": entry(
        "Q·S", "Q·S", "Q = (b + c)/N", "Variansledd for OR.", "Variance term of OR.", "Robins 1986",
    ),
    "sum_r": entry("ΣR", "ΣR", "ΣR", "Sum.", "Sum."),
    "sum_s": entry("ΣS", "ΣS", "ΣS", "Sum.", "Sum."),
    "sum_p": entry("Σ variansledd", "Σ variance terms", "Σ", "Sum.", "Sum."),
    "sum_ps": entry("Σ(PS + QR)", "Σ(PS + QR)", "Σ", "Sum.", "Sum."),
    "sum_qs": entry("ΣQS", "ΣQS", "Σ", "Sum.", "Sum."),
    "mu_mh": entry(
        "M-H-verdi", "M-H value", "RR ln(ΣR/ΣS); OR ln(ΣR/ΣS); RD ΣR/ΣS",
        "Felles effekt etter Mantel-Haenszel.",
        "Common effect by Mantel-Haenszel.", "Greenland & Robins 1985",
    ),
    "se_mh": entry(
        "SE", "SE", "RR √(ΣP/(ΣR ΣS)); RD √ΣP/ΣS; OR √(ΣPR/(2(ΣR)²) + Σ(PS + QR)/(2ΣRΣS) + ΣQS/(2(ΣS)²))",
        "Dens standardfeil.", "Its standard error.", "Greenland & Robins 1985; Robins 1986",
    ),
    "wdev_mh": entry(
        "w(y − M-H)²", "w(y − M-H)²", "(1/v)(y − M-H)²", "Bidrag til Q rundt M-H.", "Part in Q around M-H.",
        "RevMan 5",
    ),
    "q_mh": entry(
        "Q rundt M-H", "Q around M-H", "Σ(1/v)(y − M-H)²", "Slik RevMan 5 tar det.", "As RevMan 5 takes it.",
        "RevMan 5",
    ),
}
# fmt: on
