/**
 * ONC RPC (RFC 5531), field for field as tshark 4.0.17 shows it (WIRESHARK.md section 1.1). Header numbers come
 * from the session layer; what follows them is read through a Cursor, and the first read past the end turns the
 * rest into a malformed node: nothing after an error is trusted. Never throws.
 */
import { GssProcedure, GssService, gssFlavor, gssSealsBody } from '../../codec/rpc/index.ts';
import { endpoint } from '../network/address.ts';
import type { Frame } from '../network/frame.ts';
import type { Pdu } from '../session/pdu.ts';
import { Cursor, ShortMessage } from './cursor.ts';
import type { FieldDef, Sink } from './field.ts';
import { GENERATED } from './field.ts';
import { explainForeign } from './foreign-bytes.ts';
import { hexText } from './format.ts';
import type { GssContexts } from './gss-contexts.ts';
import type { Programs } from './programs.ts';
import { GSSAPI_PROCEDURES, type RpcFields, type TailFields, tailDefs } from './rpc-fields.ts';
import {
  type AuthOptions,
  type Credential,
  Flavor,
  walkCredential,
  walkGssContext,
  walkOpaque,
  walkToken,
  walkVerifier,
} from './walk-auth.ts';
import { walkExpert } from './walk-expert.ts';
import type { BodyEnd } from './walk-program.ts';

const CALL = 0;
const ACCEPTED = 0;
const DENIED = 1;
const SUCCESS = 0;
const PROG_MISMATCH = 2;
const RPC_MISMATCH = 0;
const AUTH_ERROR = 1;

/** How far into a message a sink wants to be taken. */
const HEADER = 0;
const AUTH = 1;
const STATE = 2;
const PROGRAM = 3;

/**
 * Announces the body of a message (arguments of a call, results of a successful reply) below what is open, and says
 * where it ended. Called only for sinks that want something of it.
 */
export type BodyWalker = (pdu: Pdu, off: number, end: number, sink: Sink) => BodyEnd;

export interface RpcOptions {
  readonly tshark: boolean;
  readonly body: BodyWalker;
  /** what RPCSEC_GSS itself carries in place of a procedure's arguments and results (rpcsec_gss.x) */
  readonly gss: Programs;
  /** as `body`, for the message of that GSS procedure */
  readonly gssBody: (procedure: number, ...rest: Parameters<BodyWalker>) => BodyEnd;
}

export class RpcWalker {
  readonly #f: RpcFields;
  readonly #tail: TailFields;
  readonly #programs: Programs;
  readonly #options: RpcOptions;
  readonly #auth: AuthOptions;
  readonly #depths = new Map<Sink, number>();
  /** the message being walked */
  #pdu: Pdu | null = null;

