// Runs before the first paint, so that a remembered theme does not flash.
try {
  const theme = localStorage.getItem("tonewatch.theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; then the system's scheme is used.
}
