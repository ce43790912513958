/**
 * The tap behind `-z io,phs`: which protocol was found within which, with frames and bytes, in tshark's indented
 * list. It counts the headings of a frame, what ended a dissection early among them. Bounded by `MAX_NODES`;
 * never throws but for a bad filter.
 */
import type { Statistic } from './statistic.ts';
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

  /** `frame`: with the level above all, which tshark has where something of the frame is wanted. */
  text(frame = false): string {
    const lines: string[] = [];
    // by hand, not by recursion: a packet may hold thousands of messages, each within the one before
    const open: { readonly node: Node; readonly depth: number }[] = below(
      frame ? this.#framed() : this.#root,
      0,
    );
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

  #framed(): Node {
    const { children } = this.#root;
    const nodes = [...children.values()];
    const sum = (of: 'frames' | 'bytes') => nodes.reduce((total, node) => total + node[of], 0);
    const all = { name: 'frame', frames: sum('frames'), bytes: sum('bytes'), children };
    return { ...this.#root, children: new Map(nodes.length === 0 ? [] : [['frame', all]]) };
  }
}

/** The last to be shown first, as a stack has them. */
function below(node: Node, depth: number): { node: Node; depth: number }[] {
  return [...node.children.values()].map((child) => ({ node: child, depth })).reverse();
}

export const protocolHierarchy: Statistic = {
  name: 'io,phs',
  usage: 'io,phs[,FILTER]',
  // without them every body would be data
  descriptions: 'all',
  start(filter, context) {
    const hierarchy = new ProtocolHierarchy(filter);
    const test = tapFilter(filter, context);
    const { names } = context.protocols();
    return {
      // an early end is found in the bodies
      bodies: true,
      add(frame, pdus) {
        if (test(frame, pdus)) hierarchy.add(names, frame.packet.len);
      },
      text: () => hierarchy.text(context.showsFrame),
    };
  },
};
