/** What the state of every page has: its notices, and the order of the themes. */
import { signal } from "../../vendor/signals-core-1.14.5.js";

/** @typedef {import("./types.js").Notice} Notice */

/** Notices, each with a name: a newer one takes the place of the one of its name. */
export function createNotices() {
  const notices = signal(/** @type {Notice[]} */ ([]));
  return {
    notices,
    /** @param {string} name */
    dismiss(name) {
      if (notices.value.some((notice) => notice.name === name))
        notices.value = notices.value.filter((notice) => notice.name !== name);
    },
    /**
     * @param {string} name a notice of the same name is replaced
     * @param {string} message
     * @param {{bad?: boolean, offer?: Notice["offer"]}} [more]
     */
    notify(name, message, { bad = false, offer = null } = {}) {
      const notice = { name, message, bad, offer };
      const known = notices.value.some((one) => one.name === name);
      notices.value = known
        ? notices.value.map((one) => (one.name === name ? notice : one))
        : [...notices.value, notice];
    },
  };
}

/**
 * The theme after this one.
 * @param {"auto" | "light" | "dark"} theme
 * @returns {"auto" | "light" | "dark"}
 */
export function nextTheme(theme) {
  return theme === "auto" ? "light" : theme === "light" ? "dark" : "auto";
}
