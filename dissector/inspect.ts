/**
 * The dissector as one machine: packets in, one after another, explained messages out to whoever was added. It
 * joins network, session, tree and filter, computes only what somebody asked for, and has no file, clock or
 * terminal. Packets may hold anything; only a bad filter throws (FilterError, from the constructor).
 */
import type { Program } from '../codec/rpc/program.ts';
import type { CaptureInterface, CaptureSecrets } from './capture/interface.ts';
import type { Packet } from './capture/packet.ts';
import type { CopySource } from './capture/write-copy.ts';
import { compileFilter, type Filter } from './filter/index.ts';
import { NetworkDecoder } from './network/decoder.ts';
import type { Frame } from './network/frame.ts';
import { KeptPacket } from './network/kept-packet.ts';
import {
  DEFAULT_PREFERENCES,
  type PduList,
  type Preferences,
  Session,
  type SessionCounters,
} from './session/index.ts';
import type { CallDecoder } from './stats/calls.ts';
import type { Statistic, StatisticTap } from './stats/statistic.ts';
import { type KeyLog, TlsSecrets } from './tls/index.ts';
import type { TimeMode } from './tree/columns.ts';
import { ExpertCollector } from './tree/expert-collector.ts';
import type { FieldDef, Sink } from './tree/field.ts';
import { FieldCollector } from './tree/field-collector.ts';
import { PacketWalker } from './tree/packet-walker.ts';
import type { DeclaredLookup } from './tree/programs.ts';
import { ProtocolChain } from './tree/protocol-chain.ts';
import { TreeBuilder } from './tree/tree-builder.ts';

export interface InspectionOptions {
  /** make tshark 4.0.17's choices */
  readonly compat?: boolean;
  /** packets will come twice: call `nextPass` between */
  readonly twoPass?: boolean;
  readonly preferences?: Partial<Preferences>;
  /** ports whose payload is RPC whatever it looks like */
  readonly tcpPorts?: ReadonlySet<number>;
  readonly udpPorts?: ReadonlySet<number>;
  /** UDP ports whose payload is a tunnel's */
  readonly tunnelPorts?: ReadonlyMap<number, 'vxlan' | 'geneve'>;
  readonly disabledHeuristics?: ReadonlySet<string>;
  readonly programs?: readonly Program[];
  /** what is declared beside their `.x` files */
  readonly declared?: DeclaredLookup;
  /** display filter; empty: every packet matches */
  readonly filter?: string;
  readonly timeMode?: TimeMode;
  /** secrets to decrypt TLS with, beside those that the capture brings itself */
  readonly keyLog?: KeyLog;
}

/** What a reader tells of its capture, as far as it was read. */
interface CaptureFacts {
  readonly interfaces: readonly CaptureInterface[];
  readonly secrets?: readonly CaptureSecrets[];
}

/** Shown the packets that match the filter. Everything it is given dies when it returns. */
export interface FrameOutput {
  frame(frame: Frame, pdus: PduList): void;
}

/** Told of every packet; `matches`: whether it matches the filter. */
export interface Tap {
  add(frame: Frame, pdus: PduList, matches: boolean): void;
}

/** Fields that the session layer can give without keeping a message's body. */
const HEADER_PROTOCOLS = [
  'frame',
  'eth',
  'vlan',
  'mpls',
  'sll',
  'null',
  'ppp',
  'raw',
  'ip',
  'ipv6',
  'tcp',
  'udp',
  'tls',
];
const RPC_BODY_FIELDS = /^rpc(\.(fragment_data|continuation_data|opaque_data|authgss\..*|authgssapi\..*))?$/;

export class Inspection {
  readonly walker: PacketWalker;
  readonly #options: InspectionOptions;
  readonly #filter: Filter | null;
  readonly #filterSink: (Sink & { reset(): void }) | null;
  readonly #outputs: FrameOutput[] = [];
  readonly #taps: Tap[] = [];
  /** what is filled for every packet that matches */
  readonly #sinks: (Sink & { reset(): void })[] = [];
  /** what is filled for every packet, for the taps */
  readonly #observed: (Sink & { reset(): void })[] = [];
  readonly #secrets: TlsSecrets;
  #capture: CaptureFacts = { interfaces: [] };
  #needsBodies = false;
  #decoder: NetworkDecoder | null = null;
  #session: Session | null = null;
  readonly #kept = new KeptPacket();
  #held: { readonly frame: Frame; readonly pdus: PduList } | null = null;
  #firstPass: boolean;

