// Runs before the first paint, so that a link with a theme does not flash in the other one. All else is in modules.
(() => {
  const told = new URLSearchParams(location.hash.slice(1));
  const theme = told.get("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  if (told.get("presenter") === "1") document.documentElement.dataset.presenter = "on";
})();
