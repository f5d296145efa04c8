/** The students' link, on the projector: large, with its QR code; for the lecturer also what renews a link. */
import { html, nothing } from "../../vendor/lit-html-3.3.3.js";
import { get, post } from "../net/http.js";
import { openDialog } from "./dialogs.js";
import { find, show } from "./dom.js";

/** @typedef {{link: string | null, qr: string | null, words: string | null, lecturer?: string | null}} Address */
/** @typedef {{answer: Address} | {error: import("../net/http.js").Refusal}} Found */

/** @typedef {"student" | "lecturer"} Role */

/** What renewing a link does; there is no way back, so it is asked twice. */
const SURE = {
  student: {
    what: "The link above will open nothing any more: all students are out until they have the new one.",
    yes: "Put them out, make a new link",
  },
  lecturer: {
    what: "Your link will open nothing any more, other windows with it are out; this window goes on.",
    yes: "Make a new link for me",
  },
};

/** Open the dialog, and fill it with what the server says; asked each time, for machines change their networks. */
export async function showAddress() {
  show(html`<p>Asking the server …</p>`, find("#room-address"));
  openDialog("room");
  fill(await get("/api/address"), "");
}

/**
 * @param {Found} found
 * @param {string} done what was done just now, or is about to be done
 * @param {Role} [sure] whose link is about to be renewed
 */
function fill(found, done, sure) {
  const place = find("#room-address");
  if ("error" in found) show(html`<p>The address is not known: ${found.error.message}.</p>`, place);
  else show([picture(found.answer), links(found.answer, done, sure)], place);
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
 * @param {Role} [sure] whose link is about to be renewed
 */
function links(address, done, sure) {
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
  const buttons = sure
    ? html`<button type="button" class="delete" @click=${() => renew(sure)}>${SURE[sure].yes}</button>
        <button type="button" @click=${() => fill({ answer: address }, "")}>Keep the link</button>`
    : html`<button type="button" @click=${() => copy(link, "students'")}>Copy the students' link</button>
        <button type="button" @click=${() => copy(lecturer, "lecturer's")}>Copy my link</button>
        <button type="button" @click=${() => fill({ answer: address }, SURE.student.what, "student")}>New students' link …</button>
        <button type="button" @click=${() => fill({ answer: address }, SURE.lecturer.what, "lecturer")}>New link for me …</button>`;
  return html`<p class="links">${buttons}</p><p role="status">${done}</p>`;
}

/** @param {Role} role whose link is made anew */
async function renew(role) {
  /** @type {Found} */
  const found = await post(`/api/address/${role}`, null);
  if ("error" in found) fill(found, "");
  else if (role === "lecturer")
    location.reload(); // the line of this window was closed with the others
  else fill(found, "This is the new link; the one before opens nothing any more.");
}
