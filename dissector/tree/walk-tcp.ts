/**
 * TCP (RFC 9293) with its options. Relative numbers, windows and times come from the FlowView. The network layers
 * checked that the header is whole; option lengths are checked here. Nothing throws.
 */
import type { Frame, LayerRange } from '../network/frame.ts';
import type { FieldDef, Sink } from './field.ts';
import { GENERATED, HIDDEN, wantsLabels } from './field.ts';
import { type FlowView, SCALE_UNKNOWN } from './flow-view.ts';
import { hexText } from './format.ts';
import { CHECKSUM_STATUS, SET_NOT_SET } from './network-names.ts';
import type { Define } from './registry.ts';
import { type ExpertFields, type ExpertSeverity, walkExpert } from './walk-expert.ts';
import { duration } from './walk-frame.ts';

const UNVERIFIED = 2;
const SYN = 0x02;
const FIN = 0x01;
const ACK = 0x10;
const URG = 0x20;

/** Flag names, bit 0 first. */
const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE'];
const FLAG_LETTERS = 'FSRPAUECA';

const COMPLETENESS: readonly [number, string][] = [
  [63, 'Complete, WITH_DATA'],
  [31, 'Complete, WITH_DATA'],
  [47, 'Complete, WITH_DATA'],
  [55, 'Complete, NO_DATA'],
  [23, 'Complete, NO_DATA'],
  [39, 'Complete, NO_DATA'],
  [15, 'Incomplete, DATA'],
  [7, 'Incomplete, ESTABLISHED'],
  [3, 'Incomplete, CLIENT_ESTABLISHED'],
  [1, 'Incomplete, SYN_SENT'],
];

const END = 0;
const NOP = 1;
const MSS = 2;
const SCALE = 3;
const SACK_PERM = 4;
const SACK = 5;
const TIMESTAMP = 8;

const KINDS: ReadonlyMap<number, string> = new Map([
  [END, 'End of Option List'],
  [NOP, 'No-Operation'],
  [MSS, 'Maximum Segment Size'],
  [SCALE, 'Window Scale'],
  [SACK_PERM, 'SACK Permitted'],
  [SACK, 'SACK'],
  [TIMESTAMP, 'Time Stamp Option'],
]);
const OPTION_TITLES: ReadonlyMap<number, string> = new Map([
  [END, 'End of Option List (EOL)'],
  [NOP, 'No-Operation (NOP)'],
  [MSS, 'Maximum segment size'],
  [SCALE, 'Window scale'],
  [SACK_PERM, 'SACK permitted'],
  [SACK, 'SACK'],
  [TIMESTAMP, 'Timestamps'],
]);

const OWN = { ownProtocol: true };

export type TcpFields = ReturnType<typeof tcpFields>;

