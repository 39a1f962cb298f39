// Keeps [data-live] parts of a page up to date: asks only while somebody looks, and only for what has changed.
(() => {
  "use strict";
  const isLive = (event) => event.detail.elt?.matches?.("[data-live]");
  const lost = (part, yes) => {
    const notice = document.getElementById(`${part.id}-lost`);
    if (notice) notice.hidden = !yes;
  };

  document.addEventListener("htmx:configRequest", (event) => {
    if (!isLive(event)) return;
    if (document.hidden) {
      event.preventDefault();
      return;
    }
    const { etag } = event.detail.elt.dataset;
    if (etag) event.detail.headers["If-None-Match"] = etag;
  });

  // The session has ended: nobody's typing is taken from under their hands to show the sign-in.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (!isLive(event) || !event.detail.xhr.getResponseHeader("HX-Redirect")) return;
    event.preventDefault();
    lost(event.detail.elt, true);
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { elt: part, xhr } = event.detail;
    if (!isLive(event)) return;
    const etag = xhr.getResponseHeader("ETag");
    if (xhr.status === 200 && etag) part.dataset.etag = etag;
    else event.detail.shouldSwap = false;
    // Without an ETag it is another page, such as a refusal.
    lost(part, xhr.status !== 304 && !(xhr.status === 200 && etag));
  });

  for (const failure of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => {
      if (isLive(event)) lost(event.detail.elt, true);
    });
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    for (const part of document.querySelectorAll("[data-live]")) htmx.trigger(part, "look");
  });

  // News for an officer: the tab says so too, and lists beside them are drawn anew.
  const title = document.title;
  document.addEventListener("htmx:afterSwap", (event) => {
    const news = event.detail.target?.querySelector?.("[data-news]");
    if (!news) return;
    for (const badge of event.detail.target.querySelectorAll("template[data-shown-in]")) {
      document.getElementById(badge.dataset.shownIn)?.replaceChildren(badge.content.cloneNode(true));
    }
    document.title = `(${news.dataset.news}) ${title}`;
    for (const list of document.querySelectorAll("[data-after-news]")) htmx.trigger(list, "news");
  });
})();
