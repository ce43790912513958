/**
 * Text for XML (PDML, JUnit) and HTML. What markup cannot hold at all, such as control characters, is replaced by
 * U+FFFD, so that a hostile name never makes a document that a parser refuses. Never throws.
 */

/** Characters that XML 1.0 forbids, even as references: most C0 controls, surrogates without partner, U+FFFE, U+FFFF. */
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

const TEXT: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };

const ATTRIBUTE: Readonly<Record<string, string>> = {
  ...TEXT,
  '"': '&quot;',
  "'": '&#39;',
  '\t': '&#9;',
  '\n': '&#10;',
};

/** Text between tags, of XML or HTML. */
export function escapeMarkupText(text: string): string {
  return text.replace(FORBIDDEN, '\ufffd').replace(/[&<>\r]/g, (c) => TEXT[c] as string);
}

/** The inside of a quoted attribute value, of XML or HTML, with either quote. */
export function escapeMarkupAttribute(text: string): string {
  return text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"'\t\n\r]/g, (c) => ATTRIBUTE[c] as string);
}
