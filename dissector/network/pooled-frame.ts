/** The Frame that a decoder fills again and again, and the ways to fill it. */
import type { Packet } from '../capture/packet.ts';
import type { Flow } from './flow.ts';
import { type Frame, Layer, type LayerKind, type LayerRange } from './frame.ts';

/** Headers deeper than this are left as data. */
export const MAX_LAYERS = 128;

const NOTHING = Buffer.alloc(0);
const NOTHING_VIEW = new DataView(NOTHING.buffer, NOTHING.byteOffset, 0);

export class PooledFrame implements Frame {
  packet: Packet;
  readonly layers: LayerRange[] = [];
  layerCount = 0;
  ipLayer = -1;
  transport: 0 | 6 | 17 = 0;
  transportLayer = -1;
  quoteLayer = -1;
  tunnelLayer = -1;
  srcPort = 0;
  dstPort = 0;
  tbuf: Buffer = NOTHING;
  tview: DataView = NOTHING_VIEW;
  payloadOff = 0;
  payloadLen = 0;
  wireLen = 0;
  seq = 0;
  ack = 0;
  tcpFlags = 0;
  window = 0;
  flow: Flow | null = null;
  dir: 0 | 1 = 0;
  fragment = false;
  fragmentFrames: readonly number[] | null = null;
  malformed: string | null = null;

  constructor(packet: Packet) {
    this.packet = packet;
    for (let i = 0; i < MAX_LAYERS; i++) {
      this.layers.push({
        kind: Layer.DATA,
        buf: NOTHING,
        view: NOTHING_VIEW,
        off: 0,
        payload: 0,
        end: 0,
        reassembled: false,
        flow: null,
        fragmentFrames: null,
      });
    }
  }

  /** Forgets the last packet. */
  reset(packet: Packet): void {
    this.packet = packet;
    this.layerCount = 0;
    this.ipLayer = -1;
    this.transport = 0;
    this.transportLayer = -1;
    this.quoteLayer = -1;
    this.tunnelLayer = -1;
    this.srcPort = 0;
    this.dstPort = 0;
    this.tbuf = packet.buf;
    this.tview = packet.view;
    this.payloadOff = packet.off;
    this.payloadLen = 0;
    this.wireLen = 0;
    this.seq = 0;
    this.ack = 0;
    this.tcpFlags = 0;
    this.window = 0;
    this.flow = null;
    this.dir = 0;
    this.fragment = false;
    this.fragmentFrames = null;
    this.malformed = null;
  }

  /** Adds a layer; returns its index. The caller leaves room for one more (`full`). */
  push(
    kind: LayerKind,
    buf: Buffer,
    view: DataView,
    off: number,
    payload: number,
    end: number,
    reassembled: boolean,
  ): number {
    const index = this.layerCount;
    const layer = this.layers[index]!;
    layer.kind = kind;
    layer.buf = buf;
    layer.view = view;
    layer.off = off;
    layer.payload = payload;
    layer.end = end;
    layer.reassembled = reassembled;
    layer.flow = null;
    layer.fragmentFrames = null;
    this.layerCount = index + 1;
    return index;
  }

  /** layers[index] is a tunnel's header: what was said of the transport so far was said of the packet around it. */
  enterTunnel(index: number): void {
    this.tunnelLayer = index;
    this.transport = 0;
    this.transportLayer = -1;
    this.flow = null;
    this.payloadLen = 0;
    this.wireLen = 0;
  }

  /** Whether only the closing data layer still fits. */
  get full(): boolean {
    return this.layerCount >= MAX_LAYERS - 1;
  }
}
