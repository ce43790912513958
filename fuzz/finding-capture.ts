/**
 * A finding as a capture that Wireshark opens: what was sent before from elsewhere, what was sent, and the reply, with
 * synthesised headers. Bytes out; no files.
 */
import { encodeRecord } from '../codec/rpc/index.ts';
import { Synthesiser } from '../dissector/capture/synthesise.ts';
import type { Finding } from './finding.ts';

/** Where the two ends are put: nobody's addresses (RFC 5737), for a finding is not bound to the target it was found at. */
const SERVER = { text: '192.0.2.1:111', address: '192.0.2.1', port: 111 };
const CLIENTS = [
  { text: '192.0.2.2:1022', address: '192.0.2.2', port: 1022 },
  { text: '192.0.2.3:1023', address: '192.0.2.3', port: 1023 },
] as const;

/** A pcapng file. */
export function findingCapture(finding: Finding): Uint8Array {
  const blocks: Uint8Array[] = [];
  let nsec = 0;
  const synthesiser = new Synthesiser({
    write: (bytes) => void blocks.push(bytes.slice()),
    now: () => ({ sec: 0, nsec: nsec++ * 1000 }),
  });
  const kind = finding.transport === 'stream' ? 'tcp' : 'udp';
  for (const [i, messages] of [finding.prime, finding.messages].entries()) {
    if (messages.length === 0) continue;
    const local = CLIENTS[i] as (typeof CLIENTS)[number];
    const sink = synthesiser.open({ kind, side: 'client', local, remote: SERVER });
    for (const message of messages) sink.message('sent', [Buffer.from(message, 'hex')]);
    if (i === 1 && finding.reply !== null) sink.message('received', [withMark(finding)]);
    sink.closed(false);
  }
  return Buffer.concat(blocks);
}

/** The reply as it stood on the wire: findings keep it without its record mark. */
function withMark({ reply, transport }: Finding): Uint8Array {
  const bytes = Buffer.from(reply ?? '', 'hex');
  return transport === 'datagram' ? bytes : encodeRecord(bytes);
}
