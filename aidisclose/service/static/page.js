// Dropping, pasting and saying that it takes a moment. The page works without this file.
"use strict";

const form = document.getElementById("upload");
const input = document.getElementById("file");
const drop = document.getElementById("drop");
const told = document.getElementById("status");

function take(files) {
  if (files.length === 0) return;
  if (files.length > 1) {
    told.textContent = form.dataset.one;
    return;
  }
  const chosen = new DataTransfer();
  chosen.items.add(files[0]);
  input.files = chosen.files;
  form.requestSubmit();
}

document.getElementById("how").hidden = false;
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) drop.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  take(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length > 0) {
    event.preventDefault();
    take(event.clipboardData.files);
  }
});

for (const each of document.forms) {
  each.addEventListener("submit", (event) => {
    const most = Number(form.dataset.bytes);
    const file = each === form ? input.files[0] : undefined;
    if (file && most && file.size > most) {
      event.preventDefault();
      told.textContent = form.dataset.large;
      return;
    }
    told.textContent = form.dataset.busy;
    for (const button of document.querySelectorAll("button")) button.disabled = true;
  });
}
// Going back must not find the buttons as they were left.
window.addEventListener("pageshow", () => {
  told.textContent = "";
  for (const button of document.querySelectorAll("button")) button.disabled = false;
});
const error = document.getElementById("error");
if (error) {
  error.tabIndex = -1;
  error.focus();
}
