// Search of the site as files: reads the words and the rows of an index that a question needs, and no more.
(() => {
  "use strict";
  const A_KIND = 20;
  const ROWS_A_FILE = 100;
  const place = document.getElementById("found");
  const asked = (new URLSearchParams(location.search).get("q") ?? "").trim().slice(0, 100);
  if (!place || !asked) return;

  // The same letters as in the index: small, without accents, Kazakh ones as their Russian neighbours.
  const PLAIN = { ә: "а", ғ: "г", қ: "к", ң: "н", ө: "о", ұ: "у", ү: "у", һ: "х", і: "и" };
  const folded = (text) =>
    text
      .toLowerCase()
      .replace(/[әғқңөұүһі]/g, (letter) => PLAIN[letter])
      .normalize("NFKD")
      .replace(/[\u0300-\u036f]/g, "");
  const hex = (text) => [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const read = async (path) => {
    const answer = await fetch(place.dataset.index + path);
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(path);
    return answer.json();
  };

  // The rows that have a word beginning so.
  const rowsWith = async (word) => {
    const words = await read(`words/${hex([...word].slice(0, 2).join(""))}.json`);
    const found = new Set();
    for (const [known, steps] of Object.entries(words ?? {})) {
      if (!known.startsWith(word)) continue;
      let row = 0;
      for (const step of steps) found.add((row += step));
    }
    return found;
  };

  const rowOf = (files, number) => files.get(Math.floor(number / ROWS_A_FILE))[number % ROWS_A_FILE];

  const shown = (rows, isStation) => {
    const list = document.createElement("ul");
    list.className = "found";
    for (const [name, detail, code, path] of rows) {
      const item = list.appendChild(document.createElement("li"));
      const link = item.appendChild(document.createElement("a"));
      link.href = path;
      link.textContent = name;
      if (isStation) {
        const number = document.createElement("span");
        number.className = "muted small";
        number.textContent = code;
        item.append(" ", number);
      }
      if (detail) {
        const more = item.appendChild(document.createElement("span"));
        more.className = "found__detail muted small";
        more.textContent = detail;
      }
    }
    return list;
  };

  const search = async () => {
    const words = folded(asked).split(/[^\p{L}\p{N}]+/u).filter(Boolean).slice(0, 8);
    if (!words.length) return;
    const sets = await Promise.all(words.map(rowsWith));
    const hits = [...sets[0]].filter((row) => sets.every((set) => set.has(row))).sort((one, other) => one - other);
    const parts = [];
    let first = 0;
    for (const [kind, count] of place.dataset.kinds.split(" ").map(Number).entries()) {
      const of = hits.filter((row) => row >= first && row < first + count);
      if (of.length) parts.push({ kind, rows: of.slice(0, A_KIND), count: of.length });
      first += count;
    }
    const needed = new Set(parts.flatMap(({ rows }) => rows.map((row) => Math.floor(row / ROWS_A_FILE))));
    const language = document.documentElement.lang;
    const files = new Map(
      await Promise.all([...needed].map(async (file) => [file, await read(`rows/${language}/${file}.json`)])),
    );
    // One station has just this number: there is nothing to choose.
    const same = parts[0]?.kind === 0 && parts[0].rows.map((row) => rowOf(files, row)).find(
      ([, , code]) => code.toLowerCase() === asked.toLowerCase(),
    );
    if (same) {
      location.replace(same[3]);
      return;
    }
    if (!parts.length) document.getElementById("found-nothing").hidden = false;
    for (const { kind, rows, count } of parts) {
      const heading = document.createElement("h2");
      heading.textContent = place.dataset[`kind${kind}`];
      place.append(heading, shown(rows.map((row) => rowOf(files, row)), kind === 0));
      if (count > rows.length) {
        const more = document.createElement("p");
        more.className = "small muted";
        more.textContent = place.dataset.more.replace("{shown}", rows.length).replace("{count}", count);
        place.append(more);
      }
    }
  };

  for (const field of document.querySelectorAll('input[name="q"]')) field.value = asked;
  place.setAttribute("aria-busy", "true");
  search()
    .catch(() => {
      document.getElementById("found-lost").hidden = false;
    })
    .finally(() => place.removeAttribute("aria-busy"));
})();
