"""The fixed words of plots and pages, in Norwegian bokmål and English."""

from repool.model import Bilingual

WORDS: dict[str, Bilingual] = {
    "trial": Bilingual("Forsøk", "Trial"),
    "trial_or_subgroup": Bilingual("Forsøk eller undergruppe", "Trial or subgroup"),
    "events": Bilingual("Hendelser", "Events"),
    "total": Bilingual("Totalt", "Total"),
    "mean": Bilingual("Gj.snitt", "Mean"),
    "sd": Bilingual("SD", "SD"),
    "weight": Bilingual("Vekt", "Weight"),
    "not_estimable": Bilingual("Kan ikke beregnes", "Not estimable"),
    "not_available": Bilingual("Data mangler", "No data"),
    "prediction": Bilingual("Prediksjonsintervall", "Prediction interval"),
    "favours": Bilingual("Til fordel for {arm}", "Favours {arm}"),
    "less_with": Bilingual("Mindre med {arm}", "Less with {arm}"),
    "more_with": Bilingual("Mer med {arm}", "More with {arm}"),
    "sum": Bilingual("Samlet ({level}\u00a0% KI)", "Total ({level}% CI)"),
    "sum_known": Bilingual(
        "Samlet, {known} av {listed} forsøk ({level}\u00a0% KI)",
        "Total, {known} of {listed} trials ({level}% CI)",
    ),
    "subtotal": Bilingual("Samlet, undergruppe ({level}\u00a0% KI)", "Subtotal ({level}% CI)"),
    "not_pooled": Bilingual("Ikke slått sammen: ett forsøk", "Not pooled: one trial"),
    "no_trial": Bilingual("Ingen forsøk kan beregnes", "No estimable trial"),
    "heterogeneity": Bilingual("Heterogenitet: ", "Heterogeneity: "),
    "overall_effect": Bilingual("Test av samlet effekt: ", "Test for overall effect: "),
    "subgroup_test": Bilingual("Test av forskjell mellom undergrupper: ", "Test for subgroup differences: "),
    "common": Bilingual("felles effekt", "common effect"),
    "random": Bilingual("tilfeldige effekter", "random effects"),
    "ci": Bilingual("{level}\u00a0% KI", "{level}% CI"),
    "status-reported": Bilingual("rapportert", "reported"),
    "status-derived": Bilingual("utledet", "derived"),
    "status-reconstructed": Bilingual("rekonstruert", "reconstructed"),
    "status-unknown": Bilingual("ukjent", "unknown"),
    "note-derived": Bilingual(
        "Utledet av andre publiserte tall, ikke trykt som slik i kilden.",
        "Derived from other published figures, not printed as such in the source.",
    ),
    "note-reconstructed": Bilingual(
        "Rekonstruert fra publiserte totaler, ikke data fra forsøket.",
        "Reconstructed from published totals, not data of the trial.",
    ),
    "note-unknown": Bilingual(
        "Data er ikke funnet; forsøket inngår ikke i summen.",
        "No data were found; the trial is not part of the total.",
    ),
    "note-corrected": Bilingual(
        "Rettet i forhold til kilden; se tabellen over forsøkene.",
        "Corrected against the source; see the table of trials.",
    ),
    "note-zero": Bilingual(
        "{amount} lagt til i hver celle fordi én av dem er 0.",
        "{amount} added to each cell because one of them is 0.",
    ),
    "plot_description": Bilingual(
        "Forest plot. Forsøk ({trials}): {rows}. Samlet: {total}.",
        "Forest plot. Trials ({trials}): {rows}. Total: {total}.",
    ),
    "plot_left_out": Bilingual(
        "Av {trials} forsøk vises de {shown} med størst vekt; samlede resultater gjelder alle.",
        "Of {trials} trials the {shown} with most weight are shown; totals are of all.",
    ),
    "plot_without_groups": Bilingual(
        " Undergrupper uten noen av dem er utelatt.", " Subgroups with none of them are left out."
    ),
    # pages
    "to": Bilingual("til", "to"),
    "per_1000": Bilingual("{number} per 1000", "{number} per 1000"),
    "per_1000_range": Bilingual("({low} til {high} per 1000)", "({low} to {high} per 1000)"),
    "known_only": Bilingual(
        "bare {known} av {listed} forsøk har data", "data of only {known} of {listed} trials"
    ),
    "whole_review": Bilingual("Hele oversikten", "Whole review"),
    "language": Bilingual("Norsk", "English"),
    "contents": Bilingual("Innhold", "Contents"),
    "h-summary": Bilingual("Kort om resultatet", "In short"),
    "h-findings": Bilingual("Resultattabell", "Summary of findings"),
    "h-statements": Bilingual("Hva resultatene betyr", "What the results mean"),
    "h-plots": Bilingual("Forest plots", "Forest plots"),
    "h-verdicts": Bilingual("Publiserte tall, ett for ett", "Published figures, one by one"),
    "h-reconstruction": Bilingual(
        "Rekonstruksjon fra publiserte totaler",
        "Reconstruction from published totals",
    ),
    "h-trial-figures": Bilingual("Publiserte tall for hvert forsøk", "Published figures of each trial"),
    "h-identification": Bilingual("Hvilken metode laget tallene?", "Which method made the figures?"),
    "h-questions": Bilingual("Spørsmål om inndataene", "Questions about the input"),
    "h-bias": Bilingual("Risiko for skjevhet", "Risk of bias"),
    "h-consistency": Bilingual("Stemmer tallene med hverandre?", "Do the figures fit each other?"),
    "h-trials": Bilingual("Forsøkene", "The trials"),
    "h-pooled": Bilingual("Samlede resultater etter metode", "Pooled results by method"),
    "h-problems": Bilingual("Advarsler", "Warnings"),
    "h-stopped": Bilingual("Oversikten er stoppet", "This review was stopped"),
    "h-provenance": Bilingual("Sjekksummer og versjoner", "Checksums and versions"),
    "h-reviews": Bilingual("Oversikter", "Reviews"),
    "stopped_input": Bilingual(
        "Noe i inndataene må rettes. Ingen resultater er regnet ut.",
        "Something in the input must be corrected. No results were computed.",
    ),
    "stopped_crosscheck": Bilingual(
        "Den andre regnemotoren, statsmodels, kommer ikke til de samme tallene. Derfor vises ingen "
        "resultater. Begge regnemotorers tall:",
        "The second engine, statsmodels, does not come to the same numbers. No results are shown. The "
        "numbers of both engines:",
    ),
    "h-worked-trials": Bilingual(
        "Fra forsøkenes tall til effekt og varians", "From the trials' figures to effect and variance"
    ),
    "h-worked-pooled": Bilingual("Samlet resultat", "Pooled result"),
    "h-worked-absolute": Bilingual("Per 1000 personer", "Per 1000 people"),
    "h-worked-subgroups": Bilingual("Undergrupper", "Subgroups"),
    "h-worked-others": Bilingual("Andre metoder", "Other methods"),
    "not_drawn": Bilingual(
        "Forest plots er ikke tegnet for denne samlingen. Slik blir de tegnet:",
        "Forest plots were not drawn for this collection. This draws them:",
    ),
    "not_audited": Bilingual(
        "Regnearket og de utskrevne beregningene er ikke laget for denne samlingen. Slik lages de:",
        "The workbook and the written-out calculations were not made for this collection. This makes them:",
    ),
    "worked_link": Bilingual("Hele regnestykket", "The whole calculation"),
    "trace_intro": Bilingual(
        "Hvert tall i resultattabellen og de samlede resultatene er lenket hit: formelen med tallene satt "
        "inn, hva de kommer fra, og filen og linjen i inndata. For alle andre tall:",
        "Each figure of the summary table and of the pooled results links here: its formula with the "
        "numbers put in, what these come from, and the file and line of the input. For every other figure:",
    ),
    "trace_from": Bilingual("Fra:", "From:"),
    "h-trace": Bilingual("Veien til hvert tall", "The way to each figure"),
    "h-engine": Bilingual("Kontroll med en annen regnemotor", "Check by a second engine"),
    "engine_counts": Bilingual(
        "statsmodels {version} har regnet ut {recomputed} av {total} tall på nytt.",
        "statsmodels {version} recomputed {recomputed} of {total} numbers.",
    ),
    "engine_largest": Bilingual(
        "Største relative forskjell: under {bound}.", "Largest relative difference: below {bound}."
    ),
    "engine_missing": Bilingual(
        "Tall som ikke er kontrollert slik: {missing}.", "Numbers not checked in this way: {missing}."
    ),
    "nothing_to_warn": Bilingual("Ingen advarsler.", "No warnings."),
    "short-checked": Bilingual("Publiserte tall gått gjennom", "Published figures gone through"),
    "short-from_trials": Bilingual(
        "Reprodusert fra rapporterte forsøksdata", "Reproduced from reported trial data"
    ),
    "short-from_derived": Bilingual(
        "Reprodusert fra rader som selv er utledet av publiserte tall",
        "Reproduced from rows that are themselves derived from published figures",
    ),
    "short-from_claims": Bilingual(
        "Reprodusert fra andre publiserte tall alene", "Reproduced from other published figures alone"
    ),
    "short-differing": Bilingual("Avviker", "Differing"),
    "short-suspected": Bilingual(
        "Av disse er mulige feil i det som er publisert", "Of these, suspected errors in what was published"
    ),
    "short-missing": Bilingual("Kan ikke kontrolleres", "Cannot be checked"),
    "no_figures": Bilingual("Ingen publiserte tall er lagt inn.", "No published figures were entered."),
    "outcome": Bilingual("Utfall", "Outcome"),
    "effect": Bilingual("Effekt (95\u00a0% KI)", "Effect (95% CI)"),
    "participants": Bilingual("Deltakere (forsøk)", "Participants (trials)"),
    "certainty": Bilingual("Tillit til dokumentasjonen", "Certainty of the evidence"),
    "against_published": Bilingual("Mot publisert tabell", "Against the published table"),
    "withheld": Bilingual("Tall vises ikke: svært lav tillit", "Figures not shown: very low certainty"),
    "not_judged": Bilingual("ikke vurdert", "not judged"),
    "no_statement": Bilingual(
        "Ingen setninger: de krever at tilliten er vurdert, og at review.yaml beskriver utfallet (phrase).",
        "No statements: they need a judged certainty, and the outcome's phrase in review.yaml.",
    ),
    "ci_note": Bilingual(
        "Tallene i parentes er 95\u00a0% konfidensintervall. Usikkerheten i kontrollrisikoen er ikke med.",
        "Figures in brackets are 95% confidence intervals; the control risk's own uncertainty is left out.",
    ),
    "judgements": Bilingual("Vurderinger av tilliten", "Judgements of the certainty"),
    "judge": Bilingual("Vurdert av", "Judged by"),
    "reason": Bilingual("Begrunnelse", "Reason"),
    "source": Bilingual("Kilde", "Source"),
    "place": Bilingual("Fil og linje", "File and line"),
    "figure": Bilingual("Størrelse", "Quantity"),
    "published": Bilingual("Publisert", "Published"),
    "ours": Bilingual("Vårt tall", "Ours"),
    "difference": Bilingual("Forskjell (uavrundet)", "Difference (unrounded)"),
    "verdict": Bilingual("Vurdering", "Verdict"),
    "method": Bilingual("Metode", "Method"),
    "explanation": Bilingual("Forklaring", "Explanation"),
    "rests_on": Bilingual("Bygger på utledede rader: {trials}.", "Rests on derived rows: {trials}."),
    "status": Bilingual("Status", "Status"),
    "note": Bilingual("Merknad", "Note"),
    "subgroup": Bilingual("Undergruppe", "Subgroup"),
    "trials_k": Bilingual("Antall forsøk", "Trials"),
    "own-declared": Bilingual("oppgitt metode", "declared method"),
    "own-identified": Bilingual("funnet metode", "identified method"),
    "own-assumed": Bilingual("antatt metode", "assumed method"),
    "all_trials": Bilingual("alle", "all"),
    "narrower_than_wald": Bilingual(
        "Advarsel: HKSJ gir her et smalere intervall enn Wald",
        "Warning: HKSJ gives a narrower interval than Wald here",
    ),
    "tau2_limits": Bilingual("τ² (KI)", "τ² (CI)"),
    "prediction_k1": Bilingual("Prediksjon, t(k−1)", "Prediction, t(k−1)"),
    "prediction_k2": Bilingual("Prediksjon, t(k−2)", "Prediction, t(k−2)"),
    "p_value": Bilingual("P-verdi", "P value"),
    "file": Bilingual("Fil", "File"),
    "program": Bilingual("Programpakke", "Package"),
    "version": Bilingual("Versjon", "Version"),
    "cited": Bilingual("Oversikten", "The review"),
    "licence": Bilingual("Lisens", "Licence"),
    "terms-package": Bilingual(
        "Datapakke fra Cochrane-biblioteket: se vilkårene den ble lastet ned under.",
        "Cochrane data package: see the terms it was downloaded under.",
    ),
    "terms-revman5": Bilingual(
        "RevMan 5-fil: se vilkårene den ble gitt under.", "RevMan 5 file: see the terms it was given under."
    ),
    "sources": Bilingual("Kilder", "Sources"),
    "source-package": Bilingual("datapakken", "data package"),
    "source-revman5": Bilingual("RevMan 5-filen", "RevMan 5 file"),
    "in_english": Bilingual("Meldingene nedenfor finnes bare på engelsk.", ""),
    "workbook_link": Bilingual(
        "Regneark med hele beregningen som levende formler (audit.xlsx)",
        "Workbook with the whole calculation as live formulas (audit.xlsx)",
    ),
    "download": Bilingual("Last ned", "Download"),
    "method-declared": Bilingual("Oppgitt metode: {method}.", "Declared method: {method}."),
    "method-identified": Bilingual(
        "Metode, funnet av publiserte tall: {method}.", "Method, identified from published figures: {method}."
    ),
    "method-assumed": Bilingual(
        "Antatt metode, ikke oppgitt: {method}.", "Assumed method, not declared: {method}."
    ),
    "review": Bilingual("Oversikt", "Review"),
    "state": Bilingual("Tilstand", "State"),
    "state-accepted": Bilingual("beregnet", "computed"),
    "state-stopped": Bilingual("stoppet", "stopped"),
    "checked": Bilingual("Publiserte tall", "Published figures"),
    "reproduced": Bilingual("Reprodusert", "Reproduced"),
    "differing": Bilingual("Avviker", "Differing"),
    "missing": Bilingual("Kan ikke kontrolleres", "Not attemptable"),
    "all_reviews": Bilingual("Alle oversikter", "All reviews"),
    "index_intro": Bilingual(
        "Publiserte tall fra systematiske oversikter, regnet ut på nytt fra forsøksdata.",
        "Published figures of systematic reviews, recomputed from trial-level data.",
    ),
    "tables_intro": Bilingual(
        "Alle tall ligger også som CSV-filer i samme mappe: {files}.",
        "All figures are also in CSV files in the same folder: {files}.",
    ),
    "trial-not-estimable": Bilingual("kan ikke beregnes", "not estimable"),
    "trial-unknown": Bilingual("data mangler", "no data"),
    "state-pooled": Bilingual("slått sammen", "pooled"),
    "state-not-pooled-one-trial": Bilingual("ikke slått sammen: ett forsøk", "not pooled: one trial"),
    "state-no-estimable-trial": Bilingual("ingen forsøk kan beregnes", "no estimable trial"),
    "state-method-not-applicable": Bilingual(
        "metoden passer ikke til disse dataene", "the method does not apply to these data"
    ),
    "state-not-converged": Bilingual("beregningen konvergerte ikke", "the computation did not converge"),
    "state-no-finite-estimate": Bilingual("uten endelig verdi", "no finite estimate"),
    "state-no-interval": Bilingual(
        "uten konfidensintervall: metodens standardfeil er 0 her",
        "no confidence interval: the method's standard error is 0 here",
    ),
    "state-no-total": Bilingual("ingen samlet verdi i oversikten", "the review has no overall total"),
    "basis-trials": Bilingual("forsøkene", "the trials"),
    "basis-claims": Bilingual("fra publiserte tall", "from published figures"),
    "basis-none": Bilingual("", ""),
    "verdict-exact": Bilingual("nøyaktig", "exact"),
    "verdict-other-method": Bilingual("annen metode", "other method"),
    "verdict-rounding": Bilingual("avrunding", "rounding"),
    "verdict-minor": Bilingual("lite avvik", "minor difference"),
    "verdict-major": Bilingual("stort avvik", "major difference"),
    "verdict-conclusion": Bilingual("annen konklusjon", "other conclusion"),
    "verdict-not-attemptable": Bilingual("kan ikke kontrolleres", "not attemptable"),
    "verdict-input-error": Bilingual("mulig feil i tallet", "suspected error"),
    "quantity-estimate": Bilingual("effektestimat", "effect estimate"),
    "quantity-ci_low": Bilingual("KI, nedre grense", "CI, lower limit"),
    "quantity-ci_high": Bilingual("KI, øvre grense", "CI, upper limit"),
    "quantity-z_effect": Bilingual("z, effekt", "z, effect"),
    "quantity-p_effect": Bilingual("P-verdi, effekt", "P value, effect"),
    "quantity-tau2": Bilingual("τ²", "τ²"),
    "quantity-tau2_low": Bilingual("τ², nedre grense", "τ², lower limit"),
    "quantity-tau2_high": Bilingual("τ², øvre grense", "τ², upper limit"),
    "quantity-weight": Bilingual("vekt (%)", "weight (%)"),
    "quantity-q": Bilingual("Q (χ²)", "Q (χ²)"),
    "quantity-df": Bilingual("frihetsgrader", "degrees of freedom"),
    "quantity-p_q": Bilingual("P-verdi, heterogenitet", "P value, heterogeneity"),
    "quantity-i2": Bilingual("I² (%)", "I² (%)"),
    "quantity-prediction_low": Bilingual("prediksjon, nedre grense", "prediction, lower limit"),
    "quantity-prediction_high": Bilingual("prediksjon, øvre grense", "prediction, upper limit"),
    "quantity-control_per_1000": Bilingual("kontroll per 1000", "control per 1000"),
    "quantity-experimental_per_1000": Bilingual("tiltak per 1000", "experimental per 1000"),
    "quantity-experimental_per_1000_low": Bilingual(
        "tiltak per 1000, nedre grense", "experimental per 1000, lower limit"
    ),
    "quantity-experimental_per_1000_high": Bilingual(
        "tiltak per 1000, øvre grense", "experimental per 1000, upper limit"
    ),
    "quantity-experimental_events": Bilingual("hendelser, tiltak", "events, experimental"),
    "quantity-experimental_total": Bilingual("deltakere, tiltak", "participants, experimental"),
    "quantity-control_events": Bilingual("hendelser, kontroll", "events, control"),
    "quantity-control_total": Bilingual("deltakere, kontroll", "participants, control"),
    "quantity-experimental_percent": Bilingual("prosent, tiltak", "percent, experimental"),
    "quantity-control_percent": Bilingual("prosent, kontroll", "percent, control"),
    "quantity-participants": Bilingual("deltakere", "participants"),
    "quantity-trials": Bilingual("forsøk", "trials"),
    "quantity-trials_with_data": Bilingual("forsøk med data", "trials with data"),
    "quantity-participants_with_data": Bilingual("deltakere med data", "participants with data"),
    "quantity-subgroup_q": Bilingual("χ², undergrupper", "χ², subgroups"),
    "quantity-subgroup_df": Bilingual("frihetsgrader, undergrupper", "df, subgroups"),
    "quantity-subgroup_p": Bilingual("P-verdi, undergrupper", "P value, subgroups"),
    "quantity-subgroup_i2": Bilingual("I² (%), undergrupper", "I² (%), subgroups"),
    "quantity-meta_regression_slope": Bilingual("metaregresjon, stigning", "meta-regression, slope"),
    "quantity-meta_regression_se": Bilingual(
        "metaregresjon, standardfeil", "meta-regression, standard error"
    ),
    "quantity-meta_regression_tau2": Bilingual("metaregresjon, τ²", "meta-regression, τ²"),
}
