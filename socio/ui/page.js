// Streamlit's page speaks English and writes numbers in the browser's language: follow the page's language instead.
{
  const WORDS = __WORDS__, TAGS = { sv: "sv-SE", en: "en-GB" };
  const back = Object.fromEntries(Object.entries(WORDS).map(([english, swedish]) => [swedish, english]));
  const language = () => (document.documentElement.lang === "en" ? "en" : "sv");
  for (const [name, value] of [["language", () => TAGS[language()]], ["languages", () => [TAGS[language()]]]])
    Object.defineProperty(navigator, name, { configurable: true, get: value });
  // A table makes a new number format for each of its cells; one of a kind is enough, and much faster.
  const formats = new Map();
  Intl.NumberFormat = new Proxy(Intl.NumberFormat, {
    construct(format, given, target) {
      const kind = JSON.stringify(given);
      if (!formats.has(kind)) formats.set(kind, Reflect.construct(format, given, target));
      return formats.get(kind);
    },
  });
  // What has a {fact} in it is told by its shape.
  const shapes = (words) => Object.entries(words).filter(([from]) => from.includes("{")).map(([from, to]) =>
    [new RegExp(`^${from.replace(/[.*+?^$()|]/g, "\\$&").replace(/{\w+}/, "(.+)")}$`), to.replace(/{\w+}/, "$1")]);
  const known = { sv: [WORDS, shapes(WORDS)], en: [back, shapes(back)] };
  const said = (text) => {
    const [words, formed] = known[language()], bare = text && text.trim();
    if (!bare || Object.hasOwn(words, bare)) return bare ? words[bare] : undefined;
    const shape = formed.find(([from]) => from.test(bare));
    return shape && bare.replace(...shape);
  };
  const translate = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const words = said(node.nodeValue);
      if (words !== undefined) node.nodeValue = node.nodeValue.replace(node.nodeValue.trim(), () => words);
    } else if (node.nodeType === Node.ELEMENT_NODE && !(node instanceof SVGElement)) {
      for (const name of ["aria-label", "placeholder", "title"]) {
        const words = node.hasAttribute(name) ? said(node.getAttribute(name)) : undefined;
        if (words !== undefined) node.setAttribute(name, words);
      }
      for (const child of node.childNodes) translate(child);
    }
  };
  let shown = language();
  new MutationObserver((changes) => {
    const now = language();
    if (now !== shown) {
      shown = now;
      translate(document.body);
    } else if (now === "sv") {
      for (const change of changes) change.addedNodes.forEach(translate);
    }
  }).observe(document, { childList: true, subtree: true, attributeFilter: ["lang"] });
}
