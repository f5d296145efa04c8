// Runs before the first paint, so that a link with a theme does not flash in the other one. All else is in modules.
(() => {
  const params = new URLSearchParams(location.hash.slice(1));
  const theme = params.get("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  if (params.get("presenter") === "1" && innerWidth > 820) document.documentElement.dataset.presenter = "on";
  // what the server wrote is of the first preset: a link may be to another
  if (location.hash.length > 1) document.documentElement.dataset.linked = "";
})();
