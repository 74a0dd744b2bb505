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
        "Av {totals} totaler følger {unique} av én metode, {equivalent} av flere som gir det samme, "
        "{none} av ingen.",
        "Of {totals} totals {unique} follow from one method, {equivalent} from several alike, "
        "{none} from none.",
    ),
    "all-totals": ("Alle totalene", "All totals"),
    "rest": (
        "{number} totaler til står i identification.csv.",
        "{number} more totals are in identification.csv.",
    ),
    "total": ("Total", "Total"),
    "figures": ("Publiserte tall", "Published figures"),
    "setting": ("Innstilling", "Setting"),
    "outcome": ("Gir dem", "Gives them"),
    "remark": ("Merknad", "Remark"),
    "declared-unique": (
        "Metoden er funnet av de trykte vektene; ingen annen av de {tried} som er prøvd, gir dem.",
        "The method was identified from the printed weights; no other of the {tried} tried gives them.",
    ),
    "declared-simplest": (
        "Metoden er funnet av de trykte vektene. {number} innstillinger gir de samme vektene; den "
        "enkleste er tatt. De andre: {others}.",
        "The method was identified from the printed weights. {number} settings give the same weights; "
        "the simplest was taken. The others: {others}.",
    ),
    "declared-usual": (
        "Metoden er funnet av de trykte vektene. {number} innstillinger gir de samme vektene; tatt er "
        "den som flest totaler i oversikten følger av. De andre: {others}.",
        "The method was identified from the printed weights. {number} settings give the same weights; "
        "taken was the one that most totals of the review follow from. The others: {others}.",
    ),
    "declared-nearest": (
        "Ingen av de {tried} innstillingene som er prøvd, gir alle de trykte vektene; den nærmeste er "
        "tatt, som bommer med inntil {off} prosentpoeng.",
        "None of the {tried} settings tried gives all the printed weights; the nearest was taken, which "
        "is off by up to {off} points.",
    ),
    "declared-some": (
        "Metoden er funnet av de trykte vektene, men gir bare {explained} av {number} undergrupper.",
        "The method was identified from the printed weights, but gives only {explained} of {number} "
        "subgroups.",
    ),
    "declared-unseen": (
        "Ingen trykte vekter viser metoden; tatt er den som flest totaler i oversikten følger av.",
        "No printed weight shows the method; taken was the one that most totals of the review follow from.",
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
