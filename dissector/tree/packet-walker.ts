/**
 * Takes a frame and its PDUs to a sink, layer by layer. Attach every sink once, call `begin` once per packet in
 * order, then `walk` with any sink any number of times, and `displayed` when the packet was shown: the deltas of
 * the frame layer and the relative numbers of TCP depend on it. Never throws on any bytes.
 */
import { rpcsecGss } from '../../codec/rpc/index.ts';
import type { Program } from '../../codec/rpc/program.ts';
import type { Frame } from '../network/frame.ts';
import { Layer } from '../network/frame.ts';
import type { Pdu } from '../session/pdu.ts';
import type { PduList } from '../session/pdu-list.ts';
import {
  addressColumns,
  icmpLayer,
  infoColumn,
  protocolColumn,
  type TimeMode,
  timeColumn,
} from './columns.ts';
import { decode } from './compound-info.ts';
import { Echoes } from './echoes.ts';
import type { FieldDef, Sink } from './field.ts';
import { FieldCollector } from './field-collector.ts';
import { FlowView } from './flow-view.ts';
import { GssContexts } from './gss-contexts.ts';
import { type DeclaredLookup, Programs } from './programs.ts';
import { Registry } from './registry.ts';
import { rpcFields, tailDefs, tailFields } from './rpc-fields.ts';
import { RpcNumbers } from './rpc-numbers.ts';
import { ethernetFields, mplsFields, vlanFields, walkEthernet, walkMpls, walkVlan } from './walk-ethernet.ts';
import { expertFields } from './walk-expert.ts';
import { directionOf, frameFields, packetTime, showsRaw, walkFrame, wantsTimes } from './walk-frame.ts';
import { ipFields, walkIp, wantsIpHeader } from './walk-ip.ts';
import { ipv6Fields, walkIpv6 } from './walk-ipv6.ts';
import { linkFields, walkNull, walkPpp, walkRaw, walkSll, walkSll2 } from './walk-link.ts';
import { type BodyEnd, bodyFields, type ProgramBody, walkProgram } from './walk-program.ts';
import { headerEnd, RpcWalker, walkData } from './walk-rpc.ts';
import { tcpFields, walkTcp, wantsTcpHeader } from './walk-tcp.ts';
import { tlsFields, walkTls } from './walk-tls.ts';
import { tunnelFields, walkErspan, walkGeneve, walkGre, walkVxlan } from './walk-tunnel.ts';
import { udpFields, walkUdp } from './walk-udp.ts';

/** Program and version of rpcsec_gss.x, which no message has. */
const RPCSEC_GSS = 6;
const RPCSEC_GSS_3 = 3;

export interface PacketWalkerOptions {
  /** programs described by `.x` files: built in and --idl */
  readonly programs?: readonly Program[];
  /** what is declared beside them; without it repetition, inner calls and aliases are not seen */
  readonly declared?: DeclaredLookup;
  /** make tshark's choices (--tshark-compat) */
  readonly tshark?: boolean;
  readonly timeMode?: TimeMode;
  /** decimals of the time column: 9 for a nanosecond capture */
  readonly timePrecision?: number;
  /** name of an interface for -V; absent or null where the file has none, as classic pcap */
  readonly interfaceName?: (section: number, id: number) => string | null;
}

/** What one sink asks for, found out once. */
interface Plan {
  readonly frame: boolean;
  readonly eth: boolean;
  readonly link: boolean;
  readonly ip: boolean;
  readonly ipWhole: boolean;
  readonly ipv6: boolean;
  readonly tcp: boolean;
  readonly tcpWhole: boolean;
  readonly udp: boolean;
  readonly tls: boolean;
  readonly tunnel: boolean;
  readonly rpc: boolean;
  /** the fast way, where it suits */
  readonly numbers: RpcNumbers | null;
  readonly bare: boolean;
  readonly data: boolean;
  readonly columns: boolean;
  /** anything below RPC */
  readonly layers: boolean;
}

type Fields = ReturnType<typeof allFields>;

