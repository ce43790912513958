/**
 * Bytes as tshark's -x prints them: offset, sixteen bytes, their ASCII.
 */

/** Lines without a final newline; '' for no bytes. */
export function hexDump(buf: Uint8Array, off: number, len: number): string {
  const lines: string[] = [];
  for (let at = 0; at < len; at += 16) {
    const n = Math.min(16, len - at);
    let hex = '';
    let ascii = '';
    for (let i = 0; i < n; i++) {
      const b = buf[off + at + i] ?? 0;
      hex += `${b < 16 ? '0' : ''}${b.toString(16)} `;
      ascii += b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : '.';
    }
    lines.push(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(48)}  ${ascii}`);
  }
  return lines.join('\n');
}
