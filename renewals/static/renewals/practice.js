/* What does the practice portal do in the browser? It keeps files of clients here, and counts the movements of the mouse. */
"use strict";

const MARK = "(PRACTICA)";

/** Drop a certificate that no authority for practice issued, with its key and password, before anything is sent. */
async function refuseReal(input) {
  const [file] = input.files;
  const warning = document.getElementById("soloPractica");
  warning.hidden = true;
  if (!file) return;
  const text = new TextDecoder("latin1").decode(await file.slice(0, 65536).arrayBuffer());
  const plain = text.startsWith("-----BEGIN") ? atob(text.replace(/-----[^-]+-----|\s/g, "")) : text;
  if (plain.includes(MARK)) return;
  for (const one of input.form.querySelectorAll("input[type=file], input[type=password]")) one.value = "";
  warning.hidden = false;
}

for (const input of document.querySelectorAll("[data-only-practice]")) {
  input.addEventListener("change", () => refuseReal(input).catch(() => { input.value = ""; }));
}

const box = document.getElementById("azar");
if (box) {
  const bar = document.getElementById("avance");
  const button = document.getElementById("botonGenerar");
  const needs = Number(box.dataset.needs);
  let moves = 0;
  const moved = () => {
    moves += 1;
    bar.value = Math.min(100, Math.round((moves * 100) / needs));
    button.disabled = moves < needs;
  };
  button.disabled = true;
  box.addEventListener("pointermove", moved);
  // Whoever cannot move a mouse presses keys.
  box.addEventListener("keydown", (event) => { if (event.key !== "Tab") moved(); });
}

for (const form of document.querySelectorAll("[data-saves-a-file]")) {
  // The answer is a file, so the page stays: what it said about an earlier try is over.
  form.addEventListener("submit", () => document.getElementById("imsgErrors")?.remove());
}
