// Sends photographs part by part (tus 1.0): a broken line costs one part, and a reloaded page goes on where it stopped.
const form = document.querySelector("form[data-uploads]");
const kept = form?.querySelector("[data-uploads-arrived]");
const PART = 256 * 1024;
const LONGEST_PAUSE = 15000;

class Refused extends Error {}

const token = () => form.querySelector("[name=csrfmiddlewaretoken]").value;
const wait = (ms) => new Promise((go) => {
  setTimeout(go, ms);
  addEventListener("online", go, { once: true });
});
const said = (template, name, percent) => template.replace("%name%", name).replace("%percent%", percent);
// The same file, chosen again after a reload, is the same upload.
const markOf = (file) => `upload ${form.dataset.uploads} ${file.name} ${file.size} ${file.lastModified}`;

async function ask(url, options) {
  const headers = { "Tus-Resumable": "1.0.0", "X-CSRFToken": token(), ...options.headers };
  const answer = await fetch(url, { ...options, headers, redirect: "manual" });
  if (answer.type === "opaqueredirect") throw new Refused(form.dataset.failed);
  if (answer.status >= 500 || answer.status === 503) throw new TypeError("again");
  return answer;
}

async function refusal(answer) {
  const told = await answer.json().catch(() => ({}));
  return new Refused(told.message || form.dataset.failed);
}

async function patiently(line, attempt) {
  for (let pause = 1000; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      return await attempt();
    } catch (problem) {
      if (problem instanceof Refused) throw problem;
      line.say(form.dataset.waiting);
      await wait(pause);
    }
  }
}

async function begin(file) {
  const answer = await ask(form.dataset.uploads, { method: "POST", headers: { "Upload-Length": file.size } });
  if (answer.status !== 201) throw await refusal(answer);
  const url = answer.headers.get("Location");
  localStorage.setItem(markOf(file), JSON.stringify({ url, offset: 0, name: file.name, size: file.size }));
  return { url, offset: 0 };
}

async function whereItStopped(file) {
  const kept = JSON.parse(localStorage.getItem(markOf(file)) || "null");
  if (!kept) return begin(file);
  const answer = await ask(kept.url, { method: "HEAD" });
  if (!answer.ok) {
    localStorage.removeItem(markOf(file));
    return begin(file);
  }
  return { url: kept.url, offset: Number(answer.headers.get("Upload-Offset")) };
}

async function send(file, line) {
  let upload = await patiently(line, () => whereItStopped(file));
  while (upload.offset < file.size) {
    line.progress(upload.offset / file.size);
    upload = await patiently(line, async () => {
      const answer = await ask(upload.url, {
        method: "PATCH",
        headers: { "Upload-Offset": upload.offset, "Content-Type": "application/offset+octet-stream" },
        body: file.slice(upload.offset, upload.offset + PART),
      });
      if (answer.status === 409) return whereItStopped(file);
      if (answer.status !== 204) throw await refusal(answer);
      return { url: upload.url, offset: Number(answer.headers.get("Upload-Offset")) };
    });
    localStorage.setItem(markOf(file), JSON.stringify({ ...upload, name: file.name, size: file.size }));
  }
  line.progress(1);
  if (kept) {
    keep(upload, file);
    line.done();
    return;
  }
  line.say(said(form.dataset.checking, file.name));
  await patiently(line, async () => {
    const body = new URLSearchParams({ upload: upload.url.split("/").at(-2) });
    const answer = await ask(location.href, { method: "POST", headers: { Accept: "application/json" }, body });
    if (answer.status !== 201) {
      localStorage.removeItem(markOf(file));
      throw await refusal(answer);
    }
  });
  localStorage.removeItem(markOf(file));
}

// A complaint's photographs wait, each as a tick on its form, until the whole form is sent.
function keep(upload, file) {
  const value = `${upload.url.split("/").at(-2)} ${file.name}`;
  if (![...kept.querySelectorAll("input")].some((each) => each.value === value)) {
    const choice = document.createElement("div");
    const input = document.createElement("input");
    const label = document.createElement("label");
    choice.className = "choice";
    Object.assign(input, { type: "checkbox", name: "upload", value, checked: true, id: `upload-${value.split(" ")[0]}` });
    label.htmlFor = input.id;
    label.textContent = file.name;
    choice.append(input, label);
    kept.append(choice);
  }
  kept.hidden = false;
}

function lineFor(file) {
  const words = document.createElement("p");
  const bar = document.createElement("progress");
  bar.setAttribute("aria-label", file.name);
  form.querySelector("[data-uploads-shown]").append(words, bar);
  return {
    say: (text) => { words.textContent = text; },
    progress(share) {
      bar.value = share;
      words.textContent = said(form.dataset.uploading, file.name, Math.floor(share * 100));
    },
    done() {
      bar.remove();
      words.remove();
    },
    refused(text) {
      bar.remove();
      words.className = "field__error";
      words.setAttribute("role", "alert");
      words.textContent = `${file.name}: ${text}`;
    },
  };
}

const marks = () => Object.keys(localStorage).filter((each) => each.startsWith(`upload ${form.dataset.uploads} `));

// The form names what has arrived from now on.
function forgetMarks() {
  for (const mark of marks()) localStorage.removeItem(mark);
}

function tellWhatStopped() {
  for (const mark of marks()) {
    const { name, offset, size } = JSON.parse(localStorage.getItem(mark));
    const words = document.createElement("p");
    words.textContent = said(form.dataset.stopped, name, Math.floor((offset / size) * 100));
    form.querySelector("[data-uploads-shown]").append(words);
  }
}

if (form) {
  const chosen = form.querySelector("[type=file]");
  const button = form.querySelector("button");
  chosen.multiple = true;
  tellWhatStopped();
  form.addEventListener("submit", async (event) => {
    if (!chosen.files.length) {
      if (kept) forgetMarks();
      return;
    }
    event.preventDefault();
    button.disabled = true;
    form.querySelector("[data-uploads-shown]").replaceChildren();
    let refused = 0;
    for (const file of chosen.files) {
      const line = lineFor(file);
      try {
        await send(file, line);
      } catch (problem) {
        refused += 1;
        line.refused(problem instanceof Refused ? problem.message : form.dataset.failed);
      }
    }
    button.disabled = false;
    if (kept) {
      chosen.value = "";
      if (refused) return;
      forgetMarks();
      form.submit();
    } else if (!refused) {
      location.assign(location.pathname);
    }
  });
}
