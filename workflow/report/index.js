// Search, sort and filter of the index. Without it the page is the same table, whole and in its order.
"use strict";
document.documentElement.classList.add("scripted");
addEventListener("DOMContentLoaded", () => {
    const STEP = 200;
    const wanted = { words: [], kinds: [], column: -1, falling: false, limit: STEP };
    const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");

    const tables = [...document.querySelectorAll("main")].map((main) => {
        const body = main.querySelector("tbody.each");
        const rows = [...body.rows];
        const keys = new Map();
        const once = (name, make) => keys.get(name) ?? keys.set(name, rows.map(make)).get(name);
        const text = (row, column) => row.cells[column].textContent;
        const compare = new Intl.Collator(main.lang, { numeric: true }).compare;
        return {
            main,
            body,
            controls: [...main.querySelectorAll("input, select")],
            heads: [...main.querySelectorAll("thead th")],
            status: main.querySelector("[role=status]"),
            more: main.querySelector(".more"),
            total: rows.length,
            found() {
                const texts = wanted.words.length ? once("text", (row) => plain(text(row, 0))) : [];
                const kinds = wanted.kinds.length ? once("is", (row) => row.dataset.is.split(" ")) : [];
                const kept = [...rows.keys()].filter(
                    (n) =>
                        wanted.words.every((word) => texts[n].includes(word)) &&
                        wanted.kinds.every((kind) => kinds[n].includes(kind)),
                );
                if (wanted.column >= 0) kept.sort(this.order(wanted.column, wanted.falling ? -1 : 1));
                return kept.map((n) => rows[n]);
            },
            // What has no number, such as a stopped review, comes last either way; ties keep their order.
            order(column, sign) {
                if (column < 2) {
                    const texts = once(column, (row) => text(row, column));
                    return (a, b) => sign * compare(texts[a], texts[b]) || a - b;
                }
                const numbers = once(column, (row) => Number(text(row, column)));
                return (a, b) =>
                    Number.isNaN(numbers[a]) - Number.isNaN(numbers[b]) ||
                    sign * (numbers[a] - numbers[b]) ||
                    a - b;
            },
            show() {
                const found = this.found();
                const shown = found.slice(0, wanted.limit);
                this.body.replaceChildren(...shown);
                this.more.hidden = shown.length == found.length;
                const counts = { shown: shown.length, found: found.length, total: this.total };
                const says = this.status.dataset.says.replace(/{(\w+)}/g, (_, name) => counts[name]);
                if (this.status.textContent != says) this.status.textContent = says;
                this.heads.forEach((head, column) => {
                    const sorted = wanted.falling ? "descending" : "ascending";
                    head.setAttribute("aria-sort", column == wanted.column ? sorted : "none");
                });
            },
        };
    });

    const show = () => tables.forEach((table) => table.show());

    // Both languages have the same controls; what one is set to holds in the other.
    const read = ({ controls }) => {
        const [query, ...choices] = controls.map((control) => control.value);
        wanted.words = plain(query).split(/\s+/).filter(Boolean);
        wanted.kinds = choices.filter(Boolean);
        wanted.limit = STEP;
        for (const table of tables) table.controls.forEach((each, n) => (each.value = controls[n].value));
    };

    const sortBy = (column) => {
        wanted.falling = column == wanted.column ? !wanted.falling : column > 1;
        wanted.column = column;
        show();
    };

    for (const table of tables) {
        for (const control of table.controls) {
            control.addEventListener(control.localName == "select" ? "change" : "input", () => {
                read(table);
                show();
            });
        }
        table.heads.forEach((head, column) => {
            const button = document.createElement("button");
            button.type = "button";
            button.append(...head.childNodes);
            button.addEventListener("click", () => sortBy(column));
            head.append(button);
        });
        const [next, all] = table.more.querySelectorAll("button");
        next.addEventListener("click", () => {
            wanted.limit += STEP;
            show();
        });
        all.addEventListener("click", () => {
            wanted.limit = Infinity;
            show();
        });
        table.main.querySelector(".tools button").addEventListener("click", () => {
            for (const control of table.controls) control.value = "";
            wanted.column = -1;
            wanted.falling = false;
            read(table);
            show();
            table.controls[0].focus();
        });
    }

    // Paper has room for all that was found.
    let onScreen = STEP;
    addEventListener("beforeprint", () => {
        onScreen = wanted.limit;
        wanted.limit = Infinity;
        show();
    });
    addEventListener("afterprint", () => {
        wanted.limit = onScreen;
        show();
    });

    // A browser may give the controls of an earlier visit back, in either language.
    read(tables.find(({ controls }) => controls.some((control) => control.value)) ?? tables[0]);
    show();
    for (const { body } of tables) body.closest("table").classList.remove("first");
});
