// Run inside a page by test_browser.py. Each check returns a list of what is wrong with what is shown now.
const all = (selector) => [...document.querySelectorAll(selector)];
const start = (element) => element.outerHTML.slice(0, 200);
// The index has one script, its own; no other page has any.
const own = (e) => e.textContent == INDEX_SCRIPT && !e.attributes.length && all(".reviews").length == 2;
const foreign = (selector) => all(selector).filter((e) => e.localName != "script" || !own(e));

const checks = {
    nothing_can_run: () => [
        ...foreign("script, iframe, object, embed, form").map(start),
        ...all("*").filter((e) => [...e.attributes].some((a) => a.name.startsWith("on"))).map(start),
    ],

    images_load_and_are_described: () =>
        [...document.images].filter((i) => !i.complete || !i.naturalWidth || !i.alt.trim()).map(start),

    headings_go_step_by_step: () => {
        const shown = all("h1, h2, h3, h4, h5, h6").filter((h) => h.checkVisibility());
        const levels = shown.map((h) => Number(h.localName[1]));
        const jump = levels.some((level, n) => level > (levels[n - 1] ?? 0) + 1);
        return jump || levels.filter((level) => level == 1).length != 1 ? [levels.join()] : [];
    },

    tables_have_headers: () => {
        const empty = (row) => [...row.cells].some((cell) => !cell.textContent.trim());
        const width = (row) => [...row.cells].reduce((sum, cell) => sum + cell.colSpan, 0);
        const fine = (row, head) =>
            head == row
                ? [...row.cells].every((cell) => cell.localName == "th" && cell.scope == "col")
                : row.cells[0].localName == "th" && row.cells[0].scope == "row" && width(row) == width(head);
        return all("tr").filter((r) => empty(r) || !fine(r, r.closest("table").rows[0])).map(start);
    },

    scroll_regions_are_labelled: () =>
        all("main *")
            .filter((e) => e.matches(".scroll") || /auto|scroll/.test(getComputedStyle(e).overflowX))
            .filter((e) => !e.ariaLabel?.trim() || e.tabIndex != 0 || !/^(region|group)$/.test(e.role))
            .map(start),

    ids_are_unique: () =>
        all("[id]").map((e) => e.id).filter((id, n, ids) => !id || ids.indexOf(id) != n),

    languages_are_marked: () => {
        const langs = ["html", "main", "header label"].map((selector) => all(selector).map((e) => e.lang));
        const right = langs.join("|") == "nb|nb,en|nb,en" && all(".problems").every((e) => e.lang == "en");
        return right ? [] : [langs.join("|")];
    },

    text_stands_out: () => {
        const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
        const rgba = (colour) => {
            canvas.clearRect(0, 0, 1, 1);
            canvas.fillStyle = colour;
            canvas.fillRect(0, 0, 1, 1);
            return canvas.getImageData(0, 0, 1, 1).data;
        };
        const over = ([r, g, b, a], under) => [r, g, b].map((c, n) => (c * a + under[n] * (255 - a)) / 255);
        const ground = (e) =>
            e ? over(rgba(getComputedStyle(e).backgroundColor), ground(e.parentElement)) : [255, 255, 255];
        const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        const luminance = (rgb) =>
            rgb.reduce((sum, c, n) => sum + linear(c / 255) * [0.2126, 0.7152, 0.0722][n], 0);
        const contrast = (e) => {
            const back = ground(e);
            const [one, two] = [luminance(over(rgba(getComputedStyle(e).color), back)), luminance(back)];
            return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
        };
        const hasText = (e) => [...e.childNodes].some((n) => n.nodeType == Node.TEXT_NODE && n.data.trim());
        const shown = all("body *").filter((e) => hasText(e) && e.checkVisibility());
        const weak = shown.filter((e) => contrast(e) < 4.5 || !e.checkVisibility({ opacityProperty: true }));
        return shown.length > 4 ? weak.map((e) => `${contrast(e).toFixed(2)} ${start(e)}`) : ["no text"];
    },
};

const texts = (selector) =>
    all(selector).filter((e) => e.checkVisibility()).map((e) => e.innerText.trim().replace(/\s+/g, " "));
const mains = () => all("main").filter((e) => e.checkVisibility()).map((e) => e.lang);
const outside = () => [...document.body.children].map((e) => e.localName);
const choose = (language) => document.getElementById(`choose-${language}`).labels[0].click();
const focused = () => {
    const { id, labels } = document.activeElement;
    return [id, labels && getComputedStyle(labels[0]).outlineStyle];
};
const links = () =>
    [...document.links].map((a) => {
        const target = a.hash && document.getElementById(decodeURIComponent(a.hash.slice(1)));
        const inSameLanguage = Boolean(target) && target.closest("main") === a.closest("main");
        return [a.getAttribute("href"), (a.ariaLabel || a.textContent).trim(), inSameLanguage];
    });
const overflow = () => {
    const { scrollWidth, clientWidth } = document.scrollingElement;
    return scrollWidth > clientWidth ? `${scrollWidth} in ${clientWidth}` : "";
};