export function tcpFields(define: Define) {
  const flag = (name: string, label: string, mask: number): FieldDef =>
    define(`tcp.flags.${name}`, label, 'boolean', { mask, bits: 12, strings: SET_NOT_SET });
  return {
    proto: define('tcp', 'Transmission Control Protocol', 'protocol'),
    srcport: define('tcp.srcport', 'Source Port', 'uint16'),
    dstport: define('tcp.dstport', 'Destination Port', 'uint16'),
    port: define('tcp.port', 'Source or Destination Port', 'uint16'),
    stream: define('tcp.stream', 'Stream index', 'uint32'),
    completeness: define('tcp.completeness', 'Conversation completeness', 'uint8'),
    len: define('tcp.len', 'TCP Segment Len', 'uint32'),
    seq: define('tcp.seq', 'Sequence Number', 'uint32'),
    seqRaw: define('tcp.seq_raw', 'Sequence Number (raw)', 'uint32'),
    nxtseq: define('tcp.nxtseq', 'Next Sequence Number', 'uint32'),
    ack: define('tcp.ack', 'Acknowledgment Number', 'uint32'),
    ackRaw: define('tcp.ack_raw', 'Acknowledgment number (raw)', 'uint32'),
    hdrLen: define('tcp.hdr_len', 'Header Length', 'uint8'),
    flags: define('tcp.flags', 'Flags', 'uint16', { base: 'hex', mask: 0x0fff }),
    res: flag('res', 'Reserved', 0xe00),
    ae: flag('ae', 'Accurate ECN', 0x100),
    cwr: flag('cwr', 'Congestion Window Reduced', 0x080),
    ece: flag('ece', 'ECN-Echo', 0x040),
    urg: flag('urg', 'Urgent', 0x020),
    ackFlag: flag('ack', 'Acknowledgment', 0x010),
    push: flag('push', 'Push', 0x008),
    reset: flag('reset', 'Reset', 0x004),
    syn: flag('syn', 'Syn', 0x002),
    fin: flag('fin', 'Fin', 0x001),
    synExpert: define('tcp.connection.syn', 'Connection establish request (SYN)', 'none'),
    synAckExpert: define('tcp.connection.synack', 'Connection establish acknowledge (SYN+ACK)', 'none'),
    finExpert: define('tcp.connection.fin', 'Connection finish (FIN)', 'none'),
    closingExpert: define('tcp.connection.fin_active', 'This frame initiates the connection closing', 'none'),
    closedExpert: define('tcp.connection.fin_passive', 'This frame undergoes the connection closing', 'none'),
    ackExpert: define(
      'tcp.ack.nonzero',
      'The acknowledgment number field is nonzero while the ACK flag is not set',
      'none',
    ),
    resetExpert: define('tcp.connection.rst', 'Connection reset (RST)', 'none'),
    analysis: define('tcp.analysis', 'SEQ/ACK analysis', 'none'),
    analysisFlags: define('tcp.analysis.flags', 'TCP Analysis Flags', 'none'),
    windowFull: define(
      'tcp.analysis.window_full',
      'TCP window specified by the receiver is now completely full',
      'none',
    ),
    flagsStr: define('tcp.flags.str', 'TCP Flags', 'string'),
    windowValue: define('tcp.window_size_value', 'Window', 'uint16'),
    windowSize: define('tcp.window_size', 'Calculated window size', 'uint32'),
    windowScale: define('tcp.window_size_scalefactor', 'Window size scaling factor', 'int32'),
    checksum: define('tcp.checksum', 'Checksum', 'uint16', { base: 'hex' }),
    checksumStatus: define('tcp.checksum.status', 'Checksum Status', 'uint8', { strings: CHECKSUM_STATUS }),
    urgent: define('tcp.urgent_pointer', 'Urgent Pointer', 'uint16'),
    options: define('tcp.options', 'TCP Options', 'bytes'),
    optionKind: define('tcp.option_kind', 'Kind', 'uint8', { strings: KINDS }),
    optionLen: define('tcp.option_len', 'Length', 'uint8'),
    optionEnd: define('tcp.options.eol', 'TCP Option - End of Option List (EOL)', 'bytes', OWN),
    optionNop: define('tcp.options.nop', 'TCP Option - No-Operation (NOP)', 'bytes', OWN),
    optionMss: define('tcp.options.mss', 'TCP Option - Maximum segment size', 'bytes', OWN),
    mssVal: define('tcp.options.mss_val', 'MSS Value', 'uint16'),
    optionScale: define('tcp.options.wscale', 'TCP Option - Window scale', 'bytes', OWN),
    shift: define('tcp.options.wscale.shift', 'Shift count', 'uint8'),
    multiplier: define('tcp.options.wscale.multiplier', 'Multiplier', 'uint16'),
    optionSackPerm: define('tcp.options.sack_perm', 'TCP Option - SACK permitted', 'bytes', OWN),
    optionSack: define('tcp.options.sack', 'TCP Option - SACK', 'bytes', OWN),
    sackLe: define('tcp.options.sack_le', 'TCP SACK Left Edge', 'uint32'),
    sackRe: define('tcp.options.sack_re', 'TCP SACK Right Edge', 'uint32'),
    sackCount: define('tcp.options.sack.count', 'TCP SACK Count', 'uint8'),
    optionTime: define('tcp.options.timestamp', 'TCP Option - Timestamps', 'bytes', OWN),
    tsval: define('tcp.options.timestamp.tsval', 'Timestamp value', 'uint32'),
    tsecr: define('tcp.options.timestamp.tsecr', 'Timestamp echo reply', 'uint32'),
    optionUnknown: define('tcp.options.unknown', 'TCP Option - Unknown', 'bytes', OWN),
    timeRelative: define('tcp.time_relative', 'Time since first frame in this TCP stream', 'reltime'),
    timeDelta: define('tcp.time_delta', 'Time since previous frame in this TCP stream', 'reltime'),
    payload: define('tcp.payload', 'TCP payload', 'bytes'),
  };
}

