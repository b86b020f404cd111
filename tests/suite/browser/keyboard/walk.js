// Watches the focus while the test presses real keys. `walk` has a function for each step of the test.
window.walk ??= (() => {
    const REACHABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
    let stops = [], seen = [], sent = [], fresh = true;

    const name = element => element
        ? `${element.cloneNode(false).outerHTML.replace(/<\/\w+>$/, "")}${element.textContent.trim().slice(0, 40)}`
        : "nothing";
    const visible = element => !element.disabled && element.checkVisibility({visibilityProperty: true});

    const faultsOf = (element, box, line) => {
        const style = getComputedStyle(element);
        const hit = document.elementFromPoint(line.left + line.width / 2, line.top + line.height / 2);
        // The browser scrolls by whole pixels.
        const inside = box.left > -1 && box.top > -1 && box.right < innerWidth + 1 && box.bottom < innerHeight + 1;
        const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
            && style.outlineColor !== "rgba(0, 0, 0, 0)";
        return [
            !outlined && "has no outline",
            !inside && "is outside the window",
            inside && !element.contains(hit) && `is covered by ${name(hit)}`,
        ].filter(fault => fault).map(fault => `${name(element)} ${fault}`);
    };
    const look = element => {
        const box = element.getBoundingClientRect(), [line] = element.getClientRects();
        const faults = line ? faultsOf(element, box, line) : [`${name(element)} is not shown`];
        return {
            element, faults,
            left: box.left, right: box.right, top: box.top + scrollY, bottom: box.bottom + scrollY,
            region: element.closest("header, .account-nav, aside, main, footer, body"),
        };
    };

    // After the text before it in the reading order: further down, or further right in the same line.
    const follows = (one, next) => (next.top + next.bottom) / 2 > one.bottom
        || (next.bottom > one.top && next.left >= one.right - 1);
    const misplaced = seen => seen.slice(1).flatMap((next, index) => {
        const one = seen[index];
        return one.region !== next.region || follows(one, next)
            ? [] : [`${name(next.element)} comes after ${name(one.element)} and is shown before it`];
    });
    const compare = (seen, expected, keys) => {
        const at = expected.findIndex((stop, index) => seen[index]?.element !== stop);
        return at < 0 ? [] : [`${keys} number ${at + 1} reaches ${name(seen[at]?.element)}, not ${name(expected[at])}`];
    };

    document.addEventListener("keyup", ({key}) => {
        if (key === "Tab") seen.push(look(document.activeElement));
    });
    // The page stays open: what a form would send does not matter here.
    document.addEventListener("submit", event => {
        event.preventDefault();
        sent.push(event.target);
    });

    return {
        // Puts the focus before the first stop, and returns the number of stops.
        start() {
            stops = [...document.querySelectorAll(REACHABLE)].filter(visible);
            seen = [];
            document.body.tabIndex = -1;
            document.body.focus();
            document.body.removeAttribute("tabindex");
            return stops.length;
        },
        // After Tab from the first stop to the last one, and Shift+Tab back to the first.
        walked() {
            const there = seen.slice(0, stops.length), back = seen.slice(stops.length);
            stops.at(-1).focus();
            return [
                ...compare(there, stops, "Tab"), ...compare(back, stops.slice(0, -1).reverse(), "Shift+Tab"),
                ...seen.flatMap(({faults}) => faults), ...misplaced(there),
            ];
        },
        // After Tab on the last stop.
        left: () => stops.length > 1 && document.activeElement === stops.at(-1)
            ? [`${name(stops.at(-1))} traps the focus`] : [],

        // The controls that submit a form with Enter: fields that can be changed, and buttons.
        submitters() {
            stops = [...document.forms].flatMap(form => [...form.elements])
                .filter(control => visible(control) && control.matches("input:not([type=checkbox]):read-write, button"));
            return stops.length;
        },
        focus(index) {
            sent = [];
            stops[index].form.noValidate = true;
            stops[index].focus();
        },
        submitted: index => sent.length === 1 && sent[0] === stops[index].form
            ? [] : [`Enter in ${name(stops[index])} submits ${sent.length} forms`],
        forget: () => void (sent = []),
        forms: () => [...document.forms].map(form => new URL(form.action).pathname),

        // What must have the focus when the page opens; nothing if it has been open for longer. A browser
        // gives the focus before the callbacks of a frame.
        async told() {
            const told = document.querySelector(".error-summary, .banner.done"), opened = fresh;
            fresh = false;
            for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame);
            return !told || !opened || document.activeElement === told
                ? [] : [`${name(document.activeElement)} has the focus, not ${name(told)}`];
        },
        links() {
            stops = [...document.querySelectorAll(".error-summary a")];
            return stops.length;
        },
        // After Enter on a link of the error summary. On a sensitive page it leads to the place before the
        // control, and Tab goes on to the control.
        arrived(index, pressedTab) {
            const id = stops[index].hash.slice(1), field = id.replace(/^field-/, ""), active = document.activeElement;
            const direct = id === field, group = document.getElementById(id);
            // The first of a group of boxes, which have names of their own.
            const control = document.getElementsByName(field)[0] ?? group.querySelector("input");
            const good = direct || pressedTab ? active === control : document.querySelector(":target")?.id === id
                && !active.matches("input, button");
            return good ? [] : [`${name(stops[index])}${pressedTab ? " and Tab" : ""} leads to ${name(active)}`];
        },

        // Puts the focus on the box of a confirm page, if it is not ticked.
        tick() {
            const box = document.querySelector(".tick:not(:checked)");
            box?.focus();
            return box !== null;
        },
        ticked: () => document.activeElement.matches(".tick:checked")
            ? [] : ["Space does not tick the box"],
        isFinal: () => document.activeElement.matches(".final button"),
        confirmed() {
            const form = document.querySelector("form.confirm"), good = sent.length === 1 && sent[0] === form;
            form.querySelector(".tick").checked = false;
            return good && this.isFinal() ? [] : ["Tab does not reach the last button, or Enter on it submits nothing"];
        },
    };
})();
