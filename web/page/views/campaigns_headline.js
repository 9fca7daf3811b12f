// What the campaigns of a list come to, as parts/headline.js shows it.

import { summed } from "../campaign_rows.js";
import { count, money } from "../format.js";

/** @param {object[]|null} rows  prepared rows; null: not known yet */
export function campaignFigures(rows, currency) {
  const total = rows && summed(rows, currency);
  const number = (value) => ({ value: total ? "" : null, text: total ? count(value) : "" });
  const check = total?.average_check ?? null;
  const isExpected = Boolean(total?.expected_purchases);
  return {
    figures: [
      { key: "revenue", label: "Revenue from campaigns", currency, value: total?.revenue ?? null,
        note: isExpected ? `${money(total.expected_revenue, currency)} on its way` : "" },
      { key: "purchases", label: "Purchases", ...number(total?.purchases),
        note: isExpected ? `${count(total.expected_purchases)} on their way` : "" },
      { key: "average_check", label: "Average check", ...(check === null ? { ...number(0), text: "–" } : { currency, value: check }) },
      { key: "campaigns", label: "Campaigns", ...number(rows?.length) },
    ],
    short: total ? [purchases(total), check && `average check ${money(check, currency)}`].filter(Boolean).join(" · ") : "",
  };
}

const purchases = ({ purchases: bought }) => `${count(bought)} ${bought === 1 ? "purchase" : "purchases"}`;
