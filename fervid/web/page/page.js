// What all pages share: asking the server, telling the user, and making elements.

export const byId = (id) => document.getElementById(id);

export const percent = (share) => `${Math.round(share * 100)} %`;

/** An element with attributes (`text` is its text) and children. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "text") made.textContent = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** Gives an element the colour of an emotion, which the style sheet calls --of. */
export function tint(target, colour) {
  target.style.setProperty("--of", colour);
  return target;
}

/** Shows one line for a few seconds; what went wrong stays longer. */
export function tell(line, bad = false) {
  const shown = element("p", { class: bad ? "message bad" : "message", role: bad ? "alert" : "note", text: line });
  byId("messages").append(shown);
  setTimeout(() => shown.remove(), bad ? 9000 : 4000);
}

/** Asks the server; what it refuses, or its being out of reach, becomes an Error whose message is one line. */
export async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("fervid does not respond; check that it is still running");
  }
  if (answer.ok) return answer;
  const text = await answer.text();
  let line = text.trim();
  try {
    line = JSON.parse(text).error;
  } catch {
    // The line stands there as it is.
  }
  throw Object.assign(new Error(line || `fervid answered ${answer.status}`), { status: answer.status });
}

/** Saves content on the viewer's machine. */
export function save(blob, name) {
  const address = URL.createObjectURL(blob);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** The name that an answer is to be saved under. */
export const nameOf = (answer) => /filename="?([^"]+)"?/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1];
