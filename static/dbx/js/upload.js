/**
 * The upload page with scripts on: drop files anywhere on the box, see each one travel and being
 * imported, open its flight. Without scripts the same form posts itself.
 */

import { followImport, inWords } from "./progress.js";

const SENDING_SHARE = 0.5;
const MEGABYTE = 1024 * 1024;
const TOO_LARGE = "The file is larger than the server accepts.";
const BROKEN = "The connection broke before the file had arrived. Please try again.";
const SILENT = "The file has arrived, but the server is silent now. The import goes on: look at the flights later.";
const NEEDS_AIRCRAFT = "Choose the aircraft: the upload starts then.";

/** @param {number} bytes */
function sizeText(bytes) {
  return bytes < MEGABYTE ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / MEGABYTE).toFixed(1)} MB`;
}

/** One file's line on the page. */
class Row {
  /** @param {HTMLTemplateElement} template @param {File} file */
  constructor(template, file) {
    this.element = template.content.firstElementChild.cloneNode(true);
    const find = (selector) => this.element.querySelector(selector);
    this.bar = find("progress");
    this.message = find("[data-message]");
    this.action = find("[data-action]");
    find("[data-name]").textContent = file.name;
    find("[data-size]").textContent = sizeText(file.size);
    this.bar.setAttribute("aria-label", `Progress of ${file.name}`);
  }

  /** @param {string} words @param {number} share between 0 and 1 */
  show(words, share) {
    this.bar.value = share;
    if (this.message.textContent !== words) this.message.textContent = words;
  }

  /**
   * @param {"is-done" | "is-failed"} kind
   * @param {string} words
   * @param {string} [link]
   * @param {string} [linkText]
   */
  end(kind, words, link, linkText) {
    this.element.classList.add(kind);
    this.bar.hidden = true;
    this.message.textContent = words;
    if (!link) return;
    const anchor = document.createElement("a");
    Object.assign(anchor, { href: link, textContent: linkText, className: "button" });
    this.action.replaceChildren(anchor);
    this.action.hidden = false;
  }
}

/** @param {XMLHttpRequest} request @returns {any} the answer, or an empty object where it is not JSON */
function answerOf(request) {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return {};
  }
}

/** @param {XMLHttpRequest} request @returns {Error & {link?: string}} what went wrong, in words */
function refusal(request) {
  const problem = answerOf(request);
  const words = [problem.title, problem.detail].filter(Boolean).join(" ");
  const unexplained = request.status === 413 ? TOO_LARGE : `The server refused the file (${request.status}).`;
  const error = new Error(words || unexplained);
  return Object.assign(error, { link: problem.flight_url ?? problem.log_url });
}

/**
 * @param {string} address @param {FormData} body @param {(share: number) => void} onProgress
 * @returns {Promise<{status_url: string, flight_url?: string}>}
 */
function send(address, body, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", ({ loaded, total }) => total && onProgress(loaded / total));
    request.addEventListener("load", () => {
      if (request.status < 300) resolve(answerOf(request));
      else reject(refusal(request));
    });
    request.addEventListener("error", () => reject(new Error(BROKEN)));
    request.send(body);
  });
}

class UploadPage {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("input[type=file]");
    this.list = document.querySelector("[data-uploads]");
    this.template = document.querySelector("[data-upload-row]");
    this.aircraft = form.querySelector("select[name=aircraft]");
    this.queue = Promise.resolve();
    /** @type {[File, Row][]} */
    this.held = [];
    this.enhance(form.querySelector("[data-drop]"));
  }

  /** @param {HTMLElement} drop */
  enhance(drop) {
    drop.classList.add("enhanced");
    drop.querySelector("[data-drop-hint]").hidden = false;
    this.form.querySelector("[data-submit]").hidden = true;
    this.input.addEventListener("change", () => this.takeInput());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.takeInput();
    });
    for (const name of ["dragover", "dragenter"]) drop.addEventListener(name, () => drop.classList.add("is-over"));
    for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("is-over"));
    this.aircraft?.addEventListener("change", () => this.release());
    this.catchMissedDrops();
  }

  /** A file dropped beside the box must not replace the page. */
  catchMissedDrops() {
    window.addEventListener("dragover", (event) => event.target !== this.input && event.preventDefault());
    window.addEventListener("drop", (event) => {
      if (event.target === this.input) return;
      event.preventDefault();
      this.take([...event.dataTransfer.files]);
    });
  }

  takeInput() {
    this.take([...this.input.files]);
    this.input.value = "";
  }

  /**
   * @param {File[]} files one after the other, so that a slow field connection finishes the first one first
   */
  take(files) {
    const rows = files.map((file) => new Row(this.template, file));
    this.list.prepend(...rows.map((row) => row.element));
    rows.forEach((row, i) => {
      const reason = this.refuse(files[i]);
      if (reason) row.end("is-failed", reason);
      else this.held.push([files[i], row]);
    });
    this.release();
  }

  /** Sends what waits, once it is known which aircraft flew. */
  release() {
    if (this.aircraft && !this.aircraft.checkValidity()) {
      for (const [, row] of this.held) row.show(NEEDS_AIRCRAFT, 0);
      if (this.held.length) this.aircraft.focus();
      return;
    }
    for (const [file, row] of this.held.splice(0)) this.enqueue(file, row);
  }

  /** @param {File} file @param {Row} row */
  enqueue(file, row) {
    row.show("Waiting to be sent", 0);
    const body = this.bodyFor(file);
    const sent = this.queue.then(() => this.sendOne(body, row));
    this.queue = sent.then(() => undefined);
    sent.then((answer) => answer && this.follow(answer, row));
  }

  /** @param {File} file @returns {string} why it cannot be sent, or nothing */
  refuse(file) {
    if (file.size === 0) return "The file is empty.";
    if (file.size > Number(this.form.dataset.maxBytes)) return `The file is larger than ${this.form.dataset.maxText}.`;
    return "";
  }

  /** @param {File} file @returns {FormData} with the aircraft chosen at this moment */
  bodyFor(file) {
    const body = new FormData(this.form);
    body.set(this.input.name, file, file.name);
    return body;
  }

  /** @param {FormData} body @param {Row} row */
  async sendOne(body, row) {
    try {
      const show = (share) => row.show(`Sending, ${Math.round(share * 100)} %`, share * SENDING_SHARE);
      return await send(this.form.dataset.uploadUrl, body, show);
    } catch (error) {
      row.end("is-failed", error.message, error.link, "See what is there");
      return null;
    }
  }

  /** @param {{status_url: string, flight_url?: string}} answer @param {Row} row */
  async follow(answer, row) {
    const show = (status) => row.show(inWords(status), SENDING_SHARE + (status.progress ?? 0) * (1 - SENDING_SHARE));
    try {
      const status = await followImport(answer.status_url, show);
      const link = status.flight_url ?? answer.flight_url;
      if (status.state === "imported") row.end("is-done", inWords(status), link, "Open the flight");
      else row.end("is-failed", inWords(status), status.log_url, "See the log");
    } catch {
      row.end("is-failed", SILENT);
    }
  }
}

const form = document.querySelector("[data-upload]");
if (form) new UploadPage(form);
