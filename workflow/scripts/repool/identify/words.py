"""What identification says to a reader, in both languages."""

from repool.model import Bilingual

_TEXTS: dict[str, tuple[str, str]] = {
    "of-measure": ("regnet som {measure}", "computed as {measure}"),
    "swapped": ("med hendelse og ikke-hendelse byttet om", "with events and non-events exchanged"),
    "without": ("uten {trial}", "without {trial}"),
    "tau2-analysis": ("τ² fra hele analysen", "τ² of the whole analysis"),
    "tau2-stopped": (
        "REML stanset ved steg under 1e-8, som i RevMan",
        "REML stopped at steps below 1e-8, as in RevMan",
    ),
    "outcome-unique": ("én innstilling", "one setting"),
    "outcome-equivalent": ("flere innstillinger", "several settings"),
    "outcome-none": ("ingen", "none"),
    "nearest": ("nærmest: {label}", "nearest: {label}"),
    "off": ("{figure} bommer med {off}", "{figure} is off by {off}"),
    "weights": ("vektene", "the weights"),
    "apart-none": ("De gir de samme tallene overalt.", "They give the same figures throughout."),
    "apart-by": (
        "Andre tall ville skille dem: {figures}.",
        "Other figures would tell them apart: {figures}.",
    ),
    "others": ("Også: {labels}.", "Also: {labels}."),
    "others-folded": ("{count} andre innstillinger", "{count} other settings"),
    "others-more": ("og {count} til", "and {count} more"),
    "too-little": (
        "Så få sifre kan passe ved en tilfeldighet.",
        "So few digits can fit by chance.",
    ),
    "intro": (
        "For hver total er det prøvd hvilke innstillinger (effektmål, vekting, modell, τ², intervall, "
        "tomme celler, forsøk utelatt) som gir alle tallene som er publisert av den, i alle trykte "
        "sifre. Den enkleste står først. Det som ingen publiserte tall avhenger av, er som i analysens "
        "egen metode.",
        "For each total, settings (measure, weighting, model, τ², interval, empty cells, trials left out) "
        "were tried for whether they give all the figures published of it, in every printed digit. The "
        "simplest comes first. What no published figure depends on is as in the analysis' own method.",
    ),
    "counts": (
        "Totaler som det er publisert tall av: {totals}. {found}.",
        "Totals of which figures were published: {totals}. {found}.",
    ),
    "in-analyses": (
        "Analyser som de hører til: {analyses}; en analyse kan ha flere, som én for hver undergruppe.",
        "Analyses that they belong to: {analyses}; an analysis can have several, such as one a subgroup.",
    ),
    "count-unique": ("følger av én metode", "follow from one method"),
    "count-equivalent": ("følger av flere metoder som gir det samme", "follow from several methods alike"),
    "count-none": ("følger av ingen metode", "follow from no method"),
    "all-totals": ("Alle totalene", "All totals"),
    "rest": (
        "Flere totaler, som bare står i identification.csv: {number}.",
        "More totals, in identification.csv alone: {number}.",
    ),
    "total": ("Total", "Total"),
    "figures": ("Publiserte tall", "Published figures"),
    "setting": ("Innstilling", "Setting"),
    "outcome": ("Gir dem", "Gives them"),
    "remark": ("Merknad", "Remark"),
    "declared-unique": (
        "Metoden er funnet av {shown}; ingen annen av de {tried} som er prøvd, gir dem.",
        "The method was identified from {shown}; no other of the {tried} tried gives them.",
    ),
    "declared-only": (
        "Den eneste metoden som er prøvd, gir de trykte vektene.",
        "The only method that was tried gives the printed weights.",
    ),
    "declared-several": (
        "Metoden er funnet av {shown}. {number} innstillinger gir dem like godt; {taken}. De andre: "
        "{others}.",
        "The method was identified from {shown}. {number} settings give them equally well; {taken}. The "
        "others: {others}.",
    ),
    "declared-open": (
        "De trykte tallene viser ikke metoden: alle {number} innstillinger som er prøvd, gir dem; {taken}. "
        "De andre: {others}.",
        "The printed figures do not show the method: all {number} settings tried give them; {taken}. The "
        "others: {others}.",
    ),
    "declared-one-trial": (
        "Ett forsøk har all vekten, og det viser ikke metoden; {taken}.",
        "One trial has all the weight, which does not show the method; {taken}.",
    ),
    "taken-simplest": ("den enkleste er tatt", "the simplest was taken"),
    "taken-usual": (
        "tatt er den som flest totaler i oversikten følger av",
        "taken was the one that most totals of the review follow from",
    ),
    "taken-named": ("den som tittelen nevner, er tatt", "the one that the title names was taken"),
    "and-more": ("{named}; og {count} til", "{named}; and {count} more"),
    "declared-nearest": (
        "Ingen av de {tried} innstillingene som er prøvd, gir alle de trykte vektene; den nærmeste er "
        "tatt, som bommer med inntil {off} prosentpoeng.",
        "None of the {tried} settings tried gives all the printed weights; the nearest was taken, which "
        "is off by up to {off} points.",
    ),
    "declared-some": (
        "Metoden er funnet av {shown}, men gir bare {explained} av {number} totaler.",
        "The method was identified from {shown}, but gives only {explained} of {number} totals.",
    ),
    "shown-weights": ("de trykte vektene", "the printed weights"),
    "shown-subgroups": (
        "de trykte vektene og undergruppenes tall",
        "the printed weights and the figures of subgroups",
    ),
    "declared-interval": (
        "Vektene viser ikke hvordan konfidensintervallet er laget; {ci} er tatt. De viser heller ikke hva I² "
        "er regnet av; {share} er tatt.",
        "Weights do not show how the confidence interval was made; {ci} was taken. Nor do they show what I² "
        "was computed from; {share} was taken.",
    ),
    "declared-interval-named": (
        "Vektene viser ikke hvordan konfidensintervallet er laget; {ci}, som tittelen nevner, er tatt. De "
        "viser heller ikke hva I² er regnet av; {share} er tatt.",
        "Weights do not show how the confidence interval was made; {ci}, which the title names, was taken. "
        "Nor do they show what I² was computed from; {share} was taken.",
    ),
    "declared-unseen": (
        "Ingen trykte vekter viser metoden; tatt er den som flest totaler i oversikten følger av.",
        "No printed weight shows the method; taken was the one that most totals of the review follow from.",
    ),
    "declared-unseen-iv": (
        "Ingen trykte vekter viser metoden; de fleste totaler i oversikten følger av M-H med felles effekt, "
        "som ikke finnes for disse data, og tatt er invers varians med felles effekt.",
        "No printed weight shows the method; most totals of the review follow from M-H with a common effect, "
        "which does not exist for these data, and inverse variance with a common effect was taken.",
    ),
    "declared-default": (
        "Ingen trykte vekter viser metoden; RevMans vanlige er tatt.",
        "No printed weight shows the method; RevMan's usual one was taken.",
    ),
    "field-mh_cells": ("M-H-celler: {value}", "M-H cells: {value}"),
    "field-zero_cell_rule": ("tomme celler: {value}", "empty cells: {value}"),
    "field-zero_cell_amount": ("tillegg i tomme celler: {value}", "added to empty cells: {value}"),
    "field-double_zero": ("forsøk uten hendelser: {value}", "trials without events: {value}"),
    "field-smd": ("SMD: {value}", "SMD: {value}"),
    "field-prediction": ("prediksjonsintervall: {value}", "prediction interval: {value}"),
    "field-i2_from": ("I² fra {value}", "I² from {value}"),
}