  constructor(
    fields: RpcFields,
    tail: TailFields,
    programs: Programs,
    contexts: GssContexts,
    options: RpcOptions,
  ) {
    this.#f = fields;
    this.#tail = tail;
    this.#programs = programs;
    this.#options = options;
    this.#auth = {
      tshark: options.tshark,
      gssContext: (context) => contexts.at(context),
      gssFlavor: (service) => {
        const mechanism = this.#pdu === null ? null : contexts.mechanismOf(this.#pdu);
        return mechanism === null ? null : gssFlavor(mechanism, service);
      },
    };
  }

  /** Announces one PDU; the packet's own buffer is the sink's source again afterwards. */
  walk(pdu: Pdu, frame: Frame, sink: Sink): void {
    const depth = this.#depthOf(sink);
    if (depth < HEADER) return;
    this.#pdu = pdu;
    // another buffer than the packet's when it was put together from IP fragments
    const datagram = frame.tbuf;
    const mark = pdu.markOff >= 0 && pdu.markOff + 4 === pdu.off ? 4 : 0;
    // what lies in one TLS record is shown as part of its contents, as the TLS layer shows them
    if (pdu.decrypted && pdu.markOff >= 0) sink.source(pdu.buf, 'Decrypted TLS');
    else if (pdu.buf === datagram && !pdu.inFrame) sink.source(datagram, 'Reassembled datagram');
    else sink.source(pdu.buf, sourceName(pdu), pdu.off - mark, pdu.len + mark);
    if (pdu.kind === 'message') this.#walkMessage(pdu, frame, sink, depth);
    else if (pdu.kind === 'fragment') this.#walkFragment(pdu, sink);
    else this.#walkContinuation(pdu, sink);
    sink.source(frame.packet.buf, null);
  }

  /** Whether anything of RPC, or of a program above it, is wanted. */
  wantedBy(sink: Sink): boolean {
    return this.#depthOf(sink) >= HEADER;
  }

  /** Whether nothing behind the call's procedure or the reply's state is wanted. */
  endsWithHeader(sink: Sink): boolean {
    return this.#depthOf(sink) === HEADER;
  }

  /** The deepest section that holds something wanted, -1 for nothing at all. Computed once per sink. */
  #depthOf(sink: Sink): number {
    const old = this.#depths.get(sink);
    if (old !== undefined) return old;
    const f = this.#f;
    const t = this.#tail;
    const any = (defs: readonly FieldDef[]): boolean => defs.some((def) => sink.wants(def));
    let depth = HEADER;
    if (!sink.wants(f.proto)) depth = -1;
    if (any(Object.values(f.auth))) depth = AUTH;
    const states = [f.stateAccept, f.stateReject, f.stateAuth, f.versionMin, f.versionMax];
    if (any([...states, f.programversionMin, f.programversionMax])) depth = STATE;
    if (any([f.programversion, f.procedure, ...tailDefs(t)]) || this.#wantsPrograms(sink)) {
      depth = PROGRAM;
    }
    // the GSS tokens of a body stand behind the program's heading
    const tokens = [
      f.auth.gssToken,
      f.auth.gssTokenLength,
      f.auth.gssContext,
      f.auth.gssContextLength,
      f.auth.gssCreated,
    ];
    const body = [f.auth.gssMajor, f.auth.gssMinor, f.auth.gssWindow, f.auth.gssData, f.auth.gssDataLength];
    const sums = [f.auth.gssChecksum, f.auth.gssSeqnum, f.auth.gssapiMsgVersion, f.auth.gssapiIsn];
    if (any([...tokens, ...body, ...sums, f.auth.opaqueLength, f.auth.fillBytes])) depth = PROGRAM;
    this.#depths.set(sink, depth);
    return depth;
  }

  #wantsPrograms(sink: Sink): boolean {
    const protocols = [...this.#programs.protocols(), ...this.#options.gss.protocols()];
    return protocols.some((def) => sink.wants(def));
  }

  #walkContinuation(pdu: Pdu, sink: Sink): void {
    sink.openProtocol(this.#f.proto, pdu.off, pdu.len, 'Remote Procedure Call');
    sink.field(this.#f.continuationData, null, pdu.off, pdu.len);
    const { expert, unknown } = this.#tail;
    const wanted =
      !this.#options.tshark && (sink.wantsText || sink.wants(expert.proto) || sink.wants(expert.message));
    const what = wanted ? explainForeign(pdu.buf, pdu.off, pdu.len) : null;
    if (what !== null)
      walkExpert(expert, unknown, 'warn', 'undecoded', `No record mark: ${what}`, pdu.off, sink);
    sink.close();
  }

  #walkFragment(pdu: Pdu, sink: Sink): void {
    const start = startOf(pdu);
    sink.openProtocol(this.#f.proto, start, pdu.off + pdu.len - start, 'Remote Procedure Call Fragment');
    this.#walkMark(pdu, sink);
    sink.field(this.#f.fragmentData, null, pdu.off, pdu.len);
    sink.close();
  }

  #walkMark(pdu: Pdu, sink: Sink): void {
    const f = this.#f;
    const len = pdu.markOff < 0 ? 0 : 4;
    const off = pdu.markOff < 0 ? pdu.off : pdu.markOff;
    const last = pdu.lastFrag ? 'Last fragment, ' : '';
    const unit = pdu.fragLen === 1 ? 'byte' : 'bytes';
    sink.openText(sink.wantsText ? `Fragment header: ${last}${pdu.fragLen} ${unit}` : '', off, len);
    sink.field(f.lastfrag, pdu.lastFrag, off, len);
    sink.field(f.fraglen, pdu.fragLen, off, len);
    sink.close();
  }

  #walkFragments(pdu: Pdu, frames: readonly number[], sink: Sink): void {
    const f = this.#f;
    const tail = Math.min(pdu.fragLen, pdu.len);
    sink.field(f.fragmentData, null, pdu.off + pdu.len - tail, tail);
    let title: string | undefined;
    if (sink.wantsText) {
      title = `[${frames.length} RPC Fragments (${pdu.wireLen} bytes): ${frames.map((n) => `#${n}`).join(', ')}]`;
    }
    sink.openField(f.fragments, null, pdu.off, 0, GENERATED, title);
    for (const n of frames) {
      sink.field(f.fragment, n, startOf(pdu), 0, GENERATED, sink.wantsText ? `[Frame: ${n}]` : undefined);
    }
    sink.field(f.fragmentCount, frames.length, startOf(pdu), 0, GENERATED);
    sink.field(f.reassembledLength, pdu.wireLen, startOf(pdu), 0, GENERATED);
    sink.close();
  }

  #walkMessage(pdu: Pdu, frame: Frame, sink: Sink, depth: number): void {
    const f = this.#f;
    const call = pdu.msgtyp === CALL;
    const title = sink.wantsText
      ? `Remote Procedure Call, Type:${call ? 'Call' : 'Reply'} XID:${hexText('uint32', pdu.xid)}`
      : '';
    const start = startOf(pdu);
    sink.openProtocol(f.proto, start, headerEnd(pdu) - start, title);
    if (pdu.hasMark) this.#walkMark(pdu, sink);
    if (pdu.fragmentCount > 1 && pdu.fragmentFrames !== null)
      this.#walkFragments(pdu, pdu.fragmentFrames, sink);
    sink.field(f.xid, pdu.xid, pdu.off, 4);
    sink.field(f.msgtyp, pdu.msgtyp, pdu.off + 4, 4);
    if (sink.wantsText && !this.#options.tshark) {
      if (!call && pdu.call === null) sink.text('the call was not seen', 0, 0, GENERATED);
      const sender = senderElsewhere(pdu, frame);
      if (sender !== null) sink.text(`sent by ${sender} in earlier frames`, 0, 0, GENERATED);
      for (const note of pdu.notes) sink.text(note, 0, 0, GENERATED);
    }
    const cursor = new Cursor(pdu.buf, pdu.view, pdu.off + 8, pdu.off + pdu.len, start);
    try {
      if (call) this.#walkCall(pdu, cursor, sink, depth);
      else this.#walkReply(pdu, cursor, sink, depth);
    } catch (e) {
      if (!(e instanceof ShortMessage)) throw e;
      this.#malformed(pdu, `TRUNCATED at message offset ${e.offset - pdu.off}: ${e.message}`, sink);
    }
  }

  /** The packet was cut by the snap length, or the message lies about a length or a value. */
  #malformed(pdu: Pdu, what: string, sink: Sink): void {
    if (pdu.len < pdu.wireLen) {
      sink.openProtocol(this.#tail.short, 0, 0, '[Packet size limited during capture: RPC truncated]');
    } else {
      sink.openProtocol(this.#tail.malformed, 0, 0, '[Malformed Packet: RPC]');
      const { expert, malformedItem } = this.#tail;
      const message = this.#options.tshark ? malformedItem.label : what;
      walkExpert(expert, malformedItem, 'error', 'malformed', message, 0, sink);
    }
    sink.close();
  }

  /** Program, version and procedure: from the wire in a call, of the matched call in a reply (`c` null). */
  #names(pdu: Pdu, sink: Sink, c: Cursor | null, gssapi: boolean): void {
    const f = this.#f;
    const text = sink.wantsText;
    const flags = c === null ? GENERATED : 0;
    const announce = (def: FieldDef, value: number, label: string | undefined): void => {
      // the call was cut before it
      if (value < 0 && c === null) return;
      const len = c === null ? 0 : 4;
      c?.peek32(0);
      const shown = label === undefined || c !== null ? label : `[${label}]`;
      sink.field(def, value, c?.off ?? startOf(pdu), len, flags, shown);
      c?.skip(4);
    };
    const unknown = c === null ? 'Unknown' : `Unknown RPC program ${pdu.program}`;
    const program = text ? (this.#programs.column(pdu.program) ?? unknown) : '';
    announce(f.program, pdu.program, text ? `Program: ${program} (${pdu.program})` : undefined);
    announce(f.programversion, pdu.version, text ? `Program Version: ${pdu.version}` : undefined);
    let procedure: string | undefined;
    if (text) {
      const name = gssapi
        ? (GSSAPI_PROCEDURES.get(pdu.procedure) ?? 'Unknown')
        : this.#programs.procedure(pdu.program, pdu.version, pdu.procedure);
      procedure = `Procedure: ${name} (${pdu.procedure})`;
    }
    announce(f.procedure, pdu.procedure, procedure);
  }

  #walkCall(pdu: Pdu, c: Cursor, sink: Sink, depth: number): void {
    const f = this.#f;
    c.u32Field(sink, f.version);
    const gssapi = c.left >= 28 && c.peek32(12) === Flavor.GSSAPI && c.peek32(24) !== 0;
    this.#names(pdu, sink, c, gssapi);
    if (pdu.dupOf > 0) {
      sink.field(f.dup, null, startOf(pdu), 0);
      sink.field(f.callDup, pdu.dupOf, startOf(pdu), 0);
    }
    if (pdu.replyFrame > 0) {
      const label = sink.wantsText ? `[The reply to this request is in frame ${pdu.replyFrame}]` : undefined;
      sink.field(f.reqframe, pdu.replyFrame, startOf(pdu), 0, GENERATED, label);
    }
    if (depth < AUTH) {
      sink.close();
      return;
    }
    const credential = walkCredential(f.auth, c, sink, this.#auth);
    walkVerifier(f.auth, c, sink, this.#auth, false);
    this.#walkPayload(pdu, c, sink, depth, credential);
  }

  #walkReply(pdu: Pdu, c: Cursor, sink: Sink, depth: number): void {
    const f = this.#f;
    const gssapi = pdu.call?.flavor === Flavor.GSSAPI;
    if (pdu.program >= 0) this.#names(pdu, sink, null, gssapi && this.#isGssapiMessage(pdu));
    const state = c.u32Field(sink, f.replystat);
    if (pdu.callFrame > 0) {
      const label = sink.wantsText ? `[This is a reply to a request in frame ${pdu.callFrame}]` : undefined;
      sink.field(f.repframe, pdu.callFrame, startOf(pdu), 0, GENERATED, label);
      // Negative where two interfaces have clocks of their own.
      sink.field(f.time, pdu.timeNs, c.off, 0, GENERATED);
    }
    if (pdu.dupOf > 0) {
      sink.field(f.dup, null, startOf(pdu), 0, GENERATED);
      sink.field(f.replyDup, pdu.dupOf, startOf(pdu), 0, GENERATED);
    }
    if (depth < AUTH) {
      sink.close();
      return;
    }
    if (state === ACCEPTED) this.#walkAccepted(pdu, c, sink, depth);
    else {
      if (state === DENIED) this.#walkDenied(c, sink);
      sink.close();
      this.#walkRest(c, sink);
    }
  }

  /** A call record keeps the credential's AUTH_GSSAPI message flag where GSS has its procedure. */
  #isGssapiMessage(pdu: Pdu): boolean {
    return pdu.call !== null && pdu.call.gssProcedure !== 0;
  }

  #walkAccepted(pdu: Pdu, c: Cursor, sink: Sink, depth: number): void {
    const f = this.#f;
    walkVerifier(f.auth, c, sink, this.#auth, true);
    const accept = c.u32Field(sink, f.stateAccept);
    if (accept === SUCCESS) {
      const call = pdu.call;
      this.#walkPayload(pdu, c, sink, depth, {
        flavor: call?.flavor ?? 0,
        gssProcedure: call?.gssProcedure ?? 0,
        gssService: call?.gssService ?? 0,
        gssapiMessage: call?.flavor === Flavor.GSSAPI && this.#isGssapiMessage(pdu),
      });
      return;
    }
    if (accept === PROG_MISMATCH) {
      c.u32Field(sink, f.programversionMin);
      c.u32Field(sink, f.programversionMax);
    }
    sink.close();
    this.#walkRest(c, sink);
  }

  #walkDenied(c: Cursor, sink: Sink): void {
    const f = this.#f;
    const reject = c.u32Field(sink, f.stateReject);
    if (reject === RPC_MISMATCH) {
      c.u32Field(sink, f.versionMin);
      c.u32Field(sink, f.versionMax);
    } else if (reject === AUTH_ERROR) {
      c.u32Field(sink, f.stateAuth);
    }
  }

  /** Bytes that belong to nobody. */
  #walkRest(c: Cursor, sink: Sink): void {
    if (c.left > 0) walkData(this.#tail, c.off, c.left, sink);
  }

  #walkPayload(pdu: Pdu, c: Cursor, sink: Sink, depth: number, credential: Credential): void {
    if (credential.flavor === Flavor.GSSAPI && credential.gssapiMessage) {
      this.#walkGssapi(pdu, c, sink);
      return;
    }
    sink.close();
    if (depth < PROGRAM) return;
    if (pdu.procedure < 0) {
      this.#walkRest(c, sink);
      return;
    }
    const gss = credential.flavor === Flavor.GSS;
    const { gssProcedure, gssService } = credential;
    const setup = gss && gssProcedure !== GssProcedure.DATA && !this.#isSealed(gssProcedure, c.left);
    const secret = gss && !setup && gssService === GssService.PRIVACY;
    if (secret) this.#walkWrapped(c, sink);
    this.#openProgram(pdu, c, sink);
    if (setup) this.#walkGssControl(pdu, c, sink, gssProcedure);
    else if (gss && gssService === GssService.INTEGRITY) this.#walkIntegrity(pdu, c, sink, gssProcedure);
    else if (credential.flavor === Flavor.GSSAPI) {
      c.bytesField(sink, this.#f.auth.gssData, c.left);
      sink.close();
    } else if (secret) sink.close();
    else {
      const end = this.#body(gss ? gssProcedure : GssProcedure.DATA, pdu, c.off, c.end, sink);
      sink.close();
      this.#finish(pdu, end, c.end, sink);
    }
  }

  /** Messages that use a context carry what its service makes of them; those that make and end it do not. */
  #isSealed(procedure: number, length: number): boolean {
    return this.#options.tshark ? procedure === GssProcedure.DATA : gssSealsBody(procedure, length);
  }

  #body(gssProcedure: number, ...rest: Parameters<BodyWalker>): BodyEnd {
    if (gssProcedure === GssProcedure.DATA) return this.#options.body(...rest);
    return this.#options.gssBody(gssProcedure, ...rest);
  }

  /** Bytes behind the body, and why it stopped. */
  #finish(pdu: Pdu, { rest, error }: BodyEnd, end: number, sink: Sink): void {
    if (error !== null) {
      const what = `${error.code} at message offset ${error.offset - pdu.off}, path "${error.path}": ${error.message}`;
      this.#malformed(pdu, what, sink);
    } else if (rest < end) walkData(this.#tail, rest, end - rest, sink);
  }

  /** Heading of the program's subtree, with version and procedure repeated (WIRESHARK.md section 1.1). */
  #openProgram(pdu: Pdu, c: Cursor, sink: Sink): void {
    const f = this.#f;
    const protocol = this.#programs.protocol(pdu.program) ?? this.#programs.unknown;
    sink.openProtocol(protocol, c.off, c.left, sink.wantsText ? this.#programs.title(pdu.program) : '');
    sink.field(f.programversion, pdu.version, startOf(pdu), 0, GENERATED);
    const own = this.#programs.procedureField(pdu.program, pdu.version);
    const name = sink.wantsText ? this.#programs.procedure(pdu.program, pdu.version, pdu.procedure) : '';
    if (own !== null) {
      const label = sink.wantsText ? `[${own.label}: ${name} (${pdu.procedure})]` : undefined;
      sink.field(own, pdu.procedure, startOf(pdu), 0, GENERATED, label);
    } else {
      const label = sink.wantsText ? `[Procedure: ${name} (${pdu.procedure})]` : undefined;
      sink.field(f.procedure, pdu.procedure, startOf(pdu), 0, GENERATED, label);
    }
  }

  /** Context set-up and tear-down (RFC 2203 sections 5.2 and 5.4). */
  #walkGssControl(pdu: Pdu, c: Cursor, sink: Sink, procedure: number): void {
    const f = this.#f.auth;
    const setup = procedure === GssProcedure.INIT || procedure === GssProcedure.CONTINUE_INIT;
    if (setup && pdu.msgtyp === CALL) walkToken(f, f.gssToken, c, sink);
    else if (setup) {
      walkGssContext(f, c, sink, this.#auth);
      c.u32Field(sink, f.gssMajor);
      c.u32Field(sink, f.gssMinor);
      c.u32Field(sink, f.gssWindow);
      walkToken(f, f.gssToken, c, sink);
    }
    sink.close();
  }

  /** rpc_gss_integ_data (RFC 2203 section 5.3.2.2): counted sequence number and arguments, then the checksum. */
  #walkIntegrity(pdu: Pdu, c: Cursor, sink: Sink, gssProcedure: number): void {
    const f = this.#f.auth;
    const length = c.peek32(0);
    sink.openText('GSS Data', c.off, Math.min(4 + length, c.left));
    c.u32Field(sink, f.gssDataLength);
    if (length > c.left || length < 4) c.fail(Math.max(length, 4), f.gssDataLength.name);
    const end = c.off + length;
    c.u32Field(sink, f.gssSeqnum);
    const body = this.#body(gssProcedure, pdu, c.off, end, sink);
    sink.close();
    c.off = end;
    c.skip(Math.min((4 - (length & 3)) & 3, c.left));
    walkToken(f, f.gssChecksum, c, sink);
    sink.close();
    this.#finish(pdu, body, end, sink);
  }

  /** rpc_gss_priv_data (RFC 2203 section 5.3.2.3): sealed, shown as bytes. */
  #walkWrapped(c: Cursor, sink: Sink): void {
    const f = this.#f.auth;
    const length = c.peek32(0);
    sink.openText('GSS-Wrap', c.off, Math.min(4 + length, c.left));
    c.u32Field(sink, f.gssDataLength);
    c.bytesField(sink, f.gssData, length);
    sink.close();
  }

  /** The body of an AUTH_GSSAPI message: an authentication step in place of arguments. */
  #walkGssapi(pdu: Pdu, c: Cursor, sink: Sink): void {
    const f = this.#f.auth;
    sink.openText('AUTH_GSSAPI Msg', c.off, c.left);
    c.u32Field(sink, f.gssapiMsgVersion);
    if (pdu.msgtyp === CALL) walkToken(f, f.gssToken, c, sink);
    else {
      walkOpaque(f, f.gssapiHandle, c, sink);
      c.u32Field(sink, f.gssMajor);
      c.u32Field(sink, f.gssMinor);
      walkToken(f, f.gssToken, c, sink);
      walkOpaque(f, f.gssapiIsn, c, sink);
    }
    sink.close();
    sink.close();
  }
}

