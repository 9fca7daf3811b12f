// The name under which the buyers of a campaign are kept.
import { h, setText } from "../dom.js";

const NAME_CHARACTERS_MOST = 128;

/**
 * @param {{name: string, about: string, taken: (name: string) => string|null,
 *   onSave: (name: string) => Promise<string|null>, onCancel: () => void}} props  `name`: what is proposed; `about`: who
 *   will be in it; `taken`: what to say of a name that there is already; `onSave` resolves to what is wrong, or null
 * @returns {{element: HTMLFormElement, update: (props: object) => void, focus: () => void}}
 */
export function segmentForm(props) {
  let now = props;
  const input = h("input", { type: "text", id: "segment-name", autocomplete: "off", maxlength: NAME_CHARACTERS_MOST, value: props.name,
    "aria-describedby": "segment-hint segment-problem", on: { input: hintOf } });
  const hint = h("p", { class: "segment_form-hint note", id: "segment-hint" });
  const problem = h("p", { class: "segment_form-problem", id: "segment-problem", role: "alert" });
  const save = h("button", { type: "submit", class: "button primary" }, "Save");
  const cancel = h("button", { type: "button", class: "button", on: { click: () => now.onCancel() } }, "Cancel");
  const element = h("form", { class: "segment_form", novalidate: true, on: { submit } },
    h("p", { class: "second" }, props.about), h("label", { for: "segment-name" }, "Name"), input, hint, problem,
    h("div", { class: "segment_form-actions" }, cancel, save));

  function hintOf() {
    setText(problem, "");
    input.removeAttribute("aria-invalid");
    setText(hint, now.taken(input.value.trim()) ?? "");
  }

  function say(wrong) {
    setText(problem, wrong);
    input.setAttribute("aria-invalid", "true");
    input.focus();
  }

  async function submit(event) {
    event.preventDefault();
    const name = input.value.trim();
    if (!name) return say("Give it a name of 1 to 128 characters.");
    save.disabled = true;
    const wrong = await now.onSave(name);
    save.disabled = false;
    return wrong ? say(wrong) : undefined;
  }

  function update(more) {
    now = { ...now, ...more };
    hintOf();
  }

  hintOf();
  return {
    element,
    update,
    focus() {
      input.focus();
      input.select();
    },
  };
}
