/**
 * A capture as the panes ask for it: lines of the list, calls with their replies, the tree and the bytes of a packet.
 * Everything is made when it is asked for, from the trace; what was made lately is kept. Throws what the stores throw.
 */
import type { Inspection } from '../../dissector/inspect.ts';
import { CallAssembler, type CallDecoder, type Transaction } from '../../dissector/stats/calls.ts';
import type { Summary } from '../../dissector/tree/packet-walker.ts';
import { type ByteSource, TreeBuilder, type TreeNode } from '../../dissector/tree/tree-builder.ts';
import { Explainer } from './explain.ts';
import type { ByteStore } from './scratch.ts';
import { REPLY, type Trace } from './trace.ts';

const KEPT_LINES = 2048;

/** The tree and the bytes of a packet. They stay as they are. */
export interface Detail {
  readonly row: number;
  readonly roots: readonly TreeNode[];
  /** the packet's own bytes, then those put together from several or decrypted */
  readonly sources: readonly ByteSource[];
}

/** What a list line was made from, so that it is made anew when a reply came. */
interface Kept<T> {
  readonly value: T;
  readonly settled: boolean;
}

export class Capture {
  readonly trace: Trace;
  readonly inspection: Inspection;
  readonly explainer: Explainer;
  /** where the packets stand */
  readonly bytes: ByteStore;
  readonly #decoder: CallDecoder;
  readonly #tree = new TreeBuilder();
  readonly #summaries = new Map<number, Kept<Summary>>();
  readonly #transactions = new Map<number, Kept<Transaction>>();
  #detail: Detail | null = null;
  #detailSettled = false;

  /** `bytes`: where the packets stand. The inspection has not been given a packet yet. */
  constructor(trace: Trace, bytes: ByteStore, inspection: Inspection, decoder: CallDecoder) {
    const { walker } = inspection;
    walker.attachSummary();
    walker.attachHandles();
    walker.attach(this.#tree);
    this.trace = trace;
    this.bytes = bytes;
    this.inspection = inspection;
    this.explainer = new Explainer(trace, bytes, walker);
    this.#decoder = decoder;
  }

  /** A line of the packet list. `displayed`: the row shown before it. */
  summary(row: number, displayed = row - 1): Summary {
    const kept = this.#summaries.get(row);
    if (kept?.settled) return kept.value;
    const { frame, pdus } = this.explainer.explain(row, displayed);
    const value = this.inspection.walker.summary(frame, pdus);
    remember(this.#summaries, row, { value, settled: this.#settled(row) });
    return value;
  }

  /** Whether a line of the list is at hand. */
  hasSummary(row: number): boolean {
    return this.#summaries.get(row)?.settled === true;
  }

  hasTransaction(message: number): boolean {
    return this.#transactions.get(message)?.settled === true;
  }

  /** A call (or a reply without one) and its reply. */
  transaction(message: number): Transaction {
    const kept = this.#transactions.get(message);
    if (kept?.settled) return kept.value;
    const { trace } = this;
    let found: Transaction | null = null;
    const assembler = new CallAssembler({
      decoder: this.#decoder,
      words: true,
      emit: (transaction) => {
        found ??= transaction;
      },
    });
    const peer = (trace.messageBits.get(message) & REPLY) === 0 ? trace.peer.get(message) : -1;
    this.#give(assembler, message);
    if (peer >= 0) this.#give(assembler, peer);
    assembler.finish();
    if (found === null) throw new Error(`message ${message} is no call`);
    remember(this.#transactions, message, { value: found, settled: peer >= 0 });
    return found;
  }

  detail(row: number): Detail {
    if (this.#detail?.row === row && this.#detailSettled) return this.#detail;
    const { frame, pdus } = this.explainer.explain(row);
    const tree = this.#tree;
    tree.reset();
    this.inspection.walker.walk(frame, pdus, tree);
    const { buf, off, caplen } = frame.packet;
    this.#detailSettled = this.#settled(row);
    this.#detail = {
      row,
      roots: [...tree.roots],
      sources: [{ buf, off, len: caplen, name: 'Packet' }, ...tree.sources],
    };
    return this.#detail;
  }

  /** Lines made so far are made anew: what they depend on changed. */
  forgetLines(): void {
    this.#summaries.clear();
  }

  #give(assembler: CallAssembler, message: number): void {
    const row = this.trace.messageRow.get(message);
    const { frame, pdus } = this.explainer.explain(row);
    assembler.add(frame, pdus.pdus[message - this.trace.firstMessage.get(row)]!);
  }

  /** Whether all calls of a packet were answered, so that nothing about it will change. */
  #settled(row: number): boolean {
    const { trace } = this;
    const [from, to] = trace.messagesOf(row);
    for (let m = from; m < to; m++) {
      if ((trace.messageBits.get(m) & REPLY) === 0 && trace.peer.get(m) < 0) return false;
    }
    return true;
  }
}

function remember<T>(kept: Map<number, T>, key: number, value: T): void {
  kept.delete(key);
  if (kept.size >= KEPT_LINES) kept.delete(kept.keys().next().value!);
  kept.set(key, value);
}
