// Tables on their way into a spreadsheet: as tabs and lines for those that paste text, as a table for those that paste
// more. Cells are guarded as those of the CSV are (contract §8).

const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^-?\d+([.,]\d+)?%?$/;

let sign = null;

/** The reader's decimal sign. */
function decimalSign() {
  sign ??= new Intl.NumberFormat(navigator.languages).formatToParts(0.5).find(({ type }) => type === "decimal").value;
  return sign;
}

/** A decimal string or a number as a spreadsheet of the reader's language takes it; null → "". */
export const plainNumber = (number, decimal = decimalSign()) => (number == null ? "" : String(number).replace(".", decimal));

/** "0.0324" → "3.24%"; null → "". */
export function plainRate(text, decimal = decimalSign()) {
  if (text == null) return "";
  const shifted = Math.round(Number(text) * 10_000);
  return plainNumber(`${Math.trunc(shifted / 100)}.${String(shifted % 100).padStart(2, "0")}%`, decimal);
}

/** A cell that a spreadsheet would run is made text; what would be another cell or line is a space. */
export function guarded(text) {
  const cell = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return cell.replace(/[\t\r\n]+/g, " ");
}

/** Rows of cells → lines of cells with tabs between. */
export const asText = (rows) => rows.map((cells) => cells.map(guarded).join("\t")).join("\r\n");

/** Rows of cells, the first are heads → a table of HTML for the clipboard. */
export function asHtml(rows) {
  const escaped = (text) => guarded(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const line = (cells, tag) => `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join("")}</tr>`;
  return `<table>${rows.map((cells, index) => line(cells, index ? "td" : "th")).join("")}</table>`;
}

/** Puts the rows into the clipboard. Resolves to whether it took them. */
export async function copyRows(rows) {
  const [text, html] = [asText(rows), asHtml(rows)];
  try {
    const parts = { "text/plain": new Blob([text], { type: "text/plain" }), "text/html": new Blob([html], { type: "text/html" }) };
    await navigator.clipboard.write([new ClipboardItem(parts)]);
    return true;
  } catch {
    return copyByEvent(text, html); // plain HTTP from another machine has no clipboard API
  }
}

function copyByEvent(text, html) {
  const fill = (event) => {
    event.preventDefault();
    event.clipboardData.setData("text/plain", text);
    event.clipboardData.setData("text/html", html);
  };
  document.addEventListener("copy", fill, { once: true });
  const copied = document.execCommand("copy");
  document.removeEventListener("copy", fill);
  return copied;
}
