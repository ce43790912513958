/**
 * Label values of the Prometheus text format. Never throws.
 */

/** The inside of a quoted label value; surrogates without partner become U+FFFD, as the format is UTF-8. */
export function escapeLabel(text: string): string {
  return text
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', ' ');
}
