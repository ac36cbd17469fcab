// How does a renewal's page go on without being loaded again: sending with progress, verdicts in place, files dropped
// or pasted anywhere? On top of app.js; without either of them every form and link works as it is.
"use strict";

// --- the page in place: only what is inside <main> changes, and what was typed stays ------------------------------

const guide = () => document.querySelector("[data-guide]");

function swap(html, address, { sent }) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const [old, main] = [document.getElementById("content"), fresh.getElementById("content")];
  if (!main || !fresh.querySelector("[data-guide]")) return false;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const same = sameStep(old, main);
  if (same) keepTyped(old, main, sent);
  main.querySelectorAll("details[id]").forEach((one) => {
    if (document.getElementById(one.id)?.open) one.open = true;
  });
  old.replaceChildren(...main.childNodes);
  document.title = fresh.title;
  if (address && address !== window.location.href) window.history.replaceState(null, "", address);
  setUp(old);
  land(old, { focused: same && !sent ? focused : "", stays: same && !sent });
  return true;
}

function sameStep(old, main) {
  const [before, after] = [old, main].map((one) => one.querySelector("form[data-step]")?.dataset.step);
  return Boolean(before) && before === after;
}

function keepTyped(old, main, sent) {
  const [before, after] = [old, main].map((one) => one.querySelector("form[data-step]"));
  for (const field of after.elements) {
    const typed = before.elements.namedItem(field.name);
    if (!field.name || field.type === "hidden" || field.type === "submit" || !typed || typed instanceof RadioNodeList) continue;
    if (field.type === "file") {
      if (typed.files.length && field.getAttribute("aria-invalid") !== "true") field.files = typed.files;
    } else if (field.type === "checkbox") field.checked = typed.checked;
    else if (!sent || field.type === "password") field.value = typed.value;
  }
}

// Where a person goes on: at the first mistake, at what went wrong, or at the top of the step; never lost at the end.
function land(main, { focused, stays }) {
  const kept = focused && document.getElementById(focused);
  const wrong = main.querySelector("[aria-invalid=true]");
  const notice = main.querySelector(".step .notice.bad:not([hidden]), .notice.bad:not([hidden])");
  const title = document.getElementById("step-title") || main.querySelector("h1");
  const said = [notice || main.querySelector(".notice:not([hidden])"), title];
  announce(said.filter(Boolean).map((one) => one.textContent.replace(/\s+/g, " ").trim()).join(". "));
  if (stays) return kept?.focus({ preventScroll: true });
  if (wrong) return wrong.focus();
  const place = notice || title;
  if (!place) return;
  if (!place.hasAttribute("tabindex")) place.tabIndex = -1;
  window.scrollTo(0, 0);
  place.focus({ preventScroll: true });
}

async function lookAgain() {
  try {
    const answer = await fetch(window.location.href, { cache: "no-store", headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok || !swap(await answer.text(), answer.url, { sent: false })) window.location.reload();
  } catch {
    window.location.reload();
  }
}

document.addEventListener("live-done", (event) => {
  if (!guide()) return;
  event.preventDefault();
  lookAgain();
});

// Signed out meanwhile: what is half filled in stays, and whoever sends it is told.
document.addEventListener("live-gone", (event) => {
  if (document.querySelector("form[data-step]")) event.preventDefault();
});

// A tab that was left open: look again when somebody comes back to it, and when the browser brings it out of its store.
async function lookWhetherMoved() {
  if (document.hidden || !guide() || document.querySelector("form[aria-busy=true]")) return;
  try {
    const answer = await fetch(guide().dataset.guide, { redirect: "manual", cache: "no-store" });
    if (answer.ok && answer.headers.get("X-Live") === "done") await lookAgain();
  } catch {
    // No connection: what is about to be sent says so.
  }
}
document.addEventListener("visibilitychange", lookWhetherMoved);
window.addEventListener("pageshow", (event) => event.persisted && lookWhetherMoved());

// --- sending: <form data-send>; asked first whether the session is still there, so that nothing is sent for nothing --

async function whoIsSignedIn() {
  const answer = await fetch(guide().dataset.session, { redirect: "manual", cache: "no-store" });
  if (answer.type === "opaqueredirect") return { trouble: "signed-out" };
  if (!answer.ok) return { trouble: "no-connection" };
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const person = page.querySelector("[data-session-of]")?.dataset.sessionOf;
  if (person !== guide().dataset.person) return { trouble: "somebody-else" };
  return { word: page.querySelector("[data-session-of] [name=csrfmiddlewaretoken]").value };
}

function complain(form, trouble) {
  form.querySelectorAll("[data-trouble]").forEach((one) => (one.hidden = one.dataset.trouble !== trouble));
  form.querySelector(`[data-trouble="${trouble}"]`)?.scrollIntoView({ block: "nearest" });
}

function show(form, part) {
  const sending = form.querySelector(".sending");
  if (!sending) return;
  sending.hidden = part === null;
  const [bar, words] = [sending.querySelector("progress"), sending.querySelector("[data-words]")];
  words.dataset.said ??= words.textContent;
  if (part === null || part >= 1) bar.removeAttribute("value");
  else bar.value = part * 100;
  words.textContent = part ? `${words.dataset.said} ${Math.round(part * 100)} %` : words.dataset.said;
}

function post(form, data) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.addEventListener("progress", (event) => event.lengthComputable && show(form, event.loaded / event.total));
    request.addEventListener("load", () => resolve(request));
    for (const name of ["error", "abort", "timeout"]) request.addEventListener(name, () => reject(new Error(name)));
    request.send(data);
  });
}

