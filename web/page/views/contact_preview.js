// A contact's card beside what asked for it. The address never names the contact: its id may be an email.

import { get, part } from "../api.js";
import { h, icon, replace, setText } from "../dom.js";
import { contactCard, contactName } from "../parts/contact_card.js";
import { problem } from "../parts/problem.js";
import { href } from "../router.js";

let opened = null;

/**
 * Opens the card of a contact; one that is open closes.
 * @param {string} contact
 * @param {HTMLElement} opener  focus goes back to it
 * @param {string|null} name  what an order calls the contact, which may have declared no name
 */
export async function previewContact(contact, opener, name = null) {
  opened?.close();
  const controller = new AbortController();
  const heading = h("h3", { id: "contact-card", class: "contact_preview-name name", dir: "auto", tabindex: "-1" }, name ?? contact);
  const body = h("div", { class: "contact_preview-body" });
  const close = () => element.matches(":popover-open") && element.hidePopover();
  const element = h("div", { class: "contact_preview", popover: "auto", role: "dialog", "aria-labelledby": "contact-card" },
    h("div", { class: "contact_preview-head" }, heading, h("button", { type: "button", class: "button plain icon-only", on: { click: close } }, icon("close", "Close"))),
    body);
  const own = (opened = { close });
  element.addEventListener("toggle", ({ newState }) => newState === "closed" && gone());
  // A link in the card leads away from the drawer that it lies in.
  element.addEventListener("click", (event) => event.target.closest("a[href]") && close());

  function gone() {
    controller.abort();
    const hadFocus = element.contains(document.activeElement) || document.activeElement === document.body;
    element.remove();
    opener.classList.remove("is-open");
    if (hadFocus && opener.isConnected) opener.focus({ preventScroll: true });
    if (opened === own) opened = null;
  }

  async function read() {
    let answer;
    try {
      answer = await get(`/v1/contacts/${part(contact)}`, { signal: controller.signal });
    } catch (error) {
      if (error.name === "AbortError") return;
      throw error;
    }
    if (!answer.ok) {
      replace(body, problem({ problem: answer.problem, what: "This contact", onRetry: read }).element);
      return;
    }
    setText(heading, contactName(answer.data) ?? name ?? contact);
    heading.title = heading.textContent;
    replace(body, contactCard({ card: answer.data, href: (order) => href("orders", [order]) }).element);
  }

  (opener.closest("dialog") ?? document.body).append(element);
  opener.classList.add("is-open");
  element.showPopover();
  heading.focus({ preventScroll: true });
  await read();
}
