/** The address for others, on the projector: large, with its QR code. */
import { html } from "../../vendor/lit-html-3.3.3.js";
import { get } from "../net/http.js";
import { openDialog } from "./dialogs.js";
import { find, show } from "./dom.js";

/** @typedef {{link: string | null, qr: string | null, words: string | null}} Address */

/** Open the dialog, and fill it with what the server says; asked each time, for machines change their networks. */
export async function showAddress() {
  const place = find("#room-address");
  show(html`<p>Asking the server …</p>`, place);
  openDialog("room");
  /** @type {{answer: Address} | {error: import("../net/http.js").Refusal}} */
  const found = await get("/api/address");
  if ("error" in found) show(html`<p>The address is not known: ${found.error.message}.</p>`, place);
  else show(picture(found.answer), place);
}

/** @param {Address} address */
function picture({ link, qr, words }) {
  if (!link || !qr) return html`<p>${words}</p>`;
  const { origin, pathname, search } = new URL(link);
  return html`
    <img class="qr" src=${`data:image/svg+xml,${encodeURIComponent(qr)}`} alt="QR code of the address below" />
    <p class="origin">${origin.replace("http://", "")}</p>
    ${search ? html`<p class="rest">${pathname}${search}</p>` : null}
  `;
}
