"""What the audit workbook says beside its cells, in Norwegian bokmål and English."""

from repool.model import Bilingual

#: Input cells by their column in studies.csv.
INPUTS: dict[str, Bilingual] = {
    "experimental_events": Bilingual("Tiltak: hendelser", "Experimental: events"),
    "experimental_total": Bilingual("Tiltak: deltakere", "Experimental: total"),
    "experimental_mean": Bilingual("Tiltak: gj.snitt", "Experimental: mean"),
    "experimental_sd": Bilingual("Tiltak: SD", "Experimental: SD"),
    "control_events": Bilingual("Kontroll: hendelser", "Control: events"),
    "control_total": Bilingual("Kontroll: deltakere", "Control: total"),
    "control_mean": Bilingual("Kontroll: gj.snitt", "Control: mean"),
    "control_sd": Bilingual("Kontroll: SD", "Control: SD"),
    "estimate": Bilingual("Estimat", "Estimate"),
    "se": Bilingual("SE", "SE"),
    "ci_low": Bilingual("KI, nedre", "CI, low"),
    "ci_high": Bilingual("KI, øvre", "CI, high"),
    "ci_level": Bilingual("KI-nivå (%)", "CI level (%)"),
    "scale_factor": Bilingual("Omregning", "Scale factor"),
}

TEXTS: dict[str, Bilingual] = {
    "audit": Bilingual("Regneark for etterprøving", "Audit workbook"),
    "how": Bilingual(
        "Alle beregnede tall er levende formler: endre en gul celle, og alt følger med. Åpnes filen i "
        "beskyttet visning, må redigering slås på før tallene regnes ut.",
        "All computed figures are live formulas: change a yellow cell and all else follows. If the file "
        "opens in protected view, allow editing before the figures are calculated.",
    ),
    "stopped": Bilingual(
        "Oversikten er stoppet. Ingen resultater er regnet ut; index.html sier hvorfor.",
        "This review was stopped. No results were computed; index.html says why.",
    ),
    "legend": Bilingual("Farger", "Colours"),
    "legend-input": Bilingual("inndata: kan endres", "input: may be changed"),
    "legend-marked": Bilingual(
        "ikke trykt som slik i kilden (utledet, rekonstruert, omregnet, rettet) eller ukjent",
        "not printed as such in the source (derived, reconstructed, converted, corrected), or unknown",
    ),
    "legend-derived": Bilingual("beregnet: levende formel", "computed: live formula"),
    "legend-result": Bilingual("resultat: levende formel", "result: live formula"),
    "legend-value": Bilingual(
        "verdi regnet ut av Repool, ikke en formel: følger ikke med når inndata endres",
        "value computed by Repool, not a formula: does not follow when the input is changed",
    ),
    "results": Bilingual("Resultater med analysens egen metode", "Results by the analysis' own method"),
    "findings": Bilingual("Resultattabell: per 1000", "Summary of findings: per 1000"),
    "verdicts": Bilingual("Publiserte tall, ett for ett", "Published figures, one by one"),
    "no-verdicts": Bilingual("Ingen publiserte tall er lagt inn.", "No published figures were entered."),
    "analysis": Bilingual("Analyse", "Analysis"),
    "sheet": Bilingual("Ark", "Sheet"),
    "measure": Bilingual("Mål", "Measure"),
    "ours-live": Bilingual("Vårt tall, levende", "Ours, live"),
    "ours-file": Bilingual("Vårt tall i {file}", "Ours in {file}"),
    "same": Bilingual("Levende = fil?", "Live = file?"),
    "estimate": Bilingual("Estimat", "Estimate"),
    "trials": Bilingual("Forsøkene som de står i kilden", "The trials as the source has them"),
    "notes": Bilingual("Merknader til forsøkene", "Notes on the trials"),
    "settings": Bilingual("Regler", "Rules"),
    "level": Bilingual("Nivå for intervaller", "Level of intervals"),
    "zero_cell_rule": Bilingual("Regel for nullceller", "Zero-cell rule"),
    "zero_cell_amount": Bilingual("Tillegg per celle", "Added per cell"),
    "double_zero": Bilingual("Forsøk uten hendelser", "Trials without events"),
    "effects": Bilingual("Hvert forsøks effekt", "Effect of each trial"),
    "effects-of": Bilingual(
        "Hvert forsøks effekt etter reglene til {method}",
        "Effect of each trial by the rules of {method}",
    ),
    "iv": Bilingual("Invers varians: felles effekt og Q", "Inverse variance: common effect and Q"),
    "mh": Bilingual("Mantel-Haenszel: felles effekt og Q", "Mantel-Haenszel: common effect and Q"),
    "mh-raw": Bilingual("Mantel-Haenszel med ukorrigerte celler", "Mantel-Haenszel with uncorrected cells"),
    "counts": Bilingual("Antall", "Counts"),
    "control-risk": Bilingual("Kontrollrisiko", "Control risk"),
    "method": Bilingual("Metode {name}: {label}", "Method {name}: {label}"),
    "declared": Bilingual("analysens egen metode", "the analysis' own method"),
    "stated": Bilingual("nevnt i en kilde", "named by a source"),
    "comparison": Bilingual("til sammenligning", "for comparison"),
    "not-applicable": Bilingual(
        "Metoden passer ikke til disse dataene: den gir ingen tall.",
        "The method does not apply to these data: it gives no figures.",
    ),
    "subgroup-test": Bilingual("Test av forskjell mellom undergrupper", "Test for subgroup differences"),
    "all": Bilingual("Alle forsøk", "All trials"),
    "trial": Bilingual("Forsøk", "Trial"),
    "subgroup": Bilingual("Undergruppe", "Subgroup"),
    "subgroup-number": Bilingual("Gruppe nr.", "Group no."),
    "status": Bilingual("Status", "Status"),
    "source": Bilingual("Kilde: sted (fil:linje)", "Source: place (file:line)"),
    "in-subgroup": Bilingual("{label}, egen gruppe", "{label}, own group"),
    "yes": Bilingual("ja", "yes"),
    "no": Bilingual("NEI", "NO"),
    "no-solution": Bilingual(
        "NEI: inndata er endret, kjør Repool på nytt", "NO: the input was changed, run Repool again"
    ),
    "explained": Bilingual("Formlene i ord", "The formulas in words"),
    "quantity": Bilingual("Størrelse", "Quantity"),
    "formula": Bilingual("Formel", "Formula"),
    "norwegian": Bilingual("På norsk", "In Norwegian"),
    "english": Bilingual("På engelsk", "In English"),
    "reference": Bilingual("Kilde", "Source"),
    "converted": Bilingual("omregnet", "converted"),
    "corrected": Bilingual("rettet", "corrected"),
    "value-iterative": Bilingual(
        "verdi: τ² finnes ved iterasjon ({tau2})", "value: tau2 is found by iteration ({tau2})"
    ),
    "value-kr": Bilingual(
        "verdi: t med brutte frihetsgrader finnes ikke i regneark",
        "value: spreadsheets have no t with fractional degrees of freedom",
    ),
    "value-bootstrap": Bilingual("verdi: 10 000 trekninger, ingen formel", "value: 10,000 draws, no formula"),
    "scale": Bilingual("(analyseskala)", "(analysis scale)"),
}