  constructor(options: InspectionOptions = {}) {
    this.#options = options;
    this.#secrets = new TlsSecrets(options.keyLog);
    this.#firstPass = options.twoPass ?? false;
    const precision = () => this.timePrecision;
    const name = (section: number, id: number) => {
      const found = this.#capture.interfaces.find((i) => i.section === section && i.id === id);
      return found === undefined || found.format === 'pcap' ? null : (found.name ?? 'unknown');
    };
    this.walker = new PacketWalker({
      programs: options.programs ?? [],
      ...(options.declared === undefined ? {} : { declared: options.declared }),
      tshark: options.compat ?? false,
      ...(options.timeMode === undefined ? {} : { timeMode: options.timeMode }),
      get timePrecision() {
        return precision();
      },
      interfaceName: name,
    });
    const text = options.filter ?? '';
    this.#filter = text.trim() === '' ? null : compileFilter(text, this.walker.registry);
    this.#filterSink = null;
    if (this.#filter !== null) this.#filterSink = this.#bind(this.#filter);
  }

  /** What is known of the capture beside its packets, as far as it was read. */
  get capture(): CopySource {
    return { interfaces: this.#capture.interfaces, secrets: this.#capture.secrets ?? [] };
  }

  /** Decimals of the capture's times: 9 for one with nanoseconds. */
  get timePrecision(): 6 | 9 {
    return this.#capture.interfaces.some((i) => (i.unitsPerSecond ?? 0n) > 1_000_000n) ? 9 : 6;
  }

  /** The sink that must be filled before the filter is asked. */
  #bind(filter: Filter): Sink & { reset(): void } {
    this.#noteFields(filter.fields);
    const sink = filter.bind(new FieldCollector(filter.fields));
    this.walker.attach(sink);
    return sink;
  }

  /** All secrets known so far: of the key log given, and of the capture's secrets blocks. */
  get keyLog(): KeyLog {
    return this.#secrets.keyLog;
  }

  /** What the session layer counted, null before the first packet. */
  get counters(): SessionCounters | null {
    return this.#session?.counters ?? null;
  }

  /** A collector of these fields, filled for every packet that matches before outputs are shown it. */
  collect(defs: readonly FieldDef[]): FieldCollector {
    const collector = new FieldCollector(defs, true);
    this.#noteFields(defs);
    this.walker.attach(collector);
    this.#sinks.push(collector);
    return collector;
  }

  /** A collector of these fields, filled for every packet before taps are told of it. */
  observe(defs: readonly FieldDef[]): FieldCollector {
    this.#noteFields(defs);
    return this.#observeSink(new FieldCollector(defs, true));
  }

  #observeSink<S extends Sink & { reset(): void }>(sink: S): S {
    this.walker.attach(sink);
    this.#observed.push(sink);
    return sink;
  }

  /** A further display filter, asked by a tap about the packet it is told of. Throws FilterError. */
  test(text: string): (frame: Frame, pdus: PduList) => boolean {
    const filter = compileFilter(text, this.walker.registry);
    const sink = this.#bind(filter);
    return (frame, pdus) => {
      sink.reset();
      this.walker.walk(frame, pdus, sink);
      return filter.matches();
    };
  }

  /** Starts a statistic over all packets. Throws StatisticError and FilterError, of its arguments. */
  addStatistic(statistic: Statistic, args: string, decoder: CallDecoder | null = null): StatisticTap {
    const inspection = this;
    const tap = statistic.start(args, {
      compat: this.#options.compat ?? false,
      get timePrecision() {
        return inspection.timePrecision;
      },
      timeMode: this.#options.timeMode ?? 'r',
      programs: this.walker.programs,
      decoder,
      field: (name) => this.walker.registry.find(name),
      observe: (defs) => this.observe(defs),
      get showsFrame() {
        return inspection.walker.showsFrame;
      },
      protocols: () => this.#observeSink(new ProtocolChain()),
      experts: () => this.#observeSink(new ExpertCollector()),
      test: (filter) => this.test(filter),
    });
    this.addTap(tap, tap.bodies);
    return tap;
  }

