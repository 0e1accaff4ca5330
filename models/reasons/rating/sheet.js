// Collects the clicks into a file of scores, as `tonewatch evaluate reasons --scores` reads it.
const form = document.querySelector("form");

function scoresOf(data) {
  const names = ["factual", "interpretative", "completeness", "fluency", "useful"];
  return [...document.querySelectorAll("article")].map((article) => {
    const id = article.dataset.id;
    const points = names.filter((name) => data.get(`${id}.${name}`)).map((name) => [name, Number(data.get(`${id}.${name}`))]);
    return { id, ...Object.fromEntries(points), note: data.get(`${id}.note`) };
  });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const data = new FormData(form);
  const file = { sheet: form.dataset.sheet, rater: data.get("rater"), rated_by: data.get("rated_by"), scores: scoresOf(data) };
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(file, null, 1)], { type: "application/json" }));
  link.download = `scores-${file.rater.replace(/\W+/g, "_")}.json`;
  link.click();
  document.querySelector("output").textContent = `saved ${link.download}`;
});
