// A sheet at the right edge, or a dialog in the middle: native <dialog>, with focus to its heading and back to its opener.

import { h, icon, replace } from "../dom.js";

/**
 * kind: "drawer" or "dialog"; title: text or node; over: a line above the title; body: nodes; onClose: after it closed.
 * openerId: the id of what it was opened by, should that have been rendered anew meanwhile.
 */
export function drawer({ kind = "drawer", title, over = null, body = [], onClose = () => {}, openerId = null }) {
  const opener = document.activeElement;
  const heading = h("h2", { id: `${kind}-${++count}`, tabindex: -1 }, title);
  const content = h("div", { class: `${kind}-body` }, body);
  const close = () => element.open && element.close();
  const element = h("dialog", { class: kind, "aria-labelledby": heading.id },
    h("div", { class: `${kind}-head` },
      h("div", { class: `${kind}-title` }, over && h("span", { class: "drawer-over" }, over), heading),
      h("button", { class: "button plain icon-only", type: "button", on: { click: close } }, icon("close", "Close"))),
    content);
  element.addEventListener("click", (event) => event.target === element && isOutside(event, element) && close());
  element.addEventListener("close", () => {
    element.remove();
    const back = (openerId && document.getElementById(openerId)) || (opener?.isConnected ? opener : null);
    back?.focus({ preventScroll: true });
    onClose();
  });
  return {
    element,
    body: content,
    open() {
      document.body.append(element);
      element.showModal();
      heading.focus({ preventScroll: true });
    },
    close,
    update({ title: newTitle, body: newBody }) {
      if (newTitle != null) replace(heading, newTitle);
      if (newBody != null) replace(content, newBody);
    },
  };
}

let count = 0;

function isOutside({ clientX, clientY }, element) {
  const box = element.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}
