/**
 * The field tree as lines: which nodes are open, which line is chosen. What is open is remembered by the names on the
 * way to a node, so that it stays open from packet to packet. Nothing throws.
 */
import { HIDDEN } from '../../dissector/tree/field.ts';
import type { TreeNode } from '../../dissector/tree/tree-builder.ts';
import { ListPane } from './list-pane.ts';

export interface TreeLine {
  readonly node: TreeNode;
  readonly depth: number;
  readonly path: string;
  readonly open: boolean;
  readonly children: boolean;
}

/** Protocols whose tree is closed until someone opens it. */
const CLOSED = new Set([
  'frame',
  'eth',
  'sll',
  'null',
  'raw',
  'ppp',
  'vlan',
  'mpls',
  'ip',
  'ipv6',
  'tcp',
  'udp',
]);

export class TreePane {
  readonly list = new ListPane();
  /** by path; absent: as `opensAlone` says */
  readonly #open = new Map<string, boolean>();
  #roots: readonly TreeNode[] = [];
  #lines: TreeLine[] | null = null;

  /** Another packet: the cursor stays on the same field if there is one. */
  show(roots: readonly TreeNode[]): void {
    if (roots === this.#roots) return;
    const path = this.selected?.path;
    this.#roots = roots;
    this.#lines = null;
    const same = path === undefined ? -1 : this.lines.findIndex((line) => line.path === path);
    this.list.fit(this.lines.length, this.list.height);
    this.list.select(same >= 0 ? same : Math.min(this.list.cursor, this.lines.length - 1));
  }

  get lines(): readonly TreeLine[] {
    if (this.#lines === null) {
      this.#lines = [];
      this.#add(this.#roots, 0, '');
    }
    return this.#lines;
  }

  get selected(): TreeLine | undefined {
    return this.lines[this.list.cursor];
  }

  /** Opens or closes the chosen node; on a leaf, or what is closed already, `false` goes to its parent. */
  setOpen(open: boolean): void {
    const line = this.selected;
    if (line === undefined) return;
    if (line.children && line.open !== open) {
      this.#open.set(line.path, open);
      this.#changed();
      return;
    }
    if (open) {
      if (line.children) this.list.move(1);
      return;
    }
    for (let i = this.list.cursor - 1; i >= 0; i--) {
      if (this.lines[i]!.depth >= line.depth) continue;
      this.list.select(i);
      return;
    }
  }

  toggle(): void {
    const line = this.selected;
    if (line?.children) this.setOpen(!line.open);
  }

  /** Opens or closes everything below the chosen node, or all there is when everything is meant. */
  setAll(open: boolean): void {
    const visit = (nodes: readonly TreeNode[], parent: string): void => {
      for (const [path, node] of named(nodes, parent)) {
        if (node.children.length === 0) continue;
        this.#open.set(path, open);
        visit(node.children, path);
      }
    };
    visit(this.#roots, '');
    this.#changed();
  }

  /** Chooses the deepest node that stands at a byte, opening what is around it. */
  selectByte(buf: Buffer, at: number): boolean {
    let best: { readonly path: string; readonly len: number } | null = null;
    const visit = (nodes: readonly TreeNode[], parent: string): void => {
      for (const [path, node] of named(nodes, parent)) {
        if ((node.flags & HIDDEN) !== 0) continue;
        const here = node.buf === buf && node.len > 0 && at >= node.off && at < node.off + node.len;
        if (here && (best === null || node.len <= best.len)) {
          best = { path, len: node.len };
        }
        // what is put together from elsewhere hangs below nodes of other bytes
        if (here || node.buf !== buf || node.len === 0) visit(node.children, path);
      }
    };
    visit(this.#roots, '');
    const found = best as { readonly path: string } | null;
    if (found === null) return false;
    this.#reveal(found.path);
    return true;
  }

  /** Chooses the first node of a field, below the chosen one if it is there. */
  selectField(name: string): boolean {
    const find = (nodes: readonly TreeNode[], parent: string): string | null => {
      for (const [path, node] of named(nodes, parent)) {
        if (node.def?.name === name) return path;
        const below = find(node.children, path);
        if (below !== null) return below;
      }
      return null;
    };
    const path = find(this.#roots, '');
    if (path === null) return false;
    this.#reveal(path);
    return true;
  }

  /** Chooses a node, opening what is around it. */
  reveal(node: TreeNode): void {
    const find = (nodes: readonly TreeNode[], parent: string): string | null => {
      for (const [path, one] of named(nodes, parent)) {
        const below = one === node ? path : find(one.children, path);
        if (below !== null) return below;
      }
      return null;
    };
    const path = find(this.#roots, '');
    if (path !== null) this.#reveal(path);
  }

  #reveal(path: string): void {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      this.#open.set(path.slice(0, at), true);
    }
    this.#changed();
    this.list.show(this.lines.findIndex((line) => line.path === path));
  }

  #changed(): void {
    this.#lines = null;
    this.list.fit(this.lines.length, this.list.height);
  }

  #add(nodes: readonly TreeNode[], depth: number, parent: string): void {
    for (const [path, node] of named(nodes, parent)) {
      if ((node.flags & HIDDEN) !== 0) continue;
      const children = node.children.length > 0;
      const open = children && (this.#open.get(path) ?? opensAlone(node, depth));
      this.#lines!.push({ node, depth, path, open, children });
      if (open) this.#add(node.children, depth + 1, path);
    }
  }
}

function opensAlone(node: TreeNode, depth: number): boolean {
  return depth === 0 && !CLOSED.has(node.def?.protocol ?? '');
}

/** Nodes with the path that tells them apart: names, and a number where a name occurs again. */
function* named(nodes: readonly TreeNode[], parent: string): Generator<readonly [string, TreeNode]> {
  const seen = new Map<string, number>();
  for (const node of nodes) {
    // texts of unnamed nodes hold values, which differ from packet to packet
    const name = node.def?.name ?? (node.text ?? '').replaceAll(/[\d/]+/g, '#').slice(0, 24);
    const times = seen.get(name) ?? 0;
    seen.set(name, times + 1);
    yield [`${parent}${parent === '' ? '' : '/'}${name}${times === 0 ? '' : `~${times}`}`, node];
  }
}
