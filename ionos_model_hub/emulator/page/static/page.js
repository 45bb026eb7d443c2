// Live updates, search while typing, forms without reloading. The page also works without it.

const PREFIX = "/_emulator/page";
const byId = (id) => document.getElementById(id);

// Make an element equal to another one, keeping open details, the focus and the selection.
function morph(from, to) {
  if (from.nodeName !== to.nodeName) return from.replaceWith(to);
  if (from.nodeType === Node.TEXT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  for (const { name, value } of to.attributes ?? []) from.setAttribute(name, value);
  if (!from.dataset?.sourceUrl) morphChildren(from, to); // details are loaded separately
}

function morphChildren(from, to) {
  const known = new Map([...from.children].filter((e) => e.id).map((e) => [e.id, e]));
  let next = from.firstChild;
  for (const node of [...to.childNodes]) {
    const same = node.id ? known.get(node.id) : next && !next.id ? next : null;
    if (same && same === next) next = next.nextSibling;
    else from.insertBefore(same ?? node, next);
    if (same) morph(same, node);
  }
  while (next) {
    const rest = next.nextSibling;
    next.remove();
    next = rest;
  }
}

function fragmentOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html; // escaped by the server
  return template.content;
}

const numberOf = (row) => Number(row.id.split("-")[1]);

function insertRow(row) {
  const list = byId("requests");
  const older = [...list.children].find((other) => numberOf(other) < numberOf(row));
  list.insertBefore(row, older ?? null);
  while (list.children.length > Number(list.dataset.max)) list.lastElementChild.remove();
}

function update(html) {
  for (const element of [...fragmentOf(html).children]) {
    const current = byId(element.id);
    if (current) morph(current, element);
    else insertRow(element);
    if (byId(element.id)) refreshDetails(byId(element.id));
  }
}

// Details: loaded when a row is opened, and again when it changes.

function refreshDetails(root) {
  for (const detail of root.querySelectorAll("details[open] > [data-source-url]")) load(detail);
}

async function load(detail) {
  if (detail.dataset.loading) {
    detail.dataset.loading = "again";
    return;
  }
  do {
    if (detail.dataset.loading) await new Promise((resolve) => setTimeout(resolve, 150));
    detail.dataset.loading = "yes";
    const response = await fetch(detail.dataset.sourceUrl, {
      headers: { "X-Requested-With": "page" },
    }).catch(() => null);
    if (response?.ok) morphChildren(detail, fragmentOf(await response.text()));
  } while (detail.dataset.loading === "again");
  delete detail.dataset.loading;
}

document.addEventListener(
  "toggle",
  (event) => {
    const detail = event.target.querySelector?.(":scope > [data-source-url]");
    if (detail && event.target.open) load(detail);
  },
  true, // toggle events do not bubble
);

// The connection.

let source = null;

function setConnection(state, text) {
  const element = byId("connection");
  if (element.dataset.state === state) return;
  element.dataset.state = state;
  element.textContent = text;
}

function connect() {
  source?.close();
  const query = new URLSearchParams(new FormData(byId("filter")));
  source = new EventSource(`${PREFIX}/events?${query}`);
  source.onopen = () => setConnection("on", "Live");
  source.onerror = () => {
    // The browser reconnects after a lost connection, but not after a rejected request.
    if (source.readyState === EventSource.CLOSED) setConnection("closed", "Not live, reload");
    else setConnection("off", "Reconnecting");
  };
  source.onmessage = (event) => update(event.data);
}

// Search and forms.

let typing;

function search() {
  const query = new URLSearchParams(new FormData(byId("filter")));
  history.replaceState(null, "", `/?${query}`);
  connect();
}

async function send(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  const headers = { "X-Requested-With": "page" };
  const response = await fetch(form.action, { method: "POST", body, headers }).catch(() => null);
  const outcome = byId("outcome");
  outcome.textContent = response ? await response.text() : "The emulator does not respond.";
  outcome.dataset.failed = String(!response?.ok);
  if (response?.ok && form.classList.contains("script")) form.elements.content.value = "";
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target.id === "filter") search();
  else send(event.target, event.submitter);
});

const filter = byId("filter");
if (filter) {
  filter.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(search, 200);
  });
  // On small screens the controls start closed, so that the list is visible.
  if (matchMedia("(max-width: 60rem)").matches) document.querySelector(".panel").open = false;
  connect();
}
