// A long list of rows of one height: only those near what is seen are in the document, between spacers as high as the
// rest. The row that has focus stays, wherever the reader scrolls.

/** Up to so many rows all are in the document, where the browser's own search finds them. */
export const ALL_SHOWN_MAX = 300;

/** So many rows more than are seen, above and below; the window moves by as many, so that few scrolls change it. */
const AHEAD = 16;

/**
 * The runs of rows that are in the document, top to bottom.
 * @param {{count: number, rowHeight: number, top: number, bottom: number, kept: number}} of  `top` and `bottom`: what is
 *   seen, in px from the list's top; `kept`: a row that has to be there, or -1
 * @returns {[number, number][]} first and one after the last
 */
export function shownRuns({ count, rowHeight, top, bottom, kept }) {
  if (count <= ALL_SHOWN_MAX) return count ? [[0, count]] : [];
  const within = (index) => Math.min(count, Math.max(0, index));
  const step = rowHeight * AHEAD;
  const first = within((Math.floor(top / step) - 1) * AHEAD);
  const last = within((Math.ceil(bottom / step) + 1) * AHEAD);
  const runs = first < last ? [[first, last]] : [];
  if (kept < 0 || kept >= count || (kept >= first && kept < last)) return runs;
  return kept < first ? [[kept, kept + 1], ...runs] : [...runs, [kept, kept + 1]];
}

/**
 * Keeps the children of `body` as the rows and spacers that should be there.
 * @param {{body: Element, rowHeight: number, makeRow: (row: object, index: number, old: Element|null) => Element,
 *   makeSpacer: () => Element}} of  `makeRow` brings `old` up to date where there is one, so that focus stays in it
 */
export function virtualRows({ body, rowHeight, makeRow, makeSpacer }) {
  let rows = [];
  let keys = [];
  let places = new Map();
  let made = new Map();
  let frame = 0;
  let isListening = false;

  const focused = () => [...body.children].find((node) => node.contains(document.activeElement)) ?? null;
  const placeOf = (node) => (node ? (places.get(node.rowKey) ?? -1) : -1);

  function seen() {
    const frameBox = body.closest(".scrolls")?.getBoundingClientRect() ?? { top: 0, bottom: innerHeight };
    const { top } = body.getBoundingClientRect();
    return { top: Math.max(0, frameBox.top) - top, bottom: Math.min(innerHeight, frameBox.bottom) - top };
  }

  function rowNode(index, kept) {
    const [row, key] = [rows[index], keys[index]];
    const before = made.get(key);
    if (before?.row !== row || before.index !== index) {
      const node = makeRow(row, index, before?.node ?? null);
      node.rowKey = key;
      kept.set(key, { row, index, node });
    } else {
      kept.set(key, before);
    }
    return kept.get(key).node;
  }

  function spacer(count, used) {
    const node = [...body.children].find((child) => child.rowKey === undefined && !used.has(child)) ?? makeSpacer();
    node.style.setProperty("height", `${count * rowHeight}px`);
    used.add(node);
    return node;
  }

  function draw(also = -1) {
    const held = also >= 0 ? also : placeOf(focused());
    const runs = shownRuns({ count: rows.length, rowHeight, ...(rows.length > ALL_SHOWN_MAX ? seen() : {}), kept: held });
    const [wanted, kept, spacers] = [[], new Map(), new Set()];
    let next = 0;
    for (const [first, last] of runs) {
      if (first > next) wanted.push(spacer(first - next, spacers));
      for (let index = first; index < last; index += 1) wanted.push(rowNode(index, kept));
      next = last;
    }
    if (next < rows.length) wanted.push(spacer(rows.length - next, spacers));
    made = kept;
    place(body, wanted, focused());
    measure();
  }

  function measure() {
    const sample = made.values().next().value?.node;
    const height = sample?.getBoundingClientRect().height;
    if (rows.length <= ALL_SHOWN_MAX || !height || Math.abs(height - rowHeight) < 0.1) return;
    rowHeight = height;
    draw();
  }

  const schedule = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      draw();
    });
  };

  function listen(on) {
    if (on === isListening) return;
    isListening = on;
    const change = on ? addEventListener : removeEventListener;
    change.call(document, "scroll", schedule, { capture: true, passive: true });
    change.call(window, "resize", schedule);
  }

  return {
    /** Shows these rows; `keyOf` tells which are the same as before. */
    update(newRows, keyOf) {
      rows = newRows;
      keys = rows.map(keyOf);
      places = new Map(keys.map((key, index) => [key, index]));
      listen(rows.length > ALL_SHOWN_MAX);
      draw();
    },
    /** Makes every row anew: what they consist of has changed. */
    reset() {
      made = new Map();
      body.replaceChildren();
    },
    /** The row's element, put into the document if it is not there; null where there is no such row. */
    show(index) {
      if (index < 0 || index >= rows.length) return null;
      if (!made.has(keys[index])) draw(index);
      return made.get(keys[index]).node;
    },
    indexOf: placeOf,
    count: () => rows.length,
    rowHeight: () => rowHeight,
    destroy() {
      listen(false);
      cancelAnimationFrame(frame);
    },
  };
}

/** Makes the children of `parent` these, without moving the one that has focus: an element that is moved loses it. */
function place(parent, wanted, fixed) {
  const there = new Set(wanted);
  for (const node of [...parent.children]) if (!there.has(node)) node.remove();
  let next = parent.firstChild;
  for (const node of wanted) {
    while (node === fixed && next !== node) {
      const passed = next;
      next = next.nextSibling;
      passed.remove();
    }
    if (next === node) next = node.nextSibling;
    else parent.insertBefore(node, next);
  }
}