/** `SYN, ACK`, or `<None>`. */
export function tcpFlagNames(flags: number): string {
  const names = FLAG_NAMES.filter((_, bit) => (flags & (1 << bit)) !== 0);
  if ((flags & 0xe00) !== 0) names.push('Reserved');
  return names.length === 0 ? '<None>' : names.join(', ');
}

/** The Info column of a bare segment, without tshark's sequence analysis. */
export function tcpInfo(frame: Frame, view: FlowView): string {
  const ack = (frame.tcpFlags & ACK) !== 0 ? ` Ack=${view.ack}` : '';
  const urgent = (frame.tcpFlags & URG) !== 0 ? ` Urg=${urgentPointer(frame)}` : '';
  const head = `${frame.srcPort} → ${frame.dstPort} [${tcpFlagNames(frame.tcpFlags)}] Seq=${view.seq}${ack} Win=${view.window}${urgent} Len=${frame.wireLen}`;
  const r = frame.layers[frame.transportLayer];
  return r === undefined ? head : head + optionsInfo(r, frame, view);
}

function urgentPointer(frame: Frame): number {
  const r = frame.layers[frame.transportLayer];
  return r === undefined ? 0 : r.view.getUint16(r.off + 18);
}

function optionsInfo(r: LayerRange, frame: Frame, view: FlowView): string {
  let out = '';
  eachOption(r, (kind, at, len) => {
    if (kind === MSS && len === 4) out += ` MSS=${r.view.getUint16(at + 2)}`;
    else if (kind === SCALE && len === 3) out += ` WS=${2 ** Math.min(r.buf[at + 2] ?? 0, 14)}`;
    else if (kind === SACK_PERM) out += ' SACK_PERM';
    else if (kind === TIMESTAMP && len === 10) {
      out += ` TSval=${r.view.getUint32(at + 2)} TSecr=${r.view.getUint32(at + 6)}`;
    } else if (kind === SACK) {
      const base = (frame.ack - view.ack) >>> 0;
      for (let i = at + 2; i + 8 <= at + len; i += 8) {
        out += ` SLE=${(r.view.getUint32(i) - base) >>> 0} SRE=${(r.view.getUint32(i + 4) - base) >>> 0}`;
      }
    }
  });
  return out;
}

/** Calls `visit` for each option that is whole; stops at the end of the list or at a length that does not fit. */
function eachOption(r: LayerRange, visit: (kind: number, at: number, len: number) => void): void {
  let at = r.off + 20;
  while (at < r.payload) {
    const kind = r.buf[at] ?? END;
    const single = kind === END || kind === NOP;
    const len = single ? 1 : at + 1 < r.payload ? (r.buf[at + 1] ?? 0) : 0;
    if (!single && (len < 2 || at + len > r.payload)) return;
    visit(kind, at, len);
    if (kind === END) return;
    at += len;
  }
}

/** Whether a sink wants more of TCP than ports and stream. */
export function wantsTcpHeader(f: TcpFields, sink: Sink): boolean {
  const shallow: readonly FieldDef[] = [f.proto, f.srcport, f.dstport, f.port, f.stream];
  return sink.wantsText || Object.values(f).some((def) => !shallow.includes(def) && sink.wants(def));
}

