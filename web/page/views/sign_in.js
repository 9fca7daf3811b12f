// Signing in with a token, which becomes a cookie that no script can read.

import { send } from "../api.js";
import { h, setText } from "../dom.js";
import { mark } from "../parts/mark.js";
import { SIGN_IN, problemWords } from "../words.js";

/** context: `{onSignedIn, said: a sentence above, or null, link: the code of a one-time link, or null, setTitle}`. */
export function mount(root, _params, { onSignedIn, said, link = null, setTitle }) {
  const field = h("input", { id: "token", type: "password", name: "token", autocomplete: "current-password",
    autocapitalize: "off", spellcheck: "false", "aria-describedby": "token-error", maxlength: 512 });
  const error = h("p", { class: "sign_in-error", id: "token-error", role: "alert" });
  const button = h("button", { class: "button primary", type: "submit" }, "Sign in");
  const heading = h("h1", { id: "heading", tabindex: -1 }, "Sign in");

  function refuse(text) {
    setText(error, text);
    field.setAttribute("aria-invalid", String(text !== ""));
    if (text) field.focus();
  }

  async function exchange(body, unknown) {
    button.disabled = true;
    const answer = await send("/v1/session", "POST", body);
    button.disabled = false;
    if (answer.ok) {
      refuse("");
      return onSignedIn();
    }
    refuse(answer.problem.status === 401 ? unknown : problemWords(answer.problem, "The token").detail);
  }

  function submit(event) {
    event.preventDefault();
    const token = field.value.trim();
    if (token) exchange({ token }, SIGN_IN.unknown);
    else refuse(SIGN_IN.empty);
  }

  const form = h("form", { on: { submit } },
    h("label", { for: "token" }, "Token"), field, error, button);
  root.append(h("main", { class: "sign_in", id: "main", "aria-labelledby": "heading" },
    mark(), heading, h("p", { class: "sign_in-lead" }, said ?? SIGN_IN.lead), form,
    h("p", { class: "sign_in-foot" }, "No token? Whoever runs lasttouch makes one:", h("br"),
      h("code", {}, "lasttouch token create --account acme --role marketer"))));
  setTitle("Sign in");
  field.focus();
  if (link) exchange({ link }, SIGN_IN.used);
  return { update() {}, unmount: () => root.replaceChildren() };
}
