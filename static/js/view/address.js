/** The students' link, on the projector: large, with its QR code; for the lecturer also what renews a link. */
import { html, nothing } from "../../vendor/lit-html-3.3.3.js";
import { get, post } from "../net/http.js";
import { openDialog } from "./dialogs.js";
import { find, show } from "./dom.js";

/** @typedef {{link: string | null, qr: string | null, words: string | null, lecturer?: string | null}} Address */
/** @typedef {{answer: Address} | {error: import("../net/http.js").Refusal}} Found */

/** Open the dialog, and fill it with what the server says; asked each time, for machines change their networks. */
export async function showAddress() {
  show(html`<p>Asking the server …</p>`, find("#room-address"));
  openDialog("room");
  fill(await get("/api/address"), "");
}

/**
 * @param {Found} found
 * @param {string} done what was done just now
 */
function fill(found, done) {
  const place = find("#room-address");
  if ("error" in found) show(html`<p>The address is not known: ${found.error.message}.</p>`, place);
  else show([picture(found.answer), links(found.answer, done)], place);
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

/**
 * What the lecturer can do with both links; the own one is copied and never shown, for the room looks on.
 * @param {Address} address
 * @param {string} done
 */
function links(address, done) {
  const { link, lecturer } = address;
  if (!link || !lecturer) return nothing;
  const copy = async (/** @type {string} */ text, /** @type {string} */ whose) => {
    try {
      await navigator.clipboard.writeText(text);
      fill({ answer: address }, `The ${whose} link was copied.`);
    } catch {
      fill(
        { answer: address },
        "This browser does not let a page copy; both links were printed when the server started.",
      );
    }
  };
  return html`<p class="links">
    <button type="button" @click=${() => copy(link, "students'")}>Copy the students' link</button>
    <button type="button" @click=${() => copy(lecturer, "lecturer's")}>Copy my link</button>
    <button type="button" title="The link above opens nothing any more, and all students are out until they have the new one"
      @click=${() => renew("student")}>New students' link</button>
    <button type="button" title="My link opens nothing any more; other windows with it are out, this one goes on"
      @click=${() => renew("lecturer")}>New link for me</button>
  </p><p role="status">${done}</p>`;
}

/** @param {"student" | "lecturer"} role whose link is made anew */
async function renew(role) {
  /** @type {Found} */
  const found = await post(`/api/address/${role}`, null);
  if ("error" in found) fill(found, "");
  else if (role === "lecturer")
    location.reload(); // the line of this window was closed with the others
  else fill(found, "This is the new link; the one before opens nothing any more.");
}