/** `whole` false: ports and stream are enough. */
export function walkTcp(
  f: TcpFields,
  expert: ExpertFields,
  frame: Frame,
  r: LayerRange,
  view: FlowView,
  sink: Sink,
  whole: boolean,
): void {
  const { off } = r;
  const headerLen = r.payload - off;
  const text = wantsLabels(sink);
  const ack = (frame.tcpFlags & ACK) !== 0;
  let title = '';
  if (text) {
    const ackText = ack ? `, Ack: ${view.ack}` : '';
    title = `Transmission Control Protocol, Src Port: ${frame.srcPort}, Dst Port: ${frame.dstPort}, Seq: ${view.seq}${ackText}, Len: ${frame.wireLen}`;
  }
  sink.openProtocol(f.proto, off, headerLen, title);
  sink.field(f.srcport, frame.srcPort, off, 2);
  sink.field(f.dstport, frame.dstPort, off + 2, 2);
  sink.field(f.port, frame.srcPort, off, 2, HIDDEN);
  sink.field(f.port, frame.dstPort, off + 2, 2, HIDDEN);
  if (frame.flow !== null) {
    sink.field(f.stream, frame.flow.index, off, 0, GENERATED);
  }
  if (!whole) {
    sink.close();
    return;
  }
  if (frame.flow !== null) {
    const known = COMPLETENESS.find(([bits]) => bits === view.completeness)?.[1] ?? 'Incomplete';
    const label = text ? `[Conversation completeness: ${known} (${view.completeness})]` : undefined;
    sink.field(f.completeness, view.completeness, off, 0, GENERATED, label);
  }
  sink.field(f.len, frame.wireLen, off, 0, GENERATED);
  walkNumbers(f, expert, frame, off, view, sink);
  const lengthText = text
    ? `${(headerLen >> 2).toString(2).padStart(4, '0')} .... = Header Length: ${headerLen} bytes (${headerLen >> 2})`
    : undefined;
  sink.field(f.hdrLen, headerLen, off + 12, 1, 0, lengthText);
  walkFlags(f, expert, frame, off, view, sink);
  walkWindow(f, frame, off, view, sink);
  const sum = r.view.getUint16(off + 16);
  const sumText = text ? `Checksum: ${hexText('uint16', sum)} [unverified]` : undefined;
  sink.field(f.checksum, sum, off + 16, 2, 0, sumText);
  const statusText = text ? '[Checksum Status: Unverified]' : undefined;
  sink.field(f.checksumStatus, UNVERIFIED, off + 16, 0, GENERATED, statusText);
  sink.field(f.urgent, r.view.getUint16(off + 18), off + 18, 2);
  if (headerLen > 20) walkOptions(f, frame, r, view, sink);
  if (frame.flow !== null) {
    sink.openText('Timestamps', off, 0, GENERATED);
    sink.field(f.timeRelative, duration(view.sinceFirst), off, 0, GENERATED);
    sink.field(f.timeDelta, duration(view.sincePrevious), off, 0, GENERATED);
    sink.close();
  }
  if (view.windowFull) {
    sink.openField(f.analysis, null, off, 0, GENERATED);
    sink.openField(f.analysisFlags, null, off, 0, GENERATED);
    walkExpert(expert, f.windowFull, 'warn', 'sequence', f.windowFull.label, off, sink);
    sink.close();
    sink.close();
  }
  if (frame.payloadLen > 0) {
    const label = text
      ? `TCP payload (${frame.wireLen} ${frame.wireLen === 1 ? 'byte' : 'bytes'})`
      : undefined;
    sink.field(f.payload, null, frame.payloadOff, frame.payloadLen, 0, label);
  }
  sink.close();
}

