// lit-html looks for a document when it is loaded. No template is shown in these tests.
globalThis.document ??= /** @type {any} */ ({ createTreeWalker: () => null });