function allFields(registry: Registry) {
  const definer = (protocol: string) => registry.definer(protocol);
  const col = definer('_ws.col');
  const bare = (name: string, label: string): FieldDef => definer(name)(name, label, 'protocol');
  return {
    frame: frameFields(definer('frame')),
    eth: ethernetFields(definer('eth')),
    vlan: vlanFields(definer('vlan')),
    mpls: mplsFields(definer('mpls')),
    link: linkFields(definer),
    ip: ipFields(definer('ip')),
    ipv6: ipv6Fields(definer),
    tcp: tcpFields(definer('tcp')),
    udp: udpFields(definer('udp')),
    tls: tlsFields(definer('tls')),
    tunnel: tunnelFields(definer),
    expert: expertFields(definer('_ws.expert')),
    rpc: rpcFields(definer('rpc')),
    tail: tailFields(definer),
    arp: bare('arp', 'Address Resolution Protocol'),
    llc: bare('llc', 'Logical-Link Control'),
    icmp: bare('icmp', 'Internet Control Message Protocol'),
    icmpv6: bare('icmpv6', 'Internet Control Message Protocol v6'),
    sctp: bare('sctp', 'Stream Control Transmission Protocol'),
    ah: bare('ah', 'Authentication Header'),
    columns: {
      number: col('_ws.col.No.', 'No.', 'string'),
      time: col('_ws.col.Time', 'Time', 'string'),
      source: col('_ws.col.Source', 'Source', 'string'),
      destination: col('_ws.col.Destination', 'Destination', 'string'),
      protocol: col('_ws.col.Protocol', 'Protocol', 'string'),
      length: col('_ws.col.Length', 'Length', 'string'),
      info: col('_ws.col.Info', 'Info', 'string'),
    },
  };
}

/** One line of the packet list. */
export interface Summary {
  readonly number: number;
  readonly time: string;
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly length: number;
  readonly info: string;
}

export class PacketWalker {
  readonly registry = new Registry();
  readonly programs: Programs;
  readonly #f: Fields;
  readonly #options: PacketWalkerOptions;
  readonly #rpc: RpcWalker;
  readonly #flow = new FlowView();
  readonly #echoes = new Echoes();
  readonly #contexts = new GssContexts();
  readonly #plans = new Map<Sink, Plan>();
  /** what each sink may find in calls and in replies */
  readonly #holding = new Map<Sink, readonly [Map<ProgramBody, boolean>, Map<ProgramBody, boolean>]>();
  readonly #clock = { first: 0n, previous: 0n, displayed: 0n };
  #now = 0n;
  #begun = false;
  #shown = false;
  #needsClock = false;
  #needsFlow = false;
  #needsContexts = false;
  #showsFrame = false;
  #needsHandles = false;
  /** of the packet whose summary is asked for */
  #end: FieldCollector | null = null;

