"use strict";
// Looks papers up in the shards of index/, which lie beside this page; asks nobody else.
(() => {
  const form = document.querySelector("form[role=search]");
  const field = document.getElementById("query");
  const said = document.getElementById("said");
  const answer = document.getElementById("answer");
  const lists = document.getElementById("lists");
  const MOST = 100;
  const loaded = new Map();
  let asked = 0;

  async function load(path) {
    if (!loaded.has(path)) {
      const loading = fetch(path).then((found) => {
        if (found.status === 404) return null;
        if (!found.ok) throw new Error(`${path}: ${found.status}`);
        return found.json();
      });
      loading.catch(() => loaded.delete(path));
      loaded.set(path, loading);
    }
    return loaded.get(path);
  }

  // FNV-1a of 32 bits, its first hexadecimal digits.
  function shardOf(text, digits) {
    let value = 0x811c9dc5;
    for (const byte of new TextEncoder().encode(text)) {
      value = Math.imul(value ^ byte, 0x01000193) >>> 0;
    }
    return value.toString(16).padStart(8, "0").slice(0, digits);
  }

  function wordsOf(text) {
    const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    return [...new Set(plain.split(/[^\p{L}\p{N}]+/u).filter(Boolean))];
  }

  function own(object, name) {
    return object !== null && Object.hasOwn(object, name) ? object[name] : undefined;
  }

  const ARXIV = /^(?:https?:\/\/)?(?:(?:[a-z0-9-]+\.)*arxiv\.org\/[a-z-]+\/|arxiv\s*[:.\s]\s*|(?:doi\s*:\s*|(?:https?:\/\/)?(?:dx\.|www\.)?doi\.org\/)?10\.48550\/arxiv\.)?(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z-]{2,10})?\/\d{7})(v\d+)?(?:\.pdf)?\/?(?:[?#]\S*)?(?:\s*\[[\w.-]{1,20}\])?$/i;
  const DOI = /^(?:doi\s*:\s*|(?:https?:\/\/)?(?:dx\.|www\.)?doi\.org\/)?(10\.\d{4,9}\/\S+)$/i;
  const NUMBER = /^(?:\S*\/pith\/)?(?:pith:)(?:\d{4}:)?([A-Z2-7]{1,26})(?:\/\S*)?$|^\S*\/pith\/([A-Z2-7]{8,26})(?:\/\S*)?$|^([A-Z2-7]{8,26})$/i;

  async function byName(index, name) {
    const shard = shardOf(name, index.names.digits);
    return { papers: own(await load(`index/names/${shard}.json`), name) ?? [] };
  }

  async function byNumber(index, beginning) {
    const length = index.numbers.letters;
    if (beginning.length < length) {
      return { papers: [], why: `Give ${length} letters of the number at least.` };
    }
    const shard = (await load(`index/numbers/${beginning.slice(0, length)}.json`)) ?? [];
    return { papers: shard.filter((paper) => paper[0].split(":")[2].startsWith(beginning)) };
  }

  async function byWords(index, words) {
    const lists = await Promise.all(words.map(async (word) => {
      const shard = await load(`index/words/${shardOf(word, index.words.digits)}.json`);
      const list = shard === null ? undefined : own(shard.words, word);
      if (list === undefined) return { total: 0, papers: [] };
      return { total: list.total, papers: list.papers.map((place) => shard.papers[place]) };
    }));
    const rarest = lists.reduce((one, other) => (other.total < one.total ? other : one));
    const papers = rarest.papers.filter((paper) => {
      const title = new Set(wordsOf(paper[2]));
      return words.every((word) => title.has(word));
    });
    const why = rarest.total > rarest.papers.length
      ? `Looked at the newest ${rarest.papers.length.toLocaleString("en")} of ` +
        `${rarest.total.toLocaleString("en")} papers: add a rarer word for the others.`
      : "";
    return { papers, why };
  }

  async function find(text) {
    const index = await load("index/index.json");
    if (index === null) throw new Error("index/index.json: 404");
    const arxiv = ARXIV.exec(text);
    if (arxiv !== null) {
      const [archive, number] = arxiv[1].toLowerCase().split("/");
      const id = number === undefined ? archive : `${archive.split(".")[0]}/${number}`;
      const found = await byName(index, `arxiv:${id}`);
      const version = (arxiv[2] ?? "").toLowerCase();
      const same = found.papers.filter((paper) => paper[1].endsWith(version));
      if (same.length > 0 || found.papers.length === 0) return { papers: same };
      return { papers: found.papers, why: "This version is not in this mirror. Others are:" };
    }
    const doi = DOI.exec(text);
    if (doi !== null) return byName(index, `doi:${doi[1].toLowerCase()}`);
    const number = NUMBER.exec(text);
    const words = wordsOf(text);
    if (number !== null) {
      const beginning = (number[1] ?? number[2] ?? number[3]).toUpperCase();
      const found = await byNumber(index, beginning);
      if (found.papers.length > 0 || number[3] === undefined) return found;
    }
    return words.length === 0 ? { papers: [] } : byWords(index, words.slice(0, 20));
  }

  function shown(paper) {
    const [number, id, title] = paper;
    const item = document.createElement("li");
    const link = document.createElement("a");
    const name = document.createElement("bdi");
    const rest = document.createElement("span");
    link.href = `pith/${encodeURIComponent(number.split(":")[2])}/`;
    name.textContent = title || number;
    link.append(name);
    rest.className = "less";
    rest.textContent = id ? `${id}, ${number}` : number;
    item.append(link, rest);
    return item;
  }

  async function ask(text) {
    const turn = ++asked;
    answer.replaceChildren();
    lists.hidden = text !== "";
    if (text === "") {
      said.textContent = "";
      return;
    }
    said.textContent = "Looking …";
    try {
      const { papers, why = "" } = await find(text);
      if (turn !== asked) return;
      const count = papers.length === 1 ? "1 paper." : `${papers.length.toLocaleString("en")} papers.`;
      const some = papers.length > MOST ? ` The first ${MOST}:` : "";
      said.textContent = papers.length === 0
        ? why || "No such paper is in this mirror."
        : `${count} ${why}${some}`;
      answer.replaceChildren(...papers.slice(0, MOST).map(shown));
    } catch (problem) {
      if (turn !== asked) return;
      said.textContent = location.protocol === "file:"
        ? "A page that is opened as a file cannot look into others: serve this folder, with python3 -m http.server for one."
        : `The index cannot be read (${problem.message}). Try again.`;
    }
  }

  function asAddressed() {
    field.value = new URLSearchParams(location.search).get("q") ?? "";
    return ask(field.value.trim());
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    history.pushState(null, "", text === "" ? "./" : `?q=${encodeURIComponent(text)}`);
    ask(text);
  });
  addEventListener("popstate", asAddressed);
  if (location.search !== "") asAddressed();
})();
