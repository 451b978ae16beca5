// The front page: reads the public checkpoint and checks its signature here, in the browser, every few seconds.
// C2SP signed-note: text, an empty line, then "— name base64(key id ‖ signature)"; C2SP tlog-checkpoint: origin, size, root.

const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const hexOf = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
const show = (id, text, className = "") => {
  const element = document.getElementById(id);
  element.textContent = text;
  if (className) element.className = className;
};

async function textOf(path) {
  const answer = await fetch(path, { cache: "no-store", credentials: "omit" });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.text();
}

async function opened(note, vkey) {
  const [name, id, encoded] = vkey.trim().split(/\+(.*?)\+(.*)/s);
  const end = note.lastIndexOf("\n\n") + 1;
  const text = note.slice(0, end);
  const keyBytes = bytesOf(encoded);
  const key = await crypto.subtle.importKey("raw", keyBytes.slice(1), "Ed25519", false, ["verify"]);
  for (const line of note.slice(end + 1).split("\n")) {
    const [, signer, signature] = line.match(/^— (\S+) (\S+)$/) ?? [];
    if (signer !== name) continue;
    const raw = bytesOf(signature);
    if (hexOf(raw.slice(0, 4)) !== id) continue;
    return crypto.subtle.verify("Ed25519", key, raw.slice(4), new TextEncoder().encode(text));
  }
  return false;
}

async function look() {
  try {
    const [note, vkey] = await Promise.all([textOf("/ledger/checkpoint"), textOf("/ledger/vkey")]);
    const [origin, size, root] = note.split("\n");
    show("size", Number(size).toLocaleString("id-ID"));
    show("root", root);
    show("origin", origin);
    document.getElementById("demo").hidden = !origin.startsWith("demo.estafet.invalid/");
    show("signature", "memeriksa … / checking …");
    const good = await opened(note, vkey).catch(() => null);
    if (good === null) show("signature", "peramban ini belum dapat memeriksa Ed25519 / this browser cannot check Ed25519 yet");
    else if (good) show("signature", "cocok dengan kunci buku besar / matches the log's key", "good");
    else show("signature", "TIDAK cocok / does NOT match the log's key", "bad");
  } catch (fault) {
    show("signature", `belum terbaca / not readable yet: ${fault.message}`, "bad");
  }
}

look();
setInterval(look, 5000);