_CHOICES: dict[str, tuple[str, str]] = {
    "corrected": ("med tillegg", "with the correction"),
    "raw": ("uten tillegg", "without a correction"),
    "only0": ("tillegg i tabeller med en tom celle", "correction in tables with an empty cell"),
    "if-any": (
        "tillegg i alle tabeller når én har en tom celle",
        "correction in all tables if one has an empty cell",
    ),
    "all": ("tillegg i alle tabeller", "correction in all tables"),
    "treatment-arm": ("tillegg etter armenes størrelse", "correction by the size of the arms"),
    "none": ("ingen", "none"),
    "drop": ("utelatt", "left out"),
    "keep": ("tatt med", "kept"),
    "revman": ("Hedges’ g som i RevMan", "Hedges’ g as in RevMan"),
    "exact": ("Hedges’ g, eksakt", "Hedges’ g, exact"),
    "glass": ("Glass’ Δ", "Glass’ Δ"),
    "tau2": ("τ²", "τ²"),
}


def choice(value: object) -> Bilingual:
    """A choice of a method in words; numbers, and names that are words already, as they are."""
    if isinstance(value, float):
        return Bilingual(f"{value:g}".replace(".", ","), f"{value:g}")
    return Bilingual(*_CHOICES.get(str(value), (str(value), str(value))))


def said(code: str, **values: object) -> Bilingual:
    """The text of that name in both languages, with the values put in."""
    return Bilingual(*_TEXTS[code]).filled(**values)
