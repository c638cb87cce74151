// Streamlit's page speaks English and writes numbers in the browser's language: follow the address instead.
{
  const WORDS = __WORDS__, TAGS = { sv: "sv-SE", en: "en-GB" };
  const back = Object.fromEntries(Object.entries(WORDS).map(([english, swedish]) => [swedish, english]));
  const language = () => (new URLSearchParams(location.search).get("sprak") === "en" ? "en" : "sv");
  for (const [name, value] of [["language", () => TAGS[language()]], ["languages", () => [TAGS[language()]]]])
    Object.defineProperty(navigator, name, { configurable: true, get: value });
  const said = (text) => {
    const words = language() === "sv" ? WORDS : back, bare = text && text.trim();
    if (bare && Object.hasOwn(words, bare)) return words[bare];
    const size = bare && bare.match(language() === "sv" ? /^(\d+)MB per file$/ : /^högst (\d+) MB per fil$/);
    return size ? (language() === "sv" ? `högst ${size[1]} MB per fil` : `${size[1]}MB per file`) : undefined;
  };
  const translate = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const words = said(node.nodeValue);
      if (words !== undefined) node.nodeValue = words;
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
      shown = document.documentElement.lang = now;
      translate(document.body);
    } else if (now === "sv") {
      for (const change of changes) change.addedNodes.forEach(translate);
    }
  }).observe(document, { childList: true, subtree: true });
}