  /** A tree builder, filled for every packet that matches. */
  tree(): TreeBuilder {
    const builder = new TreeBuilder();
    this.walker.attach(builder);
    this.#sinks.push(builder);
    this.#needsBodies = true;
    return builder;
  }

  /** `bodies`: whether it looks at messages beyond their header. */
  addOutput(output: FrameOutput, bodies: boolean): void {
    this.#outputs.push(output);
    this.#needsBodies ||= bodies;
  }

  addTap(tap: Tap, bodies: boolean): void {
    this.#taps.push(tap);
    this.#needsBodies ||= bodies;
  }

  /** Takes the next packet; `capture` tells about the interfaces, and is asked only when that is shown. */
  packet(packet: Packet, capture: CaptureFacts): void {
    this.#capture = capture;
    if (capture.secrets !== undefined) this.#secrets.take(capture.secrets);
    this.#decoder ??= this.#newDecoder();
    this.#session ??= this.#newSession();
    this.#showHeld();
    const frame = this.#decoder.decode(packet);
    const list = this.#session.process(frame);
    if (this.#firstPass) return;
    if (this.#session.unsettled) this.#hold(frame, list);
    else this.#show(frame, list);
  }

  /**
   * While bytes wait for a segment, a frame is shown once another follows it, so that what the end of the capture
   * settles is shown with the last one and no frame twice. The frame and its PDUs stay as they are until the next is
   * decoded; only the packet's bytes must be kept.
   */
  #hold(frame: Frame, pdus: PduList): void {
    const { buf } = frame.packet;
    this.#kept.take(frame);
    this.#session?.moveBytes(buf, this.#kept.buf, this.#kept.view);
    this.#held = { frame, pdus };
  }

  #showHeld(): void {
    if (this.#held === null) return;
    const { frame, pdus } = this.#held;
    this.#held = null;
    this.#show(frame, pdus);
  }

  /** The first of two passes is over: the same packets follow again. */
  nextPass(): void {
    this.#session?.finish();
    this.#session?.nextPass();
    this.#secrets.rewind();
    this.#decoder = null;
    this.#firstPass = false;
  }

  /** The last packet was given. What only the end settles belongs to it. */
  finish(): void {
    this.#session?.finish();
    this.#showHeld();
  }

  #show(frame: Frame, pdus: PduList): void {
    this.walker.begin(frame, pdus);
    const matches = this.#matches(frame, pdus);
    for (const collector of this.#observed) {
      collector.reset();
      this.walker.walk(frame, pdus, collector);
    }
    for (const tap of this.#taps) tap.add(frame, pdus, matches);
    if (!matches) return;
    for (const sink of this.#sinks) {
      sink.reset();
      this.walker.walk(frame, pdus, sink);
    }
    for (const output of this.#outputs) output.frame(frame, pdus);
    this.walker.displayed();
  }

  #matches(frame: Frame, pdus: PduList): boolean {
    if (this.#filter === null || this.#filterSink === null) return true;
    this.#filterSink.reset();
    this.walker.walk(frame, pdus, this.#filterSink);
    return this.#filter.matches();
  }

  #noteFields(defs: readonly FieldDef[]): void {
    this.#needsBodies ||= defs.some(
      (def) =>
        !HEADER_PROTOCOLS.includes(def.protocol) &&
        (def.protocol !== 'rpc' || RPC_BODY_FIELDS.test(def.name)),
    );
  }

  #newDecoder(): NetworkDecoder {
    const preferences = { ...DEFAULT_PREFERENCES, ...this.#options.preferences };
    return new NetworkDecoder({
      defragment: preferences['ip.defragment'],
      ...(this.#options.tunnelPorts === undefined ? {} : { tunnelPorts: this.#options.tunnelPorts }),
      onFlowEnd: (flow) => this.#session?.drop(flow),
    });
  }

  #newSession(): Session {
    const { compat, twoPass, preferences, tcpPorts, udpPorts, disabledHeuristics } = this.#options;
    return new Session({
      compat: compat ?? false,
      twoPass: twoPass ?? false,
      preferences: preferences ?? {},
      decodeAs: { tcpPorts: tcpPorts ?? new Set(), udpPorts: udpPorts ?? new Set() },
      disabledHeuristics: disabledHeuristics ?? new Set(),
      knownProgram: (program) => this.walker.programs.isKnown(program),
      bodies: this.#needsBodies,
      secrets: this.#secrets,
    });
  }
}
