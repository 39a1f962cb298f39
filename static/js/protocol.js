// Enter goes on to the next line of the paper, as on an adding machine; after the last one, to the button.
"use strict";

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.isComposing || !field.matches("[data-protocol] .input--figure")) return;
  event.preventDefault();
  const fields = [...field.form.querySelectorAll(".input--figure")];
  const next = fields[fields.indexOf(field) + 1] ?? field.form.querySelector("#findings input, textarea, .actions button");
  next.focus();
  if (next.select) next.select();
});

// Without a line nobody can check the figures: the form says so by its status, not by an error a second.
document.addEventListener("htmx:configRequest", (event) => {
  if (!navigator.onLine) event.preventDefault();
});
