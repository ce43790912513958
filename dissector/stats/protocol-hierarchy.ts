/**
 * The tap behind `-z io,phs`: which protocol was found within which, with frames and bytes, in tshark's indented
 * list. It counts the chain that frame.protocols has, and what ended a dissection early. Bounded by `MAX_NODES`;
 * never throws but for a bad filter.
 */
import type { Slot } from '../tree/field-collector.ts';
import type { Statistic, StatisticContext } from './statistic.ts';
import { tapFilter } from './tap-filter.ts';

const MAX_NODES = 100_000;
/** tshark indents no deeper, and goes on with dots */
const MAX_INDENT = 15;

interface Node {
  readonly name: string;
  frames: number;
  bytes: number;
  readonly children: Map<string, Node>;
}

/** Add the chain of every packet; then print `text`. */
export class ProtocolHierarchy {
  readonly #filter: string;
  readonly #root: Node = { name: '', frames: 0, bytes: 0, children: new Map() };
  #nodes = 0;

  constructor(filter: string) {
    this.#filter = filter;
  }

  add(chain: readonly string[], bytes: number): void {
    let at = this.#root;
    for (const name of chain) {
      let next = at.children.get(name);
      if (next === undefined) {
        if (this.#nodes >= MAX_NODES) return;
        this.#nodes++;
        next = { name, frames: 0, bytes: 0, children: new Map() };
        at.children.set(name, next);
      }
      next.frames++;
      next.bytes += bytes;
      at = next;
    }
  }

  text(): string {
    const lines: string[] = [];
    // by hand, not by recursion: a packet may hold thousands of messages, each within the one before
    const open: { readonly node: Node; readonly depth: number }[] = below(this.#root, 0);
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      const { node, depth } = top;
      const indent = '  '.repeat(Math.min(depth, MAX_INDENT + 1)) + (depth > MAX_INDENT + 1 ? '...' : '');
      lines.push(`${(indent + node.name).padEnd(40)} frames:${node.frames} bytes:${node.bytes}`);
      open.push(...below(node, depth + 1));
    }
    return [
      '',
      '===================================================================',
      'Protocol Hierarchy Statistics',
      `Filter: ${this.#filter}`,
      '',
      ...lines,
      '===================================================================',
      '',
    ].join('\n');
  }
}

/** The last to be shown first, as a stack has them. */
function below(node: Node, depth: number): { node: Node; depth: number }[] {
  return [...node.children.values()].map((child) => ({ node: child, depth })).reverse();
}

/** Layers that tshark names in frame.protocols and shows no protocol for. */
const UNSHOWN = new Set(['ethertype']);

export const protocolHierarchy: Statistic = {
  name: 'io,phs',
  usage: 'io,phs[,FILTER]',
  descriptions: 'none',
  start(filter, context) {
    const hierarchy = new ProtocolHierarchy(filter);
    const test = tapFilter(filter, context);
    const chain = chains(context);
    return {
      bodies: false,
      add(frame, pdus) {
        if (test(frame, pdus)) hierarchy.add(chain(), frame.packet.len);
      },
      text: () => hierarchy.text(),
    };
  },
};

/** The chain of the packet at hand. */
function chains(context: StatisticContext): () => readonly string[] {
  const names = ['frame.protocols', '_ws.malformed', '_ws.short'];
  const defs = names.map((name) => context.field(name)).filter((def) => def !== undefined);
  const collector = context.observe(defs);
  const [protocols, ...ends] = defs.map((def) => collector.slot(def)).filter((slot) => slot !== undefined);
  return () => {
    const chain = textOf(protocols)
      .split(':')
      .filter((name) => name !== '' && !UNSHOWN.has(name));
    for (const end of ends) if (end.count > 0) chain.push(end.def.name);
    return chain;
  };
}

function textOf(slot: Slot | undefined): string {
  const value = slot === undefined || slot.count === 0 ? '' : slot.values[0];
  return typeof value === 'string' ? value : '';
}