  constructor(options: PacketWalkerOptions = {}) {
    this.#options = options;
    this.#f = allFields(this.registry);
    const tshark = options.tshark ?? false;
    this.programs = new Programs(this.registry, options.programs ?? [], tshark, options.declared ?? null);
    const gss = new Programs(this.registry, rpcsecGss.programs, tshark);
    this.#rpc = new RpcWalker(this.#f.rpc, this.#f.tail, this.programs, this.#contexts, {
      tshark,
      body: (pdu, off, end, sink) => this.#walkBody(pdu, off, end, sink),
      gss,
      gssBody: (procedure, pdu, off, end, sink) => {
        const body = gss.body(RPCSEC_GSS, RPCSEC_GSS_3, procedure);
        return body === null ? { rest: off, error: null } : walkProgram(body, pdu, off, end, sink);
      },
    });
  }

  #walkBody(pdu: Pdu, off: number, end: number, sink: Sink): BodyEnd {
    const { program, version, procedure } = pdu;
    const body = this.programs.body(program, version, procedure);
    if (body === null) return { rest: off, error: null };
    const protocol = this.programs.protocol(program);
    if (sink.headingOnly?.(protocol ?? this.programs.unknown)) return { rest: end, error: null };
    // how a body ends is told by its codec, many times faster than by its tree
    if (sink === this.#end && isWhole(body, pdu, off, end)) return { rest: end, error: null };
    return this.#mayHold(body, pdu, sink)
      ? walkProgram(body, pdu, off, end, sink)
      : { rest: end, error: null };
  }

  /** Whether the arguments (0) or results (1) can bring anything that a sink wants. */
  #mayHold(body: ProgramBody, { program, msgtyp }: Pdu, sink: Sink): boolean {
    if (sink.wantsText || tailDefs(this.#f.tail).some((def) => sink.wants(def))) return true;
    let bodies = this.#holding.get(sink);
    if (bodies === undefined) {
      bodies = [new Map(), new Map()];
      this.#holding.set(sink, bodies);
    }
    let holds = bodies[msgtyp].get(body);
    if (holds === undefined) {
      const fields = bodyFields(body, msgtyp === 0);
      // names of other programs are among them too: a mount shows nfs.fhandle
      const possible = fields ?? [this.programs.protocol(program) ?? this.#f.tail.data];
      holds = [...possible].some((def) => sink.wants(def));
      bodies[msgtyp].set(body, holds);
    }
    return holds;
  }

  /** Learns what a sink wants. Must come before the first `begin`. */
  attach(sink: Sink): void {
    const f = this.#f;
    const any = (defs: readonly FieldDef[]): boolean => defs.some((def) => sink.wants(def));
    const links = [f.link.sll, f.link.null, f.link.ppp, f.link.raw];
    const expert = any(Object.values(f.expert));
    const plan = {
      frame: sink.wants(f.frame.proto),
      eth: any([f.eth.proto, f.vlan.proto, f.mpls.proto]),
      link: any(links),
      // ip.version stands in IPv6 too
      ip: sink.wants(f.ip.proto),
      ipWhole: wantsIpHeader(f.ip, sink),
      ipv6: sink.wants(f.ipv6.proto) || sink.wants(f.ip.version),
      tcp: sink.wants(f.tcp.proto) || expert,
      tcpWhole: wantsTcpHeader(f.tcp, sink) || expert,
      udp: sink.wants(f.udp.proto) || expert,
      tls: sink.wants(f.tls.proto),
      tunnel: any(Object.values(f.tunnel).map(({ proto }) => proto)) || expert,
      bare: any([f.arp, f.llc, f.icmp, f.icmpv6, f.sctp, f.ah]),
      data: sink.wants(f.tail.data),
      rpc: this.#rpc.wantedBy(sink),
      numbers:
        this.#rpc.endsWithHeader(sink) && RpcNumbers.suits(f.rpc, sink) ? new RpcNumbers(f.rpc, sink) : null,
      columns: any(Object.values(f.columns)),
      layers: false,
    };
    plan.layers =
      plan.eth ||
      plan.link ||
      plan.ip ||
      plan.ipv6 ||
      plan.tcp ||
      plan.udp ||
      plan.tunnel ||
      plan.bare ||
      plan.data;
    this.#plans.set(sink, plan);
    this.#showsFrame ||= plan.frame;
    if (sink.wants(f.columns.info)) this.#watchEnds();
    this.#needsClock ||= plan.columns || wantsTimes(f.frame, sink);
    this.#needsFlow ||= plan.tcpWhole || plan.udp || plan.columns;
    // a sink of text shows all there is; any other asks for the field by name
    this.#needsHandles ||= sink.wantsText || this.programs.handleFields().some((def) => sink.wants(def));
    this.#needsContexts ||= any([f.rpc.auth.gssCreated, f.rpc.auth.gssDestroyed, f.rpc.auth.gssFlavor]);
  }

  /** Whether anything of the frame itself is wanted so far. */
  get showsFrame(): boolean {
    return this.#showsFrame;
  }

  /** Says that `summary` will be asked for. */
  attachSummary(): void {
    this.#watchEnds();
    this.#needsClock = true;
    this.#needsFlow = true;
  }

  /** An early end of a message stands behind what the Info column says of it. */
  #watchEnds(): void {
    if (this.#end !== null) return;
    this.#end = new FieldCollector([this.#f.tail.malformed, this.#f.tail.short]);
    this.attach(this.#end);
  }

  /** Says that `programs.pathOfHandle` will be asked for. */
  attachHandles(): void {
    this.#needsHandles = true;
  }

  /** Once per packet, in order, before `walk`. */
  begin(frame: Frame, list: PduList): void {
    if (this.#needsClock) this.#tick(frame);
    if (this.#needsFlow) this.#flow.update(frame);
    if (this.#needsHandles) this.programs.noteHandles(list);
    this.programs.noteInnerCalls(list);
    if (this.#end !== null) {
      // a request that is not shown is answered all the same
      const icmp = icmpLayer(frame);
      if (icmp !== undefined) this.#echoes.read(frame, icmp);
    }
    if (this.#needsContexts) {
      for (let i = 0; i < list.count; i++) {
        const pdu = list.pdus[i];
        if (pdu !== undefined) this.#contexts.note(pdu, frame.packet.number);
      }
    }
  }

  #tick(frame: Frame): void {
    const clock = this.#clock;
    const now = packetTime(frame.packet);
    if (this.#begun) clock.previous = this.#now;
    else {
      clock.first = now;
      clock.previous = now;
      this.#begun = true;
    }
    // before anything was shown there is nothing to count from
    if (!this.#shown) clock.displayed = now;
    this.#now = now;
  }

  /** The packet was shown: deltas to the displayed one count from it. */
  displayed(): void {
    this.#clock.displayed = this.#now;
    this.#shown = true;
  }

  walk(frame: Frame, list: PduList, sink: Sink): void {
    const plan = this.#plans.get(sink);
    if (plan === undefined) return;
    const f = this.#f;
    const buf = frame.packet.buf;
    sink.source(buf, null, frame.packet.off, frame.packet.caplen);
    if (plan.frame) {
      const packet = frame.packet;
      walkFrame(f.frame, frame, sink, {
        clock: this.#clock,
        interfaceName: this.#options.interfaceName?.(packet.section, packet.interfaceId) ?? null,
        upper: sink.wants(f.frame.protocols) ? this.#upper(frame, list) : '',
      });
    }
    if (plan.layers) this.#walkLayers(frame, list, plan, sink);
    let tls = plan.tls && list.tls.length > 0;
    if (plan.rpc) {
      for (let i = 0; i < list.count; i++) {
        const pdu = list.pdus[i]!;
        // what was said before TLS began stands before it
        if (tls && pdu.decrypted) {
          walkTls(f.tls, list.tls, buf, f.tail.malformed, sink);
          tls = false;
        }
        if (plan.numbers !== null) plan.numbers.walk(pdu, buf, sink);
        else this.#rpc.walk(pdu, frame, sink);
      }
    }
    if (tls) walkTls(f.tls, list.tls, buf, f.tail.malformed, sink);
    if (plan.columns) this.#walkColumns(frame, list, sink);
  }

  #walkLayers(frame: Frame, list: PduList, plan: Plan, sink: Sink): void {
    const f = this.#f;
    const own = frame.packet.buf;
    for (let i = 0; i < frame.layerCount; i++) {
      const r = frame.layers[i];
      if (r === undefined) return;
      if (r.buf !== own) sink.source(r.buf, 'Reassembled IPv4', 0, r.buf.length);
      switch (r.kind) {
        case Layer.ETHERNET:
          if (plan.eth) walkEthernet(f.eth, frame, i, sink);
          break;
        case Layer.VLAN:
          if (plan.eth) walkVlan(f.vlan, f.eth, frame, i, sink);
          break;
        case Layer.MPLS:
          if (plan.eth) walkMpls(f.mpls, r, sink);
          break;
        case Layer.SLL:
          if (plan.link) walkSll(f.link, r, sink);
          break;
        case Layer.SLL2:
          if (plan.link) walkSll2(f.link, r, sink);
          break;
        case Layer.NULL:
          if (plan.link) walkNull(f.link, r, sink);
          break;
        case Layer.PPP:
          if (plan.link) walkPpp(f.link, r, sink, i === 0 ? directionOf(frame.packet) : null);
          break;
        case Layer.RAW:
          if (plan.link && showsRaw(frame.packet)) walkRaw(f.link, r, sink);
          break;
        case Layer.IPV4:
          if (plan.ip) walkIp(f.ip, frame, r, sink, plan.ipWhole);
          break;
        case Layer.IPV6:
          if (plan.ipv6) i = walkIpv6(f.ipv6, f.ip.version, frame, i, sink) - 1;
          break;
        case Layer.TCP:
          if (plan.tcp && frame.transportLayer === i) {
            walkTcp(f.tcp, f.expert, frame, r, this.#flow, sink, plan.tcpWhole);
          }
          break;
        case Layer.UDP:
          if (plan.udp && r.flow !== null) walkUdp(f.udp, f.expert, frame, i, this.#flow, sink);
          break;
        case Layer.VXLAN:
          if (plan.tunnel) walkVxlan(f.tunnel.vxlan, r, sink);
          break;
        case Layer.GENEVE:
          if (plan.tunnel) walkGeneve(f.tunnel.geneve, f.expert, r, sink);
          break;
        case Layer.GRE:
          if (plan.tunnel) walkGre(f.tunnel.gre, f.expert, frame, r, sink);
          break;
        case Layer.ERSPAN:
          if (plan.tunnel) walkErspan(f.tunnel.erspan, f.expert, r, sink);
          break;
        default:
          this.#walkBare(r.kind, r.off, r.end - r.off, plan, sink);
      }
      if (r.buf !== own) sink.source(own, null);
    }
    if (plan.data && frame.transport !== 0 && isNobodys(list) && frame.payloadLen > 0) {
      sink.source(frame.tbuf, null);
      walkData(f.tail, frame.payloadOff, frame.payloadLen, sink);
      sink.source(own, null);
    }
  }

  /** Protocols that are named and no more. */
  #walkBare(kind: number, off: number, len: number, plan: Plan, sink: Sink): void {
    const f = this.#f;
    if (kind === Layer.DATA) {
      if (plan.data && len > 0) walkData(f.tail, off, len, sink);
      return;
    }
    if (!plan.bare) return;
    let def: FieldDef | null = null;
    if (kind === Layer.ARP) def = f.arp;
    else if (kind === Layer.LLC) def = f.llc;
    else if (kind === Layer.ICMP) def = f.icmp;
    else if (kind === Layer.ICMPV6) def = f.icmpv6;
    else if (kind === Layer.SCTP) def = f.sctp;
    else if (kind === Layer.AH) def = f.ah;
    if (def === null) return;
    sink.openProtocol(def, off, len, def.label);
    sink.close();
  }

  /** What frame.protocols says above the transport. */
  #upper(frame: Frame, list: PduList): string {
    let out = list.tls.length > 0 ? ':tls' : '';
    for (let i = 0; i < list.count; i++) {
      const pdu = list.pdus[i];
      out += ':rpc';
      // a program is asked about bytes only
      if (pdu?.kind === 'message' && this.programs.isKnown(pdu.program) && headerEnd(pdu) < pdu.off + pdu.len)
        out += `:${this.programs.filter(pdu.program)}`;
    }
    if (isNobodys(list) && frame.transport !== 0 && frame.payloadLen > 0) out = ':data';
    return out;
  }

  #walkColumns(frame: Frame, list: PduList, sink: Sink): void {
    const c = this.#f.columns;
    const s = this.summary(frame, list);
    sink.field(c.number, String(s.number), 0, 0);
    sink.field(c.time, s.time, 0, 0);
    sink.field(c.source, s.source, 0, 0);
    sink.field(c.destination, s.destination, 0, 0);
    sink.field(c.protocol, s.protocol, 0, 0);
    sink.field(c.length, String(s.length), 0, 0);
    sink.field(c.info, s.info, 0, 0);
  }

  /** `[Malformed Packet]` where a message does not hold what its program says, or why it was cut. */
  #endText(frame: Frame, list: PduList): string {
    const collector = this.#end;
    if (collector === null || list.count === 0) return '';
    collector.reset();
    for (let i = 0; i < list.count; i++) this.#rpc.walk(list.pdus[i]!, frame, collector);
    const found = (def: FieldDef) => (collector.slot(def)?.count ?? 0) > 0;
    if (found(this.#f.tail.short)) return '[Packet size limited during capture]';
    return found(this.#f.tail.malformed) ? '[Malformed Packet]' : '';
  }

  /** The columns of the packet last given to `begin`. */
  summary(frame: Frame, list: PduList): Summary {
    const [source, destination] = addressColumns(frame);
    const times = { now: this.#now, ...this.#clock };
    return {
      number: frame.packet.number,
      time: timeColumn(times, this.#options.timeMode ?? 'r', this.#options.timePrecision ?? 6),
      source,
      destination,
      protocol: protocolColumn(frame, list, this.programs),
      length: frame.packet.len,
      info: infoColumn(frame, list, this.programs, this.#flow, this.#echoes) + this.#endText(frame, list),
    };
  }
}

/** Whether the body is what is described, where that is all there is to it. */
function isWhole({ declared }: ProgramBody, { msgtyp, buf }: Pdu, off: number, end: number): boolean {
  const { repeats, innerCall } = declared.declared;
  if (declared.refinements !== undefined || repeats !== undefined || innerCall !== undefined) return false;
  const type = msgtyp === 0 ? declared.procedure.argument : declared.procedure.result;
  return decode(type, buf, off, end) !== undefined;
}

/** Nothing above the transport was found in the frame, nor a part of it. */
function isNobodys(list: PduList): boolean {
  return list.count === 0 && list.tls.length === 0 && !list.partial;
}