/** Who sent a message that the frame settles but did not bring; null for one of the frame's own. */
function senderElsewhere({ flow, dir }: Pdu, frame: Frame): string | null {
  if (flow === null || (flow === frame.flow && dir === frame.dir)) return null;
  return dir === 0 ? endpoint(flow.aAddr, flow.aPort) : endpoint(flow.bAddr, flow.bPort);
}

/** The name of the bytes that a PDU stands in, null for the packet's own. */
function sourceName(pdu: Pdu): string | null {
  if (pdu.inFrame) return null;
  if (pdu.fragmentCount > 1) return 'Reassembled RPC';
  return pdu.decrypted ? 'Reassembled TLS' : 'Reassembled TCP';
}

/** Undecoded bytes as tshark's `data` protocol. */
export function walkData(t: TailFields, off: number, len: number, sink: Sink): void {
  sink.openProtocol(t.data, off, len, sink.wantsText ? `Data (${len} ${len === 1 ? 'byte' : 'bytes'})` : '');
  sink.field(t.dataData, null, off, len);
  sink.field(t.dataLen, len, off, 0, GENERATED);
  sink.close();
}

/** Where a message begins, its record mark included when that stands before it. */
export function startOf(pdu: Pdu): number {
  return pdu.hasMark && pdu.markOff >= 0 && pdu.markOff + 4 === pdu.off ? pdu.markOff : pdu.off;
}

/** Where the RPC layer's own bytes end: behind the verifier, or what a reply says instead of results. */
export function headerEnd(pdu: Pdu): number {
  const end = pdu.off + pdu.len;
  const word = (at: number): number => (at + 4 <= end ? pdu.view.getUint32(at) : 0);
  // a credential or verifier: flavor, length, body
  const behindAuth = (at: number): number => {
    const length = word(at + 4);
    return at + 8 + length + ((4 - (length & 3)) & 3);
  };
  let at = pdu.off + 12;
  if (pdu.msgtyp === CALL) at = behindAuth(behindAuth(pdu.off + 24));
  else if (word(pdu.off + 8) === ACCEPTED) {
    at = behindAuth(at) + 4;
    if (word(at - 4) === PROG_MISMATCH) at += 8;
  } else at += word(at) === RPC_MISMATCH ? 12 : 8;
  return Math.min(at, end);
}
