/** PDUs and frames as the session and network layers would hand them on, for the taps' tests. */
import { encodeCall, encodeReply, type ReplyInit } from '../../../codec/rpc/index.ts';
import { emptyPacket } from '../../../dissector/capture/parser.ts';
import type { Flow } from '../../../dissector/network/flow.ts';
import type { Frame } from '../../../dissector/network/frame.ts';
import type { CallRecord, Pdu } from '../../../dissector/session/pdu.ts';

const FLOW: Flow = {
  protocol: 6,
  index: 0,
  aAddr: '10.0.0.1',
  aPort: 700,
  bAddr: 'fe80::1',
  bPort: 2049,
  firstFrame: 1,
  session: null,
  tcp: null,
};

/** Frame `number`, at `ns` nanoseconds after second 1000; direction 0 is client to server. */
export function frame(number: number, dir: 0 | 1, ns = 0): Frame {
  const packet = { ...emptyPacket(), number, sec: 1000 + Math.floor(ns / 1e9), nsec: ns % 1e9 };
  return { packet, transport: 6, flow: FLOW, dir } as unknown as Frame;
}

let ordinals = 0;

export function record(xid: number, callFrame: number, numbers: Partial<CallRecord> = {}): CallRecord {
  return {
    xid,
    frame: callFrame,
    sec: 1000,
    nsec: 0,
    program: 100003,
    version: 3,
    procedure: 1,
    flavor: 1,
    gssProcedure: -1,
    gssService: -1,
    replyFrame: 0,
    seen: 1,
    ordinal: ordinals++,
    ...numbers,
  };
}

function pdu(bytes: Uint8Array, over: Partial<Pdu>): Pdu {
  const buf = Buffer.from(bytes);
  return {
    kind: 'message',
    flow: FLOW,
    dir: 0,
    buf,
    view: new DataView(buf.buffer, buf.byteOffset, buf.length),
    off: 0,
    len: buf.length,
    wireLen: buf.length,
    inFrame: false,
    decrypted: false,
    markOff: -1,
    hasMark: false,
    fragLen: 0,
    lastFrag: true,
    fragmentCount: 1,
    fragmentFrames: null,
    xid: 0,
    msgtyp: 0,
    rpcvers: 2,
    program: -1,
    version: -1,
    procedure: -1,
    call: null,
    callFrame: 0,
    replyFrame: 0,
    timeNs: -1,
    dupOf: 0,
    notes: [],
    ...over,
  };
}

export function call(of: CallRecord, body: Uint8Array = Buffer.alloc(0), over: Partial<Pdu> = {}): Pdu {
  const { xid, program, version, procedure } = of;
  const credential = { flavor: of.flavor, body: new Uint8Array(20) };
  const bytes = encodeCall({ xid, program, version, procedure, credential }, body);
  return pdu(bytes, { xid, msgtyp: 0, program, version, procedure, call: of, ...over });
}

export function reply(
  of: CallRecord | null,
  timeNs: number,
  init: Partial<ReplyInit> = {},
  body: Uint8Array = Buffer.alloc(0),
  over: Partial<Pdu> = {},
): Pdu {
  const xid = of?.xid ?? 0x99;
  const bytes = encodeReply({ xid, verdict: 'SUCCESS', ...init } as ReplyInit, body);
  const numbers =
    of === null
      ? {}
      : { program: of.program, version: of.version, procedure: of.procedure, callFrame: of.frame, timeNs };
  return pdu(bytes, { xid, msgtyp: 1, dir: 1, call: of, ...numbers, ...over });
}