async function send(form, pressed) {
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  complain(form, null);
  const data = new FormData(form, pressed);
  let trouble = "no-connection";
  try {
    const session = await whoIsSignedIn();
    trouble = session.trouble;
    if (!trouble) {
      document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((one) => (one.value = session.word));
      data.set("csrfmiddlewaretoken", session.word);
      show(form, 0);
      const answer = await post(form, data);
      const moved = answer.responseURL !== form.action;
      if (swap(answer.responseText, moved ? answer.responseURL : "", { sent: true })) return;
      if (moved && answer.status < 400) return window.location.assign(answer.responseURL);
      trouble = "refused";
    }
  } catch {
    trouble = "no-connection";
  }
  show(form, null);
  form.removeAttribute("aria-busy");
  complain(form, trouble);
}

document.addEventListener("submit", (event) => {
  if (!("send" in event.target.dataset) || !guide()) return;
  event.preventDefault();
  send(event.target, event.submitter);
});

// --- files: dropped anywhere on the page, or a picture pasted from the clipboard ------------------------------------

const inputs = () => [...document.querySelectorAll("form[data-step] .dropzone input[type=file]")];

function endings(input) {
  return input.accept.split(",").map((one) => one.trim().toLowerCase()).filter(Boolean);
}

function put(input, file) {
  const taken = new DataTransfer();
  taken.items.add(file);
  input.files = taken.files;
  const fold = input.closest("details");
  if (fold) fold.open = true;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

// The field that the file was dropped on; otherwise the first empty one that expects this kind of file.
function placeFor(file, target, taken) {
  const [free, name] = [inputs().filter((one) => !taken.has(one)), file.name.toLowerCase()];
  const on = target instanceof Element ? target.closest(".dropzone")?.querySelector("input[type=file]") : null;
  if (on && free.includes(on)) return on;
  const fits = free.filter((one) => endings(one).some((ending) => name.endsWith(ending)));
  return fits.find((one) => !one.files.length) || fits[0] || free.find((one) => one.required) || free[0];
}

function isOfFiles(event) {
  return [...(event.dataTransfer?.types || [])].includes("Files") && guide() && inputs().length > 0;
}

function lift(on) {
  document.documentElement.classList.toggle("dragging", on);
}

document.addEventListener("dragover", (event) => {
  if (!isOfFiles(event)) return;
  event.preventDefault();
  lift(true);
});
document.addEventListener("dragleave", (event) => event.relatedTarget === null && lift(false));
document.addEventListener(
  "drop",
  (event) => {
    lift(false);
    if (!isOfFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    document.querySelectorAll(".dropzone.over").forEach((zone) => zone.classList.remove("over"));
    const taken = new Set();
    for (const file of event.dataTransfer.files) {
      const input = placeFor(file, event.target, taken);
      if (!input) break;
      taken.add(input);
      put(input, file);
    }
  },
  true,
);

document.addEventListener("paste", (event) => {
  const picture = [...(event.clipboardData?.files || [])].find((one) => one.type.startsWith("image/"));
  const zones = [...document.querySelectorAll("form[data-step] .dropzone[data-paste]")];
  const zone = zones.find((one) => !one.querySelector("input").files.length) || zones[0];
  if (!picture || !zone) return;
  event.preventDefault();
  const moment = new Date().toLocaleString("sv").replace(/[^0-9]+/g, "-");
  const name = `${zone.dataset.paste}-${moment}.${picture.type.split("/")[1].replace("jpeg", "jpg")}`;
  put(zone.querySelector("input"), new File([picture], name, { type: picture.type }));
});

// A page that was loaded with a mistake in it, by the form or by the address, begins at the mistake.
document.querySelector("form[data-step] [aria-invalid=true]")?.focus();
