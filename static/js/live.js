// Asks for the page's figures only when somebody looks, and only for figures that have changed.
(() => {
  "use strict";
  const etags = new Map();
  document.addEventListener("htmx:configRequest", (event) => {
    if (document.hidden) {
      event.preventDefault();
      return;
    }
    const etag = etags.get(event.detail.path);
    if (etag) event.detail.headers["If-None-Match"] = etag;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, pathInfo } = event.detail;
    if (xhr.status === 304) {
      event.detail.shouldSwap = false;
    } else if (xhr.status === 200) {
      etags.set(pathInfo.requestPath, xhr.getResponseHeader("ETag"));
    }
  });
})();
