// Keeps what the form needs, and this person's form pages, for when the line is down. Pages are put into the cache by
// static/js/drafts.js, one cache a person, and taken out of it when they sign out; this worker only reads them.
"use strict";

const OURS = "{{ prefix }}";
const STATIC = `${OURS}static-{{ version }}`;
const ASSETS = {{ assets|safe }};
const PATIENCE = 6000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(STATIC).then((cache) => cache.addAll(ASSETS)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      // What a training system or a real one kept here under the same address is not ours to show.
      const kept = name === STATIC || name.startsWith(`${OURS}pages-`);
      if (!kept) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === "GET" && ASSETS.includes(url.pathname)) {
    event.respondWith(caches.match(request, { ignoreSearch: true }).then((kept) => kept ?? fetch(request)));
  } else if (request.mode === "navigate" && /^\/(kk|ru|en)\/(station|desk)\//.test(url.pathname)) {
    event.respondWith(page(request, url));
  }
});

// The server's page when it answers in time; otherwise the one kept on this device. A form that was sent on a dead line
// comes back as it was kept: its draft is on the device.
async function page(request, url) {
  const kept = () => caches.match(url.pathname, { ignoreVary: true });
  try {
    const answer = request.method === "GET" ? await inTime(request, kept) : await fetch(request);
    if (answer) return answer;
  } catch { /* The line is down. */ }
  return (await kept()) ?? Response.error();
}

async function inTime(request, kept) {
  const answer = fetch(request);
  if (!(await kept())) return answer;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, null));
  return Promise.race([answer, late]);
}
