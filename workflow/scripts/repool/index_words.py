"""The words of the index over all reviews, in Norwegian bokmål and English."""

from repool.model import Bilingual

INDEX_WORDS: dict[str, Bilingual] = {
    "trial_figures": Bilingual("Tall for forsøk", "Trial figures"),
    "trial_exact": Bilingual("herav nøyaktige", "of these exact"),
    "unique": Bilingual("Analyser, én metode", "Analyses, one method"),
    "equivalent": Bilingual("Analyser, flere like", "Analyses, several alike"),
    "none": Bilingual("Analyser, ingen metode", "Analyses, no method"),
    "questions": Bilingual("Spørsmål", "Questions"),
    "search": Bilingual("Søk i tittel og navn", "Search title and name"),
    "any": Bilingual("alle", "all"),
    "with_any": Bilingual("Oversikter med", "Reviews with"),
    "kinds-verdicts": Bilingual("Publiserte tall", "Published figures"),
    "kinds-trial_verdicts": Bilingual("Tall for enkeltforsøk", "Figures of single trials"),
    "kinds-identified": Bilingual("Analyser", "Analyses"),
    "kinds-questions": Bilingual("Inndata", "Input"),
    "kind-trial": Bilingual("{verdict} (forsøk)", "{verdict} (trial)"),
    "kind-unique": Bilingual("én metode gir tallene", "one method gives the figures"),
    "kind-equivalent": Bilingual(
        "flere metoder gir de samme tallene", "several methods give the same figures"
    ),
    "kind-none": Bilingual("ingen metode gir tallene", "no method gives the figures"),
    "kind-questions": Bilingual("spørsmål til inndata", "questions about the input"),
    "reset": Bilingual("Nullstill", "Reset"),
    "found": Bilingual(
        "Viser {shown} av {found} treff blant {total} oversikter.",
        "Showing {shown} of {found} matches among {total} reviews.",
    ),
    "show_more": Bilingual("Vis 200 til", "Show 200 more"),
    "show_all": Bilingual("Vis alle", "Show all"),
    "note-trial_figures": Bilingual(
        "Tall for forsøk: effekt, grenser og vekt slik de er publisert for hvert enkelt forsøk.",
        "Trial figures: effect, limits and weight as published of each single trial.",
    ),
    "note-unique": Bilingual(
        "Analyser: om én metode, flere med samme tall eller ingen gir det som er publisert. En analyse med "
        "flere totaler teller én gang, etter den totalen som sier minst.",
        "Analyses: whether one method, several with the same figures, or none gives what was published. An "
        "analysis with several totals counts once, by the total that says least.",
    ),
    "note-questions": Bilingual(
        "Spørsmål: mulige feil i inndata, å slå opp i kilden.",
        "Questions: suspected errors in the input, to be looked up in the source.",
    ),
    "note-stopped": Bilingual("– betyr at oversikten er stoppet.", "– means that the review was stopped."),
    "parquet_note": Bilingual(
        "For forskning på mange oversikter ligger de samme tallene, alle oversikter samlet, som "
        "Parquet-filer:",
        "For research on many reviews the same figures, of all reviews together, are in Parquet files:",
    ),
}
