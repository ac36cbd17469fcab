// What do the pages do beyond plain HTML? Copy, drop files, refresh what is under way. Everything works without it.
"use strict";

const announcer = () => document.getElementById("announce");

function announce(text) {
  const region = announcer();
  if (region) region.textContent = text;
}

// --- copy: <button class="copy" data-copy="text"> or data-copy="#id" for the text of another element --------------

async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Over plain HTTP in an office network browsers withhold the clipboard interface; the old command still works.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("the browser did not copy");
}

async function onCopy(button) {
  const wanted = button.dataset.copy;
  const source = wanted.startsWith("#") ? document.querySelector(wanted) : null;
  const label = button.dataset.label || button.textContent;
  const focused = document.activeElement;
  button.dataset.label = label;
  try {
    await copyText(source ? (source.value ?? source.textContent).trim() : wanted);
    // What was copied is needed elsewhere: there, without another press.
    if (button.dataset.go) return window.location.assign(button.dataset.go);
    button.textContent = button.dataset.copied || "Copiado";
    button.classList.add("copied");
  } catch {
    button.textContent = button.dataset.failed || "Selecciona y copia a mano";
  }
  focused?.focus();
  announce(button.textContent);
  window.setTimeout(() => {
    button.textContent = label;
    button.classList.remove("copied");
  }, 2500);
}

// --- drop: .dropzone holds an <input type="file">; the chosen files are listed in .dropzone-files -------------------
// data-limit on the input (bytes) with data-too-large on the zone says beforehand that a file is too large, and
// data-remove is what the button is called that takes the choice back.

function sizeOf(bytes) {
  const [unit, amount] = bytes < 1024 * 1024 ? ["kB", Math.max(bytes / 1024, 0.1)] : ["MB", bytes / 1024 / 1024];
  return `${amount.toLocaleString("es-MX", { maximumFractionDigits: 1 })} ${unit}`;
}

function listFiles(zone, input) {
  let list = zone.querySelector(".dropzone-files");
  if (!list) {
    list = document.createElement("ul");
    list.className = "dropzone-files";
    zone.append(list);
  }
  const files = Array.from(input.files);
  const isTooLarge = files.some((file) => file.size > Number(input.dataset.limit || Infinity));
  input.setCustomValidity(isTooLarge ? zone.dataset.tooLarge || "" : "");
  zone.classList.toggle("chosen", files.length > 0);
  zone.classList.toggle("too-large", isTooLarge);
  list.replaceChildren(
    ...files.map((file) => {
      const item = document.createElement("li");
      const size = document.createElement("span");
      size.className = "muted";
      size.textContent = sizeOf(file.size);
      item.append(file.name, " ", size);
      return item;
    }),
  );
  if (isTooLarge && zone.dataset.tooLarge) list.append(wrong(zone.dataset.tooLarge));
  if (files.length && zone.dataset.remove) list.append(remover(zone, input));
  if (files.length) announce(isTooLarge ? zone.dataset.tooLarge : files.map((file) => file.name).join(", "));
}

function wrong(words) {
  const item = document.createElement("li");
  item.className = "error";
  item.textContent = words;
  return item;
}

function remover(zone, input) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = zone.dataset.remove;
  button.addEventListener("click", () => {
    input.value = "";
    listFiles(zone, input);
    input.focus();
  });
  item.append(button);
  return item;
}

function setUpDropzone(zone) {
  const input = zone.querySelector("input[type=file]");
  if (!input) return;
  zone.classList.add("ready");
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    const files = event.dataTransfer.files;
    if (!files.length) return;
    const taken = new DataTransfer();
    for (const file of input.multiple ? files : [files[0]]) taken.items.add(file);
    input.files = taken.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  input.addEventListener("change", () => listFiles(zone, input));
  if (input.files.length) listFiles(zone, input);
}

// --- live: <div data-live="URL" data-every="2"> shows the fetched fragment until the answer says X-Live: done ------
// With data-first="0.3" the first looks come sooner, each pause longer than the one before, up to data-every.
// With data-then="reload" the whole page is loaded again once it is done, unless somebody who listens to the event
// "live-done" has a better way; "live-gone" is the same for somebody who is no longer signed in, or no longer sees it.

const SLOWEST = 30;
/** Milliseconds that the answer to a form may take: loading the page again would throw it away, and some come once. */
const ANSWERED_IN = 6000;
let sentAt = -ANSWERED_IN;

document.addEventListener("submit", (event) => {
  // Later, when every listener has had its say: what is sent in place throws nothing away.
  window.setTimeout(() => {
    if (!event.defaultPrevented) sentAt = performance.now();
  });
});

function setUpLive(place) {
  const every = Number(place.dataset.every) || 3;
  let pause = Number(place.dataset.first) || every;

  const again = () => window.setTimeout(look, pause * 1000);

  async function look() {
    if (!place.isConnected) return;
    if (document.hidden) {
      document.addEventListener("visibilitychange", look, { once: true });
      return;
    }
    try {
      const answer = await fetch(place.dataset.live, {
        headers: { "X-Requested-With": "fetch" },
        redirect: "manual",
        cache: "no-store",
      });
      if (answer.type === "opaqueredirect" || answer.status === 403 || answer.status === 404) {
        if (place.dispatchEvent(new Event("live-gone", { bubbles: true, cancelable: true }))) window.location.reload();
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      pause = Math.min(pause * 1.5, every);
      show(await answer.text());
      if (answer.headers.get("X-Live") === "done") {
        const left = sentAt + ANSWERED_IN - performance.now();
        if (left > 0) {
          window.setTimeout(look, left);
          return;
        }
        const done = new Event("live-done", { bubbles: true, cancelable: true });
        if (place.dataset.then === "reload" && place.dispatchEvent(done)) window.location.reload();
        return;
      }
    } catch {
      pause = Math.min(pause * 2, SLOWEST);
    }
    again();
  }

  function show(html) {
    if (html === place.dataset.shown) return;
    const focusedId = place.contains(document.activeElement) ? document.activeElement.id : "";
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const root = fresh.content.firstElementChild;
    const wrapped = root && root.dataset.live !== undefined && fresh.content.childElementCount === 1;
    place.replaceChildren(...(wrapped ? root : fresh.content).childNodes);
    place.dataset.shown = html;
    if (focusedId) document.getElementById(focusedId)?.focus();
    place.querySelectorAll(".dropzone").forEach(setUpDropzone);
  }

  again();
}

// --- once: <form data-once> is sent one time, however often its button is pressed ----------------------------------

function onSubmit(event) {
  const form = event.target;
  if (!("once" in form.dataset)) return;
  if (form.getAttribute("aria-busy") === "true") event.preventDefault();
  form.setAttribute("aria-busy", "true");
}

document.addEventListener("submit", onSubmit);
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-once]").forEach((form) => form.removeAttribute("aria-busy"));
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) onCopy(button);
  if (event.target.closest("[data-print]")) window.print();
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

function setUp(root) {
  root.querySelectorAll(".dropzone").forEach(setUpDropzone);
  root.querySelectorAll("[data-live]").forEach(setUpLive);
}

setUp(document);
