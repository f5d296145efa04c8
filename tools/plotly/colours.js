// What Plotly takes from culori, with the colour spaces of CSS colours on a page and no others. The whole library is
// three times as large, since `require` leaves a bundler no way to drop what is not used.
import {
  converter,
  formatHex,
  formatRgb,
  modeHsl,
  modeHwb,
  modeLrgb,
  modeRgb,
  useMode,
  wcagContrast,
  wcagLuminance,
} from "./node_modules/culori/src/index-fn.js";

for (const mode of [modeRgb, modeLrgb, modeHsl, modeHwb]) useMode(mode);

export { converter, formatHex, formatRgb, wcagContrast, wcagLuminance };