function walkNumbers(
  f: TcpFields,
  expert: ExpertFields,
  frame: Frame,
  off: number,
  view: FlowView,
  sink: Sink,
): void {
  const text = wantsLabels(sink);
  const ack = (frame.tcpFlags & ACK) !== 0;
  // SYN and FIN each take a sequence number (RFC 9293 section 3.4)
  const next = (view.seq + frame.wireLen + ((frame.tcpFlags & 3) !== 0 ? 1 : 0)) >>> 0;
  const relative = '    (relative sequence number)';
  sink.field(f.seq, view.seq, off + 4, 4, 0, text ? `Sequence Number: ${view.seq}${relative}` : undefined);
  sink.field(f.seqRaw, frame.seq, off + 4, 4);
  sink.field(
    f.nxtseq,
    next,
    off,
    0,
    GENERATED,
    text ? `[Next Sequence Number: ${next}${relative}]` : undefined,
  );
  const ackText = text && ack ? `Acknowledgment Number: ${view.ack}    (relative ack number)` : undefined;
  if (ack || frame.ack === 0) sink.field(f.ack, view.ack, off + 8, 4, 0, ackText);
  else {
    sink.openField(f.ack, view.ack, off + 8, 4, 0, ackText);
    walkExpert(expert, f.ackExpert, 'note', 'protocol', f.ackExpert.label, off + 8, sink);
    sink.close();
  }
  sink.field(f.ackRaw, frame.ack, off + 8, 4);
}

function walkFlags(
  f: TcpFields,
  expert: ExpertFields,
  frame: Frame,
  off: number,
  view: FlowView,
  sink: Sink,
): void {
  const flags = frame.tcpFlags;
  const label = wantsLabels(sink)
    ? `Flags: 0x${flags.toString(16).padStart(3, '0')} (${tcpFlagNames(flags)})`
    : undefined;
  // a flag that tells of the connection's beginning or end, with the remark that it is worth
  const event = (flag: FieldDef, item: FieldDef, severity: ExpertSeverity, message: string): void => {
    const set = (flags & flag.mask) !== 0;
    sink.openField(flag, set, off + 13, 1);
    if (set) walkExpert(expert, item, severity, 'sequence', message, off + 13, sink);
    sink.close();
  };
  sink.openField(f.flags, flags, off + 12, 2, 0, label);
  sink.field(f.res, (flags & 0xe00) !== 0, off + 12, 1);
  sink.field(f.ae, (flags & 0x100) !== 0, off + 12, 1);
  sink.field(f.cwr, (flags & 0x080) !== 0, off + 13, 1);
  sink.field(f.ece, (flags & 0x040) !== 0, off + 13, 1);
  sink.field(f.urg, (flags & 0x020) !== 0, off + 13, 1);
  sink.field(f.ackFlag, (flags & 0x010) !== 0, off + 13, 1);
  sink.field(f.push, (flags & 0x008) !== 0, off + 13, 1);
  event(f.reset, f.resetExpert, 'warn', f.resetExpert.label);
  const [synExpert, port] =
    (flags & ACK) === 0 ? [f.synExpert, frame.dstPort] : [f.synAckExpert, frame.srcPort];
  event(f.syn, synExpert, 'chat', `${synExpert.label}: server port ${port}`);
  event(f.fin, f.finExpert, 'chat', f.finExpert.label);
  const closing = (flags & FIN) !== 0;
  if (sink.wants(f.flagsStr)) {
    const letters = flagLetters(flags);
    if (closing) sink.openField(f.flagsStr, letters, off + 12, 2, GENERATED);
    else sink.field(f.flagsStr, letters, off + 12, 2, GENERATED);
  }
  if (closing) {
    const item = view.passiveClose ? f.closedExpert : f.closingExpert;
    walkExpert(expert, item, 'note', 'sequence', item.label, off + 12, sink);
    if (sink.wants(f.flagsStr)) sink.close();
  }
  sink.close();
}

/** Twelve columns, a middle dot where the flag is clear. */
function flagLetters(flags: number): string {
  let out = '';
  for (let bit = 11; bit >= 0; bit--) {
    out += (flags & (1 << bit)) === 0 ? '·' : (FLAG_LETTERS[bit] ?? 'R');
  }
  return out;
}

