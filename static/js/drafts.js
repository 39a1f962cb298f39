// Drafts of protocols on this device, and sends that wait for a line. docs/adr/0009 has the reasons.
//
// A draft is encrypted under its person's key. The key comes from the server and lies here as a CryptoKey that cannot be
// taken out; signing out deletes it, and the pages kept for this person. A send arrives once: it carries the draft's own
// idempotency key however often it is tried.
"use strict";

(() => {
  const settings = document.getElementById("drafts-settings");
  if (!settings || !window.indexedDB || !window.crypto?.subtle) return;
  const { words, prefix, person, keyUrl, signInUrl } = JSON.parse(settings.textContent);
  const RETRY = 15000;
  const PAGES = `${prefix}pages-${person}`;

  // ------------------------------------------------------------------ the device's store

  const opened = new Promise((resolve, reject) => {
    const request = indexedDB.open(`${prefix}hattama`, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("keys", { keyPath: "person" });
      request.result.createObjectStore("drafts", { keyPath: "id" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

  const ask = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const store = async (name, mode) => (await opened).transaction(name, mode).objectStore(name);
  const all = async (name) => ask((await store(name, "readonly")).getAll());
  const put = async (name, value) => ask((await store(name, "readwrite")).put(value));
  const remove = async (name, key) => ask((await store(name, "readwrite")).delete(key));

  // ------------------------------------------------------------------ whose device it is now

  // Nobody else's key or pages stay once somebody signs in; their drafts stay, and cannot be read without their key.
  async function forgetOthers() {
    for (const kept of await all("keys")) if (kept.person !== person) await remove("keys", kept.person);
    for (const name of await caches.keys()) {
      if (name.includes("pages-") && name !== PAGES) await caches.delete(name);
    }
  }

  async function forgetMe() {
    await remove("keys", person);
    await caches.delete(PAGES);
  }

  class SignedOut extends Error {}

  // What the server says of this session: the key, and a CSRF token that is good now.
  async function session() {
    const answer = await fetch(keyUrl, { redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (answer.type === "opaqueredirect" || answer.status === 404) throw new SignedOut();
    if (!answer.ok) throw new TypeError("no answer");
    const said = await answer.json();
    if (said.person !== person) throw new SignedOut();
    return said;
  }

  let known = null;
  async function key() {
    if (known) return known;
    const kept = (await all("keys")).find((each) => each.person === person);
    if (kept) return (known = kept.key);
    const { key: encoded } = await session();
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    known = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
    await put("keys", { person, key: known });
    return known;
  }

  // ------------------------------------------------------------------ drafts

  // `state`: typing, queued (waits for a line), refused (came back with a reason).
  async function keep(id, url, fields, state, reason = "") {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify({ fields, reason }));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(), plain);
    await put("drafts", { id, person, url, state, iv, sealed, at: Date.now() });
  }

  async function open(draft) {
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: draft.iv }, await key(), draft.sealed);
    return JSON.parse(new TextDecoder().decode(plain));
  }

  const mine = async () => (await all("drafts")).filter((draft) => draft.person === person);
  const draftOf = async (id) => (await mine()).find((draft) => draft.id === id);
  const time = (at) => new Date(at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const say = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // ------------------------------------------------------------------ sending

  let sending = false;
  async function flush() {
    if (sending) return;
    sending = true;
    try {
      const queued = (await mine()).filter((draft) => draft.state === "queued");
      if (!queued.length) return;
      const { csrf } = await session();
      for (const draft of queued) await send(draft, csrf);
      trouble = "";
    } catch (problem) {
      trouble = problem instanceof SignedOut ? "signedOut" : "noLine";
    } finally {
      sending = false;
      await show();
    }
  }

  let trouble = "";
  let taken = null;
  async function send(draft, csrf) {
    const { fields } = await open(draft);
    const body = new URLSearchParams([...fields.filter(([name]) => name !== "csrfmiddlewaretoken"), ["csrfmiddlewaretoken", csrf]]);
    const answer = await fetch(draft.url, {
      method: "POST", body, redirect: "manual", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(20000),
    });
    if (answer.type === "opaqueredirect" || answer.status === 403) throw new SignedOut();
    if (answer.status >= 500 || answer.status === 429) throw new TypeError("no answer");
    const said = answer.headers.get("content-type")?.includes("json") ? await answer.json() : {};
    if (answer.ok) {
      await remove("drafts", draft.id);
      taken = { id: draft.id, at: Date.now(), message: said.message };
    } else {
      const reason = answer.status === 404 ? words.notYours : said.message || words.refused;
      await keep(draft.id, draft.url, fields, "refused", reason);
    }
  }

  // ------------------------------------------------------------------ what the screen says

  async function show() {
    const drafts = await mine();
    for (const badge of document.querySelectorAll("[data-draft-badge]")) {
      const draft = drafts.find((each) => each.id === badge.dataset.draftBadge);
      badge.hidden = !draft;
      if (draft) badge.textContent = { typing: words.unsent, queued: words.waiting, refused: words.cameBack }[draft.state];
    }
    if (taken && document.querySelector(`[data-draft-badge="${taken.id}"]`)) location.reload();
    const line = document.getElementById("draft-status");
    if (!line) return;
    const draft = drafts.find((each) => each.id === line.dataset.draft);
    let sentence = unkept ? words.cannotKeep : "";
    if (taken?.id === line.dataset.draft) sentence = say(words.sent, { time: time(taken.at), message: taken.message ?? "" });
    else if (draft?.state === "refused") sentence = say(words.refusedBecause, { reason: (await open(draft)).reason });
    else if (draft?.state === "queued") {
      sentence = say(trouble === "signedOut" ? words.signedOut : words.queued, { time: time(draft.at) });
    } else if (draft) sentence = say(words.saved, { time: time(draft.at) });
    line.hidden = !sentence;
    if (line.textContent !== sentence) line.textContent = sentence;
    const signIn = document.getElementById("draft-sign-in");
    if (signIn) signIn.hidden = !(draft?.state === "queued" && trouble === "signedOut");
    if (taken?.id === line.dataset.draft) setTimeout(() => location.reload(), 1500);
  }

  // ------------------------------------------------------------------ the form

  const form = document.querySelector("form[data-draft]");
  const fieldsOf = () => [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
  const worthKeeping = () => fieldsOf().some(([name, value]) => name.startsWith("figure-") && value !== "");

  // Somebody may be quicker than the device's store: what they have typed by then is newer than the draft.
  const isTyped = (field) => field.classList.contains("input--figure") && field.value !== field.defaultValue;

  async function restore() {
    const draft = await draftOf(form.dataset.draft);
    // What the server has just answered on is newer than what lies here.
    if (form.dataset.answered) return;
    if (!draft) {
      // A page kept on this device may have been sent from before: a new protocol has a key of its own.
      form.elements.namedItem("key").value = crypto.randomUUID();
      return;
    }
    const { fields } = await open(draft);
    for (const [name, value] of fields) {
      const field = form.elements.namedItem(name);
      if (!field || field.readOnly || field.type === "submit" || isTyped(field)) continue;
      if (field.type === "checkbox") field.checked = true;
      else if (name !== "checked") field.value = value;
    }
    restoring = true;
    form.querySelector(".input--figure")?.dispatchEvent(new Event("input", { bubbles: true }));
    restoring = false;
  }

  // What is only put back has not been typed: a send that waits goes on waiting.
  let restoring = false;
  let waiting = 0;
  function typed() {
    if (restoring) return;
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      await begun;
      if (worthKeeping()) await keep(form.dataset.draft, form.dataset.url, fieldsOf(), "typing").catch(cannotKeep);
      await show();
    }, 300);
  }

  // Without the key nothing can be kept: this device has never been here with a line, or its store is full.
  let unkept = false;
  function cannotKeep() {
    unkept = true;
  }

  async function reaches() {
    if (!navigator.onLine) return false;
    try {
      return (await fetch("/health/live", { cache: "no-store", signal: AbortSignal.timeout(5000) })).ok;
    } catch {
      return false;
    }
  }

  async function submitted(event) {
    event.preventDefault();
    clearTimeout(waiting);
    const button = event.submitter;
    const extra = button?.name ? [[button.name, button.value]] : [];
    button?.setAttribute("aria-busy", "true");
    await begun;
    if (worthKeeping()) await keep(form.dataset.draft, form.dataset.url, fieldsOf(), "typing").catch(cannotKeep);
    if (await reaches()) {
      for (const [name, value] of extra) {
        form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
      }
      form.submit();
      return;
    }
    button?.removeAttribute("aria-busy");
    const empty = [...form.querySelectorAll(".input--figure[data-required]")].find((field) => field.value.trim() === "");
    if (empty) {
      empty.focus();
      return;
    }
    // Without a line nobody can show the figures once more: they go as they stand, and come back if they are refused.
    await keep(form.dataset.draft, form.dataset.url, [...fieldsOf(), ["checked", "1"]], "queued").catch(cannotKeep);
    trouble = "noLine";
    await show();
  }

  // Pages of the protocols on the list, as they are now, for when the line is down.
  async function keepPages() {
    if (navigator.connection?.saveData) return;
    const cache = await caches.open(PAGES);
    const pages = [...document.querySelectorAll("[data-keep-page]")].map((link) => link.pathname);
    for (const path of new Set([location.pathname, ...pages])) {
      const answer = await fetch(path, { headers: { "Hattama-Keep": "1" }, redirect: "error" });
      if (answer.ok) await cache.put(path, answer);
    }
  }

  // ------------------------------------------------------------------ begin

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-sign-out]") || event.target.dataset.forgotten) return;
    event.preventDefault();
    event.target.dataset.forgotten = "1";
    forgetMe().finally(() => event.target.submit());
  });

  async function begin() {
    await forgetOthers();
    await key().catch(() => {});
    for (const done of document.querySelectorAll("[data-draft-done]")) {
      const draft = await draftOf(done.dataset.draftDone);
      if (draft && draft.state === "typing") await remove("drafts", draft.id);
    }
    if (!form) return;
    const early = [...form.querySelectorAll(".input--figure")].some(isTyped);
    await restore();
    if (early) typed();
  }

  // The form is heard from the first moment, and waits by itself for the store: a key from the server may take seconds.
  form?.addEventListener("input", typed);
  form?.addEventListener("submit", submitted);
  const begun = begin().catch(() => {});

  (async () => {
    await begun;
    await show();
    await flush();
    for (const happening of ["online", "focus"]) window.addEventListener(happening, flush);
    document.addEventListener("visibilitychange", () => document.hidden || flush());
    setInterval(flush, RETRY);
    if ("serviceWorker" in navigator) {
      await navigator.serviceWorker.register("/service-worker.js", { scope: "/" });
      if (document.querySelector("[data-keep-page]") && navigator.onLine) await keepPages().catch(() => {});
    }
  })();
})();