function walkWindow(f: TcpFields, frame: Frame, off: number, view: FlowView, sink: Sink): void {
  sink.field(f.windowValue, frame.window, off + 14, 2);
  sink.field(f.windowSize, view.window, off + 14, 2, GENERATED);
  if ((frame.tcpFlags & SYN) !== 0) return;
  const factor = view.scale >= 0 ? 2 ** view.scale : view.scale;
  let label: string | undefined;
  if (wantsLabels(sink) && view.scale < 0) {
    const why = view.scale === SCALE_UNKNOWN ? 'unknown' : 'no window scaling used';
    label = `[Window size scaling factor: ${factor} (${why})]`;
  }
  sink.field(f.windowScale, factor, off + 14, 2, GENERATED, label);
}

function walkOptions(f: TcpFields, frame: Frame, r: LayerRange, view: FlowView, sink: Sink): void {
  const from = r.off + 20;
  const len = r.payload - from;
  let label: string | undefined;
  if (wantsLabels(sink)) {
    const titles: string[] = [];
    eachOption(r, (kind) => titles.push(OPTION_TITLES.get(kind) ?? `Unknown (${kind})`));
    label = `Options: (${len} bytes)${titles.map((t) => `, ${t}`).join('')}`;
  }
  sink.openField(f.options, null, from, len, 0, label);
  eachOption(r, (kind, at, size) => walkOption(f, frame, r, view, sink, kind, at, size));
  sink.close();
}

function walkOption(
  f: TcpFields,
  frame: Frame,
  r: LayerRange,
  flow: FlowView,
  sink: Sink,
  kind: number,
  at: number,
  len: number,
): void {
  const { view } = r;
  const text = wantsLabels(sink);
  const base = `TCP Option - ${OPTION_TITLES.get(kind) ?? `Unknown (${kind})`}`;
  const open = (def: FieldDef, detail: string): void => {
    sink.openField(def, null, at, len, 0, text ? base + detail : undefined);
    sink.field(f.optionKind, kind, at, 1, 0, text ? kindText(kind) : undefined);
    if (len > 1) sink.field(f.optionLen, len, at + 1, 1);
  };
  if (kind === END) open(f.optionEnd, '');
  else if (kind === NOP) open(f.optionNop, '');
  else if (kind === MSS && len === 4) {
    open(f.optionMss, text ? `: ${view.getUint16(at + 2)} bytes` : '');
    sink.field(f.mssVal, view.getUint16(at + 2), at + 2, 2);
  } else if (kind === SCALE && len === 3) {
    const shift = r.buf[at + 2] ?? 0;
    const factor = 2 ** Math.min(shift, 14);
    open(f.optionScale, text ? `: ${shift} (multiply by ${factor})` : '');
    sink.field(f.shift, shift, at + 2, 1);
    sink.field(f.multiplier, factor, at + 2, 1, GENERATED);
  } else if (kind === SACK_PERM) open(f.optionSackPerm, '');
  else if (kind === SACK) {
    open(f.optionSack, '');
    const ackBase = (frame.ack - flow.ack) >>> 0;
    let count = 0;
    for (let i = at + 2; i + 8 <= at + len; i += 8, count++) {
      sink.field(f.sackLe, (view.getUint32(i) - ackBase) >>> 0, i, 4);
      sink.field(f.sackRe, (view.getUint32(i + 4) - ackBase) >>> 0, i + 4, 4);
    }
    sink.field(f.sackCount, count, r.off, 0, GENERATED);
  } else if (kind === TIMESTAMP && len === 10) {
    const tsval = view.getUint32(at + 2);
    const tsecr = view.getUint32(at + 6);
    open(f.optionTime, text ? `: TSval ${tsval}, TSecr ${tsecr}` : '');
    sink.field(f.tsval, tsval, at + 2, 4);
    sink.field(f.tsecr, tsecr, at + 6, 4);
  } else open(f.optionUnknown, '');
  sink.close();
}

function kindText(kind: number): string {
  return `Kind: ${KINDS.get(kind) ?? 'Unknown'} (${kind})`;
}
